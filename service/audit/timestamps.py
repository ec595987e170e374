"""Time stamps (RFC 3161): an outside authority's word on when a checkpoint was there."""

import logging
from urllib.error import URLError
from urllib.request import Request, urlopen

from rfc3161_client import PKIStatus, TimestampRequestBuilder, decode_timestamp_response

log = logging.getLogger(__name__)

_SECONDS = 10
_LARGEST = 1024 * 1024


def stamped(data: bytes, authority: str) -> bytes | None:
    """The authority's response about these bytes, in DER; None, and a line in the log, if it gives
    none: a checkpoint without a stamp is still one.
    """
    asked = TimestampRequestBuilder().data(data).build()
    request = Request(  # noqa: S310 the operator's own setting, checked to be http or https
        authority,
        data=asked.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 as above
            response: bytes = answer.read(_LARGEST)
        found = decode_timestamp_response(response)
        granted = found.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        if granted and found.tst_info.nonce == asked.nonce:
            return response
        log.error("%s: it gave no time stamp", authority)
    except (URLError, OSError, ValueError) as error:
        log.error("%s: no time stamp could be had: %s", authority, error)
    return None
