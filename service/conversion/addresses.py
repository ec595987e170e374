"""Addresses in HTML, as a stored text may have them."""

import re
from urllib.parse import quote, urljoin

from repo_store.markdown import is_web
from service.conversion.losses import Losses

LONGEST = 2_000
"""Characters of a link's address that is kept."""

_AROUND = "".join(map(chr, range(0x21)))
_LINE_ENDS = re.compile("[\t\n\r]")
_UNSAFE = re.compile(
    '[\0-\x20"<>\\\\^`{|}\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060-\u206f\u3000]'
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BROKEN = re.compile("https?:|//", re.IGNORECASE)
_MAIL_OR_PHONE = re.compile("(?:mailto|tel):.", re.IGNORECASE)


class Addresses:
    """Reads addresses that are relative to `base`, if there is one."""

    def __init__(self, base: str | None, losses: Losses) -> None:
        self.base = base
        self._losses = losses

    def link(self, href: str) -> str | None:
        """Where a link leads, or None if that cannot be kept."""
        address = _cleaned(href)
        found = address if _MAIL_OR_PHONE.match(address) else self._read(address, "link")
        if found and len(found) > LONGEST:
            self._losses.add("link with a very long address")
            return None
        return found

    def image(self, src: str) -> str | None:
        return self._read(_cleaned(src), "image")

    def embed(self, src: str) -> str | None:
        """The address of what is embedded: one that is not absolute makes no block."""
        return self.absolute(src, "embed")

    def absolute(self, written: str, kind: str) -> str | None:
        """The absolute address of something of a kind, which is in words and in the singular."""
        return self._read(_cleaned(written), kind, must_be_absolute=True)

    def _read(self, address: str, kind: str, must_be_absolute: bool = False) -> str | None:
        try:
            absolute = urljoin(self.base or "https:", address) if address else ""
        except ValueError:
            absolute = ""
        if is_web(absolute):
            return absolute
        if not address:
            self._losses.add(f"{kind} without an address")
            return None
        if _BROKEN.match(address):
            self._losses.add(f"{kind} with a broken address")
            return None
        if scheme := _SCHEME.match(address):
            self._losses.add(f"{kind} with an address of {scheme[1]}:")
            return None
        if must_be_absolute:
            self._losses.add(f"{kind} with a relative address")
            return None
        self._losses.add(f"{kind} with a relative address (kept, without its site)")
        return address


def _cleaned(written: str) -> str:
    """As a browser reads an address: without white space around it, and without line ends."""
    return _UNSAFE.sub(lambda c: quote(c[0]), _LINE_ENDS.sub("", written.strip(_AROUND)))
