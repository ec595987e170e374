"""Whether two links lead to the same place, or two addresses to the same picture."""

import re
from urllib.parse import urlsplit

_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh"
    r"|mc_cid|mc_eid|mkt_tok|ref_src|ref_url|_ga|_gl|_hsenc|_hsmi|oly_anon_id|oly_enc_id|vero_id"
    r"|at_(?:medium|campaign|custom\d)|cmpid|ns_campaign|ns_mchannel)(?:=.*)?",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORT = re.compile(r":(?:80|443)?\Z")
_PICTURE = re.compile(
    r"(?P<name>.+?)(?:[-_.@](?:\d{1,5}x\d{1,5}|\d{1,5}w|[1-4]x|scaled|original|c\d+"
    r"|(?:width|height|min|max|fill|scale)-\d+(?:x\d+)?|format-\w+|(?:jpeg|webp|avif)quality-\d+))*"
    r"\.(?:jpe?g|png|gif|webp|avif)",
    re.IGNORECASE,
)
"""As WordPress, Wagtail and others name the sizes that they make of a picture."""
_PARAMETERS = re.compile(r"[?#].*", re.DOTALL)
_WWW = re.compile(r"(?:www\.)+(?=[^.]+\.)")


def same_address(url: str) -> str:
    """Scheme (http, https), the host's case, `www.`, a default port, a final slash, parameters that
    only track, an empty query or fragment tell no two addresses apart; all else does.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme not in ("http", "https"):
        return url
    user, at, host = parts.netloc.rpartition("@")
    host = _WWW.sub("", _DEFAULT_PORT.sub("", host.lower()), count=1)
    kept = [each for each in parts.query.split("&") if each and not _TRACKING.fullmatch(each)]
    query = f"?{'&'.join(kept)}" if kept else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"https://{user}{at}{host}{parts.path.rstrip('/')}{query}{fragment}"


def same_picture(url: str) -> str:
    """The same for the sizes and formats that a site makes of a picture, and as `same_address`."""
    address = same_address(url)
    found = _PICTURE.fullmatch(_PARAMETERS.sub("", address))
    return f"{found['name']}." if found else address


def is_picture(url: str) -> bool:
    """Whether an address is that of a picture, by its ending."""
    return _PICTURE.fullmatch(_PARAMETERS.sub("", url)) is not None
