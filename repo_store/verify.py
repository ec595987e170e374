"""Checks an archive from the bottom: objects, chains, hashes, and the index against git."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repo_store import codec
from repo_store.codec import Commit
from repo_store.errors import Damaged
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.models import Revision, State
from repo_store.refs import SHARDS, Refs
from repo_store.texts import Texts


@dataclass(frozen=True)
class Finding:
    """One fault: where (a story, a revision of it, or the archive as a whole) and what."""

    story: str | None
    revision: int | None
    what: str
    version: int | None = None

    def __str__(self) -> str:
        where = self.story or "archive"
        if self.revision:
            where += f" r{self.revision}"
        if self.version:
            where += f" (version {self.version})"
        return f"{where}: {self.what}"


@dataclass(frozen=True)
class Report:
    stories: int
    revisions: int
    findings: tuple[Finding, ...]


def verify(
    git: GitStore,
    refs: Refs,
    texts: Texts,
    index: Index | None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Every fault that can be found. Takes time in proportion to the archive.

    `progress` is told the revisions checked so far. What is written meanwhile is no fault: stories
    whose refs move while they are looked at are looked at again.
    """
    findings = [Finding(None, None, f"git fsck: {line}") for line in git.fsck()]
    listed = index.tips() if index else {}
    heads = refs.heads(SHARDS)
    revisions = 0
    for story, chain in git.chains(heads, {}):
        read = _read(story, chain, index)
        found = list(read.findings)
        found += _check_chain(git, story, read.revisions)
        if index:
            found += _compare(texts, story, read.revisions, index)
        if found and refs.head(story) != heads[story]:
            continue  # written to meanwhile; what is wrong with it will stand in the next report
        findings += found
        revisions += len(chain)
        progress(revisions)
    if index is None:
        findings.append(Finding(None, None, "the index is missing or unreadable: run reindex"))
    lost = sorted(listed.keys() - heads.keys())
    findings += [Finding(story, None, "listed in the index, gone from git") for story in lost]
    return Report(len(heads), revisions, tuple(findings))


@dataclass(frozen=True)
class _Chain:
    """What could be read of a story: its revisions, first to last, with the commits' parents."""

    revisions: list[tuple[Revision, Commit]]
    findings: list[Finding]


def _read(story: str, chain: list[Commit | Damaged], index: Index | None) -> _Chain:
    revisions: list[tuple[Revision, Commit]] = []
    findings: list[Finding] = []
    # Counted from the end, where the ref stands: a chain whose beginning is lost keeps its numbers.
    last = index.tip(story).revisions if index else 0
    for place, each in enumerate(chain):
        try:
            if isinstance(each, Damaged):
                raise each
            revisions.append((codec.decode_message(each), each))
        except Damaged as error:
            number = max(last - len(chain) + place + 1, place + 1)
            version = _version(index, story, number)
            findings.append(Finding(story, number, str(error), version))
    return _Chain(revisions, findings)


def _version(index: Index | None, story: str, number: int) -> int | None:
    listed = index.revision(story, number) if index else None
    return listed.version if listed else None


def _check_chain(
    git: GitStore, story: str, chain: list[tuple[Revision, Commit]]
) -> Iterator[Finding]:
    before: Revision | None = None
    live = 0
    texts = git.read_each("blob", [revision.blob for revision, _ in chain])
    for (revision, commit), data in zip(chain, texts, strict=True):
        number = before.revision + 1 if before else 1
        if (revision.story, revision.revision) != (story, number):
            told = f"its commit says {revision.story} r{revision.revision}"
            yield Finding(story, number, told, revision.version)
        elif commit.parents != ((before.commit,) if before else ()):
            told = "its commit does not stand on the revision before"
            yield Finding(story, number, told, revision.version)
        published = revision.state is State.PUBLISHED
        if before and revision.version != (live + 1 if published else None):
            told = f"its version is out of order: {revision.version}"
            yield Finding(story, revision.revision, told, revision.version)
        live = revision.version or live
        before = revision
        if told := _wrong_text(revision, data):
            yield Finding(story, revision.revision, told, revision.version)


def _wrong_text(revision: Revision, data: bytes | Damaged) -> str:
    try:
        if isinstance(data, Damaged):
            raise data
        if codec.digest(data) != revision.sha256:
            return "its stored bytes do not match their SHA-256"
        codec.decode(data)
    except Damaged as error:
        return str(error)
    return ""


def _compare(
    texts: Texts, story: str, chain: list[tuple[Revision, Commit]], index: Index
) -> Iterator[Finding]:
    listed = {each.revision: each for each in index.chain(story)}
    for revision, _ in chain:
        if (found := listed.pop(revision.revision, None)) != revision:
            told = "the index does not say what git says"
            if found is None:
                told = "the index does not list it"
            yield Finding(story, revision.revision, told, revision.version)
    for number, extra in listed.items():
        told = "the index lists it, git does not reach it"
        yield Finding(story, number, told, extra.version)
    try:
        agrees = index.agrees([revision for revision, _ in chain], texts.fields)
    except Damaged:
        return  # a text that cannot be read: found before
    if not agrees:
        yield Finding(story, None, "the index's list of stories does not say what git says")
