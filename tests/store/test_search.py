"""Search: what a word is, what a query requires, and that the tables find what a scan finds."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_store.archive import Archive
from repo_store.history.records import Revision, State, Verb
from repo_store.index.search import lookup, tables
from repo_store.index.search.documents import PLACES, Place, lines_of, source_tokens, sources_of
from repo_store.index.search.excerpts import LONGEST, excerpt, shortened_line
from repo_store.index.search.lookup import Hit
from repo_store.index.search.query import MAX_WORDS, parse
from repo_store.index.search.tokens import tokens
from repo_store.story.content import Content
from tests.profiles import examples
from tests.redactions import CANARY, removal, remove, traces
from tests.samples import action, append, content, entry, matches, ticking

HOSTILE = ['"', '""', '"""', '"a', "*", "**", "* *", "\0", "a\0b", "a" * 10_000, '"' * 9_999]
HOSTILE += ["NEAR(a b)", "a AND b", "a OR", "NOT", "^a", "words : a", "{words} : a", "-a", "a+b"]
HOSTILE += [
    "(" * 5_000,
    "a* " * 3_000,
    "'; drop table search; --",
    "\ud800",
    "\U0010ffff",
    ".",
    ",",
]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("har\u00adbour, Zoe\u0308", "harbour zoe"),
        ("Łódź, Ærø, Straße, Đorđe, ısı", "lodz aero strasse dorde isi"),
        ("مُحَمَّد ３５ ٣٥", "محمد 35 35"),
        ("が", "が"),
        ("don’t don't donʼt", "don t don t don t"),
        (
            "12,000, 12 000, 12\u202f000, 12’000, １２０００, १२,०००, ١٢٬٠٠٠",
            " ".join(["12000"] * 7),
        ),
        ("12.000.000,5 and 3,5", "12000000.5 and 3.5"),
        ("2019 300, 1/2, 10:30, 2026-05-09, 127.0.0.1", "2019 300 1 2 10 30 2026 05 09 127.0.0.1"),
        ("地铁四 a", "地铁 铁四 四 a"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, words: str) -> None:
    assert tokens(text) == words


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Road", ["road"]),
        ("Road*", ["road*"]),
        ("road works", ["road", "works"]),
        ('"road works"', ["road works"]),
        ("“road works” now", ["road works", "now"]),
        ("«road works», now", ["road works", "now"]),
        ('"road works', ["road works"]),
        ('a"road works"b', ["a", "road works", "b"]),
        ("well-known*", ["well known*"]),
        ("12 000*", ["12000*"]),
        ("road road", ["road"]),
        ("地铁四号", ["地铁 铁四 四号"]),
        ("地铁*", ["地铁"]),
        ("道", ["道*"]),
        ('"地铁 opened"', ["地铁 铁 opened"]),
        ("* . \0", []),
    ],
)
def test_a_query_has_words_beginnings_and_phrases(text: str, terms: list[str]) -> None:
    found = [f"{' '.join(term.tokens)}{'*' if term.prefix else ''}" for term in parse(text).terms]
    assert found == terms


def test_no_more_words_are_looked_for_than_the_limit() -> None:
    for text in (" ".join(f"w{n}" for n in range(90)), f'"{"w " * 90}"'):
        assert sum(len(term.tokens) for term in parse(text).terms) == MAX_WORDS


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12].encode("unicode_escape"))
def test_no_query_fails(archive: Archive, text: str) -> None:
    append(archive, entry(content()))
    assert matches(archive, text, *PLACES) in ([], ["library"])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("12000 crowns", True),
        ("12 000", True),
        ("１２,０００", True),
        ("12", False),
        ('"12.000 crowns"', False),
        ("don't", True),
        ("donʼt", True),
        ("LODZ", True),
        ("lo*", True),
        ("od*", False),
        ('"crowns don’t"', True),
        ('"crowns lodz"', False),
        ('"lodz reports"', False),
        ('"four reports"', False),
    ],
)
def test_a_live_text_is_found(archive: Archive, words: str, found: bool) -> None:
    """The last: from the end of one paragraph into the next."""
    append(archive, entry(content(analysis=["12 000 crowns don’t. Łódź", "four", "Reports"])))
    assert bool(matches(archive, words)) == found


def test_stories_are_found_newest_first(archive: Archive) -> None:
    for name in ("a", "b", "c"):
        append(archive, entry(content(), name, created_at=_at(name != "b")))
    assert matches(archive, "council") == ["c", "a", "b"]
    append(archive, entry(content(title="Later"), "b", created_at=_at(2)))
    assert matches(archive, "council") == matches(archive, "coun*") == ["b", "c", "a"]
    archive.reindex()
    assert matches(archive, "council")[0] == "b"


def _at(day: int) -> object:
    return entry(content()).created_at.replace(day=1 + day)


def test_pages_neither_skip_nor_repeat_what_stays(archive: Archive) -> None:
    names = [f"s{number:02}" for number in range(12)]
    append(archive, *(entry(content(), name) for name in names))
    query, seen = parse("council"), list[str]()
    before: int | None = None
    while True:
        page = archive.index.search(query, [Place.LIVE], before, 5)
        seen += [each.story for each in page.hits]
        append(archive, entry(content(title=f"New {len(seen)}"), seen[0], created_at=_at(3)))
        if (before := page.next) is None:
            break
    assert sorted(seen) == names


def test_the_beginning_of_many_words_is_looked_for_in_the_texts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in range(5):
        append(archive, entry(content(title=f"x{each}"), f"s{each}", created_at=_at(each)))
    found = matches(archive, "x*")
    assert found == ["s4", "s3", "s2", "s1", "s0"]
    monkeypatch.setattr(lookup, "MAX_WORDINGS", 2)
    assert matches(archive, "x*") == matches(archive, "x* council") == found
    monkeypatch.setattr(lookup, "MAX_WORK", 2 * lookup._PER_TEXT)
    append(archive, entry(content(title="y"), "s3", created_at=_at(6)))
    first = archive.index.search(parse("x*"), [Place.LIVE], None, 9)
    assert [each.story for each in first.hits] == ["s4"], "a page looks into two texts"
    second = archive.index.search(parse("x*"), [Place.LIVE], first.next, 9)
    assert [each.story for each in second.hits] == ["s2", "s1"]


def test_what_each_place_says(archive: Archive) -> None:
    url = "https://www.gazette.example/library/?utm_source=x"
    append(archive, entry(content(title="One two", sources=[{"name": "G", "url": url}])))
    append(archive, entry(content(title="Two")), entry(content(title="Two three")))
    append(archive, entry(content(title="Four", summary="Two."), state=State.DRAFT))
    append(archive, entry(content(title="Five two"), state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(4, Verb.REJECT))

    def found(words: str) -> list[tuple[object, ...]]:
        hits = archive.index.search(parse(words), PLACES, None, 20).hits
        return [(each.place.value, each.versions or each.revision, each.line) for each in hits]

    assert sorted(found("two"), key=str) == [
        ("drafts", 4, "two"),
        ("drafts", 5, "five two"),
        ("history", (1, 1), "one two"),
        ("history", (2, 2), "two"),
        ("live", (3, 3), "two three"),
    ]
    assert found("gazette.example/library library*") == [
        ("sources", (2, 3), "https gazette example library . gazette"),
        ("sources", (1, 1), "https gazette example library . g"),
    ]
    assert found("http://gazette.example/library?utm_medium=y g")[0][1] == (1, 1)
    with archive.batch() as batch:
        batch.act(action(5, Verb.PUBLISH))
    assert found("five") == [("live", (4, 4), "five two")]
    assert found('"a vote of nine"') == [("live", (1, 4), "a vote of nine to six")]


def test_a_removed_text_leaves_every_table(archive: Archive, archive_path: Path) -> None:
    append(archive, entry(content(title="One")))
    append(archive, entry(content(title=CANARY, sources=[{"name": CANARY, "url": "https://a.b"}])))
    append(archive, entry(content(title="Three"), state=State.DRAFT))
    append(archive, entry(content(title="Four")))
    assert len(matches(archive, CANARY, *PLACES)) == 2
    remove(archive, removal(2))
    assert matches(archive, f"{CANARY[:5]}*", *PLACES) == []
    assert matches(archive, "one", Place.HISTORY) == matches(archive, "four") == ["library"]
    assert traces(archive_path) == []
    archive.remove(removal(4, (1,)))
    assert matches(archive, "council", Place.LIVE, Place.HISTORY) == []
    assert matches(archive, "three", *PLACES) == ["library"], "the draft is still there"


def test_a_full_second_runs_on_into_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_SECOND", 2)
    noon = entry(content()).created_at
    for name, after in {"later": 1, "a": 0, "b": 0, "c": 0, "d": 0}.items():
        append(archive, entry(content(), name, created_at=noon + timedelta(seconds=after)))
    append(archive, *(entry(content(), name, created_at=noon) for name in "efg"))
    assert len(matches(archive, "council")) == 8


@pytest.mark.parametrize("year", [1970, 9999])
def test_a_text_of_any_time_has_a_place_in_the_order(archive: Archive, year: int) -> None:
    append(archive, entry(content(), created_at=datetime(year, 1, 2, tzinfo=UTC)))
    append(archive, entry(content(), "other"))
    first = archive.index.search(parse("council"), [Place.LIVE], None, 1)
    assert 0 <= (first.next or 0) < 2**62
    second = archive.index.search(parse("council"), [Place.LIVE], first.next, 1)
    assert {each.story for each in (*first.hits, *second.hits)} == {"library", "other"}


@pytest.mark.parametrize("word", ["needle", "ŁÓDŹ", "四号"])
def test_an_excerpt_shows_what_was_found(word: str) -> None:
    fill = "grass and more grass " * 40
    fields = content(overview=["First.", f"{fill}({word}) {fill}"])
    line = next(filter(None, (tokens(x) for x in lines_of(fields) if word in x)))
    hit = Hit("library", "", Place.LIVE, (1, 1), None, line, 0)
    shown = excerpt(fields, hit, parse(f"absent {word}"))
    assert word in shown
    assert len(shown) <= LONGEST + 2
    assert shown.startswith("…")
    assert shown.strip("…") in fields["overview"][1]
    assert excerpt(fields, hit._replace(line="other"), parse(word)) == ""
    assert len(shortened_line(hit)) == LONGEST


# Against a scan of all contents

_VOCABULARY = ["road", "Road", "roads", "rö", "12,000", "12 000", "don’t", "道路", "路", "x1", "x2"]
_LINE = st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=3).map(" ".join)
_TEXT = st.tuples(_LINE, st.lists(_LINE, min_size=1, max_size=3), st.sampled_from("abc"))
_STEP = st.tuples(
    st.sampled_from(
        ["publish", "publish", "draft", "act", "remove", "rebuild", "bulk", "withdraw"]
    ),
    st.sampled_from(["one", "other"]),
    _TEXT,
    st.integers(0, 9),
)


class _Said(NamedTuple):
    """A line of a live text, or a document of another place."""

    story: str
    place: Place
    span: tuple[int, int] | int
    line: str


def _scan(archive: Archive) -> Iterator[_Said]:
    """All that can be found, from the contents alone."""
    for name in ("one", "other"):
        chain = archive.index.chain(name)
        versions = sorted((each for each in chain if each.version), key=lambda x: x.version or 0)
        withdrawn = [each.entry for each in archive.index.actions(name) if each.verb == "withdraw"]
        for place, said in ((Place.LIVE, _lines), (Place.SOURCES, _sources)):
            times: list[tuple[int, int, set[str]]] = [(each, 0, set()) for each in withdrawn]
            times += [(x.published_entry or 0, x.version or 0, said(archive, x)) for x in versions]
            times.sort(key=lambda each: each[0])
            for line in set().union(*(each[2] for each in times)):
                runs = groupby(times, key=lambda each: line in each[2])
                for run in [list(each) for stands, each in runs if stands]:
                    is_former = run[-1] != times[-1] and place is Place.LIVE
                    span = run[0][1], run[-1][1]
                    yield _Said(name, Place.HISTORY if is_former else place, span, line)
        for draft in chain:
            if draft.version is None:
                standing = [x for x in versions if (x.published_entry or 0) < draft.entry]
                live = standing[-1] if standing else None
                since = (live and live.published_entry) or 0
                gone = any(since < each < draft.entry for each in withdrawn)
                known = set() if gone else _lines(archive, live) | _sources(archive, live)
                for line in (_lines(archive, draft) | _sources(archive, draft)) - known:
                    yield _Said(name, Place.DRAFTS, draft.revision, line)


def _lines(archive: Archive, revision: Revision | None) -> set[str]:
    found = archive.content(revision) if revision else None
    return set(map(tokens, lines_of(found))) if isinstance(found, Content) else set()


def _sources(archive: Archive, revision: Revision | None) -> set[str]:
    found = archive.content(revision) if revision else None
    return set(map(source_tokens, sources_of(found))) if isinstance(found, Content) else set()


def _says(line: str, words: str, prefix: bool) -> bool:
    """Whether these words stand in a line next to each other."""
    has, sought = line.split(), words.split()
    for at in range(len(has) - len(sought) + 1):
        *first, last = has[at : at + len(sought)]
        if first == sought[:-1] and (last.startswith(sought[-1]) if prefix else last == sought[-1]):
            return True
    return False


def _found(archive: Archive, words: str) -> list[tuple[object, ...]]:
    """All pages, as (story, place, span, line); of a live text the story alone."""
    found: list[tuple[object, ...]] = []
    before: int | None = None
    while True:
        page = archive.index.search(parse(words), PLACES, before, 2)
        for each in page.hits:
            span = each.versions or each.revision
            live = each.place is Place.LIVE
            found.append(
                (each.story, each.place) if live else (*each[:1], each.place, span, each.line)
            )
        if (before := page.next) is None:
            return sorted(found, key=str)


def _expected(said: list[_Said], terms: list[tuple[str, bool]]) -> list[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for each in said:
        if each.place is Place.LIVE:
            lines = [x.line for x in said if x.place is Place.LIVE and x.story == each.story]
            if all(any(_says(line, *term) for line in lines) for term in terms):
                found.add((each.story, each.place))
        elif all(_says(each.line, *term) for term in terms):
            found.add(tuple(each))
    return sorted(found, key=str)


@given(steps=st.lists(_STEP, min_size=1, max_size=8), wordings=st.sampled_from([0, 2, 100]))
@settings(max_examples=examples(60))
def test_a_search_finds_what_a_scan_finds(
    steps: list[tuple[str, str, tuple[str, list[str], str], int]], wordings: int
) -> None:
    with (
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        closing(Archive.open(Path(folder) / "archive", ticking(), create=True)) as archive,
    ):
        patch.setattr(lookup, "MAX_WORDINGS", wordings)
        patch.setattr(lookup, "MAX_WORK", 3 * lookup._PER_TEXT)
        for step in steps:
            _take(archive, *step)
        said = list(_scan(archive))
        for words, terms in (
            ("road", [("road", False)]),
            ("road*", [("road", True)]),
            ("x* r*", [("x", True), ("r", True)]),
            ('"road 12 000"', [("road 12000", False)]),
            ("don't road", [("don t", False), ("road", False)]),
            ("道路", [("道路", False)]),
            ("路", [("路", True)]),
            ("https://a.example", [("https a example", False)]),
        ):
            assert _found(archive, words) == _expected(said, terms), words


def _take(
    archive: Archive, what: str, name: str, text: tuple[str, list[str], str], number: int
) -> None:
    title, lines, source = text
    url = f"https://{source}.example"
    said = content(title=title, overview=lines, sources=[{"name": source, "url": url}] * 2)
    state = State.DRAFT if what == "draft" else State.PUBLISHED
    new = entry(said, name, state=state)
    chain = archive.index.chain(name)
    if what in ("publish", "draft"):
        append(archive, new)
    elif what == "bulk":
        with archive.bulk("ab") as bulk:
            for each in (new, entry(said, name, state=State.DRAFT)):
                bulk.append(each)
        archive.catch_up()
    elif what == "rebuild":
        archive.reindex()
    elif what == "act":
        drafts = [each.revision for each in chain if each.state is State.DRAFT]
        if drafts:
            verb = Verb.PUBLISH if number % 3 else Verb.REJECT
            with archive.batch() as batch:
                batch.act(action(drafts[number % len(drafts)], verb, story=name))
    elif what == "withdraw":
        tip = archive.index.tip(name)
        live = archive.index.version(name, tip.live or 0)
        if live and live.state is not State.REMOVED and not tip.withdrawn:
            with archive.batch() as batch:
                batch.act(action(live.revision, Verb.WITHDRAW, "why", story=name))
    elif rest := [each.revision for each in chain if each.state is not State.REMOVED]:
        archive.remove(removal(rest[number % len(rest)], story=name))
