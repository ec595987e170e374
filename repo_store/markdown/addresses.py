"""Which addresses a link or an image may have, and where a page may lead with them."""

import re
from urllib.parse import urljoin

# A name before an @ looks like the site that it is not.
_WEB = re.compile(r"https?://(?![^/?#]*@)[^\s\x00-\x1f\x7f/?#\\][^\s\x00-\x1f\x7f]*", re.IGNORECASE)
_SECURE = re.compile("https:.*", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto|tel):[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
# Without a scheme: nothing before the first colon that could be one.
_RELATIVE = re.compile(r"(?:[^\x00-\x1f\x7f:/?#]*(?:[/?#][^\x00-\x1f\x7f]*)?)")


def is_web(href: str) -> bool:
    return _WEB.fullmatch(href) is not None


def _written(href: str) -> str:
    """An address as it is written in HTML: in angle brackets Markdown allows spaces in one."""
    return href.replace(" ", "%20")


def may_link(href: str) -> bool:
    """Whether a link may have the address: http, https, mailto, tel, or one on the same site."""
    written = _written(href)
    return any(known.fullmatch(written) for known in (_WEB, _MAIL, _RELATIVE))


def may_show(href: str) -> bool:
    """Whether an image may have the address."""
    written = _written(href)
    return any(known.fullmatch(written) for known in (_WEB, _RELATIVE))


def leads_to(href: str, base: str | None = None) -> str | None:
    """The absolute address of a link, or None if there is none. `base`: of the article itself, from
    which a relative one leads on.
    """
    href = _written(href)
    if _WEB.fullmatch(href) or _MAIL.fullmatch(href):
        return href
    if not base or not href or not _RELATIVE.fullmatch(href):
        return None
    try:
        found = urljoin(base, href)
    except ValueError:
        return None
    return found if _WEB.fullmatch(found) else None


def loads_from(href: str, base: str | None = None) -> str | None:
    """The absolute address of an image that a page may load, which is one over https, or None."""
    found = leads_to(href, base)
    return found if found and _SECURE.fullmatch(found) else None
