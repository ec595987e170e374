"""Acknowledged durable revisions a second, beside the least that the same disk could take."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import git
from dulwich.objects import Blob, Commit, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo
from rich.table import Table

from repo_store.archive import Archive
from repo_store.history.records import RevisionInput
from repo_store.story.story_json import encode, new_salt
from service.wiring import now
from tests.bench.news import News
from tests.bench.timing import Times, milliseconds, ratio, times
from tests.samples import append, entry

CALLS = 200
SHAPES = ((1, 32), (2, 16), (4, 8))
EACH = 25


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="story-history-bench-") as folder:
        yield Path(folder)


def floor(folder: Path) -> Times:
    """Four fsynced 4 KB files and one commit of a WAL database that is flushed."""
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("create table if not exists t (x)")

        def write() -> None:
            for number in range(4):
                with (folder / f"floor-{number}").open("wb") as file:
                    file.write(b"x" * 4096)
                    file.flush()
                    os.fsync(file.fileno())
            connection.execute("insert into t values (1)")

        return times(write, CALLS)


def ours(folder: Path) -> Times:
    entries = _edits()
    with closing(Archive.open(folder / "archive", now, create=True)) as archive:
        append(archive, *(next(entries) for _ in range(40)))
        return times(lambda: append(archive, next(entries)), CALLS)


def gitpython(folder: Path) -> Times:
    """The usual way: work tree, `index.add`, `index.commit`; then flushed, as it is not."""
    entries = _edits()
    with git.Repo.init(folder / "gitpython") as repo:
        root = folder / "gitpython"

        def write() -> None:
            each = next(entries)
            path = root / f"{each.story}.json"
            path.write_bytes(encode(each.content, new_salt()))
            repo.index.add([path.name])
            commit = repo.index.commit("A revision")
            blob, tree = commit.tree[path.name], commit.tree
            for oid in (blob.hexsha, tree.hexsha, commit.hexsha):
                place = root / ".git" / "objects" / oid[:2]
                _flush(place / oid[2:], place)
            _flush(
                root / ".git" / "objects",
                Path(repo.git_dir, "refs", "heads", repo.active_branch.name),
            )
            _flush(Path(repo.git_dir, "refs", "heads"))

        return times(write, CALLS)


def dulwich(folder: Path) -> Times:
    """Objects and a compare-and-swap of the story's ref, flushed."""
    entries = _edits()
    root = folder / "dulwich"
    root.mkdir()
    with closing(Repo.init_bare(str(root))) as repo:

        def write() -> None:
            each = next(entries)
            blob = Blob.from_string(encode(each.content, new_salt()))
            tree = Tree()
            tree.add(b"story.json", 0o100644, blob.id)
            ref = Ref(f"refs/stories/{each.story}".encode())
            parent = repo.refs[ref] if ref in repo.refs else None  # noqa: SIM401 has no get
            commit = Commit()
            commit.tree, commit.parents = tree.id, [parent] if parent else []
            commit.author = commit.committer = b"A <>"
            commit.author_time = commit.commit_time = 1_700_000_000
            commit.author_timezone = commit.commit_timezone = 0
            commit.message = b"A revision"
            for item in (blob, tree, commit):
                repo.object_store.add_object(item)
                oid = item.id.decode()
                place = root / "objects" / oid[:2]
                _flush(place / oid[2:], place)
            _flush(root / "objects")
            assert repo.refs.set_if_equals(ref, parent, commit.id)
            path = root / bytes(ref).decode()
            _flush(path, path.parent)

        return times(write, CALLS)


def _edits() -> Iterator[RevisionInput]:
    """Forty stories in turn, an edit of a sentence each."""
    news = News()
    texts = {number: news.story() for number in range(40)}
    for turn in range(CALLS + 100):
        number = turn % len(texts)
        texts[number] = news.edited(texts[number])
        yield _entry(number, texts[number])


def _entry(number: int, paragraphs: list[str]) -> RevisionInput:
    return entry(News.content(number, paragraphs), f"story-{number}")


def _flush(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def together(folder: Path, processes: int, threads: int) -> float:
    """Seconds a revision, of that many processes with that many writers each, on own stories."""
    command = [sys.executable, "-m", "tests.bench.writers", f"{folder}/archive", str(threads)]
    folder.mkdir()
    writers = [
        subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for n in range(processes)
    ]
    for each in writers:
        assert each.stdout
        assert each.stdout.readline() == b"ready\n"
    start = time.perf_counter()
    for each in writers:
        assert each.stdin
        each.stdin.write(b"\n")
        each.stdin.flush()
    for each in writers:
        each.communicate()
        assert each.returncode == 0
    return (time.perf_counter() - start) / (processes * threads * EACH)


def _write(archive_path: Path, threads: int, name: str) -> None:
    archive = Archive.open(archive_path, now, create=True)
    news = News(int(name))
    work: list[list[RevisionInput]] = []
    for number in range(threads):
        texts = [news.story()]
        for _ in range(EACH):
            texts.append(news.edited(texts[-1]))
        story = int(name) * 1_000 + number
        work.append([_entry(story, text) for text in texts])
        append(archive, work[-1][0])
    print("ready", flush=True)
    sys.stdin.readline()

    def run(entries: list[RevisionInput]) -> None:
        for each in entries:
            append(archive, each)

    running = [threading.Thread(target=run, args=[entries[1:]]) for entries in work]
    for each in running:
        each.start()
    for each in running:
        each.join()
    os._exit(0)


def table() -> Table:
    shown = Table(
        title="Durable revisions (4 KB stories, edits of a sentence)", title_justify="left"
    )
    columns = ("way", "a revision", "floor: 4 fsynced files, 1 commit in SQLite", "rate, to it")
    for column in columns:
        shown.add_column(column, justify="left" if column == "way" else "right")
    # Nothing is deleted meanwhile: ext4 passes over what was deleted a moment ago, one by one.
    with scratch() as folder:
        ways: dict[str, Callable[[], float]] = {
            "ours, one writer": lambda: ours(folder).mean,
            "GitPython, work tree and index, flushed": lambda: gitpython(folder).mean,
            "dulwich, objects and ref, flushed": lambda: dulwich(folder).mean,
        }
        for processes, threads in SHAPES:
            name = f"ours, 32 writers: {processes} × {threads} (processes × threads)"
            ways[name] = partial(together, folder / f"{processes}", processes, threads)
        # The floor before and after each: a machine's speed changes within a minute.
        before = floor(folder).mean
        for name, way in ways.items():
            each, after = way(), floor(folder).mean
            least = (before + after) / 2
            shown.add_row(name, milliseconds(each), milliseconds(least), ratio(least, each))
            before = after
    return shown


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
