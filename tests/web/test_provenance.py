"""Where sentences come from, in histories too long to be gone through at once."""

import errno
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from repo_store.archive import Archive
from service.provenance import ledger
from service.wiring import Services
from tests import worst
from tests.redactions import CANARY, traces
from tests.samples import content, entry, ticking
from tests.web.conftest import Writer, read, words

PAGE, API = "/stories/library/provenance", "/api/v1/stories/library/provenance"
VERSIONS = 60


@pytest.fixture
def long_history(archive_path: Path) -> None:
    archive = Archive.open(archive_path, ticking(), create=True)
    with archive.bulk("ab") as bulk:
        for number in range(VERSIONS):
            bulk.append(entry(content(summary=f"It is number {number}.")))
    archive.catch_up()
    archive.close()


@pytest.fixture
def services(long_history: None, app: Flask) -> Services:
    found: Services = app.extensions["story_history"]
    return found


def test_what_takes_longer_is_made_in_the_background(services: Services, app: Flask) -> None:
    client, builder = app.test_client(), services.builder()
    assert not builder.once(), "what nobody asks for waits"
    answer = client.get(PAGE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"0 of {VERSIONS} versions" in words(answer)
    pending = client.get(API)
    assert (pending.status_code, pending.headers["Retry-After"]) == (202, "2")
    assert read(pending) == {"story": "library", "version": VERSIONS, "done": 0}
    while builder.once():
        pass
    assert client.get(PAGE).status_code == 200
    first = read(client.get(API))["sentences"][1]
    assert first["text"] == f"It is number {VERSIONS - 1}."
    assert first["first"]["version"] == 1


def test_a_new_version_is_taken_in_without_being_asked_for(
    client: FlaskClient, app: Flask, editor: Writer
) -> None:
    services: Services = app.extensions["story_history"]
    builder = services.builder()
    builder.once()
    editor.publish()
    while builder.once():
        pass
    found = sqlite3.connect(services.settings.archive / "provenance.db")
    with closing(found):
        assert found.execute("select id, version from story").fetchall() == [("library", 1)]


class _Clock(threading.Event):
    """Ends a builder after so many of its pauses, which take no time."""

    def __init__(self, pauses: int) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._left = pauses

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0)
        self._left -= 1
        return self._left < 0


def _build(services: Services, pauses: int) -> list[float]:
    builder, clock = services.builder(), _Clock(pauses)
    builder._stopped = clock
    builder.run()
    return clock.pauses


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("service.provenance.ledger._prepare", sqlite3.OperationalError("disk is full")),
        ("repo_store.locks._open", OSError(errno.EROFS, "Read-only file system")),
    ],
    ids=["full", "read-only"],
)
def test_a_disk_that_takes_no_writes_is_tried_ever_less_often_and_said_so(
    services: Services,
    app: Flask,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    error: Exception,
) -> None:
    client = app.test_client()
    assert client.get(PAGE).status_code == 202

    def refuse(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(place, refuse)
        pauses = _build(services, 11)
        answers = [client.get(path) for path in (PAGE, API)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    told = [each for each in caplog.records if each.name == "service.provenance.builder"]
    assert len(told) == 4, "the first time, and at the longest pause"
    assert not any(each.exc_info for each in told)
    assert str(error) in told[0].getMessage()
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert _build(services, 1)[1] < 300
    assert client.get(PAGE).status_code in (200, 202)


def test_a_reader_does_not_wait_for_a_writer(services: Services, app: Flask) -> None:
    client = app.test_client()
    assert services.origins.catch_up("library")
    with closing(sqlite3.connect(services.settings.archive / "provenance.db")) as other:
        other.execute("begin immediate")
        assert client.get(PAGE).status_code == 200
        other.rollback()


def test_an_account_that_is_being_written_by_another_is_asked_for_again(
    published: None, client: FlaskClient, archive_path: Path
) -> None:
    client.get(PAGE)
    with closing(sqlite3.connect(archive_path / "provenance.db")) as other:
        other.execute("delete from story")
        other.commit()
        other.execute("begin immediate")
        start = time.monotonic()
        assert client.get(f"{PAGE}?phrase=council").status_code == 202
        assert time.monotonic() - start < 10
        other.rollback()
    assert client.get(f"{PAGE}?phrase=council").status_code == 200


def test_a_removal_is_done_although_its_account_is_in_use(
    published: None,
    client: FlaskClient,
    editor: Writer,
    archive_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "_WAIT_TO_FORGET", 0.1)
    editor.publish(base=1, overview=[f"The {CANARY} is closed."])
    editor.publish(base=2, title="Third")
    assert CANARY in client.get(PAGE).text
    order = {
        "action": "remove",
        "note": "By order",
        "reason": "court-order",
        "legal_reference": "12 O 44/26",
    }
    with closing(sqlite3.connect(archive_path / "provenance.db")) as other:
        other.execute("begin immediate")
        answer = client.post(
            "/api/v1/stories/library/revisions/2/actions", json=order, headers=editor.headers
        )
        assert answer.status_code == 201, answer.text
        assert CANARY not in client.get(PAGE).text, "although it is there still"
        assert CANARY not in client.get(API).text
        other.rollback()
    services: Services = client.application.extensions["story_history"]
    finisher = services.finisher()
    finisher.once()
    finisher.once()
    assert traces(archive_path) == []
    assert CANARY not in client.get(PAGE).text


def test_a_page_shows_what_there_is_room_for_and_links_to_the_rest(
    editor: Writer, client: FlaskClient
) -> None:
    texts = [f"This is sentence number {number} of many." for number in range(900)]
    editor.publish(overview=[" ".join(texts[at : at + 90]) for at in range(0, 900, 90)])
    seen, start = [], 0
    while True:
        answer = read(client.get(f"{API}?start={start}"))
        seen += [each["text"] for each in answer["sentences"] if each["section"] == "overview"]
        page = client.get(f"{PAGE}?start={start}").text
        if "next_sentence" not in answer:
            assert "start=" not in page
            break
        assert f"start={answer['next_sentence']}" in page
        start = answer["next_sentence"]
    assert seen == texts
    assert start
    assert client.get(f"{API}?start=x").status_code == 400


@pytest.mark.parametrize("phrase", ["It is. " * 70, "".join(f"X{n} is. " for n in range(50))])
def test_a_phrase_of_many_sentences_is_refused_by_name(
    published: None, client: FlaskClient, phrase: str
) -> None:
    answer = client.get(API, query_string={"phrase": phrase})
    if "X" in phrase:
        assert answer.status_code == 400
        assert "sentences" in read(answer)["errors"][0]["message"]
    else:
        assert answer.status_code == 200, "the same one again costs nothing"


@pytest.mark.parametrize("name", ["long sentences much alike"])
def test_two_hostile_versions_are_worked_through_in_bounded_time(
    archive_path: Path, app: Flask, name: str
) -> None:
    services: Services = app.extensions["story_history"]
    with services.archive.bulk("ab") as bulk:
        for each in worst.PAIRS[name]():
            bulk.append(entry(each))
    services.archive.catch_up()
    start = time.process_time()
    assert services.origins.catch_up("library")
    assert time.process_time() - start < 20
    answer = read(app.test_client().get(API))
    assert answer["coarse"] is True


def test_a_withdrawn_text_is_not_called_live(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    assert "the live one" in words(client.get(PAGE))
    editor.act(1, action="withdraw", note="Under review.")
    said = words(client.get(PAGE))
    assert "the live one" not in said
    assert "the last one before the story was withdrawn" in said
    assert "Under review." in said
