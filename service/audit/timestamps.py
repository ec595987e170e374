"""Time stamps (RFC 3161): an outside authority's word on when a checkpoint was there."""

import logging
from datetime import datetime
from hashlib import new
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


def stamped_at(response: bytes, data: bytes) -> datetime:
    """When the authority says that it saw these bytes. ValueError if it speaks of others.

    Whether the authority is one to trust is for its certificate to say.
    """
    told = decode_timestamp_response(response).tst_info
    imprint = told.message_imprint
    names = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}
    name = names.get(imprint.hash_algorithm.dotted_string)
    if name is None or new(name, data).digest() != imprint.message:
        raise ValueError("it is of something else")
    return told.gen_time
