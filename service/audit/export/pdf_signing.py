"""Signatures of PDFs: PAdES (ETSI EN 319 142-1), level B-T if an authority stamps them, else B-B.

The certificate says to whoever opens the file who signed it; that the file is the log's, the
export's own signature says.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from service.audit.apart import apart
from service.audit.keys import BadKey
from service.audit.timestamps import BadStamp, ask, read_stamp

log = logging.getLogger(__name__)

_RESERVED = 32 * 1024
"""Hex digits for signature, certificates and time stamp: asked for one more, just to learn its
size, an authority would be asked twice."""
_METADATA = signers.PdfSignatureMetadata(
    field_name="Signature",
    md_algorithm="sha256",
    subfilter=SigSeedSubFilter.PADES,
    reason="Report of a story's history",
    certify=True,
    docmdp_permissions=MDPPerm.NO_CHANGES,
)


def load(path: Path) -> signers.SimpleSigner:
    """The signer of a file with a key and its certificates, PKCS #12 or PEM, without a passphrase.

    Raises BadKey if it is none, or if its certificate is not valid now.
    """
    try:
        data = path.read_bytes()
        key, chain = _parts(data)
        own = next(each for each in chain if each.public_key() == key.public_key())
    except StopIteration:
        raise BadKey(f"{path}: it has no certificate of its key") from None
    except (OSError, ValueError, TypeError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise BadKey(f"{path}: no PDF can be signed with it: {what}") from None
    if not own.not_valid_before_utc <= datetime.now(UTC) <= own.not_valid_after_utc:
        raise BadKey(f"{path}: its certificate is valid until {own.not_valid_after_utc:%Y-%m-%d}")
    certificates = [asn1_x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in chain]
    return signers.SimpleSigner(
        asn1_x509.Certificate.load(own.public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
        SimpleCertificateStore.from_certs(certificates),
    )


def _parts(data: bytes) -> tuple[PrivateKeyTypes, list[x509.Certificate]]:
    if b"-----BEGIN" in data:
        return load_pem_private_key(data, None), x509.load_pem_x509_certificates(data)
    key, own, others = pkcs12.load_key_and_certificates(data, None)
    if key is None:
        raise ValueError("it has no private key")
    return key, [*([own] if own else []), *others]


class _Authority(TimeStamper):
    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # its class has no types
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        response = ask(self._url, req.dump())
        if read_stamp(response).digest != req["message_imprint"]["hashed_message"].native:
            raise BadStamp("it stamps something else")
        return tsp.TimeStampResp.load(response)


def sign(pdf: bytes, certificate: Path, authorities: Sequence[str]) -> bytes:
    """The PDF with a signature that allows no changes. Raises BadKey.

    An authority that gives no time stamp is logged, and the next one is asked.
    """
    signer = load(certificate)
    for url in authorities:
        try:
            return _sign(pdf, signer, _Authority(url))
        except (OSError, BadStamp, TimestampRequestError) as error:
            log.error("%s: it did not stamp the signature of a PDF: %s", url, error)
    return _sign(pdf, signer, None)


def _sign(pdf: bytes, signer: signers.Signer, authority: TimeStamper | None) -> bytes:
    out = BytesIO()
    made = signers.PdfSigner(_METADATA, signer, timestamper=authority)
    document = IncrementalPdfFileWriter(BytesIO(pdf))
    apart(lambda: made.sign_pdf(document, bytes_reserved=_RESERVED, output=out))
    return out.getvalue()
