"""Refusing costs less than accepting, in CPU and in memory, whatever is sent."""

import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from service.config import Settings
from service.web.http.bodies import MAX_FORM_FIELDS
from service.web.wire.requests import MAX_BODY
from tests.samples import new_token, story
from tests.web.conftest import application

ROOM = MAX_BODY - 2_000


def _full(item: bytes, before: bytes, after: bytes) -> bytes:
    """As many of the items as a body has room for."""
    count = (ROOM - len(before) - len(after)) // (len(item) + 1)
    return before + b",".join([item] * count) + after


def _names(count: int) -> bytes:
    return b",".join(b'"%05x":0' % number for number in range(count))


def _each(count: int, item: bytes) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


_WIDE = b"{" + _names(15) + b"}"
_CONTENT = b'{"content":%b}'
_FAULTY = b'{"sources":%b,"faq":%b,"overview":%b,"analysis":%b}' % (
    *(_each(900, _WIDE), _each(500, _WIDE), _each(1000, b"1"), _each(1000, b"1")),
)
CATALOGUE = {
    "names": b"{" + _names(ROOM // 10) + b"}",
    "a name twice among many": b"{" + _names(20_000) + b',"00001":1}',
    "nested lists": b"[" * ROOM,
    "nested objects": b'{"a":' * (ROOM // 5),
    "empty lists": _full(b"[]", b'{"content":[', b"]}"),
    "empty objects": _full(b"{}", b'{"content":[', b"]}"),
    "small objects": _full(b'{"a":1}', b'{"content":{"sources":[', b"]}}"),
    "a million numbers": _full(b"1", b'{"content":{"overview":[', b"]}}"),
    "fractions": _full(b"1.5", b'{"content":{"overview":[', b"]}}"),
    "short texts": _full(b'"aa"', b'{"content":{"overview":[', b"]}}"),
    "surrogates": _full(b'"\\ud800"', b'{"content":{"overview":[', b"]}}"),
    "each item at fault": _CONTENT % _FAULTY,
    "a long name": _CONTENT % (b'{"' + b"x" * (ROOM - 100) + b'":1}'),
    "a long number": b'{"base_version":' + b"9" * (ROOM - 100) + b"}",
    "long numbers": _full(b"9" * 4_000, b'{"content":[', b"]}"),
    "a long fraction": b'{"base_version":1' + b"0" * (ROOM - 100) + b".0}",
    "a large exponent": b'{"base_version":1e999999999}',
    "a long text": _CONTENT % json.dumps(story(title="x" * (ROOM - 2_000))).encode(),
    "a control at each end": _CONTENT
    % json.dumps(story(overview=["x" * 19_000 + "\x1b"] * 100)).encode(),
    "an unfinished text of quotes": b'{"note":"' + b'\\"' * (ROOM // 2 - 10),
    "escapes": b'{"note":"' + b"\\u0041" * (ROOM // 6 - 10) + b'"}',
    "spaces": b" " * ROOM,
    "not UTF-8": b'{"note":"' + b"a" * (ROOM - 100) + b'\xff"}',
}


class Cost(NamedTuple):
    seconds: float
    peak: int


class Newsroom(NamedTuple):
    client: FlaskClient
    headers: dict[str, str]
    accepting: Cost

    def send(self, body: bytes, name: str = "a", path: str = "revisions") -> tuple[int, bytes]:
        answer = self.client.post(
            f"/api/v1/stories/{name}/{path}",
            data=body,
            content_type="application/json",
            headers=self.headers,
        )
        return answer.status_code, answer.data

    def cost(self, body: bytes, *to: str) -> Cost:
        """The CPU of the cheaper of two requests, and the memory at the peak of a third."""
        seconds = []
        for _ in range(2):
            begun = time.process_time()
            self.send(body, *to)
            seconds.append(time.process_time() - begun)
        tracemalloc.start()
        try:
            self.send(body, *to)
            return Cost(min(seconds), tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """With what it costs to accept one of the largest stories."""
    path: Path = tmp_path_factory.mktemp("refusing") / "archive"
    client = application(Settings(path)).test_client()
    headers = {"Authorization": f"Bearer {new_token(path)}"}
    room = Newsroom(client, headers, Cost(0, 0))
    words = [f"{number} words and more " * 40 for number in range(700)]
    largest = story(overview=words, analysis=["مرحبا " * 50] * 400)
    body = json.dumps({"content": largest, "state": "published"}).encode()
    assert len(body) < MAX_BODY
    assert room.send(body, "first")[0] == 201
    begun = time.process_time()
    assert room.send(body, "second")[0] == 201
    seconds = time.process_time() - begun
    tracemalloc.start()
    assert room.send(body, "third")[0] == 201
    accepting = Cost(seconds, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    yield room._replace(accepting=accepting)
    client.application.extensions["story_history"].archive.close()


@pytest.mark.parametrize("body", CATALOGUE.values(), ids=CATALOGUE)
def test_refusing_a_body_costs_less_than_accepting_one(newsroom: Newsroom, body: bytes) -> None:
    status, answer = newsroom.send(body)
    assert status in (400, 422), answer[:200]
    assert len(answer) < 8_000
    cost = newsroom.cost(body)
    assert cost.seconds <= newsroom.accepting.seconds
    assert cost.peak <= max(newsroom.accepting.peak, 6 * len(body))


def test_refusing_an_action_costs_less_than_accepting_a_story(newsroom: Newsroom) -> None:
    for item in (b'"a"', b"0", b"7"):
        body = b'{"action":"remove","also":%b}' % _each(20_000, item)
        for some in (body, _full(item, b'{"also":[', b"]}")):
            status, answer = newsroom.send(some, "first", "revisions/1/actions")
            assert status in (400, 422)
            assert len(answer) < 8_000
            cost = newsroom.cost(some, "first", "revisions/1/actions")
            assert cost.seconds <= newsroom.accepting.seconds


def test_of_many_faults_the_first_are_named_and_the_others_counted(newsroom: Newsroom) -> None:
    body = json.dumps({"content": story(overview=[""] * 1_000)}).encode()
    _, answer = newsroom.send(body)
    errors = json.loads(answer)["errors"]
    assert [each["field"] for each in errors[:-1]] == [f"overview[{n}]" for n in range(20)]
    assert errors[-1] == {"field": "", "message": "and 980 more"}


def test_a_name_is_not_repeated_at_length(newsroom: Newsroom) -> None:
    name = "\u202e\x1b[31m" + "x" * 100_000
    for body in ({"content": story(**{name: 1})}, {name: 1, "content": story()}):
        _, answer = newsroom.send(json.dumps(body).encode())
        assert len(answer) < 1_000
        assert "\u202e" not in answer.decode()
        [error] = json.loads(answer)["errors"]
        assert error["field"].startswith("\\u202e\\u001b[31mxxx")


@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk/new"])
def test_a_form_of_very_many_fields_is_refused(newsroom: Newsroom, path: str) -> None:
    body = b"a=&" * (ROOM // 3)
    begun = time.process_time()
    answer = newsroom.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert time.process_time() - begun <= newsroom.accepting.seconds
    assert answer.status_code in (303, 400, 403)
    if answer.status_code == 400:
        assert f"more than {MAX_FORM_FIELDS:,} fields" in answer.text


def test_the_largest_story_of_most_values_is_accepted(newsroom: Newsroom) -> None:
    source = {"name": "n", "url": "https://a.example/", "title": "t", "leaning": "l"}
    largest = story(
        overview=["w"] * 1_000,
        analysis=["w"] * 1_000,
        sources=[source] * 1_000,
        source_count=1_000,
        faq=[{"question": "q", "answer": "a"}] * 500,
    )
    body = {"content": largest, "note": "n", "kind": "update", "base_version": None}
    status, answer = newsroom.send(json.dumps(body).encode(), "many")
    assert status == 201, answer
