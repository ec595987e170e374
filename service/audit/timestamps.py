"""Time stamps (RFC 3161): what an outside authority states of when some bytes existed.

A response is read as a stranger's: its signature, and what its certificate may do, are checked
before anything that it says is used. Whose certificate that is, only a certificate that the reader
has from elsewhere can tell: `trust_fault`.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Thread
from typing import ClassVar, NamedTuple
from urllib.request import Request, urlopen

from asn1crypto import cms, pem, tsp, x509

from service.audit.apart import apart

# pyHanko is imported where it is needed: it takes longer than many a command.

_SECONDS = 10.0
"""For the whole answer of an authority."""
_MAX_BYTES = 64 * 1024
_MOST_CERTIFICATES = 6
"""In a stamp; two to four are usual. To look for a path takes up to the factorial of that."""
HASHES = ("sha256", "sha384", "sha512")
_GRANTED = ("granted", "granted_with_mods")


class _Response(tsp.TimeStampResp):  # type: ignore[misc]  # the library has no types
    """RFC 3161, section 2.4.2: without a token if there is none."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class BadStamp(ValueError):
    """In words: what is false in a time stamp, whoever made it."""


class Stamp(NamedTuple):
    """A time stamp whose signature is that of the certificate in it, which is one for time stamps
    and was valid then.

    `at` and `expires`: when it was made, and when its certificate runs out, in UTC. `authority`:
    the name in the certificate. `chain`: the certificates in it, the signer's first.
    """

    at: datetime
    expires: datetime
    authority: str
    policy: str
    nonce: int | None
    hash_name: str
    digest: bytes
    chain: tuple[x509.Certificate, ...]

    def is_of(self, data: bytes) -> bool:
        """Whether it stamps these bytes."""
        return hashlib.new(self.hash_name, data).digest() == self.digest

    @property
    def pem(self) -> bytes:
        """The certificates, for openssl's `-untrusted`."""
        return b"".join(pem.armor("CERTIFICATE", each.dump()) for each in self.chain)


def read_stamp(response: bytes) -> Stamp:
    """Raises BadStamp if an authority's response is not a time stamp of whoever signed it."""
    try:
        return _read(response)
    except BadStamp:
        raise
    except Exception as error:  # whatever the libraries raise for a stranger's bytes
        raise BadStamp(f"it cannot be read: {type(error).__name__}") from None


def _read(response: bytes) -> Stamp:
    from pyhanko.sign.general import extract_signer_info
    from pyhanko.sign.validation import generic_cms

    answer = _Response.load(response, strict=True)
    status = answer["status"]["status"].native
    if status not in _GRANTED:
        raise BadStamp(f"the authority answered “{status}”")
    token = answer["time_stamp_token"]
    if token["content_type"].native != "signed_data":
        raise BadStamp("it is not signed")
    signed = token["content"]
    content = signed["encap_content_info"]["content"]
    signer = extract_signer_info(signed)
    certificates = generic_cms.extract_certs_for_validation(signed)
    own = certificates.signer_cert
    signed_hash = signer["digest_algorithm"]["algorithm"].native
    info = content.parsed
    imprint = info["message_imprint"]
    hash_name = imprint["hash_algorithm"]["algorithm"].native
    if not {signed_hash, hash_name} <= set(HASHES):
        raise BadStamp(f"it depends on {signed_hash} and {hash_name}")
    of_content = hashlib.new(signed_hash, bytes(content)).digest()
    intact = generic_cms.validate_sig_integrity(signer, own, "tst_info", of_content)
    if intact != (True, True):
        raise BadStamp("its signature is false")
    critical = [
        each["extn_id"].native
        for each in own["tbs_certificate"]["extensions"]
        if each["critical"].native
    ]
    if (
        own.extended_key_usage_value is None
        or "extended_key_usage" not in critical
        or (own.extended_key_usage_value.native != ["time_stamping"])
    ):
        raise BadStamp("its certificate is not one for time stamps")
    at = info["gen_time"].native
    if not own.not_valid_before <= at <= own.not_valid_after:
        raise BadStamp(f"its certificate was not valid at {at:%Y-%m-%d %H:%M:%S} UTC")
    return Stamp(
        at,
        own.not_valid_after,
        own.subject.human_friendly,
        info["policy"].native,
        info["nonce"].native,
        hash_name,
        imprint["hashed_message"].native,
        (own, *certificates.other_certs),
    )


def trust_fault(stamp: Stamp, roots: Sequence[x509.Certificate]) -> str:
    """Why no path of certificates leads from a stamp to one of these as it was made; empty if one
    does (RFC 5280). That all have run out since is no fault of the stamp (RFC 3161, section 4).
    """
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathError, ValidationError

    if not roots:
        return "no certificate of an authority was named"
    if len(stamp.chain) > _MOST_CERTIFICATES:
        return f"it carries {len(stamp.chain)} certificates, more than are looked through"
    context = ValidationContext(list(roots), moment=stamp.at, best_signature_time=stamp.at)
    own, *others = stamp.chain
    validator = CertificateValidator(own, others, validation_context=context)
    try:
        apart(lambda: asyncio.run(validator.async_validate_path()))
    except (PathError, ValidationError, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


def certificates_in(data: bytes) -> list[x509.Certificate]:
    """The certificates in PEM or DER. Raises ValueError if there is none, or something else."""
    if not pem.detect(data):
        return [_certificate(data)]
    return [_certificate(der) for _, _, der in pem.unarmor(data, multiple=True)]


def _certificate(der: bytes) -> x509.Certificate:
    certificate = x509.Certificate.load(der, strict=True)
    _ = certificate.native  # reads all of it
    return certificate


def request_stamp(data: bytes, authority: str) -> tuple[bytes, Stamp]:
    """The response of the authority at this URL about these bytes, in DER, and what it says.

    Raises OSError or BadStamp if it gives no time stamp of them.
    """
    nonce = secrets.randbits(63)
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(data).digest(),
    }
    query = {"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    response = ask(authority, tsp.TimeStampReq(query).dump())
    stamp = read_stamp(response)
    if not stamp.is_of(data) or stamp.nonce != nonce:
        raise BadStamp("it stamps something else")
    if stamp.expires <= datetime.now(UTC):
        raise BadStamp("its certificate has run out")
    return response, stamp


def ask(authority: str, query: bytes, seconds: float = _SECONDS) -> bytes:
    """What an authority answers. Raises OSError, also if that takes longer or is too long."""
    request = Request(  # noqa: S310 the operator's own setting, checked to be http or https
        authority, data=query, headers={"Content-Type": "application/timestamp-query"}
    )
    answers: list[bytes | Exception] = []

    def run() -> None:
        try:
            with urlopen(request, timeout=seconds) as answer:  # noqa: S310 as above
                answers.append(answer.read(_MAX_BYTES + 1))
        except (OSError, HTTPException, ValueError) as error:
            answers.append(error)

    # A timeout of the socket begins again with each byte; so this waits for a thread.
    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    match answers:
        case [bytes(answer)] if len(answer) <= _MAX_BYTES:
            return answer
        case [bytes()]:
            raise OSError("its answer is too long")
        case [Exception() as error]:
            raise OSError(str(error)) from error
    raise TimeoutError(f"no answer within {seconds:g} seconds")
