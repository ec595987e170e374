"""Memento (RFC 7089): a client that knows only the RFC finds its way."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.http import http_date, parse_date
from werkzeug.test import TestResponse

from service.web.public import memento
from tests.web.conftest import Writer

STORY = "http://localhost/stories/library"
LINK = re.compile(r'<([^>]*)>((?:; ?[a-z]+="[^"]*")*)')


def links(text: str) -> list[dict[str, str]]:
    """Each link with its attributes, and its address as `href`."""
    return [
        {"href": address, **dict(re.findall(r'([a-z]+)="([^"]*)"', attributes))}
        for address, attributes in LINK.findall(text)
    ]


def one(answer: TestResponse, rel: str) -> dict[str, str]:
    [found] = [each for each in links(answer.headers["Link"]) if rel in each["rel"].split()]
    return found


@pytest.fixture
def times(client: FlaskClient, editor: Writer) -> list[datetime]:
    """When each of three versions went live."""
    editor.publish()
    editor.publish(base=1, title="Second")
    editor.publish(base=2, title="Third")
    found = [
        parse_date(client.get(f"/stories/library/versions/{n}").headers["Memento-Datetime"])
        for n in (1, 2, 3)
    ]
    return [each for each in found if each]


def test_a_story_names_its_timegate_and_its_timemap(
    client: FlaskClient, times: list[datetime]
) -> None:
    answer = client.get("/stories/library")
    assert one(answer, "timegate")["href"] == "http://localhost/timegate/stories/library"
    assert one(answer, "timemap")["type"] == "application/link-format"
    assert "Memento-Datetime" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/stories/library/versions/2", "/api/v1/stories/library/versions/2"]
)
def test_a_version_is_a_memento(client: FlaskClient, times: list[datetime], path: str) -> None:
    answer = client.get(path)
    assert parse_date(answer.headers["Memento-Datetime"]) == times[1]
    assert one(answer, "original")["href"] == STORY
    assert one(answer, "timegate")["href"] == "http://localhost/timegate/stories/library"
    assert one(answer, "version-history")["href"] == f"{STORY}/history"
    before = path.replace("versions/2", "versions/1")
    assert one(answer, "predecessor-version")["href"] == f"http://localhost{before}"
    assert "predecessor-version" not in client.get(before).headers["Link"]
    assert "Link" in client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).headers


def _asked(client: FlaskClient, moment: datetime | None) -> TestResponse:
    headers = {"Accept-Datetime": http_date(moment)} if moment else {}
    return client.get("/timegate/stories/library", headers=headers)


def test_the_timegate_redirects_to_the_version_that_was_live(
    client: FlaskClient, times: list[datetime]
) -> None:
    second = timedelta(seconds=1)
    cases = [
        (None, 3),
        (times[0] - second, 1),
        (times[0], 1),
        (times[1] - second, 1),
        (times[1], 2),
        (times[2] + second, 3),
        (datetime(1970, 1, 1, tzinfo=UTC), 1),
        (datetime(2100, 1, 1, tzinfo=UTC), 3),
    ]
    for moment, version in cases:
        answer = _asked(client, moment)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{STORY}/versions/{version}", moment
        assert answer.headers["Vary"] == "Accept-Datetime"
        assert "Memento-Datetime" not in answer.headers
        assert one(answer, "original")["href"] == STORY
        assert one(answer, "first")["href"] == f"{STORY}/versions/1"
        assert one(answer, "last")["href"] == f"{STORY}/versions/3"
        named = [each for each in links(answer.headers["Link"]) if "memento" in each["rel"]]
        assert f"{STORY}/versions/{version}" in [each["href"] for each in named]
        assert all(parse_date(each["datetime"]) in times for each in named)


@pytest.mark.parametrize("text", ["yesterday", "2026-05-01T10:00:00Z", ""])
def test_an_invalid_date_is_rejected(client: FlaskClient, times: list[datetime], text: str) -> None:
    answer = client.get("/timegate/stories/library", headers={"Accept-Datetime": text})
    assert answer.status_code == 400
    assert "Accept-Datetime" in answer.text


def test_the_timemap_lists_every_version(client: FlaskClient, times: list[datetime]) -> None:
    answer = client.get("/timemap/stories/library")
    assert answer.content_type == "application/link-format"
    listed = links(answer.text)
    by_rel = {each["rel"]: each for each in listed}
    assert by_rel["original"]["href"] == STORY
    assert by_rel["self"]["href"] == "http://localhost/timemap/stories/library"
    assert parse_date(by_rel["self"]["from"]) == times[0]
    assert parse_date(by_rel["self"]["until"]) == times[2]
    assert by_rel["first memento"]["href"] == f"{STORY}/versions/1"
    assert by_rel["memento"]["href"] == f"{STORY}/versions/2"
    assert by_rel["last memento"]["href"] == f"{STORY}/versions/3"
    assert [parse_date(each["datetime"]) for each in listed if "datetime" in each] == times


def _time(text: str) -> datetime:
    found = parse_date(text)
    assert found
    return found


def test_a_long_timemap_is_paged(
    client: FlaskClient, times: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memento, "PAGE", 2)
    seen, address = [], "http://localhost/timemap/stories/library"
    while address:
        listed = links(client.get(address).text)
        seen += [each["href"] for each in listed if "memento" in each["rel"]]
        [own] = [each for each in listed if each["rel"] == "self"]
        later = [
            each["href"]
            for each in listed
            if each["rel"] == "timemap" and _time(each["from"]) > _time(own["until"])
        ]
        address = later[0] if later else ""
    assert seen == [f"{STORY}/versions/{number}" for number in (1, 2, 3)]
    assert client.get("/timemap/stories/library?page=3").status_code == 404
    assert client.get("/timemap/stories/library?page=x").status_code == 404


def test_a_story_with_one_version_has_one_memento(client: FlaskClient, editor: Writer) -> None:
    editor.publish("single")
    listed = links(client.get("/timemap/stories/single").text)
    assert [each["rel"] for each in listed if "memento" in each["rel"]] == ["first last memento"]


@pytest.mark.parametrize("place", ["timegate", "timemap"])
def test_drafts_have_no_memento(client: FlaskClient, editor: Writer, place: str) -> None:
    editor.post("hidden", state="draft")
    assert client.get(f"/{place}/stories/hidden").status_code == 404
