"""What still stands: the cost of finding it does not grow with the archive, nor with a history."""

from contextlib import closing
from itertools import count, islice, pairwise
from pathlib import Path

from rich.table import Table

from repo_store.archive import Archive
from repo_store.history.records import RevisionInput
from service.config import Settings
from service.diffing import (
    Corrected,
    Page,
    compare,
    corrected,
    repeats,
    said,
    same_thing,
    undone,
)
from service.wiring import Services, now
from tests.bench.corpus import records
from tests.bench.growth import Measures, filled_archive, growth
from tests.bench.news import News
from tests.bench.timing import times
from tests.bench.writers import scratch
from tests.diffing.pages import page
from tests.samples import append, content, entry

CALLS = 40
SHORT, LONG = 10, 1_000
_NAMES = [f"{first}{last}" for first in ("Ar", "Bo", "Ce", "Du") for last in ("da", "ren", "lith")]


class _Dams:
    """Stories of 4 KB that give a dam's size three times; another story gives it, too."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._news = archive, News(7)
        self._texts = {name: self._news.story() for name in _NAMES}

    def publish(self, name: str, size: int, fixed: int) -> None:
        """A version: in one place the size that it has, elsewhere one from before."""
        append(self._archive, self.version(name, size, fixed))

    def version(self, name: str, size: int, fixed: int) -> RevisionInput:
        told = "The {} dam holds {} million cubic metres of water."
        first, *rest = self._texts[name]
        overview = [f"{told.format(name, fixed / 10)} {first}", *rest[:3]]
        analysis = [*rest[3:], told.format(name, size / 10)]
        text = content(title=f"The {name} dam", overview=overview, analysis=analysis)
        return entry(text, f"dam-{name.lower()}", created_at=now())

    def start(self) -> None:
        for name in _NAMES:
            story = f"valley-{name.lower()}"
            told = f"Behind the {name} dam are 4.2 million cubic metres of water."
            append(self._archive, entry(content(overview=[told, *self._texts[name]]), story))
            self.publish(name, 42, 42)
            self.publish(name, 42, 48)


def _measured(archive: Archive, path: Path) -> Measures:
    services = Services(Settings(path), archive)
    found, dams, numbers = services.inconsistencies, _Dams(archive), count(490)
    dams.start()
    stories = [f"dam-{name.lower()}" for name in _NAMES]
    for story in stories:
        while not found.catch_up(story, 10**9):
            pass
    assert len(found.of(stories[0]).open) == 2
    turn = count()

    def correct() -> None:
        name = _NAMES[next(turn) % len(_NAMES)]
        dams.publish(name, 42, next(numbers))
        while not found.catch_up(f"dam-{name.lower()}", 10**9):
            pass

    return {
        "take in a correction, search the text and 20 other stories": times(correct, CALLS),
        "list what stands in a story": times(lambda: found.of(stories[3]), CALLS),
        "count it for the queue, 25 stories": times(
            lambda: found.open_counts([*stories, *stories, stories[0]]), CALLS
        ),
    }


def _page(title: str, summary: str | None, paragraphs: list[str]) -> Page:
    return page(title=title, summary=summary or "", overview=paragraphs)


def found(pairs: Path | None, histories: Path | None) -> Table:
    """In real edits, where a later text still says what was corrected: to be judged by eye."""
    texts: list[list[Page]] = []
    for each in records(pairs) if pairs else ():
        titles, summaries = each.get("title", ["", ""]), each.get("summary") or ["", ""]
        both = zip(titles, summaries, (each["before"], each["after"]), strict=True)
        texts.append([_page(*one) for one in both])
    for each in records(histories) if histories else ():
        versions = each["versions"]
        texts.append([_page(v["title"], v["summary"], v["paragraphs"]) for v in versions])
    table = Table(title="What still stands in real edits", title_justify="left")
    for column in ("old", "new", "the sentence that still says the old value"):
        table.add_column(column)
    number = edits = 0
    places: set[tuple[str, str]] = set()
    for versions in texts:
        known: list[Corrected] = []
        for old, new in pairwise(versions):
            if old == new:
                continue
            changes = corrected(old, new, compare(old, new))
            known = [c for c in known if not any(undone(c, later) for later in changes)] + changes
            edits, number = edits + 1, number + len(changes)
            for at, place in repeats(said(new), known, same_thing):
                change = known[at]
                if (change.old.text, place.sentence) not in places:
                    places.add((change.old.text, place.sentence))
                    table.add_row(change.old.text, change.new.text, place.sentence)
    table.caption = f"{edits:,} edits, {number} values corrected, {len(places)} places"
    return table


def stories(sizes: list[int], kept: Path | None = None) -> Table:
    measures: list[Measures] = []
    for size in sizes:
        with filled_archive(size, kept) as path, closing(Archive.open(path, now)) as archive:
            measures.append(_measured(archive, path))
    return growth("What still stands: number of stories (4 KB each)", sizes, measures)


def histories() -> Table:
    return growth(
        "What still stands: number of versions of one story",
        [SHORT, LONG],
        [_history(versions) for versions in (SHORT, LONG)],
    )


def _history(versions: int) -> Measures:
    """Each version changes the figure in one place, and leaves the first one in another."""
    with scratch() as folder, closing(Archive.open(folder / "a", now, create=True)) as archive:
        services, dams, size = Services(Settings(folder / "a"), archive), _Dams(archive), count(43)
        with archive.bulk("ab") as bulk:
            for fixed in (42, *islice(size, versions)):
                bulk.append(dams.version("Arda", 42, fixed))
        archive.catch_up()
        found = services.inconsistencies
        while not found.catch_up("dam-arda", 10**9):
            pass
        assert len(found.of("dam-arda").open) == 1

        def correct() -> None:
            dams.publish("Arda", 42, next(size))
            found.of("dam-arda")

        return {
            "list what stands in a story": times(lambda: found.of("dam-arda"), CALLS),
            "publish a correction and list it": times(correct, CALLS),
        }
