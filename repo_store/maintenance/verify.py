"""Verifying an archive from the bottom up: objects, chains, hashes, and the index against git."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repo_store.errors import Damaged
from repo_store.git.objects import Commit
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.history.commits import decode_commit
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Record, Revision, State, Tip, Verb
from repo_store.history.state_machine import removed_revisions, replay
from repo_store.index.read_model import Index
from repo_store.maintenance.verify_log import Finding, check_checkpoints, check_leaves
from repo_store.story import story_json, tombstone


@dataclass(frozen=True)
class Report:
    stories: int
    revisions: int
    findings: tuple[Finding, ...]


def verify(
    git: Repository,
    refs: Refs,
    contents: ContentCache,
    found_index: Index,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Find every problem that there is. Takes time in proportion to the archive.

    `progress` gets the number of revisions checked so far. Stories that are written to while they
    are checked are left to the next report.
    """
    fault = found_index.fault()
    index = None if fault else found_index
    findings = [Finding(None, None, f"git fsck: {line}") for line in git.fsck()]
    findings += check_checkpoints(git, refs, index)
    listed = index.tips() if index else {}
    heads = refs.heads(SHARDS)
    revisions = 0
    for story, commits in git.chains(heads, {}):
        read = _read(story, commits, index)
        problems = list(read.findings)
        problems += _check_chain(git, story, read.chain)
        if index:
            problems += _compare(contents, story, read.chain, index)
            problems += check_leaves(story, [record for record, _ in read.chain], index.log)
        if problems and refs.head(story) != heads[story]:
            continue  # written to meanwhile
        findings += problems
        revisions += sum(isinstance(record, Revision) for record, _ in read.chain)
        progress(revisions)
    if fault:
        findings.append(Finding(None, None, f"{fault}: run reindex"))
    lost = sorted(listed.keys() - heads.keys())
    findings += [Finding(story, None, "listed in the index, gone from git") for story in lost]
    return Report(len(heads), revisions, tuple(findings))


Chain = list[tuple[Record, Commit]]


@dataclass(frozen=True)
class _Read:
    """What could be read of a story: its records, oldest first, with their commits."""

    chain: Chain
    findings: list[Finding]


def _read(story: str, commits: list[Commit | Damaged], index: Index | None) -> _Read:
    chain: Chain = []
    findings: list[Finding] = []
    for at, commit in enumerate(commits, 1):
        try:
            if isinstance(commit, Damaged):
                raise commit
            chain.append((decode_commit(commit), commit))
        except Damaged as error:
            # Counted from the end, where the ref points: a chain whose beginning is lost keeps its
            # numbers.
            entry = max(_entries(index, story) - len(commits) + at, at)
            lost = index.at(story, entry) if index else None
            revision, version = (lost.revision, lost.version) if lost else (entry, None)
            findings.append(Finding(story, revision, str(error), version))
    return _Read(chain, findings)


def _entries(index: Index | None, story: str) -> int:
    return index.tip(story).entries if index else 0


def _check_chain(git: Repository, story: str, chain: Chain) -> Iterator[Finding]:
    tip = Tip()
    revisions: dict[int, Revision] = {}
    removed = set(removed_revisions(record for record, _ in chain))
    blobs = [record.blob for record, _ in chain if isinstance(record, Revision)]
    texts = dict(zip(blobs, git.read_each("blob", blobs), strict=True))
    for record, commit in chain:
        entry = tip.entries + 1
        if (record.story, record.entry) != (story, entry):
            problem = f"its commit says {record.story} r{record.revision}, entry {record.entry}"
            yield Finding(story, tip.revisions + 1, problem, record.version)
        elif commit.parents != ((tip.head,) if tip.head else ()):
            yield _finding(record, story, "its parent is not the commit before it")
        if tip.head and (problem := _out_of_order(record, tip, revisions)):
            yield _finding(record, story, problem)
        if isinstance(record, Revision):
            revisions[record.revision] = record
            if problem := _wrong_text(record, texts[record.blob], record.revision in removed):
                yield _finding(record, story, problem)
        tip = tip.after(record)


def _finding(record: Record, story: str, what: str) -> Finding:
    return Finding(story, record.revision, what, record.version)


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


def _wrong_text(revision: Revision, data: bytes | Damaged, removed: bool) -> str:
    try:
        if isinstance(data, Damaged):
            raise data
        if revision.state is State.REMOVED:
            if not removed:
                return "it is marked as removed, and no removal says so"
            return "" if _is_tombstone_of(revision, data) else "there is no tombstone for its text"
        if removed:
            return "a removal says that its text is gone, and it is not"
        if story_json.digest(data) != revision.sha256:
            return "its stored bytes do not match their SHA-256"
        story_json.decode(data)
    except Damaged as error:
        return str(error)
    return ""


def _is_tombstone_of(revision: Revision, data: bytes) -> bool:
    try:
        stone = tombstone.decode(data)
    except Damaged:
        return False
    identity = (stone.story, stone.revision, stone.sha256)
    return identity == (revision.story, revision.revision, revision.sha256)


def _compare(contents: ContentCache, story: str, chain: Chain, index: Index) -> Iterator[Finding]:
    records = [record for record, _ in chain]
    known: list[Record] = [*index.chain(story), *index.actions(story)]
    listed = {each.entry: each for each in known}
    revisions, actions = replay(records)
    records_now: list[Record] = [*revisions, *actions]
    for record in records_now:
        found = listed.pop(record.entry, None)
        if found is None:
            yield _finding(record, story, "the index does not list it")
        elif found != record:
            yield _finding(record, story, "the index does not say what git says")
    for extra in listed.values():
        yield _finding(extra, story, "the index lists it, git does not reach it")
    try:
        agrees = index.agrees(records, contents.fields)
    except Damaged:
        return  # a text that cannot be read: reported already
    if not agrees:
        yield Finding(story, None, "the index's list of stories does not say what git says")
