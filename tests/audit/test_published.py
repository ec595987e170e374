"""The public log: what was published, for anyone to read; nothing of drafts."""

import base64
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from repo_store.archive import Archive
from repo_store.git.refs import Refs
from repo_store.history.records import State, Verb
from repo_store.log import heads
from service.audit.keys import rotate
from service.audit.published import PublishedLog, origin_of
from service.config import Settings
from service.wiring import Services
from tests.audit import public_tlog
from tests.plain_git import git
from tests.redactions import removal, remove
from tests.samples import action, append, content, entry


class Paper(NamedTuple):
    """An archive with its public log. `wait` lets time pass."""

    archive: Archive
    log: PublishedLog
    wait: Callable[[timedelta], None]

    def fetch(self, name: str) -> bytes:
        data = self.archive.public_log.file(name)
        assert data is not None, name
        return data

    @property
    def vkey(self) -> str:
        key = self.log.newest()
        assert key
        return origin_of(
            Services(Settings(self.archive.path), self.archive).audit.signer().public
        ).vkey

    def checked(self) -> list[dict[str, Any]]:
        self.log.checkpoint()
        assert self.archive.verify().findings == ()
        return public_tlog.check(self.fetch, self.vkey)


Open = Callable[[str], Paper]


@pytest.fixture
def open_paper(tmp_path: Path) -> Iterator[Open]:
    opened: list[Archive] = []

    def make(name: str = "paper") -> Paper:
        now = [datetime(2026, 5, 1, 12, tzinfo=UTC)]
        archive = Archive.open(tmp_path / name / "archive", lambda: now[0], create=True)
        opened.append(archive)
        services = Services(Settings(archive.path), archive, lambda: now[0])

        def wait(span: timedelta) -> None:
            now[0] += span

        return Paper(archive, services.published, wait)

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def paper(open_paper: Open) -> Paper:
    return open_paper("paper")


def _publish(paper: Paper, count: int = 1, story: str = "library") -> None:
    for number in range(count):
        append(paper.archive, entry(content(title=f"{story} {number}"), story))


def test_anyone_can_check_all_of_it_from_the_specifications_alone(paper: Paper) -> None:
    for day in range(3):
        for number in range(100):
            _publish(paper, 1, f"story-{number * (day + 1)}")
        leaves = paper.checked()
        paper.wait(timedelta(days=1))
    assert len(leaves) > 256, "or no tile is complete"
    assert sum(each["event"] == "published" for each in leaves) == 300


def test_nothing_is_signed_before_something_is_public(paper: Paper) -> None:
    append(paper.archive, entry(content(), state=State.DRAFT))
    assert paper.log.checkpoint() is None
    assert not paper.archive.public_log.files.exists()


def test_every_public_event_is_a_leaf_and_no_other(paper: Paper) -> None:
    _publish(paper, 2)
    append(paper.archive, entry(content(title="Draft"), state=State.DRAFT))
    with paper.archive.batch() as batch:
        batch.act(action(3, Verb.COMMENT, "Well."))
        batch.act(action(3, Verb.PUBLISH))
        batch.act(action(2, Verb.EXPLAIN, "A wrong sum."))
        batch.act(action(3, Verb.WITHDRAW, "It was wrong."))
    remove(paper.archive, removal(2))
    events = [(each["event"], each.get("version")) for each in paper.checked()]
    assert events == [
        ("genesis", None),
        ("published", 1),
        ("published", 2),
        ("published", 3),
        ("explained", 2),
        ("withdrawn", 3),
        ("removed", 2),
        ("heads", None),
    ]


def _plain(paper: Paper) -> list[str]:
    """The log's leaves without digests, which salts blind, and how long each file is."""
    leaves = [
        re.sub(r'"(text|record|tie|root)":"[^"]*"', "", line.decode())
        for line in public_tlog.leaves(paper.fetch, (paper.log.newest() or _fail()).size)
    ]
    folder = paper.archive.public_log.files
    files = [each for each in sorted(folder.rglob("*")) if each.is_file()]
    return [*leaves, *(f"{each.relative_to(folder)} {each.stat().st_size}" for each in files)]


def _fail() -> Any:
    raise AssertionError("there is no checkpoint")


def test_no_draft_can_be_counted_from_it(open_paper: Open) -> None:
    plain = []
    for drafts in (0, 1_000):
        paper = open_paper(f"paper-{drafts}")
        _publish(paper)
        for at in range(0, drafts, 100):
            entries = [
                entry(content(title=f"{at} {number}"), f"secret-{number % 7}", state=State.DRAFT)
                for number in range(100)
            ]
            append(paper.archive, *entries)
        paper.log.checkpoint()
        paper.wait(timedelta(hours=1))
        _publish(paper)
        paper.log.checkpoint()
        plain.append(_plain(paper))
    assert plain[0] == plain[1]


def test_a_checkpoint_follows_each_hour_although_nothing_is_published(paper: Paper) -> None:
    _publish(paper)
    first = paper.log.checkpoint()
    paper.wait(timedelta(minutes=59))
    again = paper.log.checkpoint()
    assert first
    assert again
    assert again.commit == first.commit
    paper.wait(timedelta(minutes=1))
    assert [each["event"] for each in paper.checked()][-2:] == ["tie", "heads"]


def test_a_tie_binds_the_private_log_and_only_who_is_given_its_blind_can_tell(paper: Paper) -> None:
    _publish(paper)
    leaves = paper.checked()
    [tie] = map(json.loads, paper.archive.index.public_log.ties(len(leaves)))
    made = sha256(bytes.fromhex(tie["blind"]) + tie["checkpoint"].encode()).digest()
    assert leaves[tie["number"]]["tie"] == base64.b64encode(made).decode()
    assert tie["checkpoint"].splitlines()[1] == "1"
    paper.wait(timedelta(hours=1))
    paper.checked()
    paper.wait(timedelta(hours=1))
    size = len(paper.checked())
    numbers = [json.loads(line)["number"] for line in paper.archive.index.public_log.ties(size)]
    assert numbers == [0, size - 2], "the first and the last"


def test_a_backup_has_all_of_the_private_log_that_its_public_one_ties_in(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if both grow while it reads the one and the other."""
    _publish(paper)
    paper.log.checkpoint()
    true, logs = Refs.read, {"refs/archive/log", "refs/archive/published"}

    def read(refs: Refs, ref: str) -> str | None:
        found = true(refs, ref)
        if logs and ref in logs and found:
            logs.clear()
            _publish(paper, 1, "airport")
            paper.wait(timedelta(hours=1))
            paper.log.checkpoint()
        return found

    monkeypatch.setattr(Refs, "read", read)
    copied = tmp_path / "backup"
    copied.mkdir()
    paper.archive.back_up(copied)
    assert not logs
    tie = json.loads(
        git(copied / "stories.git", "show", "refs/archive/published:ties").splitlines()[-1]
    )
    held = git(copied / "stories.git", "show", "refs/archive/log:checkpoint").splitlines()[1]
    assert int(tie["checkpoint"].splitlines()[1]) <= int(held)


def test_a_new_key_signs_the_log_although_nothing_is_published(paper: Paper) -> None:
    _publish(paper)
    paper.log.checkpoint()
    rotate(Settings(paper.archive.path).signing_key)
    leaves = paper.checked()
    assert [each["event"] for each in leaves][-2:] == ["key", "heads"]
    [old, new] = map(json.loads, paper.fetch("keys").splitlines())
    assert not old["signature"]
    assert new["signature"].startswith("-----BEGIN SSH SIGNATURE-----")


def test_a_rebuilt_index_has_the_same_log(paper: Paper) -> None:
    _publish(paper, 3)
    _publish(paper, 2, "airport")
    paper.log.checkpoint()
    _publish(paper, 1, "bridge")
    remove(paper.archive, removal(2))
    before = paper.checked()
    (paper.archive.path / "index.db").unlink()
    with closing(Archive.open(paper.archive.path, lambda: datetime.now(UTC))) as again:
        assert not again.index.public_log.is_due()
        size = again.index.public_log.size()
        bodies = [each.body for each in again.index.public_log.leaves(0, size)]
        assert list(map(json.loads, bodies)) == before
        assert again.index.public_log.heads.root() == paper.archive.index.public_log.heads.root()


def test_what_was_to_be_signed_when_a_crash_came_is_signed_first(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(paper, 2)
    paper.log.checkpoint()
    _publish(paper, 1, "airport")
    intents = []

    def killed(_: object, checkpoint: Any, *__: object) -> str:
        intents.append(checkpoint.body)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("service.audit.keys.Signer.sign_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            paper.log.checkpoint()
    (paper.archive.path / "index.db").unlink()
    paper.wait(timedelta(hours=2))
    _publish(paper, 1, "bridge")
    leaves = paper.checked()
    size = int(intents[0].splitlines()[1])
    root = public_tlog.tree_hash(public_tlog.leaves(paper.fetch, len(leaves))[:size])
    assert base64.b64encode(root).decode() == intents[0].splitlines()[2]
    assert [each["story"] for each in leaves if "story" in each] == [
        *("library", "library", "airport", "bridge")
    ]


def test_the_files_are_written_again_if_they_are_lost_or_of_another_log(paper: Paper) -> None:
    _publish(paper)
    paper.log.checkpoint()
    note = paper.fetch("checkpoint")
    for tile in paper.archive.public_log.files.rglob("*"):
        if tile.is_file():
            tile.unlink()
    paper.log.checkpoint()
    assert paper.fetch("checkpoint") == note
    paper.checked()


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_a_proof_shows_the_version_and_that_there_are_no_more(paper: Paper, count: int) -> None:
    for number in range(count):
        _publish(paper, 2, f"story-{number}")
    paper.checked()
    text = paper.log.proof("story-0", 1).text
    extra, index, path, origin, size, root = _parsed(text)
    leaf = json.loads(extra["leaf"])
    entry = extra["leaf"].encode()
    assert public_tlog.inclusion_root(entry, index, size, path) == root
    assert (leaf["story"], leaf["version"]) == ("story-0", 1)
    assert base64.b64decode(leaf["record"]) == sha256(extra["record"].encode()).digest()
    last = extra["heads"]["leaf"].encode()
    steps = [base64.b64decode(each) for each in extra["heads"]["path"]]
    assert public_tlog.inclusion_root(last, size - 1, size, steps) == root
    line = extra["head"]["line"]
    assert json.loads(line) == {"story": "story-0", "versions": 2, "last": 2}
    key = sha256(b"story-0").digest()
    value = sha256(b"\0" + key + line.encode()).digest()
    siblings = [base64.b64decode(each) for each in extra["head"]["path"]]
    bits = f"{int.from_bytes(key, 'big'):0256b}"[: len(siblings)]
    for bit, sibling in zip(reversed(bits), siblings, strict=True):
        pair = sibling + value if bit == "1" else value + sibling
        value = sha256(b"\1" + pair).digest()
    assert base64.b64decode(json.loads(last)["root"]) == value
    assert origin == "localhost/story-history/published"


def _parsed(text: str) -> tuple[dict[str, Any], int, list[bytes], str, int, bytes]:
    proof, note = text.split("\n\n", 1)
    first, extra, index, *path = proof.splitlines()
    assert first == "c2sp.org/tlog-proof@v1"
    origin, size, root = note.splitlines()[:3]
    value = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    hashes = [base64.b64decode(each) for each in path]
    return (
        value,
        int(index.removeprefix("index ")),
        hashes,
        origin,
        int(size),
        base64.b64decode(root),
    )


def test_the_map_shows_that_a_story_is_not_there(paper: Paper) -> None:
    for number in range(30):
        _publish(paper, 1, f"story-{number}")
    paper.checked()
    known = paper.archive.index.public_log.heads
    empty = 0
    for number in range(60):
        name = f"absent-{number}"
        proof = known.proof(name)
        leaf = heads.EMPTY
        if proof.line:
            other = heads.Head(**json.loads(proof.line))
            assert other.story != name
            leaf = other.hash
        assert heads.verify(heads.key_of(name), leaf, proof.path, known.root())
        empty += not proof.line
    assert 0 < empty < 60


FORGED = {
    "text": "update event set text = sha256 from (select ? as sha256) where version = 2",
    "record": "update event set record = ? where version = 2",
    "version": "update event set version = 7 where version = 2 and length(?)",
    "time": "update event set at = at - 60 where version = 2 and length(?)",
    "event": "update event set event = 'withdrawn', text = null where version = 2 and length(?)",
}


@pytest.mark.parametrize("what", FORGED)
def test_verify_names_what_the_public_log_says_and_the_chain_does_not(
    paper: Paper, what: str
) -> None:
    _publish(paper)
    paper.log.checkpoint()
    _publish(paper)
    with closing(sqlite3.connect(paper.archive.path / "index.db")) as connection, connection:
        assert connection.execute(FORGED[what], ["00" * 32]).rowcount == 1
    paper.log.checkpoint()
    paper.archive.reindex()
    found = [str(each) for each in paper.archive.verify().findings]
    version = 7 if what == "version" else 2
    told = "the public log says something else of it than its chain (leaf 3)"
    assert found == [f"library (version {version}): {told}"]


def test_verify_names_a_public_checkpoint_that_is_not_one_of_its_leaves(paper: Paper) -> None:
    _publish(paper, 2)
    paper.checked()
    with closing(sqlite3.connect(paper.archive.path / "index.db")) as connection, connection:
        connection.execute("update published_leaf set body = replace(body, '2026', '2025')")
    found = [str(each) for each in paper.archive.verify().findings]
    assert "archive: public log: the index has other leaves from 0 on than git" in found
    assert "archive: public log: the index's tree is not the one of its leaves" in found
