"""What the public log costs: beside a publication, of a proof, and when it is made again."""

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from rich.table import Table

from repo_store.index.read_model import Index
from repo_store.log import published
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.write import tile_files
from tests.bench.timing import milliseconds, times
from tests.bench.writers import scratch
from tests.chance import seeded

SIZES = (100_000, 1_000_000)
_VERSIONS = 10
_AT = datetime(2026, 11, 26, 10, tzinfo=UTC)
_A_CHECKPOINT = 1_000


def table() -> Table:
    """At two sizes: what a publication and its checkpoint cost, proofs, and a rebuilt index."""
    shown = Table(title="The public log, ten versions a story", title_justify="left")
    for name in ("versions", *(f"{size:,}" for size in SIZES), "goal"):
        shown.add_column(name)
    columns = [_measured(size) for size in SIZES]
    for name, goal in _GOALS.items():
        shown.add_row(name, *(each[name] for each in columns), goal)
    return shown


_GOALS = {
    "one more event, in a publication's transaction": "1 ms",
    "a checkpoint of one publication, with its tiles": "",
    "inclusion proof": "5 ms, 1 KB",
    "proof of a story's versions": "5 ms, 1 KB",
    "log and map made again from git's leaves": "60 s",
    "tiles written again": "",
    "bytes a leaf on the disk, with the map": "",
    "bytes that a monitor reads a day, 1,000 publications": "",
}


def _measured(size: int) -> dict[str, str]:
    found: dict[str, str] = {}
    chance = seeded(1)
    with scratch() as folder:
        index = Index.create(folder / "index.db")
        connection, log = index.connection(), index.public_log
        begun = time.perf_counter()
        assert index.add_published(_checkpoints(size))
        found["log and map made again from git's leaves"] = f"{time.perf_counter() - begun:.1f} s"
        index.checkpoint()
        stories = size // _VERSIONS
        total = log.size()
        begun = time.perf_counter()
        newest = _stored(log)
        tile_files.write(folder / "published", log, newest)
        found["tiles written again"] = f"{time.perf_counter() - begun:.1f} s"
        taken = (folder / "index.db").stat().st_size / total
        found["bytes a leaf on the disk, with the map"] = f"{taken:.0f}"

        def event() -> None:
            number = chance.randrange(stories)
            connection.execute(
                "insert into event (story, entry, version, event, at, text, record, leaf)"
                " values (?, ?, ?, 'published', 0, ?, ?, 0)",
                [f"story-{number}", chance.randrange(2**40), 11, "0" * 64, "A" * 44],
            )

        connection.execute("begin")
        one = times(event, 300)
        connection.execute("delete from event")
        connection.commit()
        found["one more event, in a publication's transaction"] = milliseconds(one.median)

        def checkpoint() -> None:
            event()
            published.append_events(connection)
            published.append_heads(connection, _AT)
            connection.commit()
            tile_files.write(folder / "published", log, _stored(log))

        took = times(checkpoint, 100)
        found["a checkpoint of one publication, with its tiles"] = milliseconds(took.median)
        size = log.size()
        proof = times(lambda: log.inclusion(chance.randrange(size), size), 500)
        length = len(log.inclusion(size // 3, size)) * 32
        found["inclusion proof"] = f"{milliseconds(proof.median)}, {length} bytes"
        heads = times(lambda: log.heads.proof(f"story-{chance.randrange(stories)}"), 500)
        path = max(len(log.heads.proof(f"story-{n}").path) for n in range(0, stories, 997))
        shown = f"{milliseconds(heads.median)}, at most {path * 32} bytes"
        found["proof of a story's versions"] = shown
        found["bytes that a monitor reads a day, 1,000 publications"] = f"{_a_day(folder, log):,}"
        index.close()
    return found


def _stored(log: published.Published) -> StoredCheckpoint:
    return StoredCheckpoint("", Checkpoint("log", log.size(), log.root(log.size()), _note(log)), ())


def _note(log: published.Published) -> str:
    size = log.size()
    return f"log\n{size}\n{b64encode(log.root(size)).decode()}\n\n"


def _a_day(folder: Path, log: published.Published) -> int:
    """A checkpoint for each of 1,000 publications, and the entries of the day in whole bundles."""
    bundle = max(
        (folder / "published/tile/entries").rglob("000"), key=lambda each: each.stat().st_size
    )
    note = len(_note(log).encode()) + 4 * 200
    tiles = 2 * 1_000 // 256 + 1
    return 1_440 * note + tiles * (bundle.stat().st_size + 8_192)


def _checkpoints(size: int) -> Iterator[StoredCheckpoint]:
    """As git has them, a thousand versions each."""
    number, last = 1, dict[int, int]()
    text = b64encode(sha256(b"").digest()).decode()
    genesis = published.leaf_line("genesis", log="log", replayed=0, tie=text, time="")
    leaves = [genesis]
    for version in range(size):
        story = version % (size // _VERSIONS)
        leaves.append(
            published.leaf_line(
                "published",
                story=f"story-{story}",
                version=version // (size // _VERSIONS) + 1,
                text=text,
                record=text,
                previous=last.get(story),
                time="2026-11-26T10:00:00Z",
            )
        )
        last[story] = number
        number += 1
        if len(leaves) >= _A_CHECKPOINT:
            stories = min(version + 1, size // _VERSIONS)
            leaves.append(published.leaf_line("heads", stories=stories, root=text, time=""))
            number += 1
            yield StoredCheckpoint("0" * 40, Checkpoint("log", number, b"", "log"), tuple(leaves))
            leaves = []
