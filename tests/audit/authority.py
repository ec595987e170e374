"""Time-stamping authorities: certificates as wanted, `openssl ts` that stamps, HTTP in front."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """
[tsa]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
ess_cert_id_alg = sha256
"""
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING

SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """A root `ca.pem`, and `tsa.pem` by it, valid as many days before and after now.

    `answer` is what it answers a query; `fail`, if set, what it answers instead.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "A clock",
        days: tuple[float, float] = (9, 900),
        usage: tuple[x509.ObjectIdentifier, ...] = (STAMPING,),
        critical: bool = True,
    ) -> None:
        folder.mkdir(parents=True)
        self.folder, self.fail = folder, b""
        self.certificate = folder / "ca.pem"
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG)
        root, own = ec.generate_private_key(ec.SECP256R1()), _signing_key()
        authority = _subject(f"{name}'s root")
        signing = x509.BasicConstraints(ca=True, path_length=None)
        made = _builder(authority, authority, root, (9_000, 9_000)).add_extension(signing, True)
        (folder / "ca.pem").write_bytes(made.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
        made = _builder(_subject(name), authority, own, days)
        made = made.add_extension(SIGNING, True)
        if usage:
            made = made.add_extension(x509.ExtendedKeyUsage(usage), critical)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False
        )
        (folder / "tsa.pem").write_bytes(
            made.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM)
        )
        private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(private)

    def answer(self, query: bytes) -> bytes:
        if self.fail:
            return self.fail
        (self.folder / "query.tsq").write_bytes(query)
        subprocess.run(
            [
                *("openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa"),
                *("-queryfile", "query.tsq", "-out", "reply.tsr"),
            ],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return (self.folder / "reply.tsr").read_bytes()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its URL, while it answers there."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    """The same for all of them: to make one takes longer than a test."""
    return rsa.generate_private_key(65_537, 2048)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    days: tuple[float, float],
) -> x509.CertificateBuilder:
    before, after = days
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=before))
        .not_valid_after(now + timedelta(days=after))
    )
