"""The files of the public log in an export: leaves, the map of stories, and what opens them."""

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from repo_store import Archive, Checkpoint, HeadProof, Moved, PublishedLeaf, StoredCheckpoint
from service.audit.export.bag import File
from service.audit.export.names import folder_of
from service.audit.export.story_files import batched, json_line
from service.audit.published import PublishedLog, proof_text

MOST_PROOFS = 5_000
"""Of more stories an export has the whole public log, from which the map can be made again."""


class PublishedPart(NamedTuple):
    """What an export has of the public log: its checkpoint, and of a few stories the proof of what
    the map says of each; None of everything.
    """

    checkpoint: StoredCheckpoint
    heads: dict[str, HeadProof] | None

    @property
    def size(self) -> int:
        return self.checkpoint.size

    def without(self, stories: Container[str]) -> Self:
        """The same but for what it proves of these stories. The whole log remains whole."""
        if self.heads is None:
            return self
        heads = {story: proof for story, proof in self.heads.items() if story not in stories}
        return self._replace(heads=heads)


def published_part(
    archive: Archive, published: PublishedLog, stories: Sequence[str], everything: bool, size: int
) -> PublishedPart | None:
    """What to export of these stories with the first `size` leaves of the private log; None if
    nothing was ever published. Raises Moved if something was published meanwhile: start over.
    """
    if everything or len(stories) > MOST_PROOFS:
        if checkpoint := published.newest_within(size):
            return PublishedPart(checkpoint, None)
        if published.newest() or published.is_due():
            raise Moved(stories[0])
        return None
    published.checkpoint()
    with archive.index.reading():
        newest = published.newest()
        if newest is None:
            return None
        known = archive.index.public_log
        if known.goes_beyond(stories, size):
            raise Moved(stories[0])
        return PublishedPart(newest, {story: known.heads.proof(story) for story in stories})


def published_files(
    archive: Archive, part: PublishedPart, records: Iterable[bytes], private: int
) -> Iterator[File]:
    """The files of a part. `records`: the lines of what its digests are of, from its stories;
    `private`: the size of the private log in the export.
    """
    log, size = archive.index.public_log, part.size
    yield File("data/published/checkpoint", part.checkpoint.note.encode())
    if part.heads is None:
        yield File("data/published/leaves.ndjson", batched(map(_line, log.leaves(0, size))))
    else:
        leaves = sorted(
            [
                *(leaf for story in part.heads for leaf in log.of_story(story)),
                *log.leaves(0, 1),
                *log.keys(size),
                *(tie for tie in [log.last_tie(size)] if tie and tie.event == "tie"),
                *log.leaves(size - 1, size),
            ]
        )
        lines = (
            _line(leaf, log.inclusion(leaf.number, size)) for leaf in leaves if leaf.number < size
        )
        yield File("data/published/leaves.ndjson", batched(lines))
        yield File("data/published/heads.ndjson", batched(map(_head, part.heads.items())))
    yield File("data/published/records.ndjson", records)
    yield File("data/published/ties.ndjson", b"".join(_ties(archive, size, private)))
    for story in part.heads or ():
        for leaf in log.of_story(story):
            if leaf.event == "published" and leaf.number < size:
                path = log.inclusion(leaf.number, size)
                text = proof_text(leaf.number, path, part.checkpoint.note, {"leaf": leaf.body})
                name = f"data/stories/{folder_of(story)}/versions/{leaf.version:04d}.tlog-proof"
                yield File(name, text.encode())


def _ties(archive: Archive, size: int, private: int) -> Iterator[bytes]:
    """What opens the first leaf that ties in the private log, and the last: each with the proof
    that of what it ties in and of the private log here, the larger begins with the smaller.
    """
    for tie in map(json.loads, archive.index.public_log.ties(size)):
        sizes = sorted([Checkpoint.parse(tie["checkpoint"]).size, private])
        steps = archive.index.log.consistency(*sizes)
        yield json_line(tie | {"consistency": [step.hex() for step in steps]})


def _head(item: tuple[str, HeadProof]) -> bytes:
    story, proof = item
    return json_line(
        {"story": story, "head": proof.line, "path": [step.hex() for step in proof.path]}
    )


def _line(leaf: PublishedLeaf, path: list[bytes] | None = None) -> bytes:
    value: dict[str, object] = {"number": leaf.number, "leaf": leaf.body}
    if path is not None:
        value["path"] = [step.hex() for step in path]
    return json_line(value)
