"""Reports in PDF: what each page bears, and signatures as other programs see them."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    load_pem_private_key,
    pkcs12,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from repo_store.archive import Archive
from service.audit.apart import apart
from service.audit.export.exports import ExportRequest
from service.audit.export.pdf_signing import load, sign
from service.audit.keys import BadKey
from service.audit.timestamps import certificates_in
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.authority import Authority
from tests.audit.conftest import files_of
from tests.samples import append, content, entry, ticking

FIRST = "The ferry stays in the harbour for "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pdf")


@pytest.fixture(scope="module")
def clock(folder: Path) -> Iterator[tuple[Authority, str]]:
    made = Authority(folder / "clock")
    with made.serving() as url:
        yield made, url


@pytest.fixture(scope="module")
def publisher(folder: Path) -> Authority:
    return Authority(folder / "publisher", "The Harbour Paper", usage=())


@pytest.fixture(scope="module")
def certificate(publisher: Authority) -> Path:
    """Key and chain in PEM."""
    path = publisher.folder / "all.pem"
    names = ("tsa.pem", "ca.pem", "tsa.key")
    path.write_bytes(b"".join((publisher.folder / each).read_bytes() for each in names))
    return path


@pytest.fixture(scope="module")
def services(folder: Path, certificate: Path, clock: tuple[Authority, str]) -> Iterator[Services]:
    settings = Settings(folder / "archive", authorities=(clock[1],), pdf_certificate=certificate)
    with closing(Archive.open(settings.archive, ticking(), create=True)) as archive:
        for number in range(4):
            text = [f"{FIRST}{number + each} days." for each in range(12)]
            append(archive, entry(content(title=f"Ferry {number}", overview=text), "ferry"))
        yield Services(settings, archive)


@pytest.fixture(scope="module")
def export(folder: Path, services: Services) -> Path:
    path = folder / "export.zip"
    request = ExportRequest(("ferry",), pdf=True)
    path.write_bytes(b"".join(services.exports.prepare(request).parts()))
    return path


@pytest.fixture(scope="module")
def report(export: Path) -> Path:
    path = export.with_name("report.pdf")
    path.write_bytes(files_of(export)["data/stories/ferry/report.pdf"])
    return path


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _status(data: bytes, publisher: Authority, clock: Authority) -> PdfSignatureStatus:
    def trusting(authority: Authority) -> ValidationContext:
        return ValidationContext(certificates_in(authority.certificate.read_bytes()))

    [signature] = PdfFileReader(BytesIO(data)).embedded_signatures
    return apart(lambda: validate_pdf_signature(signature, trusting(publisher), trusting(clock)))


def test_each_page_bears_story_fingerprint_and_time(report: Path, services: Services) -> None:
    fingerprint = services.audit.public_keys()[-1].fingerprint
    pages = _run("pdftotext", "-layout", report, "-").split("\f")[:-1]
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert re.search(r"^Story ferry +As of 1 May 2026, 10:03 UTC, log of 4 entries", page)
        assert re.search(rf"{re.escape(fingerprint)} +Page {number} of {len(pages)}\s*$", page)


def test_a_report_is_signed_and_stamped_as_other_programs_see_it(
    report: Path, publisher: Authority, clock: tuple[Authority, str]
) -> None:
    said = _run("pdfsig", "-nocert", report)
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Total document signed" in said
    assert "Signature Validation: Signature is Valid." in said
    assert "Signer Certificate Common Name: The Harbour Paper" in said
    status = _status(report.read_bytes(), publisher, clock[0])
    assert status.bottom_line
    stamp = status.timestamp_validity
    assert stamp
    assert stamp.trusted
    assert abs(stamp.timestamp - datetime.now(UTC)) < timedelta(minutes=10)


def test_a_changed_report_is_no_longer_the_signed_one(
    report: Path, publisher: Authority, clock: tuple[Authority, str], tmp_path: Path
) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(report.read_bytes().replace(b"/Producer (Skia", b"/Producer (Skip", 1))
    assert "Signature is Valid" not in _run("pdfsig", "-nocert", changed)
    assert not _status(changed.read_bytes(), publisher, clock[0]).bottom_line


def test_an_export_with_a_signed_report_verifies(export: Path) -> None:
    assert verify(export).faults == []


def test_the_signature_counts_without_an_authority_that_fails(
    report: Path, certificate: Path, publisher: Authority, clock: tuple[Authority, str]
) -> None:
    data = report.read_bytes()
    printed = data[: data.index(b"%%EOF") + 6]
    assert _status(sign(printed, certificate, ()), publisher, clock[0]).timestamp_validity is None
    nobody = "http://127.0.0.1:9/"
    assert _status(sign(printed, certificate, (nobody,)), publisher, clock[0]).bottom_line
    later = _status(sign(printed, certificate, (nobody, clock[1])), publisher, clock[0])
    assert later.timestamp_validity, "the next one is asked"


def test_a_key_with_its_chain_is_pkcs12_or_pem(certificate: Path, publisher: Authority) -> None:
    key = load_pem_private_key((publisher.folder / "tsa.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    own, root = x509.load_pem_x509_certificates(certificate.read_bytes())
    path = publisher.folder / "all.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, own, [root], NoEncryption()))
    for each in (path, certificate):
        signer = load(each)
        assert signer.signing_cert
        assert signer.signing_cert.subject.human_friendly == "Common Name: The Harbour Paper"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            None,
            key,
            own,
            None,
            BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(BadKey, match=r"all\.p12: no PDF can be signed with it"):
        load(path)


def test_what_cannot_sign_is_named_before_an_export_begins(
    services: Services, clock: tuple[Authority, str], tmp_path: Path
) -> None:
    old = Authority(tmp_path / "old", days=(9, -1))
    wrong = {
        "no such file": tmp_path / "none.pem",
        "no PDF can be signed": clock[0].certificate,
        "no certificate of its key": tmp_path / "other.pem",
        "is valid until": tmp_path / "old.pem",
    }
    key = (clock[0].folder / "tsa.key").read_bytes()
    wrong["no certificate of its key"].write_bytes(key + clock[0].certificate.read_bytes())
    wrong["is valid until"].write_bytes(key + (old.folder / "tsa.pem").read_bytes())
    for why, path in wrong.items():
        settings = replace(services.settings, pdf_certificate=path)
        exports = Services(settings, services.archive).exports
        with pytest.raises(BadKey, match=rf"(?i){path.name}: .*{why}"):
            exports.prepare(ExportRequest(("ferry",), pdf=True))
        assert exports.prepare(ExportRequest(("ferry",)))


def test_without_a_certificate_a_report_is_not_signed(services: Services, tmp_path: Path) -> None:
    settings = replace(services.settings, pdf_certificate=None)
    export = Services(settings, services.archive).exports.prepare(
        ExportRequest(("ferry",), pdf=True)
    )
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(export.parts()))
    data = files_of(path)["data/stories/ferry/report.pdf"]
    assert PdfFileReader(BytesIO(data)).embedded_signatures == []
