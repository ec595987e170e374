"""The page that checks an export: what the public log says of it, and who cosigned that."""

import base64
import json
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from repo_store.archive import Archive
from service.audit.export.exports import ExportRequest
from service.audit.export.story_files import json_line
from service.audit.keys import Signer, create
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import SEVERAL, Files, Make, files_of, forget
from tests.audit.test_tampering import packed
from tests.browser.test_verify_page import VERIFIED, Verdict
from tests.browser.test_verify_page import audit as audit
from tests.browser.test_verify_page import check as check
from tests.browser.test_verify_page import export as export
from tests.browser.test_verify_page import key as key
from tests.browser.test_verify_page import opened as opened
from tests.browser.test_verify_page import settings as settings
from tests.browser.test_verify_page import signer as signer
from tests.browser.test_verify_page import story as story
from tests.samples import append, content, entry, ticking

PUBLIC = "data/published"
NOTE = f"{PUBLIC}/checkpoint"


@pytest.mark.parametrize("stories", [("library",), SEVERAL, ()])
def test_the_public_log_has_the_same_versions(
    export: Make, check: Verdict, key: str, stories: tuple[str, ...]
) -> None:
    said = check(export(*stories), key)
    assert said.startswith(VERIFIED)
    assert "has the same versions with the same texts" in said
    assert "first 6 entries of the public log" in said, "they are from before it began"


def _drop_leaf(files: Files) -> Files:
    leaves = files[f"{PUBLIC}/leaves.ndjson"].splitlines(keepends=True)
    del leaves[-3]
    return {f"{PUBLIC}/leaves.ndjson": b"".join(leaves)}


def _replace(name: str, old: str, new: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old.encode() in files[f"{PUBLIC}/{name}"]
        return {f"{PUBLIC}/{name}": files[f"{PUBLIC}/{name}"].replace(old.encode(), new.encode())}

    return change


def _another_blind(files: Files) -> Files:
    [tie] = map(json.loads, files[f"{PUBLIC}/ties.ndjson"].splitlines())
    return {f"{PUBLIC}/ties.ndjson": json_line(tie | {"blind": "00" * 32})}


CHANGES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a leaf dropped": (_drop_leaf, "public log"),
    "a leaf changed": (
        _replace("leaves.ndjson", '\\"version\\":2', '\\"version\\":9'),
        "is not in the public log",
    ),
    "fewer versions": (
        _replace("heads.ndjson", '\\"versions\\":3', '\\"versions\\":2'),
        "what the public log's map says of library is not in it",
    ),
    "another note": (
        _replace("records.ndjson", "The sum was wrong", "The sum was right"),
        "records.ndjson is not what the chain says: line 2",
    ),
    "another tie": (_another_blind, "what is said to open leaf 0 of the public log does not"),
    "another size": (_replace("checkpoint", "\n8\n", "\n7\n"), "is not signed by the log's key"),
}


def test_what_the_public_log_does_not_say_is_refused(
    export: Make, check: Verdict, signer: Signer, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    for name, (change, fault) in CHANGES.items():
        path = packed(tmp_path / "tampered.zip", files | change(files), signer)
        said = check(path, signer.public.line)
        assert said.startswith("Not verified."), name
        assert fault in said.lower(), (name, said)


@pytest.mark.parametrize("stories", [("library",), ()])
def test_another_history_under_the_same_key_is_not_what_the_public_saw(
    export: Make,
    check: Verdict,
    signer: Signer,
    archive_path: Path,
    tmp_path: Path,
    stories: tuple[str, ...],
) -> None:
    """The operator rewrites everything, and shows the public log as it was."""
    public = {n: data for n, data in files_of(export(*stories)).items() if n.startswith(PUBLIC)}
    forget(signer)
    forged = Archive.open(tmp_path / "elsewhere", ticking(), create=True)
    append(forged, entry(content(title="One")), entry(content(title="Forged")))
    settings = Settings(tmp_path / "elsewhere", key=archive_path.with_name("archive.key"))
    made = Services(settings, forged).exports.prepare(ExportRequest(stories))
    fake = tmp_path / "fake.zip"
    fake.write_bytes(b"".join(made.parts()))
    forged.close()
    assert check(fake, signer.public.line).startswith(VERIFIED), "by itself"
    other = {n: data for n, data in files_of(fake).items() if not n.startswith(PUBLIC)}
    said = check(packed(tmp_path / "fake.zip", other | public, signer), signer.public.line)
    assert said.startswith("Not verified.")
    assert "and the chain says it otherwise" in said


def test_a_stranger_s_public_log_is_refused(
    export: Make, check: Verdict, signer: Signer, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    stranger = create(tmp_path / "stranger.key", f"{signer.public.name}/published")
    note = stranger.sign_note(files[NOTE].decode().rpartition("\n\n")[0] + "\n")
    path = packed(tmp_path / "tampered.zip", files | {NOTE: note.encode()}, signer)
    assert "The public log's checkpoint is not signed" in check(path, signer.public.line)


class Witness:
    """Cosigns as https://c2sp.org/tlog-cosignature says."""

    def __init__(self, name: str) -> None:
        self.name, self._key = name, Ed25519PrivateKey.generate()
        self._material = b"\4" + self._key.public_key().public_bytes_raw()
        self._id = sha256(f"{name}\n".encode() + self._material).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self._id.hex()}+{base64.b64encode(self._material).decode()}"

    def line(self, note: str, time: int) -> str:
        body = note.rpartition("\n\n")[0] + "\n"
        signed = self._key.sign(f"cosignature/v1\ntime {time}\n{body}".encode())
        value = base64.b64encode(self._id + struct.pack(">Q", time) + signed).decode()
        return f"— {self.name} {value}\n"


def test_a_policy_says_whose_cosignatures_are_needed(
    export: Make, check: Verdict, signer: Signer, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    one, two, three = (Witness(f"w{number}.example/w") for number in (1, 2, 3))
    note = files[NOTE].decode()
    signed = note + one.line(note, 1_777_000_000) + two.line(note, 1_777_000_060)
    signed += three.line(note.replace("\n8\n", "\n7\n"), 1_777_000_060)  # of another checkpoint
    ends = (NOTE, ".tlog-proof")
    cosigned = {
        name: data.replace(note.encode(), signed.encode()) if name.endswith(ends) else data
        for name, data in files.items()
    }
    path = packed(tmp_path / "cosigned.zip", cosigned, signer)
    lines = [f"log {signer.public.vkey}"]
    lines += [
        f"witness {name} {each.vkey}" for name, each in zip("ABC", (one, two, three), strict=True)
    ]

    def verdict(*more: str) -> str:
        return check(path, "\n".join([*lines, *more]))

    for rule in (
        ["group two 2 A B C", "quorum two"],
        ["group any any A C", "quorum any"],
        ["group both all A B", "group nested 1 both C", "quorum nested"],
        ["quorum A"],
        ["quorum none"],
    ):
        said = verdict(*rule)
        assert said.startswith(VERIFIED), rule
        assert "these have seen that log, at the latest by then: A, 24 April 2026" in said
        assert "only A, B cosigned it" in said
    for rule in (
        ["group all all A B C", "quorum all"],
        ["group three 3 A B C", "quorum three"],
        ["quorum C"],
    ):
        assert "Too few of your witnesses have cosigned the public log: A, B." in verdict(*rule)
