"""Verifying stories: chains, hashes and texts, and that index and log say the same."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from repo_store.errors import Damaged, MissingObject
from repo_store.git.objects import Commit
from repo_store.git.repository import Repository
from repo_store.history import trailers
from repo_store.history.commits import decode_commit
from repo_store.history.declared_shapes import DeclaredShapes
from repo_store.history.records import Record, Revision, State, Tip, Verb
from repo_store.history.state_machine import (
    placed,
    redacted_entries,
    removed_revisions,
    replay,
)
from repo_store.index.events import events_of
from repo_store.index.mapping import STORY, Listed, StoryUpdate
from repo_store.index.read_model import Index
from repo_store.log.leaves import Leaf
from repo_store.log.published import PublishedLeaf
from repo_store.maintenance.verify_log import Finding, check_leaves, check_published
from repo_store.story import story_json, tombstone
from repo_store.story.content import Content
from repo_store.times import rfc3339

LAGS = "the index does not have its newest entries yet"
Heads = Mapping[str, str]
Chain = list[tuple[Record, Commit]]
# Texts read at once: each may have a mebibyte.
_TEXTS = 200


class Checked(NamedTuple):
    """A story that was looked at: how many revisions it has, what is wrong with it, and which
    versions are out of order.
    """

    revisions: int
    findings: tuple[Finding, ...]
    disorder: tuple[Finding, ...] = ()


def checker(archive: Path) -> Callable[[Heads], dict[str, Checked]]:
    """Called in a process of its own."""
    index = Index(archive / "index.db")
    git = Repository(archive / "stories.git", hashed=True)
    return Stories(git, None if index.fault() else index).check


@dataclass(frozen=True)
class Stories:
    """Looks at stories as they are in git at the given heads, and in the index if there is one."""

    git: Repository
    index: Index | None

    def check(self, heads: Heads) -> dict[str, Checked]:
        stories = list(heads)
        listed = self.index.listed(stories) if self.index else {}
        leaves = self.index.log.of_stories(stories) if self.index else {}
        public = self.index.public_log.of_story if self.index else lambda _: []
        read = {story: self._read(story, chain) for story, chain in self.git.chains(heads, {})}
        live = {
            update.shown
            for story, (chain, _) in read.items()
            if (update := StoryUpdate({"id": story}, [record for record, _ in chain])).added
        }
        texts = self._texts([[record for record, _ in chain] for chain, _ in read.values()], live)
        return {
            story: _checked(
                story,
                *read[story],
                texts,
                listed.get(story),
                leaves.get(story, []),
                public(story),
            )
            for story in stories
        }

    def _read(self, story: str, commits: list[Commit | Damaged]) -> tuple[Chain, list[Finding]]:
        chain: Chain = []
        findings: list[Finding] = []
        entries = self.index.tip(story).entries if self.index else 0
        for at, commit in enumerate(commits, 1):
            try:
                if isinstance(commit, Damaged):
                    raise commit
                chain.append((decode_commit(commit), commit))
            except Damaged as error:
                # Counted from the end, where the ref points: a chain whose beginning is lost keeps
                # its numbers.
                entry = max(entries - len(commits) + at, at)
                lost = self.index.at(story, entry) if self.index else None
                revision, version = (lost.revision, lost.version) if lost else (entry, None)
                missing = error.oid if isinstance(error, MissingObject) else ""
                findings.append(Finding(story, revision, str(error), version, missing))
        return chain, findings

    def _texts(self, chains: Sequence[Sequence[Record]], live: Container[str | None]) -> "_Texts":
        """Reads the texts of all revisions, some at a time."""
        due = [
            (record, record.revision in removed)
            for records in chains
            for removed in [set(removed_revisions(records))]
            for record in records
            if isinstance(record, Revision)
        ]
        wrong: dict[str, tuple[str, str]] = {}
        shown: dict[str, Content | None] = {}
        shapes = DeclaredShapes(self.git)
        for start in range(0, len(due), _TEXTS):
            some = due[start : start + _TEXTS]
            found = self.git.read_each("blob", [each.blob for each, _ in some])
            for (revision, removed), data in zip(some, found, strict=True):
                try:
                    content = _text(revision, data, removed, shapes)
                    if revision.blob in live:
                        shown[revision.blob] = content
                except Damaged as error:
                    missing = error.oid if isinstance(error, MissingObject) else ""
                    wrong[revision.commit] = str(error), missing
        return _Texts(wrong, shown)


class _Texts(NamedTuple):
    """What is wrong with texts, by the revisions' commits, and the object that is missing, if any;
    and the live texts by their blobs.
    """

    wrong: dict[str, tuple[str, str]]
    live: dict[str, Any]


def _checked(
    story: str,
    chain: Chain,
    found: Sequence[Finding],
    texts: _Texts,
    listed: Listed | None,
    leaves: Sequence[Leaf],
    public: Sequence[PublishedLeaf],
) -> Checked:
    findings = list(found)
    records = list(placed(record for record, _ in chain))
    if findings:
        # What follows from a commit that cannot be read is no fault of its own.
        bad = (each for each in records if each.commit in texts.wrong)
        findings += [_finding(each, story, *texts.wrong[each.commit]) for each in bad]
    else:
        findings += _check_chain(story, chain, texts.wrong)
        if listed:
            findings += _check_index(story, records, texts.live, listed, leaves)
            findings += check_published(story, records, public)
    count = sum(isinstance(record, Revision) for record in records)
    return Checked(count, tuple(findings), tuple(_disorder(records)))


def _disorder(records: Sequence[Record]) -> Iterator[Finding]:
    """The versions that are out of order: no fault of the archive, and told apart from faults."""
    for revision in replay(records)[0]:
        if revision.out_of_order:
            claimed, known = rfc3339(revision.live_since), rfc3339(revision.known_since)
            what = f"out of order: its time is {claimed}, recorded {known}"
            yield _finding(revision, revision.story, what)


def _check_index(
    story: str,
    records: Sequence[Record],
    texts: Mapping[str, Any],
    listed: Listed,
    leaves: Sequence[Leaf],
) -> Iterator[Finding]:
    indexed = records[: listed.row.get("entries") or 0]
    yield from _compare(story, indexed, listed)
    yield from check_leaves(story, indexed, leaves)
    if len(indexed) < len(records):
        yield Finding(story, None, LAGS)
        return
    update = StoryUpdate({"id": story}, records)
    live = update.shown
    if live and live not in texts:
        return  # a text that cannot be read: reported already
    expected = update.row(texts)
    if any(listed.row.get(name) != expected.get(name) for name in STORY if name != "number"):
        yield Finding(story, None, "the index's list of stories does not say what git says")


def _check_chain(
    story: str, chain: Chain, wrong: Mapping[str, tuple[str, str]]
) -> Iterator[Finding]:
    tip = Tip()
    revisions: dict[int, Revision] = {}
    redacted = set(redacted_entries(record for record, _ in chain))
    for record, commit in chain:
        entry = tip.entries + 1
        if (record.story, record.entry) != (story, entry):
            problem = f"its commit says {record.story} r{record.revision}, entry {record.entry}"
            yield Finding(story, tip.revisions + 1, problem, record.version)
        elif commit.parents != ((tip.head,) if tip.head else ()):
            yield _finding(record, story, "its parent is not the commit before it")
        if tip.head and (problem := _out_of_order(record, tip, revisions)):
            yield _finding(record, story, problem)
        if problem := _redaction(record, record.entry in redacted):
            yield _finding(record, story, problem)
        if isinstance(record, Revision):
            revisions[record.revision] = record
            if record.commit in wrong:
                yield _finding(record, story, *wrong[record.commit])
        tip = tip.after(record)


def _finding(record: Record, story: str, what: str, missing: str = "") -> Finding:
    return Finding(story, record.revision, what, record.version, missing)


def _redaction(record: Record, redacted: bool) -> str:
    """What is wrong with the note of a record that a removal has redacted, or has not."""
    if record.redacted and not redacted:
        return "its note is marked as removed, and no removal says so"
    if redacted and (not record.redacted or record.has_words):
        return "a removal says that its note is gone, and it is not"
    return ""


def _out_of_order(record: Record, tip: Tip, revisions: dict[int, Revision]) -> str:
    """What is wrong with a record's numbers, given those before it."""
    if isinstance(record, Revision):
        if record.revision != tip.revisions + 1:
            return f"it is numbered {record.revision}, expected {tip.revisions + 1}"
        # Of a removed one only the version shows that it was published at once.
        publishes = record.state is State.PUBLISHED or (
            record.state is State.REMOVED and record.version
        )
    else:
        about = revisions.get(record.revision)
        if about is None:
            return "an action is on a revision that is not there"
        if about.blob != record.blob:
            return f"an action ({record.verb}) holds another text than the revision it is on"
        publishes = record.verb is Verb.PUBLISH
    expected = tip.next_version if publishes else None
    return "" if record.version == expected else f"its version is out of order: {record.version}"


def _text(
    revision: Revision, data: bytes | Damaged, removed: bool, shapes: DeclaredShapes
) -> Content | None:
    """A revision's text, None if it was removed. Raises Damaged if it is not as it was
    written.
    """
    if isinstance(data, Damaged):
        raise data
    if revision.state is State.REMOVED:
        if not removed:
            raise Damaged("it is marked as removed, and no removal says so")
        if not _is_tombstone_of(revision, data):
            raise Damaged("there is no tombstone for its text")
        return None
    if removed:
        raise Damaged("a removal says that its text is gone, and it is not")
    if story_json.digest(data) != revision.sha256:
        raise Damaged("its stored bytes do not match their SHA-256")
    return shapes.reading(story_json.check_hashed, data)


def _is_tombstone_of(revision: Revision, data: bytes) -> bool:
    try:
        stone = tombstone.decode(data)
    except Damaged:
        return False
    identity = (stone.story, stone.revision, stone.sha256)
    return identity == (revision.story, revision.revision, revision.sha256)


def _compare(story: str, records: Sequence[Record], listed: Listed) -> Iterator[Finding]:
    """That the rows are those which these records make, and no others."""
    revisions, actions = replay(records)
    if listed.events != {each.plain for each in events_of(records, revisions)}:
        yield Finding(story, None, "the index's list of public events does not say what git says")
    for kind, now, rows in (
        (trailers.REVISION, revisions, listed.revisions),
        (trailers.ACTION, actions, listed.actions),
    ):
        known = {each.entry for each in now}
        for record in now:
            if record.entry not in rows:
                yield _finding(record, story, "the index does not list it")
            elif rows[record.entry] != kind.columns(record):
                yield _finding(record, story, "the index does not say what git says")
        for entry in rows.keys() - known:
            row: dict[str, Any] = dict(zip(kind.names, rows[entry], strict=True))
            what = "the index lists it, git does not reach it"
            yield Finding(story, row["revision"], what, row["version"])
