"""The real server under load from `wrk`, each figure beside a peer measured in turn with it."""

import http.client
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.table import Table

from repo_store.archive import Archive
from repo_store.story.content import Content
from service.wiring import now
from tests.bench import fronted
from tests.bench.growth import filled_archive
from tests.bench.news import News
from tests.bench.servers import Measured, bare, fetched, otterwiki, ours, wrk
from tests.bench.timing import milliseconds, ratio
from tests.bench.writers import scratch
from tests.samples import append, entry

VERSIONS = 40
ROUNDS = 6
STORY = "read-by-all"
COLD = [f"read-once-{number}" for number in range(5)]
PAGES = {
    "a version": f"stories/{STORY}/versions/20",
    "a difference": f"stories/{STORY}/diff/20..21",
    "History": f"stories/{STORY}/history",
    "a version, API": f"api/v1/stories/{STORY}/versions/20",
}


def _contents(seed: int = 7) -> list[Content]:
    """Of one 4 KB story, each a sentence away from the one before."""
    news = News(seed)
    text = news.story()
    found = []
    for number in range(VERSIONS):
        found.append(News.content(number, text))
        text = news.edited(text)
    return found


@contextmanager
def filled(stories: int, kept: Path | None) -> Iterator[Path]:
    """An archive of so many stories, and some more with 40 versions."""
    with filled_archive(stories, kept) as path:
        with closing(Archive.open(path, now)) as archive:
            for seed, story in enumerate((STORY, *COLD), 7):
                if archive.index.story(story) is None:
                    append(archive, *(entry(each, story) for each in _contents(seed)))
        yield path


def tables(sizes: list[int], kept: Path | None) -> Iterator[Table]:
    assert shutil.which("wrk"), "wrk is missing: apt-get install wrk"
    warm = _table("Warm, to a bare view of the same size (2 workers of 4 threads)", sizes)
    cold = _table("Cold, a 4 KB story, texts not read before: more than the bare view takes", sizes)
    busy = _table(
        "p99 under 32 connections while the story gets 20 versions a second",
        sizes,
    )
    shown: list[Table] = []
    rows: dict[str, list[str]] = {}
    colds: dict[str, list[str]] = {}
    busies: dict[str, list[str]] = {}
    for size in sizes:
        with filled(size, kept) as path:
            for name, found in _warm(path).items():
                rows.setdefault(name, []).append(found)
            for name, apart in (("one edit apart", 1), ("20 edits apart", 20)):
                colds.setdefault(f"a difference, {name}", []).append(_cold(path, apart))
            for name, found in _busy(path).items():
                busies.setdefault(name, []).append(found)
            if size == sizes[0]:
                with _writing(path):
                    counts = fronted.taken_off(path, STORY)
                shown.append(fronted.table(*counts))
    for name, values in rows.items():
        warm.add_row(name, *values)
    for name, values in colds.items():
        cold.add_row(name, *values)
    for name, values in busies.items():
        busy.add_row(name, *values)
    yield from (warm, cold, busy, *shown)
    yield _relative()


def _table(title: str, sizes: list[int]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("stories")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    return table


def _warm(path: Path) -> dict[str, str]:
    """Of each the best of the rounds: in some, one worker takes all connections before the other is
    awake, and what is measured is half a server.
    """
    rows: dict[str, str] = {}
    with ours(path) as url:
        for name, page in PAGES.items():
            size, tag = fetched(url + page)
            known = f"If-None-Match: {tag}"
            with bare(path, size) as constant:
                wrk(constant, seconds=1)
                wrk(url + page, seconds=1)
                turns = [
                    (wrk(constant).rate, wrk(url + page).rate, wrk(url + page, known).rate)
                    for _ in range(ROUNDS)
                ]
            bares, whole, unchanged = (list(each) for each in zip(*turns, strict=True))
            rows[name] = f"{ratio(max(whole), max(bares))} {max(whole):,.0f}/s"
            rows[f"{name}, 304"] = f"{ratio(max(unchanged), max(bares))} {max(unchanged):,.0f}/s"
    return rows


def _cold(path: Path, apart: int) -> str:
    """The median of pages each asked for once, of texts that the server had not read yet."""
    addresses = [
        f"/stories/{story}/diff/{old}..{old + apart}"
        for story in COLD
        for old in range(1, VERSIONS + 1 - apart)
    ]
    with ours(path) as url:
        size, _ = fetched(f"{url}stories/{STORY}/diff/1..{1 + apart}")
        with bare(path, size) as constant:
            own = _latencies(url, addresses)
            floor = _latencies(constant, ["/"] * len(addresses))
    more = statistics.median(own) - statistics.median(floor)
    return f"{milliseconds(more)} ({ratio(statistics.median(own), statistics.median(floor))})"


def _latencies(url: str, addresses: list[str]) -> list[float]:
    found = []
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        for address in ["/", *addresses]:
            start = time.perf_counter()
            connection.request("GET", address)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            found.append(time.perf_counter() - start)
    return found[1:]


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """20 revisions a second to the story that is read, two a write, by a process of its own, as an
    import is: sent to the server, under as many readers as it can bear, a write waits its turn.
    """
    ended = threading.Event()
    news = News(time.time_ns())

    def write(archive: Archive) -> int:
        text = news.story()
        counted = 0
        begun = time.monotonic()
        while not ended.wait(max(0.0, begun + counted / 20 - time.monotonic())):
            texts = [text := news.edited(text), text := news.edited(text)]
            append(archive, *(entry(News.content(counted, each), STORY) for each in texts))
            counted += 2
        return counted

    with closing(Archive.open(path, now)) as archive, ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write, archive)
        begun = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - begun
            ended.set()
        counted = writer.result()
    assert counted > 18 * spent, f"only {counted} revisions in {spent:.0f} s"


def _busy(path: Path) -> dict[str, str]:
    rows = {}
    with ours(path) as url:
        for name, page in PAGES.items():
            quiet, loud = [], []
            _p99(url + page)
            for _ in range(ROUNDS):
                quiet.append(_p99(url + page))
                with _writing(path):
                    loud.append(_p99(url + page))
            one, other = statistics.median(loud), statistics.median(quiet)
            rows[name] = f"{ratio(one, other)} {milliseconds(one)}"
    return rows


def _p99(url: str) -> float:
    measured: Measured = wrk(url, seconds=4, connections=32)
    return measured.p99


def _relative() -> Table:
    """Otter Wiki: Flask, GitPython and SQLite, the nearest relative, with the same revisions. Some
    of its answers are errors when several threads ask at once; they count as answers.
    """
    title = "Otter Wiki, the same 40 revisions (requests a second)"
    table = Table(title=title, title_justify="left")
    for column in ("page", "Otter Wiki", "ours, kept", "ours, nothing kept", "kept", "not kept"):
        table.add_column(column, justify="left" if column == "page" else "right")
    texts = [
        "\n\n".join([each.title, *each["overview"], *each["analysis"]]) for each in _contents()
    ]
    with scratch() as folder:
        with closing(Archive.open(folder / "archive", now, create=True)) as archive:
            append(archive, *(entry(each, STORY) for each in _contents()))
        with (
            otterwiki(folder, texts) as (wiki, commits),
            ours(folder / "archive") as kept,
            ours(folder / "archive", STORY_HISTORY_CACHE="0") as plain,
        ):
            changed = f"{wiki}story/diff/{commits[20]}/{commits[19]}"
            for name, theirs in (("History", f"{wiki}story/history"), ("a difference", changed)):
                own = PAGES[name]
                rates = [
                    (wrk(theirs, sound=False).rate, wrk(kept + own).rate, wrk(plain + own).rate)
                    for _ in range(3)
                ]
                a, b, c = (statistics.median(each) for each in zip(*rates, strict=True))
                table.add_row(name, f"{a:,.0f}", f"{b:,.0f}", f"{c:,.0f}", ratio(b, a), ratio(c, a))
    return table
