"""Time stamps (RFC 3161): an outside authority's statement of when a checkpoint existed."""

import logging
from datetime import datetime
from hashlib import new
from urllib.error import URLError
from urllib.request import Request, urlopen

from rfc3161_client import PKIStatus, TimestampRequestBuilder, decode_timestamp_response

log = logging.getLogger(__name__)

_TIMEOUT = 10
_MAX_BYTES = 1024 * 1024
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}


def request_timestamp(data: bytes, authority: str) -> bytes | None:
    """The response of the authority at this URL about these bytes, in DER.

    None if it gives no time stamp, which is logged: a checkpoint is valid without one.
    """
    query = TimestampRequestBuilder().data(data).build()
    request = Request(  # noqa: S310 the operator's own setting, checked to be http or https
        authority,
        data=query.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    try:
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 as above
            response: bytes = answer.read(_MAX_BYTES)
        decoded = decode_timestamp_response(response)
        granted = decoded.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        if granted and decoded.tst_info.nonce == query.nonce:
            return response
        log.error("%s: it gave no time stamp", authority)
    except (URLError, OSError, ValueError) as error:
        log.error("%s: no time stamp could be obtained: %s", authority, error)
    return None


def verify_timestamp(response: bytes, data: bytes) -> datetime:
    """When the authority says it saw these bytes. Raises ValueError if it stamped other bytes.

    Only the authority's certificate can tell whether the authority is to be trusted.
    """
    info = decode_timestamp_response(response).tst_info
    imprint = info.message_imprint
    name = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if name is None or new(name, data).digest() != imprint.message:
        raise ValueError("it stamps something else")
    return info.gen_time
