"""Reading aids: what changed since a visit, the timeline, playing versions, provenance."""

import re

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer, read, settled, words

PAGE = "/stories/library"


@pytest.fixture(autouse=True)
def three_versions(editor: Writer) -> None:
    texts = ("The bridge is closed until 3 May.", "The bridge is closed until 5 May.")
    editor.publish(overview=[texts[0], "Ferries will run all day."])
    editor.post(
        content=story(overview=[texts[1]]), base_version=1, kind="correction", note="The date."
    )
    editor.publish(base=2, overview=[texts[0]], title="Bridge")


def test_since_a_version_the_diff_is_offered(client: FlaskClient) -> None:
    shown = words(client.get(f"{PAGE}?since=1"))
    assert "2 new versions since version 1" in shown
    assert re.search(r'href="/stories/library/diff/1\.\.3"', client.get(f"{PAGE}?since=1").text)
    fact = words(client.get(f"{PAGE}?since=2"))
    assert "1 new version since version 2" in fact
    assert "5 → 3 May" in fact


def test_since_the_live_version_nothing_has_changed(client: FlaskClient) -> None:
    assert "Nothing has changed since version 3" in words(client.get(f"{PAGE}?since=3"))


def test_since_a_time_it_is_the_version_that_was_live_then(client: FlaskClient) -> None:
    listed = read(client.get("/api/v1/stories/library/versions"))["items"]
    second = listed[1]["created_at"]
    assert "since version 2" in words(client.get(f"{PAGE}?since={second}"))
    local = second.replace("Z", "+00:00")
    assert "since version 2" in words(client.get(f"{PAGE}?since={local}"))
    assert "Nothing has changed since version 3" in words(client.get(f"{PAGE}?since=2100-01-01"))
    assert "first published later" in words(client.get(f"{PAGE}?since=1999-01-01"))


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("0001-01-01T00:00:00+14:00", "first published later"),
        ("9999-12-31T23:59:59-14:00", "Nothing has changed since version 3"),
    ],
)
def test_since_a_time_outside_the_range_of_utc(client: FlaskClient, moment: str, told: str) -> None:
    assert told in words(client.get(PAGE, query_string={"since": moment}))


@pytest.mark.parametrize("text", ["4", "0", "-1", "r2", "yesterday", "2026-13-01", "9" * 30])
def test_since_anything_else_is_rejected_by_name(client: FlaskClient, text: str) -> None:
    answer = client.get(f"{PAGE}?since={text}")
    assert answer.status_code == 400
    assert "since" in words(answer)


def test_the_story_page_has_the_data_for_its_script(client: FlaskClient) -> None:
    text = client.get(PAGE).text
    assert 'data-seen="library" data-live="3" data-diff="/stories/library/diff/1..3"' in text


def test_the_timeline_is_a_chart_with_a_bar_for_each_version(client: FlaskClient) -> None:
    text = client.get(f"{PAGE}/history").text
    chart = text[text.index("data-timeline") : text.index("</svg>", text.index("data-timeline"))]
    assert chart.count('class="up"') == 2, "the first version added nothing to another"
    assert chart.count('class="mark"') == 1, "version 2 is a correction"


def test_one_version_has_no_timeline(client: FlaskClient, editor: Writer) -> None:
    editor.publish("single")
    assert "data-timeline" not in client.get("/stories/single/history").text


def test_each_version_can_be_read_whole_with_its_changes(client: FlaskClient) -> None:
    text = client.get(f"{PAGE}/play/2").text
    assert "<ins>5</ins>" in text
    assert "What changed from version 1 to version 2" in text
    assert "Version 1 of 3" in client.get(f"{PAGE}/play/1").text
    assert client.get(f"{PAGE}/play/4").status_code == 404


def test_each_sentence_says_where_it_is_from(client: FlaskClient) -> None:
    shown = words(client.get(f"{PAGE}/provenance"))
    assert "The bridge is closed until 3 May. In this wording since version 3" in shown
    assert "it had the same wording before, up to version 1" in shown
    assert "2 earlier wordings" in shown
    assert "Removed sentences" in shown
    assert "Ferries will run all day. Overview. First appeared in version 1" in shown


def test_the_api_gives_the_same_provenance(client: FlaskClient) -> None:
    found = read(client.get("/api/v1/stories/library/provenance"))
    [bridge] = [each for each in found["sentences"] if "bridge is closed" in each["text"]]
    assert (bridge["section"], bridge["block"]) == ("overview", 0)
    assert (bridge["first"]["version"], bridge["since"]["version"], bridge["back"]) == (1, 3, 1)
    assert [(each["since"], each["until"]) for each in bridge["earlier"]] == [(1, 1), (2, 2)]
    [removed] = [each for each in found["removed"]["items"] if "Ferries" in each["text"]]
    assert (removed["first"]["version"], removed["until"], removed["gone"]["version"]) == (1, 1, 2)
    assert "phrase" not in found


@pytest.mark.parametrize(
    ("phrase", "stood"),
    [
        ("until 3 May", [(1, 2), (3, None)]),
        ("UNTIL  5", [(2, 3)]),
        ("un\u00adtíl\u00a05", [(2, 3)]),
        ("The bridge is closed until 3 May. Ferries will run", [(1, 2)]),
        ("nowhere", []),
    ],
)
def test_a_phrase_is_found_where_it_appeared_and_disappeared(
    client: FlaskClient, phrase: str, stood: list[tuple[int, int | None]]
) -> None:
    answer = client.get("/api/v1/stories/library/provenance", query_string={"phrase": phrase})
    assert [
        (each["since"]["version"], each["gone"] and each["gone"]["version"])
        for each in read(answer)["phrase"]
    ] == stood
    page = client.get(f"{PAGE}/provenance", query_string={"phrase": phrase})
    told = words(page)
    assert ("No version contains this" in told) == (not stood)
    assert told.count("Appeared in version") == len(stood)


@pytest.mark.parametrize(
    "query", ["phrase=" + "x" * 501, "cursor=1", "cursor=x-1", "limit=0", "limit=x"]
)
def test_an_invalid_query_is_rejected(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/stories/library/provenance?{query}").status_code == 400


def test_removed_sentences_are_paged(client: FlaskClient) -> None:
    seen, cursor = [], ""
    while True:
        path = f"/api/v1/stories/library/provenance?cursor={cursor}&limit=1"
        removed = read(settled(client.get, path))["removed"]
        seen += [each["text"] for each in removed["items"]]
        if not (cursor := removed["next"] or ""):
            break
    whole = read(client.get("/api/v1/stories/library/provenance"))["removed"]["items"]
    assert seen == [each["text"] for each in whole]


def test_the_api_has_a_page_of_documentation(client: FlaskClient) -> None:
    document = read(client.get("/api/v1/openapi.json"))
    text = client.get("/api").text
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in text
            assert path in text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in text
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids
