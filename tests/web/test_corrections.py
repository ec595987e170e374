"""The corrections of the paper: page, feed, API, figures."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from repo_store import Kind
from repo_store.archive import Archive
from service.accounts import Gate, Role, Tokens
from service.accounts.database import Database
from service.config import Settings
from service.web.http.services import services_of
from tests.redactions import CANARY
from tests.samples import NOON, append, content, entry, story
from tests.web.conftest import Writer, application, draft, error_fields, read, settled, words

LIST, API, FIGURES, FEED = (
    *("/corrections", "/api/v1/corrections", "/corrections/figures", "/corrections.atom"),
)
COST = "It will cost {} million crowns a year."
WHY: dict[str, Any] = {"reason": "court-order", "legal_reference": "12 O 44/26"}


def _cost(million: str) -> dict[str, Any]:
    return story(overview=[COST.format(million)])


@pytest.fixture
def corrected(editor: Writer) -> None:
    """`library`: version 2 corrects a figure, and is explained; `tram`: retracted at once."""
    editor.post(content=_cost("1.2"), note="")
    editor.post(content=_cost("1.9"), base_version=1, kind="correction", note="Not 1.2, but 1.9.")
    tram = {"shape": "article", "title": "A <b>tram</b>", "section": "Politics", "body": ["Soon."]}
    editor.post("tram", content=tram, kind="retraction", note="Never.", base_version=None)
    editor.act(2, action="explain", kind="clarification", note="With tax.")


def _titles(client: FlaskClient, query: str = "") -> list[tuple[str, int, str]]:
    items = read(client.get(API + query))["items"]
    return [(each["story"], each["version"], each["kind"]) for each in items]


def test_the_page_says_what_was_corrected_and_how(corrected: None, client: FlaskClient) -> None:
    page = client.get(LIST)
    said = words(page)
    order = [said.index(each) for each in ("With tax.", "Never.", "Not 1.2, but 1.9.")]
    assert order == sorted(order)
    assert said.count("Number 1.2 → 1.9 million crowns") == 2
    assert "Politics" in said
    assert "A &lt;b&gt;tram&lt;/b&gt;" in page.text
    assert 'href="/stories/library/diff/1..2"' in page.text
    assert 'href="/stories/tram/versions/1"' in page.text, "there is nothing before it"


def test_the_api_says_the_same(corrected: None, client: FlaskClient) -> None:
    answer = read(client.get(API))
    last, _, first = answer["items"]
    assert first == {
        "story": "library",
        "title": "Council keeps the library open",
        "version": 2,
        "kind": "correction",
        "note": "Not 1.2, but 1.9.",
        "changed": "Number 1.2 → 1.9 million crowns",
        "author": {"name": "The editor"},
        "created_at": first["created_at"],
        "recorded_at": first["recorded_at"],
    }
    assert (last["explanation"], last["note"]) == (True, "With tax.")
    assert answer["next"] is None
    with_token = client.get(API, headers={"Authorization": "Bearer no"})
    assert with_token.status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?kind=clarification", [("library", 2, "clarification")]),
        ("?section=POLITICS", [("tram", 1, "retraction")]),
        ("?q=TRAM", [("tram", 1, "retraction")]),
        ("?kind=retraction&q=tax", []),
        ("?since=2027-01-01", []),
        ("?until=2026-05-01T00:00:00Z", []),
    ],
)
def test_it_is_narrowed(
    corrected: None, client: FlaskClient, query: str, expected: list[tuple[str, int, str]]
) -> None:
    assert _titles(client, query) == expected
    page = client.get(LIST + query)
    assert page.status_code == 200
    assert page.text.count('class="about"') == len(expected)
    assert expected or "There are no such corrections." in words(page)


def test_pages_follow_each_other_and_keep_the_filter(editor: Writer, client: FlaskClient) -> None:
    for number in range(23):
        editor.post(f"s{number}", note=f"Note {number}.", kind="correction")
    first = client.get(f"{LIST}?q=note")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    rest = words(client.get(following[1].replace("&amp;", "&")))
    assert "Note 22." in words(first)
    assert all(f"Note {number}." in rest for number in range(3))
    assert "Note 3." not in rest
    page = client.get(f"{API}?limit=2&q=note")
    assert "q=note" in page.headers["Link"]
    assert len(read(client.get(f"{API}?cursor={read(page)['next']}&limit=2"))["items"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?kind=minor", "kind"),
        ("?kind=Correction", "kind"),
        ("?since=yesterday", "since"),
        ("?until=2026-02-30", "until"),
        ("?since=2026-05-02&until=2026-05-02", "until"),
        ("?cursor=x", "cursor"),
    ],
)
def test_what_is_malformed_is_named(client: FlaskClient, query: str, field: str) -> None:
    answer = client.get(API + query)
    assert (answer.status_code, error_fields(answer)) == (400, [field])
    address = LIST + (query if "cursor" in query else f"?{'&'.join(sorted(query[1:].split('&')))}")
    page = client.get(address)
    assert (page.status_code, field in words(page)) == (400, True)


def test_the_feed_has_ids_that_do_not_move_with_the_host(
    corrected: None, client: FlaskClient
) -> None:
    def ids(host: str) -> list[str]:
        text = client.get(FEED, base_url=f"http://{host}/").text
        return [each.partition("/")[2] for each in re.findall("<id>(tag:.*?)</id>", text)]

    assert (
        ids("a.example")
        == ids("b.example")
        == [
            "corrections",
            "stories/library/corrections/2/1",
            "stories/tram/corrections/1",
            "stories/library/corrections/2",
        ]
    )
    text = client.get(FEED).text
    assert text.count("<id>") == 4
    assert "http://localhost/stories/library/diff/1..2" in text
    assert "Not 1.2, but 1.9." in text


def test_an_empty_paper_has_empty_pages(client: FlaskClient) -> None:
    assert "Nothing has been corrected yet." in words(client.get(LIST))
    assert read(client.get(API)) == {"items": [], "next": None}
    assert ">1970-01-01T00:00:00" in client.get(FEED).text
    assert client.get(FIGURES).status_code == 200


def test_drafts_show_nowhere(corrected: None, editor: Writer, client: FlaskClient) -> None:
    paths = (LIST, API, FEED, FIGURES)
    before = [client.get(path).data for path in paths]
    draft(editor, 2, title=CANARY, note=CANARY, kind="correction")
    draft(editor, None, "hidden", title=CANARY, note=CANARY, kind="correction")
    assert [client.get(path).data for path in paths] == before


def test_a_withdrawn_story_s_corrections_are_counted_and_not_listed(
    corrected: None, editor: Writer, client: FlaskClient
) -> None:
    editor.act(1, "tram", action="withdraw", note="Gone.")
    assert [each[0] for each in _titles(client)] == ["library", "library"]
    for path in (LIST, FEED):
        assert "tram" not in client.get(path).text
    assert "1 of them is of a story that has been withdrawn" in words(client.get(FIGURES))


@pytest.mark.parametrize("what", ["note", "text"])
def test_a_removal_leaves_no_trace_on_these_pages(
    editor: Writer, client: FlaskClient, what: str
) -> None:
    editor.publish()
    changed = story(title=f"On {CANARY}", overview=[f"{CANARY} paid 14 crowns."])
    editor.post(content=changed, base_version=1, kind="correction", note=f"By {CANARY}.")
    editor.act(2, action="explain", note=f"{CANARY} again.")
    editor.post(content=story(), base_version=2, note="Back.")
    paths = (LIST, API, FEED, FIGURES, f"{API}?q={CANARY}")
    assert [CANARY in client.get(path).text for path in paths] == [True, True, True, False, True]
    scope = {"scope": "notes", "also_notes": [2, 3]} if what == "note" else {"scope": "revision"}
    done = editor.act(2, action="remove", note="By order", **WHY, **scope)
    assert done.status_code == 201, done.text
    for path in paths[:-1]:
        shown = client.get(path).text
        # A change that is shown still says what the text says, which stays with a note's removal.
        if what == "text" or path == FEED:
            assert CANARY not in shown or (what == "note" and "→" in shown), path
        assert f"By {CANARY}" not in shown
        assert f"{CANARY} again" not in shown
    assert _titles(client, f"?q={CANARY}") == []
    assert len(_titles(client)) == 2
    if what == "note":
        assert words(client.get(LIST)).count("[note removed: a court order") == 2
        assert read(client.get(API))["items"][0]["note_removed"]["reason"] == "court-order"
    else:
        assert "The text of version 2 was removed." in words(client.get(LIST))


def test_the_figures_count_by_month_and_say_how(corrected: None, client: FlaskClient) -> None:
    page = client.get(FIGURES)
    said = words(page)
    assert "June 2025 to May 2026" in said
    assert "May 2026 1 1 1" in said
    assert "In all 1 1 1" in said
    assert page.text.count('role="img"') == 3
    assert "style=" not in page.text
    assert re.search(r"Half of the corrections came within \d+ minutes, half later\.", said)
    assert "Of 1 the record does not say" in said
    assert "Of the 2 stories that were first published in this time, 2 have been" in said
    day = words(client.get(f"{FIGURES}?since=2026-05-01&until=2026-05-02"))
    assert "1 May 2026 to 1 May 2026" in day
    time = words(client.get(f"{FIGURES}?since=2026-05-01T08:00:00Z&until=2026-05-02"))
    assert "1 May 2026, 08:00 UTC to 2 May 2026, 00:00 UTC" in time
    earlier = words(client.get(f"{FIGURES}?since=2020-01-01&until=2025-01-01"))
    assert "2020 0 0 0" in earlier, "a long period is by year"
    assert "Of the 0 stories" in earlier


def test_a_month_of_the_figures_begins_in_the_paper_s_zone(
    archive: Archive, archive_path: Path
) -> None:
    """Half an hour after midnight in Berlin, when in UTC it is still April and winter's year."""
    for name, moment in (("may", "2026-04-30T22:30:00Z"), ("new-year", "2025-12-31T23:30:00Z")):
        at = datetime.fromisoformat(moment)
        append(archive, entry(content(), name, created_at=at, kind=Kind.CORRECTION))
    archive.close()

    def figures(zone: tzinfo, query: str = "") -> str:
        app = application(
            Settings(archive_path, zone=zone), lambda: datetime(2026, 4, 30, 22, 40, tzinfo=UTC)
        )
        services_of(app).corrections.count_held()
        with app.test_client() as client:
            return words(client.get(FIGURES + query))

    utc, berlin = figures(UTC), figures(ZoneInfo("Europe/Berlin"))
    assert "May 2025 to April 2026" in utc
    assert "Apr 2026 1 0 0" in utc
    assert "Apr 2026 1 0 0 In all" in utc[utc.index("Silent edits over time") :]
    assert "Times are those of UTC." in utc
    assert "June 2025 to May 2026" in berlin
    assert ("Jan 2026 1 0 0" in berlin, "May 2026 1 0 0" in berlin) == (True, True)
    assert "May 2026 1 0 0 In all" in berlin[berlin.index("Silent edits over time") :]
    assert "Times are those of Europe/Berlin." in berlin
    days = "?since=2026-05-01&until=2026-05-02"
    assert "May 2026 1 0 0" in figures(ZoneInfo("Europe/Berlin"), days)
    assert "May 2026 0 0 0" in figures(UTC, days)
    years = figures(ZoneInfo("Europe/Berlin"), "?since=2020-01-01&until=2027-01-01")
    assert "2025 0 0 0 2026 2 0 0" in years


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?since=soon", "since"),
        ("?since=2026-05-02&until=2026-05-01", "until"),
        ("?since=0001-01-01", "since"),
        ("?since=1990-01-01&until=2026-01-01", "since"),
    ],
)
def test_a_period_that_cannot_be_is_named(client: FlaskClient, query: str, field: str) -> None:
    page = client.get(FIGURES + query)
    assert page.status_code == 400
    assert f"({field}): " in words(page)


@pytest.mark.parametrize("query", ["?since=9999-12-31", "?until=9999-12-31", "?until=0002-01-01"])
def test_a_period_at_the_end_of_time_is_one(client: FlaskClient, query: str) -> None:
    assert client.get(FIGURES + query).status_code == 200


def _hold(editor: Writer) -> None:
    held = editor.post(content=_cost("1.9"), note="", base_version=1)
    assert held.status_code == 409
    assert read(held)["type"].endswith("silent-edit")


def test_what_the_gate_holds_back_is_counted(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    editor.post(content=_cost("1.2"), note="")
    _hold(editor)
    number = draft(editor, 1, overview=[COST.format("1.9")])
    assert editor.act(number, action="publish", note="").status_code == 409
    assert editor.post(content=_cost("1.9"), note="Tax.", base_version=1).status_code == 201
    assert "2 attempts to publish one were held back." in words(client.get(FIGURES))
    [row] = Database(archive_path).run("select * from held_edit")
    assert tuple(row) == ("2026-05-01", 2)


def test_what_the_gate_lets_through_is_counted(
    editor: Writer, client: FlaskClient, archive_path: Path
) -> None:
    token = Tokens(Database(archive_path)).create(Role.EDITOR, "Flags", NOON, gate=Gate.FLAG)
    site = Writer(client, {"Authorization": f"Bearer {token}"})
    for name in ("one", "two"):
        site.post(name, content=_cost("1.2"), note="")
        site.post(name, content=_cost("1.9"), note="", base_version=1)
    editor.act(2, "one", action="explain", note="It is 1.9.")
    said = words(client.get(FIGURES))
    assert "1 was published without a note and explained later." in said
    assert "1 was published without a note and is not explained yet." in said


@pytest.mark.parametrize("damage", ["table", "file"])
def test_a_refusal_stands_and_readers_are_served_if_it_cannot_be_counted(
    app: Flask,
    editor: Writer,
    client: FlaskClient,
    archive_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    editor.post(content=_cost("1.2"), note="")
    if damage == "table":
        Database(archive_path).run("drop table held_edit")
        with caplog.at_level(logging.ERROR):
            _hold(editor)
        assert "is not counted" in caplog.text
    else:
        (archive_path / "accounts.db").write_bytes(b"no database at all" * 1_000)
    page = client.get(FIGURES)
    assert page.status_code == 200
    assert "How many were held back cannot be read now." in words(page)
    assert page.headers["Cache-Control"] == "no-cache"


def test_every_kind_that_corrects_can_be_asked_for(
    client: FlaskClient, writer: Callable[[Role], Writer]
) -> None:
    for kind in Kind:
        expected = 200 if kind in ("correction", "clarification", "retraction") else 400
        assert client.get(f"{LIST}?kind={kind}").status_code == expected


@pytest.mark.parametrize(
    "text", ['"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}<script>1</script>"]
)
def test_markup_in_every_field_is_text(editor: Writer, client: FlaskClient, text: str) -> None:
    hostile = {"shape": "article", "title": f"{text} t", "section": f"{text} s", "body": ["1"]}
    editor.post(content=hostile | {"body": ["2 cars"]}, note="")
    editor.post(content=hostile, base_version=1, note=f"{text} n", kind="correction")
    page = client.get(LIST).text
    for each in "tns":
        assert Markup.escape(f"{text} {each}") in page
    query = {"q": text, "section": f"{text} s"}
    narrowed = settled(lambda path: client.get(path), f"{LIST}?{urlencode(query)}").text
    for shown in (page, narrowed, client.get(FEED).text):
        assert text not in shown
        assert " 49" not in shown
    assert read(client.get(API))["items"][0]["section"] == f"{text} s"
