"""Checks an archive from the bottom: objects, chains, hashes, and the index against git."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repo_store import codec
from repo_store.errors import Damaged
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.models import Revision, State


@dataclass(frozen=True)
class Finding:
    """One fault: where (a story, a revision of it, or the archive as a whole) and what."""

    story: str | None
    revision: int | None
    what: str

    def __str__(self) -> str:
        where = self.story or "archive"
        return f"{where}{f' r{self.revision}' if self.revision else ''}: {self.what}"


@dataclass(frozen=True)
class Report:
    stories: int
    revisions: int
    findings: tuple[Finding, ...]


def verify(
    git: GitStore, index: Index | None, progress: Callable[[int], None] = lambda _: None
) -> Report:
    """Every fault that can be found. Takes time in proportion to the archive."""
    findings = [Finding(None, None, f"git fsck: {line}") for line in git.fsck()]
    heads = git.refs()
    revisions = 0
    for count, (story, head) in enumerate(sorted(heads.items()), 1):
        chain: list[Revision] = []
        try:
            findings += _check_chain(git, story, head, chain)
        except Damaged as error:
            findings.append(Finding(story, len(chain) + 1, str(error)))
        revisions += len(chain)
        if index:
            findings += _compare(story, chain, index)
        progress(count)
    if index is None:
        findings.append(Finding(None, None, "the index is missing or unreadable: run reindex"))
    else:
        lost = sorted(index.tips().keys() - heads.keys())
        findings += [Finding(story, None, "listed in the index, gone from git") for story in lost]
    return Report(len(heads), revisions, tuple(findings))


def _check_chain(git: GitStore, story: str, head: str, chain: list[Revision]) -> Iterator[Finding]:
    """Walk one story from its first commit, filling `chain` with what could be read."""
    live = 0
    for commit in git.history([head]):
        revision = codec.decode_message(commit)
        number = len(chain) + 1
        expected = (chain[-1].commit,) if chain else ()
        chain.append(revision)
        if commit.parents != expected:
            yield Finding(story, number, "its commit does not stand on the revision before")
        if (revision.story, revision.revision) != (story, number):
            yield Finding(story, number, f"its commit says {revision.story} r{revision.revision}")
        live += revision.state is State.PUBLISHED
        if revision.version != (live if revision.state is State.PUBLISHED else None):
            yield Finding(story, number, f"its version is out of order: {revision.version}")
        try:
            data = git.read_blob(commit.blob)
            if codec.digest(data) != revision.sha256:
                yield Finding(story, number, "its stored bytes do not match their SHA-256")
            codec.decode(data)
        except Damaged as error:
            yield Finding(story, number, str(error))


def _compare(story: str, chain: list[Revision], index: Index) -> Iterator[Finding]:
    listed = index.chain(story)
    for number, (in_git, in_index) in enumerate(zip(chain, listed, strict=False), 1):
        if in_git != in_index:
            yield Finding(story, number, "the index does not say what git says")
    if len(chain) != len(listed):
        yield Finding(story, None, f"git has {len(chain)} revisions, the index {len(listed)}")
    head = index.tip(story).head
    if chain and len(chain) == len(listed) and head != chain[-1].commit:
        yield Finding(story, None, "the index names another head")
