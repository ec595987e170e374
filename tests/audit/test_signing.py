"""Keys and signatures: the same that ssh-keygen and other tools make, and accept."""

import base64
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.log.checkpoint import Checkpoint
from service.audit.export.exports import ExportRequest
from service.audit.keys import BadKey, PublicKey, Signer, create, load_or_create, rotate
from service.audit.log import AuditLog
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import Make, by_hand, failures
from tests.samples import append, content, entry

NAME = "news.example/story-history"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return create(tmp_path / "log.key", NAME)


def test_a_signature_on_a_file_is_the_one_ssh_keygen_makes(signer: Signer, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"what was said\n")
    key = str(tmp_path / "log.key")
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "story-history", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    armor = signer.sign_file(file.read_bytes())
    assert (tmp_path / "file.sig").read_text() == armor
    assert signer.public.verify_file(file.read_bytes(), armor)
    assert not signer.public.verify_file(b"something else\n", armor)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "log.key.pub"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.split()[1] == signer.public.fingerprint
    assert shown.split()[2] == NAME


def test_a_signed_note_by_another_tool_verifies() -> None:
    """The example from Go's golang.org/x/mod/sumdb/note."""
    raw = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + raw
    key = PublicKey(f"ssh-ed25519 {base64.b64encode(blob).decode()} PeterNeumann")
    assert key.vkey == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
        "qdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert key.verify_note(note)
    assert not key.verify_note(note.replace("answer", "question"))
    assert not key.verify_note(note.replace("PeterNeumann x", "Someone x"))


def test_a_checkpoint_is_a_note_of_three_lines(signer: Signer) -> None:
    checkpoint = Checkpoint(signer.public.name, 7, b"\1" * 32)
    text = signer.sign_checkpoint(checkpoint, lambda _: checkpoint.root)
    assert text.split("\n")[:4] == [NAME, "7", base64.b64encode(b"\1" * 32).decode(), ""]
    assert signer.public.verify_note(text)
    assert text == signer.sign_checkpoint(checkpoint, lambda _: checkpoint.root), "the same"


def test_the_private_key_is_for_its_owner_alone(signer: Signer, tmp_path: Path) -> None:
    mode = (tmp_path / "log.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_creating_a_key_never_overwrites_one(signer: Signer, tmp_path: Path) -> None:
    before = (tmp_path / "log.key").read_bytes()
    with pytest.raises(BadKey, match="there is a key already"):
        create(tmp_path / "log.key", NAME)
    assert (tmp_path / "log.key").read_bytes() == before


def test_concurrent_creators_all_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: load_or_create(tmp_path / "log.key", NAME), range(8)))
    assert len({signer.public.line for signer, _ in made}) == 1
    assert sum(new for _, new in made) == 1


@pytest.mark.parametrize("name", ["", "two words", "with+plus", "ünicode"])
def test_a_name_that_a_note_cannot_have_is_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadKey, match="a key's name"):
        create(tmp_path / "log.key", name)


def test_an_unusable_key_says_what_is_wrong(signer: Signer, tmp_path: Path) -> None:
    key, public = tmp_path / "log.key", tmp_path / "log.key.pub"
    other = create(tmp_path / "other.key", NAME)
    with pytest.raises(BadKey, match="there is no signing key here"):
        Signer(tmp_path / "none.key")
    line = public.read_text()
    for text, message in (
        (f"{other.public.line}\n", "the public key of another key"),
        (line.rpartition(" ")[0] + "\n", "must end in a name"),
        ("nonsense\n", "cannot be read"),
    ):
        public.write_text(text)
        with pytest.raises(BadKey, match=message):
            Signer(key)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", tmp_path / "ecdsa"], check=True
    )
    with pytest.raises(BadKey, match="must be an Ed25519 key"):
        Signer(tmp_path / "ecdsa")


def test_the_key_is_beside_the_archive_not_in_it(settings: Settings, archive_path: Path) -> None:
    assert settings.signing_key == archive_path.with_name("archive.key")
    assert Settings(Path("x"), key=Path("/k")).signing_key == Path("/k")


def test_a_new_key_is_signed_by_the_old_one(
    export: Make, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    first = audit.checkpoint()
    old, new = rotate(settings.signing_key)
    assert old.fingerprint != new.public.fingerprint
    second = audit.checkpoint()
    assert second.size == first.size
    assert new.public.verify_note(second.note)
    assert [key.fingerprint for key in audit.public_keys()] == [
        old.fingerprint,
        new.public.fingerprint,
    ]
    path = export("library")
    assert by_hand(path, new.public.fingerprint) == "verified"
    assert failures(path, new.public.fingerprint) == []
    assert failures(path, old.fingerprint) == [], "who trusts the old one is led to the new"
    append(story, entry(content(title="Four")))
    rotate(settings.signing_key)
    third = audit.checkpoint()
    assert third.size == first.size + 1
    assert by_hand(export("library"), audit.public_keys()[-1].fingerprint) == "verified"
    assert story.verify().findings == ()


def test_a_hundred_rotations_are_in_order(
    export: Make, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    first = audit.signer().public
    for _ in range(100):
        audit.checkpoint()
        rotate(settings.signing_key)
    path = export("library")
    newest = audit.public_keys()[-1].fingerprint
    assert failures(path, newest) == failures(path, first.fingerprint) == []
    assert by_hand(path, newest) == "verified"


def test_an_export_of_an_old_story_is_signed_by_one_key(
    export: Make, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    """Its first checkpoint is signed by the old key, so the export uses one by the new key."""
    audit.checkpoint()
    append(story, entry(content(title="Elsewhere"), "later"))
    audit.checkpoint()
    _, new = rotate(settings.signing_key)
    path = export("library")
    assert by_hand(path, new.public.fingerprint) == "verified"
    assert failures(path, new.public.fingerprint) == []
    assert export("library", name="again.zip").read_bytes() == path.read_bytes()


def test_an_export_after_a_new_key_is_of_a_public_log_that_it_signed(
    export: Make, story: Archive, settings: Settings
) -> None:
    """Although nothing was published since."""
    export("library")
    old, new = rotate(settings.signing_key)
    path = export("library", name="rotated.zip")
    assert [failures(path, key.fingerprint) for key in (old, new.public)] == [[], []]
    for each in settings.signing_key.parent.glob(f"{settings.signing_key.name}*"):
        each.unlink()
    services = Services(settings, story)
    epoch = services.audit.begin_epoch("Lost in a flood.")
    path.write_bytes(b"".join(services.exports.prepare(ExportRequest(("library",))).parts()))
    assert failures(path, epoch.after) == []


def test_a_key_not_signed_by_the_old_one_signs_nothing(
    story: Archive, audit: AuditLog, settings: Settings
) -> None:
    audit.checkpoint()
    append(story, entry(content(title="Four")))
    for suffix in ("", ".pub"):
        Path(f"{settings.signing_key}{suffix}").unlink()
    create(settings.signing_key, "localhost/story-history")
    with pytest.raises(BadKey, match="holds another key"):
        Services(settings, story).audit.checkpoint()


def test_an_empty_log_has_a_checkpoint(
    archive: Archive, audit: AuditLog, settings: Settings
) -> None:
    first = audit.checkpoint()
    assert (first.size, first.note.split("\n")[1]) == (0, "0")
    append(archive, entry(content()))
    assert audit.checkpoint().size == 1
    assert archive.verify().findings == ()
    assert audit.signature_faults() == []
