"""The log's key by what it is, not by where it is: renamed, copied, lost; and the way on."""

import errno
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store import ArchiveError, StoreError
from repo_store.archive import Archive
from service.audit.epochs import Epoch
from service.audit.keys import BadKey, Signer, create, rotate
from service.audit.log import AuditLog, fault_of_next, short_form
from service.audit.verify.verifier import verify
from service.config import Settings
from service.present.times import readable
from service.wiring import Services, now
from tests.audit.conftest import Make, by_hand
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.samples import append, content, entry

EMPTY = "0:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
WHY = "The disk with the key burnt."


@pytest.fixture
def signed(story: Archive, audit: AuditLog, settings: Settings) -> str:
    """The fingerprint of the key that has signed the log of a story."""
    audit.checkpoint()
    return Signer(settings.signing_key).public.fingerprint


def _lose(settings: Settings) -> None:
    for suffix in ("", ".pub"):
        Path(f"{settings.signing_key}{suffix}").unlink()


def test_a_renamed_archive_keeps_its_key(signed: str, archive_path: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed"
    archive_path.rename(renamed)
    with closing(Archive.open(renamed, now)) as archive:
        append(archive, entry(content(), "later"))
        Services(Settings(renamed), archive).audit.checkpoint()
    assert [each.name for each in tmp_path.glob("*.key")] == ["archive.key"]


def test_a_copy_elsewhere_makes_no_key_and_names_the_one_it_wants(
    signed: str, archive_path: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "elsewhere" / "archive"
    shutil.copytree(archive_path, copied)
    with closing(Archive.open(copied, now)) as archive:
        append(archive, entry(content(), "later"))
        with pytest.raises(BadKey, match="log epoch --reason") as refused:
            Services(Settings(copied), archive).audit.checkpoint()
    assert signed in str(refused.value)
    assert str(copied.with_name("archive.key")) in str(refused.value)
    assert list(copied.parent.glob("*.key*")) == []


def test_a_foreign_key_is_named_and_signs_nothing(
    signed: str, story: Archive, settings: Settings
) -> None:
    _lose(settings)
    other = create(settings.signing_key, "other.example/log").public.fingerprint
    append(story, entry(content(), "later"))
    with pytest.raises(BadKey, match="holds another key") as refused:
        Services(settings, story).audit.checkpoint()
    assert signed in str(refused.value)
    assert other in str(refused.value)


def test_a_public_key_that_was_left_behind_is_not_taken_for_another(
    signed: str, story: Archive, settings: Settings
) -> None:
    settings.signing_key.unlink()
    append(story, entry(content(), "later"))
    with pytest.raises(BadKey, match="does not hold it: put the backup of the key") as refused:
        Services(settings, story).audit.checkpoint()
    assert str(refused.value).count(signed) == 1
    assert Services(settings, story).audit.begin_epoch(WHY).before == signed
    Services(settings, story).audit.checkpoint()


@pytest.mark.parametrize("public", ["", "nonsense", "another's"])
def test_the_private_key_alone_is_the_key(
    run: Run, signed: str, story: Archive, settings: Settings, tmp_path: Path, public: str
) -> None:
    path = Path(f"{settings.signing_key}.pub")
    line = path.read_text()
    path.unlink()
    if public == "another's":
        public = f"{create(tmp_path / 'other.key', 'other.example/log').public.line}\n"
    if public:
        path.write_text(public)
    append(story, entry(content(), "later"))
    fixed = {"STORY_HISTORY_KEY": str(settings.signing_key)}
    environ = {"STORY_HISTORY_ARCHIVE": str(settings.archive), **fixed}
    for command in (("log", "checkpoint"), ("key", "show")):
        done = run(*command, environ=environ)
        assert done.returncode == 0, done.stderr
    assert signed in done.stdout
    refused = run("log", "epoch", "--reason", WHY, environ=environ)
    assert (refused.returncode, f"the key {signed} is there" in refused.stderr) == (2, True)
    assert path.read_text() == line
    path.unlink()
    assert run("key", "rotate", environ=environ).returncode == 0
    assert run("verify", environ=environ).returncode == 0


def test_no_epoch_begins_while_the_key_has_a_passphrase(
    run: Run, signed: str, settings: Settings
) -> None:
    path = settings.signing_key
    command = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f"]
    subprocess.run([*command, path], check=True, capture_output=True)
    kept = path.read_bytes()
    refused = run("log", "epoch", "--reason", WHY)
    assert (refused.returncode, "remove that (ssh-keygen -p" in refused.stderr) == (2, True)
    assert path.read_bytes() == kept
    refused = run("log", "checkpoint")
    assert (refused.returncode, "cannot be used" in refused.stderr) == (2, True)


class Killed(BaseException):
    """Nothing is done any more."""


@contextmanager
def _failing(step: int, error: BaseException) -> Iterator[list[str]]:
    """From this step on, nothing more is written; gives the steps before."""
    done: list[str] = []

    def failing(name: str) -> Callable[..., Any]:
        true = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if len(done) >= step:
                raise error
            done.append(name)
            return true(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("write", "mkdir", "link", "rename", "replace"):
            patch.setattr(os, name, failing(name))
        with suppress(Killed, OSError, StoreError):
            yield done


FAILURES = pytest.mark.parametrize(
    "error", [Killed(), OSError(errno.ENOSPC, "No space left on device")], ids=["kill", "full disk"]
)


@FAILURES
def test_an_epoch_that_fails_at_any_step_loses_nothing_and_goes_on(
    signed: str, story: Archive, settings: Settings, tmp_path: Path, error: BaseException
) -> None:
    _lose(settings)
    create(settings.signing_key, "other.example/log")
    other = settings.signing_key.read_bytes()
    story.close()
    for step in itertools.count():
        folder = tmp_path / f"step-{step}"
        here = Settings(folder / "archive")
        shutil.copytree(settings.archive, here.archive)
        for each in tmp_path.glob("archive.key*"):
            shutil.copy(each, folder)
        ended = False
        for _ in range(2):
            with closing(Archive.open(here.archive, now)) as archive, _failing(step, error) as done:
                Services(here, archive).audit.begin_epoch(WHY)
                ended = True
            kept = [each.read_bytes() for each in folder.rglob("archive.key") if each.is_file()]
            assert other in kept, (step, done)
        with closing(Archive.open(here.archive, now)) as archive:
            audit = Services(here, archive).audit
            if not ended:
                with suppress(ArchiveError):  # all but tidying up had ended
                    audit.begin_epoch(WHY)
            audit.checkpoint()
            assert audit.signature_faults() == []
            [epoch] = audit.epochs()
            assert (epoch.before, epoch.reason) == (signed, WHY)
            assert Signer(here.signing_key).public.fingerprint == epoch.after
            assert archive.verify().findings == ()
        if ended:
            break
    assert step > 5


@FAILURES
def test_a_rotation_that_fails_at_any_step_leaves_a_key_that_signs(
    run: Run, signed: str, story: Archive, settings: Settings, error: BaseException
) -> None:
    for step in range(8):
        with _failing(step, error):
            rotate(settings.signing_key)
        append(story, entry(content(), f"later-{step}"))
        Services(settings, story).audit.checkpoint()
        assert Services(settings, story).audit.signature_faults() == []
    assert run("key", "rotate").returncode == 0


def test_without_its_key_all_else_goes_on(
    run: Run, signed: str, story: Archive, settings: Settings, tmp_path: Path
) -> None:
    _lose(settings)
    append(story, entry(content(), "later"))
    assert run("verify").returncode == 0
    assert run("log", "check", "--since", EMPTY).returncode == 0
    maintained = run("maintain")
    assert (maintained.returncode, "no checkpoint was signed" in maintained.stderr) == (0, True)
    for command in (("export", "--all", "-o", tmp_path / "x.zip"), ("log", "checkpoint")):
        refused = run(*command)
        assert refused.returncode == 2
        assert signed in refused.stderr
    assert run("key", "create").returncode == 2
    assert not settings.signing_key.exists()


def test_a_new_epoch_says_plainly_that_it_is_one(
    run: Run, signed: str, story: Archive, audit: AuditLog, settings: Settings, export: Make
) -> None:
    seen = audit.checkpoint()
    with pytest.raises(ArchiveError, match="is there"):
        audit.begin_epoch(WHY)
    _lose(settings)
    append(story, entry(content(), "later"))
    begun = run("log", "epoch", "--reason", WHY)
    assert begun.returncode == 0, begun.stderr
    new = Signer(settings.signing_key).public
    assert new.fingerprint in begun.stdout
    assert new.name == f"{audit.public_keys()[0].name}/2", "witnesses know a log by its name"
    [epoch] = audit.epochs()
    assert (epoch.number, epoch.size, epoch.root) == (2, seen.size, seen.checkpoint.root)
    assert (epoch.before, epoch.after, epoch.reason) == (signed, new.fingerprint, WHY)
    assert audit.signature_faults() == []
    assert story.verify().findings == ()
    checked = run("log", "check", "--since", short_form(seen.checkpoint))
    assert (checked.returncode, str(epoch) in checked.stdout) == (0, True)

    for path in (export("library"), export(name="all.zip")):
        assert by_hand(path, new.fingerprint) == "verified"
        verdict = verify(path, new.fingerprint)
        assert verdict.faults == []
        assert any(str(epoch) in each for each in verdict.unproven)
        [fault] = verify(path, signed).faults
        assert "not the key that you trust" in fault
        assert str(epoch) in fault


def test_the_imprint_says_when_and_why_each_epoch_began(
    run: Run, signed: str, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    assert "poch" not in run("key", "show", "--imprint").stdout
    before, said = signed, []
    for number in (2, 3):
        last = story.index.log.leaf(audit.checkpoint().size - 1)
        assert last
        at = readable(datetime.fromisoformat(json.loads(last.body)["time"]))
        append(story, entry(content(), f"later-{number}"))
        _lose(settings)
        assert run("log", "epoch", "--reason", f"{WHY} Again: {number}.").returncode == 0
        said += [
            f"Epoch {number} of this record began after entry {last.number + 1}, of {at}, under a"
            f" new key. The reason: {WHY} Again: {number}.",
            f"The key before it, {before}, does not vouch for that: this imprint does.",
        ]
        before = Signer(settings.signing_key).public.fingerprint
    assert run("key", "rotate").returncode == 0
    printed = run("key", "show", "--imprint").stdout.splitlines()
    assert printed[2] == f"Fingerprint: {Signer(settings.signing_key).public.fingerprint}"
    assert printed[-6:-2] == said
    assert "the key's line" in printed[-2]


def test_an_epoch_that_began_after_nothing_has_no_time_in_the_imprint() -> None:
    epoch = Epoch(2, 0, b"", ("x 1:A",), "SHA256:A", "SHA256:B", WHY)
    first, second = epoch.imprint(None).splitlines()
    assert first.startswith("Epoch 2 of this record began after entry 0, under a new key.")
    assert second.endswith("this imprint does; that key had signed x 1:A, which is given up.")


def test_a_statement_that_is_not_the_new_key_s_is_a_fault(
    signed: str, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    _lose(settings)
    audit.begin_epoch(WHY)
    old, new = audit.key_series()
    forged = Epoch.parse(new.epoch)
    assert forged
    assert fault_of_next(old.key, new) == ""
    for other in (
        new._replace(epoch=forged._replace(reason="Another.").statement),
        new._replace(epoch=forged._replace(before=new.key.fingerprint).statement),
        new._replace(epoch="It was lost.\n"),
        new._replace(epoch=""),
    ):
        assert fault_of_next(old.key, other)


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 501, "\x1b[31m"])
def test_a_reason_is_one_line_of_words(run: Run, signed: str, reason: str) -> None:
    refused = run("log", "epoch", "--reason", reason)
    assert (refused.returncode, "--reason" in refused.stderr) == (2, True)


def test_ssh_keygen_takes_the_statement(
    signed: str, story: Archive, audit: AuditLog, settings: Settings, tmp_path: Path
) -> None:
    _lose(settings)
    audit.begin_epoch(WHY)
    new = audit.key_series()[-1]
    (tmp_path / "signers").write_text(f"log {new.key.line}\n")
    (tmp_path / "sig").write_text(new.epoch_signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "log", "-n", "story-history"]
    done = subprocess.run(
        [*command, "-s", "sig"],
        input=new.epoch,
        text=True,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
