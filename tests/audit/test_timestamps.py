"""Time stamps by a real authority, run by openssl: requested, stored, exported, verified."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repo_store.archive import Archive
from service.audit.export.exports import ExportRequest, Exports
from service.audit.timestamps import request_timestamp, verify_timestamp
from service.audit.verify.verifier import verify
from service.config import ConfigError, Settings
from service.wiring import Services
from tests.audit.conftest import by_hand

CONFIG = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
"""


class Authority:
    """`openssl ts` behind HTTP; `fail` has it answer something else."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fail = folder, b""
        self.certificate = folder / "ca.pem"
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        subject = ("-subj", "/CN=A stranger's root")
        new = ("req", "-newkey", "rsa:2048", "-nodes")
        self._openssl(*new, "-x509", *subject, "-keyout", "ca.key", "-out", "ca.pem", "-days", "9")
        self._openssl(*new, "-subj", "/CN=A clock", "-keyout", "tsa.key", "-out", "tsa.csr")
        by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "9")
        how = ("-extfile", "tsa.cnf", "-extensions", "ext")
        self._openssl("x509", "-req", "-in", "tsa.csr", *by, *how, "-out", "tsa.pem")

    def answer(self, query: bytes) -> bytes:
        if self.fail:
            return self.fail
        (self.folder / "query.tsq").write_bytes(query)
        how = ("-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query.tsq")
        self._openssl("ts", "-reply", *how, "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[Authority, str]]:
    folder = tmp_path / "authority"
    folder.mkdir()
    made = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield made, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_stamped_export_is_verified_with_the_authority_s_certificate(
    story: Archive, settings: Settings, authority: tuple[Authority, str], tmp_path: Path
) -> None:
    made, url = authority
    audit = Services(replace(settings, authority=url), story).audit
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(Exports(story, audit).prepare(ExportRequest(("library",))).parts()))
    key = audit.public_keys()[-1].fingerprint
    assert by_hand(path, key, made.certificate) == "verified"
    assert by_hand(path, key, made.folder / "tsa.csr") == "FAILED at step 5"
    verdict = verify(path, key)
    assert verdict.faults == []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert any(f"an authority stamped the checkpoint at {today}" in x for x in verdict.proven)
    assert any("openssl ts -verify" in each for each in verdict.unproven)
    again = audit.checkpoint()
    assert again.timestamp, "kept in git with the checkpoint"
    assert story.verify().findings == ()


def test_a_checkpoint_is_signed_even_if_the_authority_fails(
    story: Archive, settings: Settings, authority: tuple[Authority, str]
) -> None:
    made, url = authority
    made.fail = b"no"
    sealed = Services(replace(settings, authority=url), story).audit.checkpoint()
    assert sealed.timestamp is None
    assert request_timestamp(b"x", "http://127.0.0.1:9/") is None


def test_a_stamp_of_something_else_is_found(authority: tuple[Authority, str]) -> None:
    made, url = authority
    stamp = request_timestamp(b"one", url)
    assert stamp
    assert verify_timestamp(stamp, b"one").year >= 2026
    with pytest.raises(ValueError, match="stamps something else"):
        verify_timestamp(stamp, b"two")
    made.fail = stamp
    assert request_timestamp(b"one", url) is None, "a replayed answer has another nonce"


def test_the_setting_is_an_address() -> None:
    with pytest.raises(ConfigError, match="STORY_HISTORY_TIMESTAMPS"):
        Settings.read(environ={"STORY_HISTORY_TIMESTAMPS": "file:///etc/passwd"})
