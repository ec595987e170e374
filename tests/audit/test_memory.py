"""A key that remembers what it signed: it signs nothing that contradicts that."""

import itertools
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.log import merkle
from repo_store.log.checkpoint import Checkpoint
from service.accounts import Role
from service.audit.keys import BadKey, Signer, create
from service.audit.log import AuditLog, NoMemory, parse_keys, short_form
from service.audit.memory import Memory
from service.audit.published import origin_of
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services, now
from tests.audit.conftest import by_hand, forget
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.kill_at import killed_at
from tests.samples import append, content, entry, new_token
from tests.torture.kills import forked
from tests.web.conftest import application, read

NAME = "news.example/log"
EMPTY = "0:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
WHY = "The disk broke; the backup is of last night."


@pytest.fixture
def key(tmp_path: Path) -> Signer:
    return create(tmp_path / "log.key", NAME)


def _sign(key: Signer, size: int, leaves: str = "abcdefghi", name: str = NAME) -> str:
    """Sign the first so many leaves of a log: that of these."""

    def root_at(count: int) -> bytes:
        return merkle.root_of(leaves[:count])

    return key.sign_checkpoint(Checkpoint(name, size, root_at(size)), root_at)


def test_what_extends_the_last_one_is_signed_and_what_does_not_is_refused(key: Signer) -> None:
    _sign(key, 5)
    assert _sign(key, 5) == _sign(key, 5), "a caller that was killed asks again"
    for size, leaves in ((4, "abcd"), (5, "abcdX"), (7, "aXcdefg")):
        with pytest.raises(BadKey, match=r"log epoch --reason"):
            _sign(key, size, leaves)
    _sign(key, 7)


def test_each_log_of_a_key_is_remembered_by_itself(key: Signer) -> None:
    _sign(key, 8)
    note = _sign(key, 2, name=f"{NAME}/published")
    assert key.public.named(f"{NAME}/published").verify_note(note)
    assert not key.public.verify_note(note), "a checkpoint of one log is none of the other"
    with pytest.raises(BadKey, match=r"signed 2 entries of news\.example/log/published"):
        _sign(key, 1, name=f"{NAME}/published")
    _sign(key, 8)


def test_a_log_that_took_another_name_is_not_signed_as_a_new_one(key: Signer) -> None:
    _sign(key, 8)
    for name in ("news.example/other", "news.example", f"{NAME}/published/published"):
        renamed = Signer(key.path, name)
        with pytest.raises(BadKey, match=f"the key signs {NAME}, and this log is called"):
            _sign(renamed, 1, name=name)


def test_what_is_remembered_is_for_its_owner_alone_and_may_be_read_by_a_person(key: Signer) -> None:
    _sign(key, 5)
    path = key.path.with_name("log.key.signed")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    value = json.loads(path.read_text())[NAME]
    assert (value["size"], value["key"]) == (5, key.public.fingerprint)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}{", '{"a": {}}', '{"a": {"size": 1, "root": "AA==", "key": "k"}}', None]
)
def test_what_cannot_be_read_is_named_and_nothing_is_signed(key: Signer, text: str | None) -> None:
    path = key.memory.path
    path.mkdir() if text is None else path.write_text(text)
    with pytest.raises(BadKey, match=f"{path}: what the key signed last cannot be read"):
        _sign(key, 5)


# An archive, and its key beside it


@pytest.fixture
def other_order(archive: Archive, audit: AuditLog) -> Archive:
    """Its stories were recorded in another order than that of their ids, and are not signed yet."""
    append(archive, entry(content(), "middle"))
    audit.checkpoint()
    for name in ("zebra", "library", "aardvark"):
        append(archive, entry(content(), name))
    return archive


@contextmanager
def _opened(settings: Settings) -> Iterator[Services]:
    with closing(Archive.open(settings.archive, now)) as archive:
        yield Services(settings, archive)


def _services(settings: Settings) -> Services:
    return Services(settings, Archive.open(settings.archive, now))


def _copies(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Copies of an archive with its key, without end; each is deleted when the next is made."""
    for number in itertools.count():
        folder = tmp_path / f"copy-{number}"
        copy = Settings(folder / "archive")
        shutil.copytree(settings.archive, copy.archive)
        for each in settings.archive.parent.glob("archive.key*"):
            shutil.copy(each, folder)
        yield copy
        shutil.rmtree(folder)


def _lose_index(archive: Path) -> None:
    for each in archive.glob("index.db*"):
        each.unlink()


def test_no_kill_while_signing_ends_in_a_refusal_though_the_index_is_lost_too(
    other_order: Archive, settings: Settings, tmp_path: Path
) -> None:
    other_order.close()
    ahead = 0
    for step, copy in enumerate(_copies(settings, tmp_path)):
        killed = killed_at(step, partial(_services, copy), lambda each: each.audit.checkpoint())
        signed = Signer(copy.signing_key).memory.last("localhost/story-history")
        _lose_index(copy.archive)
        with _opened(copy) as services:
            last = services.archive.index.log.last_checkpoint()
            assert signed
            assert last
            ahead += signed.size > last[1].size
            assert services.audit.memory_faults() == []
            append(services.archive, entry(content(), "a-new-one"))
            assert services.audit.checkpoint().size == 5
        if not killed:
            break
    assert ahead, "it was killed when the key had signed what git has no checkpoint of"


def test_no_kill_while_signing_the_public_log_ends_in_a_refusal(
    archive: Archive, settings: Settings, tmp_path: Path
) -> None:
    append(archive, entry(content(), "middle"))
    Services(settings, archive).published.checkpoint()
    append(archive, entry(content(), "zebra"))
    append(archive, entry(content(), "aardvark"))
    archive.close()
    ahead = 0
    for step, copy in enumerate(_copies(settings, tmp_path)):
        prepared = partial(_services, copy)
        killed = killed_at(2 * step, prepared, lambda each: each.published.checkpoint())
        signed = Signer(copy.signing_key).memory.last("localhost/story-history/published")
        _lose_index(copy.archive)
        with _opened(copy) as services:
            newest = services.published.newest()
            assert signed
            assert newest
            ahead += signed.size > newest.size
            assert services.audit.memory_faults() == []
            append(services.archive, entry(content(), "a-new-one"))
            last = services.published.checkpoint()
            assert last
            assert last.size > signed.size
        if not killed:
            break
    assert ahead, "it was killed when the key had signed what git has no checkpoint of"


def _roll_back(settings: Settings, tmp_path: Path, run: Run) -> None:
    """An older backup in place of the archive, which went on and was signed since."""
    backup = tmp_path / "backup"
    assert run("backup", backup).returncode == 0
    with _opened(settings) as services:
        append(services.archive, entry(content(), "lost"))
        services.audit.checkpoint()
        services.published.checkpoint()
    shutil.rmtree(settings.archive)
    assert run("restore", backup).returncode == 1


@pytest.fixture
def rolled_back(
    run: Run, story: Archive, audit: AuditLog, settings: Settings, tmp_path: Path
) -> Settings:
    audit.checkpoint()
    Services(settings, story).published.checkpoint()
    story.close()
    _roll_back(settings, tmp_path, run)
    return settings


def test_an_archive_put_back_to_an_older_state_is_not_signed(
    run: Run, rolled_back: Settings, tmp_path: Path
) -> None:
    signed = Signer(rolled_back.signing_key).memory.last("localhost/story-history")
    assert signed
    for command in (
        ("log", "checkpoint"),
        ("export", "library", "-o", tmp_path / "x.zip"),
        ("export", "--all", "-o", tmp_path / "x.zip"),
        ("key", "rotate"),
    ):
        refused = run(*command)
        assert refused.returncode == 2, command
        assert f"has signed {signed.size} entries" in refused.stderr
        assert f"there are {signed.size - 1}" in refused.stderr
        assert "log epoch --reason" in refused.stderr
    maintained = run("maintain")
    assert (maintained.returncode, "no checkpoint was signed" in maintained.stderr) == (0, True)
    for found in (run("verify"), run("log", "check", "--since", EMPTY)):
        assert (found.returncode, short_form(signed) in found.stdout + found.stderr) == (1, True)
    assert run("backup", tmp_path / "another").returncode == 0
    auditor = {"Authorization": f"Bearer {new_token(rolled_back.archive, Role.AUDITOR)}"}
    answer = application(rolled_back).test_client().get("/api/v1/log/checkpoint", headers=auditor)
    assert (answer.status_code, read(answer)["title"]) == (
        503,
        "Nothing can be signed at the moment",
    )
    with _opened(rolled_back) as services:
        for number in range(3):  # growing again makes it no better
            append(services.archive, entry(content(), f"instead-{number}"))
        with pytest.raises(BadKey, match="other entries"):
            services.audit.checkpoint()


def test_an_epoch_that_gives_up_signed_entries_says_so_everywhere(
    run: Run, rolled_back: Settings, tmp_path: Path
) -> None:
    old = Signer(rolled_back.signing_key)
    signed = old.memory.last(old.public.name)
    assert signed
    begun = run("log", "epoch", "--reason", WHY)
    assert begun.returncode == 0, begun.stderr
    new = Signer(rolled_back.signing_key).public
    assert (new.name, new == old.public) == (f"{old.public.name}/2", False)
    [kept] = [each.read_bytes() for each in tmp_path.glob("archive.key.lost-*/archive.key")]
    assert kept, "the old key is kept"
    gone = f"that key had signed {signed.origin} {short_form(signed)}, which is given up"
    with _opened(rolled_back) as services:
        [epoch] = services.audit.epochs()
        public = old.memory.last(f"{old.public.name}/published")
        assert public
        assert epoch.given_up == tuple(f"{e.origin} {short_form(e)}" for e in (signed, public))
        assert services.audit.signature_faults() == services.audit.memory_faults() == []
        append(services.archive, entry(content(), "instead"))
        services.audit.checkpoint()
        assert gone in str(epoch)
        auditor = {"Authorization": f"Bearer {new_token(rolled_back.archive, Role.AUDITOR)}"}
        keys = application(rolled_back).test_client().get("/api/v1/log/keys", headers=auditor)
        assert f"given up: {epoch.given_up[0]}" in read(keys)["items"][-1]["epoch"]
        served = services.published.checkpoint()
        assert served
        assert origin_of(new).verify_note(served.note)
        assert served.checkpoint.origin == f"{new.name}/published"
    assert run("verify").returncode == 0
    begun_after = short_form(Checkpoint("", epoch.size, epoch.root))
    checked = run("log", "check", "--since", begun_after)
    assert (checked.returncode, gone in checked.stdout) == (0, True)
    path = tmp_path / "x.zip"
    assert run("export", "--all", "-o", path).returncode == 0
    assert by_hand(path, new.fingerprint) == "verified"
    verdict = verify(path, new.fingerprint)
    assert verdict.faults == []
    assert any(gone in each for each in verdict.unproven)
    [fault] = verify(path, old.public.fingerprint).faults
    assert gone in fault
    again = run("log", "epoch", "--reason", WHY)
    assert (again.returncode, "the archive is what it signed" in again.stderr) == (2, True)


def test_no_kill_while_an_epoch_begins_loses_a_key_or_begins_two(
    rolled_back: Settings, tmp_path: Path
) -> None:
    old = rolled_back.signing_key.read_bytes()

    for step, copy in enumerate(_copies(rolled_back, tmp_path)):
        prepared = partial(_services, copy)
        killed = killed_at(2 * step, prepared, lambda each: each.audit.begin_epoch(WHY))
        folder = copy.archive.parent
        assert old in [each.read_bytes() for each in folder.rglob("archive.key") if each.is_file()]
        with _opened(copy) as services:
            if not services.audit.epochs():
                services.audit.begin_epoch(WHY)
            append(services.archive, entry(content(), "instead"))
            services.audit.checkpoint()
            assert [each.number for each in services.audit.epochs()] == [2]
            assert services.audit.signature_faults() == services.audit.memory_faults() == []
        if not killed:
            break
    assert step > 5


def test_one_key_signs_only_one_of_two_copies_that_went_different_ways(
    story: Archive, audit: AuditLog, settings: Settings, tmp_path: Path
) -> None:
    audit.checkpoint()
    story.close()
    copy = tmp_path / "copy"
    shutil.copytree(settings.archive, copy)

    def sign(path: Path) -> None:
        with _opened(Settings(path, key=settings.signing_key)) as services:
            for number in range(6):
                append(services.archive, entry(content(), f"{path.name}-{number}"))
                note = services.audit.checkpoint().note
                (tmp_path / f"signed-{path.name}-{number}").write_text(note)
        os._exit(0)

    for pid in [forked(partial(sign, each)) for each in (settings.archive, copy)]:
        os.waitpid(pid, 0)
    signed = [Checkpoint.parse(each.read_text()) for each in tmp_path.glob("signed-*")]
    assert len(signed) == 6, "all of one, and none of the other"
    assert len({each.size for each in signed}) == len({each.root for each in signed}) == 6


def test_processes_that_sign_one_archive_at_once_do_not_refuse_each_other(
    story: Archive, audit: AuditLog, settings: Settings
) -> None:
    story.close()

    def sign(name: int) -> None:
        with _opened(settings) as services:
            for number in range(5):
                append(services.archive, entry(content(), f"{name}-{number}"))
                services.audit.checkpoint()
        os._exit(0)

    ended = [os.waitpid(pid, 0)[1] for pid in [forked(partial(sign, n)) for n in range(3)]]
    assert ended == [0, 0, 0]
    with _opened(settings) as services:
        assert services.verify().findings == ()


def test_a_key_that_was_rotated_or_renamed_with_its_archive_remembers(
    run: Run, story: Archive, audit: AuditLog, settings: Settings, tmp_path: Path
) -> None:
    audit.checkpoint()
    kept = tmp_path / "kept"
    shutil.copytree(settings.archive, kept)
    append(story, entry(content(), "later"))
    assert run("key", "rotate").returncode == 0
    story.close()
    renamed = settings.archive.rename(tmp_path / "renamed")
    with _opened(Settings(renamed)) as services:
        services.audit.checkpoint()
    shutil.rmtree(renamed)
    kept.rename(renamed)
    with _opened(Settings(renamed)) as services, pytest.raises(BadKey, match="has signed"):
        services.audit.checkpoint()


def test_an_archive_of_a_release_that_remembered_nothing_goes_on(
    story: Archive, audit: AuditLog, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    signer = create(settings.signing_key, settings.log_name)

    def sign(size: int, root: bytes) -> str:
        return signer.sign_note(Checkpoint(signer.public.name, size, root).body)

    line = json.dumps({"key": signer.public.line, "signature": ""})
    before = story.checkpoint(sign, lambda _: f"{line}\n")
    with caplog.at_level(logging.WARNING):
        assert audit.checkpoint().size == before.size
    assert f"no more than {before.size} entries" in caplog.text
    assert signer.memory.last(signer.public.name) == before.checkpoint._replace(note="")
    caplog.clear()
    append(story, entry(content(), "later"))
    later = audit.checkpoint()
    assert [each.remembered for each in parse_keys(later.keys)] == [True]
    assert caplog.text == ""


def test_a_memory_that_was_deleted_is_missed_until_someone_says_how_to_go_on(
    run: Run, story: Archive, audit: AuditLog, settings: Settings
) -> None:
    audit.checkpoint()
    forget(audit.signer())
    append(story, entry(content(), "later"))
    with pytest.raises(NoMemory, match="key trust-log"):
        audit.checkpoint()
    assert run("key", "show").returncode == 0
    trusted = run("key", "trust-log")
    assert (trusted.returncode, "signed up to" in trusted.stdout) == (0, True)
    audit.checkpoint()
    refused = run("key", "trust-log")
    assert (refused.returncode, "is known" in refused.stderr) == (2, True)
    forget(audit.signer())
    assert run("log", "epoch", "--reason", "Nobody knows what it signed.").returncode == 0
    audit.checkpoint()
    assert audit.signature_faults() == []


def test_an_epoch_of_a_lost_key_says_what_else_was_lost(rolled_back: Settings) -> None:
    signed = Memory.beside(rolled_back.signing_key).last("localhost/story-history")
    rolled_back.signing_key.unlink()
    with _opened(rolled_back) as services:
        assert signed
        gone = services.audit.begin_epoch(WHY).given_up
    assert gone[0] == f"{signed.origin} {short_form(signed)}"
