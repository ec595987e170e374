"""Writing by the API: who may, on what base, and once only."""

import errno
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from repo_store.index.read_model import Index
from service.accounts import Role
from service.app import create_app
from service.config import Settings
from tests.samples import story, ticking
from tests.web.conftest import Writer, error_fields, read

REVISIONS = "/api/v1/stories/library/revisions"


def _count(editor: Writer) -> int:
    answer = editor.get(f"{REVISIONS}?limit=100")
    return len(read(answer)["items"]) if answer.status_code == 200 else 0


def test_publishing_returns_the_address(editor: Writer) -> None:
    answer = editor.post(note="First", kind="clarification")
    assert answer.status_code == 201
    assert answer.location == f"{REVISIONS}/1"
    told = {key: read(answer)[key] for key in ("revision", "version", "state", "kind", "note")}
    assert told == {
        "revision": 1,
        "version": 1,
        "state": "published",
        "kind": "clarification",
        "note": "First",
    }
    assert read(editor.get(answer.location))["content"] == story()


def test_the_default_state_is_draft(editor: Writer) -> None:
    answer = editor.client.post(REVISIONS, json={"content": story()}, headers=editor.headers)
    assert (answer.status_code, read(answer)["state"]) == (201, "draft")
    assert (read(answer)["version"], read(answer)["kind"], read(answer)["note"]) == (
        None,
        "update",
        "",
    )


@pytest.mark.parametrize("base", [None, 1, 3, 99])
def test_publishing_on_a_stale_base_is_a_conflict(editor: Writer, base: int | None) -> None:
    editor.publish()
    editor.publish(base=1, title="Second")
    answer = editor.post(content=story(title="Third"), base_version=base)
    assert answer.status_code == 409
    assert read(answer)["type"].endswith("stale-base")
    assert read(answer)["live_version"] == 2
    assert answer.content_type == "application/problem+json"
    assert _count(editor) == 2


def test_the_first_publication_has_no_base(editor: Writer) -> None:
    answer = editor.post(base_version=1)
    assert (answer.status_code, read(answer)["live_version"]) == (409, None)


def test_a_draft_may_be_based_on_an_older_version_and_keeps_its_number(editor: Writer) -> None:
    editor.publish()
    editor.publish(base=1, title="Second")
    answer = editor.draft(base=1, title="On the first")
    assert read(answer)["base_version"] == 1
    assert read(answer)["changes"]["sections"] == ["title"]


def test_a_draft_cannot_be_based_on_a_missing_version(editor: Writer) -> None:
    editor.publish()
    answer = editor.post(content=story(title="x"), state="draft", base_version=2)
    assert answer.status_code == 422
    assert error_fields(answer) == ["base_version"]


@pytest.mark.parametrize("state", ["draft", "published"])
def test_content_that_is_live_already_is_not_stored_again(editor: Writer, state: str) -> None:
    editor.publish()
    answer = editor.post(state=state, base_version=1)
    assert (answer.status_code, read(answer)["unchanged"]) == (200, True)
    assert read(answer)["version"] == 1
    assert _count(editor) == 1


def test_the_newest_draft_is_not_stored_again(editor: Writer) -> None:
    editor.draft(title="Draft")
    answer = editor.post(content=story(title="Draft"), state="draft")
    assert (answer.status_code, read(answer)["unchanged"], read(answer)["revision"]) == (
        200,
        True,
        1,
    )
    assert _count(editor) == 1


def test_a_draft_s_text_can_be_published(editor: Writer) -> None:
    editor.draft(title="Draft")
    assert read(editor.publish(title="Draft"))["version"] == 1


def test_a_repeated_key_gets_the_first_answer(editor: Writer) -> None:
    key = {"Idempotency-Key": "abc-1"}
    first = editor.post(headers=key, note="n")
    editor.publish(base=1, title="Second")
    again = editor.post(headers=key, note="n")
    assert (again.status_code, again.location, read(again)) == (201, first.location, read(first))
    assert _count(editor) == 2


def test_the_key_is_found_after_a_restart_and_without_the_index(
    editor: Writer, archive_path: Path
) -> None:
    key = {"Idempotency-Key": "abc-1"}
    first = editor.post(headers=key)
    for file in archive_path.glob("index.db*"):
        file.unlink()
    restarted = create_app(Settings(archive_path), ticking("2027-01-01T00:00:00")).test_client()
    again = Writer(restarted, editor.headers).post(headers=key)
    assert (again.status_code, read(again)) == (201, read(first))


def test_a_repeat_after_a_failed_write_gets_what_was_written(
    editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ref had moved when the disk failed: the writer was told so, and asks again."""
    key = {"Idempotency-Key": "abc-1"}

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "the disk fails")

    with monkeypatch.context() as patch:
        patch.setattr(Index, "apply", fail)
        assert editor.post(headers=key).status_code == 503
    again = editor.post(headers=key)
    assert (again.status_code, read(again)["version"]) == (201, 1)
    assert _count(editor) == 1


_DIES = """
import json, os, signal, sys
from pathlib import Path
from repo_store.index.read_model import Index
from service.app import create_app
from service.config import Settings
from tests.samples import story

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Index.apply = die
client = create_app(Settings(Path(sys.argv[1]))).test_client()
body = {"content": story(), "state": "published", "note": "Told."}
client.post(sys.argv[2], json=body, headers=json.loads(sys.argv[3]))
"""


def test_a_repeat_after_a_kill_gets_what_was_written(editor: Writer, archive_path: Path) -> None:
    """The process died when the ref had moved, before the index and the answer."""
    key = {"Idempotency-Key": "abc-1"}
    headers = json.dumps(editor.headers | key)
    command = [sys.executable, "-c", _DIES, str(archive_path), REVISIONS, headers]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    again = editor.post(headers=key)
    assert (again.status_code, read(again)["version"]) == (201, 1)
    assert _count(editor) == 1


def test_a_key_cannot_be_used_for_another_revision(editor: Writer) -> None:
    key = {"Idempotency-Key": "abc-1"}
    editor.post(headers=key)
    answer = editor.post(headers=key, content=story(title="Other"), base_version=1)
    assert answer.status_code == 422
    assert error_fields(answer) == ["Idempotency-Key"]


def test_keys_of_two_writers_do_not_collide(writer: Callable[[Role], Writer]) -> None:
    key = {"Idempotency-Key": "1"}
    one, two = writer(Role.EDITOR), writer(Role.EDITOR)
    one.post(headers=key)
    assert two.post(headers=key, content=story(title="x"), base_version=1).status_code == 201


@pytest.mark.parametrize(
    ("role", "state", "status"),
    [
        (Role.CONTRIBUTOR, "draft", 201),
        (Role.CONTRIBUTOR, "published", 403),
        (Role.EDITOR, "draft", 201),
        (Role.EDITOR, "published", 201),
        (Role.AUDITOR, "draft", 403),
        (Role.AUDITOR, "published", 403),
        (Role.ADMIN, "draft", 201),
        (Role.ADMIN, "published", 201),
    ],
)
def test_who_may_write_what(
    writer: Callable[[Role], Writer], role: Role, state: str, status: int
) -> None:
    one = writer(role)
    assert one.post(state=state).status_code == status
    assert _count(one) == (status == 201)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nope"}])
def test_without_a_token_nothing_is_written(editor: Writer, headers: dict[str, str]) -> None:
    stranger = Writer(editor.client, headers)
    answer = stranger.post()
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert _count(editor) == 0


def test_of_many_publications_on_the_same_base_one_wins(app: Flask, editor: Writer) -> None:
    editor.publish()
    statuses: list[int] = []

    def post(number: int) -> None:
        own = Writer(app.test_client(), editor.headers)
        answer = own.post(content=story(title=f"Title {number}"), base_version=1)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=post, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7
    assert _count(editor) == 2
