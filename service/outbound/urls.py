"""Which URLs are taken when someone gives one."""

from collections.abc import Callable
from urllib.parse import urlsplit

from repo_store import FieldError, InvalidInput
from service.outbound.addresses import Refused, checked, resolve

Resolve = Callable[[str, int, float], list[str]]
_SECONDS = 10.0


def check_url(url: str, private: bool, resolver: Resolve = resolve) -> None:
    """InvalidInput for what is no URL that can be called, and for an address that will not be.

    A name that cannot be resolved yet is taken: what it resolves to is checked before each request.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        valid = parts.scheme in ("http", "https") and host and port != 0
    except ValueError:
        valid = False
    if not valid or not url.isascii() or not url.isprintable() or " " in url or parts.username:
        message = "must be an http or https URL in ASCII, without spaces or a password"
        raise InvalidInput([FieldError("url", message)])
    try:
        addresses = resolver(host or "", port or (443 if parts.scheme == "https" else 80), _SECONDS)
    except (Refused, TimeoutError):
        return
    try:
        checked(host or "", addresses, private)
    except Refused as error:
        raise InvalidInput([FieldError("url", str(error))]) from None
