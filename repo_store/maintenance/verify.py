"""Checks an archive from the bottom: objects, chains, hashes, and the index against git."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repo_store.errors import Damaged
from repo_store.git.objects import Commit
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Record, Revision, State, Tip, Verb, replay
from repo_store.history.redaction import is_tombstone, removed
from repo_store.history.trailers import decode_message
from repo_store.index.read_model import Index
from repo_store.maintenance.verify_log import Finding, check_checkpoints, check_leaves
from repo_store.story import story_json


@dataclass(frozen=True)
class Report:
    stories: int
    revisions: int
    findings: tuple[Finding, ...]


def verify(
    git: Repository,
    refs: Refs,
    texts: ContentCache,
    index: Index | None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Every fault that can be found. Takes time in proportion to the archive.

    `progress` is told the revisions checked so far. What is written meanwhile is no fault: stories
    whose refs move while they are looked at are looked at again.
    """
    findings = [Finding(None, None, f"git fsck: {line}") for line in git.fsck()]
    findings += check_checkpoints(git, refs, index)
    listed = index.tips() if index else {}
    heads = refs.heads(SHARDS)
    revisions = 0
    for story, chain in git.chains(heads, {}):
        read = _read(story, chain, index)
        found = list(read.findings)
        found += _check_chain(git, story, read.chain)
        if index:
            found += _compare(texts, story, read.chain, index)
            found += check_leaves(story, [record for record, _ in read.chain], index.log)
        if found and refs.head(story) != heads[story]:
            continue  # written to meanwhile; what is wrong with it will stand in the next report
        findings += found
        revisions += sum(isinstance(record, Revision) for record, _ in read.chain)
        progress(revisions)
    if index is None:
        findings.append(Finding(None, None, "the index is missing or unreadable: run reindex"))
    lost = sorted(listed.keys() - heads.keys())
    findings += [Finding(story, None, "listed in the index, gone from git") for story in lost]
    return Report(len(heads), revisions, tuple(findings))


Chain = list[tuple[Record, Commit]]


@dataclass(frozen=True)
class _Read:
    """What could be read of a story: its records, first to last, with their commits."""

    chain: Chain
    findings: list[Finding]


def _read(story: str, commits: list[Commit | Damaged], index: Index | None) -> _Read:
    chain: Chain = []
    findings: list[Finding] = []
    for place, each in enumerate(commits):
        try:
            if isinstance(each, Damaged):
                raise each
            chain.append((decode_message(each), each))
        except Damaged as error:
            # Counted from the end, where the ref stands: a chain whose beginning is lost keeps its
            # numbers.
            number = max(_entries(index, story) - len(commits) + place + 1, place + 1)
            lost = index.at(story, number) if index else None
            revision, version = (lost.revision, lost.version) if lost else (number, None)
            findings.append(Finding(story, revision, str(error), version))
    return _Read(chain, findings)


def _entries(index: Index | None, story: str) -> int:
    return index.tip(story).entries if index else 0


def _check_chain(git: Repository, story: str, chain: Chain) -> Iterator[Finding]:
    before: Record | None = None
    tip = Tip()
    revisions: dict[int, Revision] = {}
    gone = set(removed([record for record, _ in chain]))
    blobs = [record.blob for record, _ in chain if isinstance(record, Revision)]
    texts = dict(zip(blobs, git.read_each("blob", blobs), strict=True))
    for record, commit in chain:
        entry = before.entry + 1 if before else 1
        if (record.story, record.entry) != (story, entry):
            told = f"its commit says {record.story} r{record.revision}, entry {record.entry}"
            yield Finding(story, tip.revisions + 1, told, record.version)
        elif commit.parents != ((before.commit,) if before else ()):
            yield _finding(record, story, "its commit does not stand on the one before")
        if before and (told := _out_of_order(record, tip, revisions)):
            yield _finding(record, story, told)
        if isinstance(record, Revision):
            revisions[record.revision] = record
            if told := _wrong_text(record, texts[record.blob], record.revision in gone):
                yield _finding(record, story, told)
        tip = tip.after(record)
        before = record


def _finding(record: Record, story: str, what: str) -> Finding:
    return Finding(story, record.revision, what, record.version)


def _out_of_order(record: Record, tip: Tip, revisions: dict[int, Revision]) -> str:
    """What is wrong with a record's numbers, seen from those before it."""
    due = (tip.live or 0) + 1
    if isinstance(record, Revision):
        if record.revision != tip.revisions + 1:
            return f"it is numbered {record.revision}, {tip.revisions + 1} is due"
        # Of a removed one the version alone tells that it was published at once.
        at_once = record.state is State.PUBLISHED or (
            record.state is State.REMOVED and record.version
        )
        expected = due if at_once else None
    else:
        about = revisions.get(record.revision)
        if about is None:
            return "an action is on a revision that is not there"
        if about.blob != record.blob:
            return f"an action ({record.verb}) holds another text than the revision it is on"
        expected = due if record.verb is Verb.PUBLISH else None
    return "" if record.version == expected else f"its version is out of order: {record.version}"


def _wrong_text(revision: Revision, data: bytes | Damaged, gone: bool) -> str:
    try:
        if isinstance(data, Damaged):
            raise data
        if revision.state is State.REMOVED:
            if not gone:
                return "it is marked as removed, and no removal says so"
            return "" if is_tombstone(data, revision) else "no tombstone stands for its text"
        if gone:
            return "a removal says that its text is gone, and it is not"
        if story_json.digest(data) != revision.sha256:
            return "its stored bytes do not match their SHA-256"
        story_json.decode(data)
    except Damaged as error:
        return str(error)
    return ""


def _compare(texts: ContentCache, story: str, chain: Chain, index: Index) -> Iterator[Finding]:
    records = [record for record, _ in chain]
    known = (index.chain(story), index.actions(story))
    expected, listed = (
        {each.entry: each for some in both for each in some} for both in (replay(records), known)
    )
    for entry, record in expected.items():
        if (found := listed.pop(entry, None)) != record:
            told = "the index does not say what git says"
            if found is None:
                told = "the index does not list it"
            yield _finding(record, story, told)
    for extra in listed.values():
        yield _finding(extra, story, "the index lists it, git does not reach it")
    try:
        agrees = index.agrees(records, texts.fields)
    except Damaged:
        return  # a text that cannot be read: found before
    if not agrees:
        yield Finding(story, None, "the index's list of stories does not say what git says")
