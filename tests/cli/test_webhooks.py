"""`webhook …`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.accounts.database import Database
from service.webhooks.queue import Queue
from service.webhooks.subscriptions import Webhooks
from tests.cli.conftest import Run
from tests.samples import NOON
from tests.webhooks.receivers import Answering

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture
def receiver() -> Iterator[Answering]:
    with Answering.started() as server:
        yield server


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "ftp://a.example"), "url: must be an http or https URL"),
        (("add", "https://9.9.9.9/", "--story", "No id"), "id"),
        (("add", "http://localhost:9/"), "url: localhost is on a private network"),
        (("add", "http://[::ffff:10.0.0.1]/"), "add it with --allow-private if that is meant"),
        (("remove", "nothing"), "no webhook with the id “nothing”"),
        (("test", "nothing"), "no webhook with the id “nothing”"),
        (("resume", "nothing"), "no webhook with the id “nothing”"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    run("token", "create", "--role", "editor", "--name", "First")
    done = run("webhook", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("story-history: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_webhook_s_life(run: Run, receiver: Answering) -> None:
    added = run("webhook", "add", receiver.url, "--story", "library", "--allow-private")
    assert added.stdout.startswith("whsec_")
    [webhook] = json.loads(run("webhook", "list", "--json").stdout)
    assert (webhook["url"], webhook["stories"]) == (receiver.url, ["library"])
    assert re.fullmatch(TIME, webhook["created_at"])
    assert (webhook["state"], webhook["waiting"], webhook["delivered_at"]) == ("active", 0, None)
    listed = run("webhook", "list").stdout
    assert "(library; active; 0 waiting; 0 given up)" in listed
    assert added.stdout.strip() not in listed
    assert run("webhook", "deliver").stdout == "0 delivered\n"
    receiver.answers = [200, 503]
    tested = [run("webhook", "test", webhook["id"]) for _ in range(2)]
    assert [each.returncode for each in tested] == [0, 1]
    answers = [re.sub(r"\d+ ms", "9 ms", each.stdout) for each in tested]
    assert answers == [
        f"{webhook['id']}: delivered, answered 200 (9 ms)\n",
        f"{webhook['id']}: not delivered: answered 503 (9 ms)\n",
    ]
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["webhook.test"] * 2
    resumed = run("webhook", "resume", webhook["id"])
    assert (
        resumed.stdout
        == f"{webhook['id']}: resumed; events that were missed and will not be sent: 0\n"
    )
    assert run("webhook", "remove", webhook["id"]).returncode == 0
    assert run("webhook", "list").stdout == ""


def test_the_list_says_what_failed_and_why(
    run: Run, archive_path: Path, receiver: Answering
) -> None:
    run("webhook", "add", receiver.url, "--allow-private")
    run("webhook", "add", receiver.url, "--allow-private")
    database = Database(archive_path)
    queue = Queue(database, longest=1)
    for entry in (1, 2):
        queue.add("library", entry, NOON)
    first, second = (each.id for each in Webhooks(database).all())
    queue.resume(first, NOON)
    due = queue.next(first, NOON)
    assert due
    queue.failed(due, "answered 503", NOON)
    assert run("webhook", "list").stdout.splitlines() == [
        f"{first}  {receiver.url}  (all stories; failing; 1 waiting; 0 given up;"
        " last failure 2026-05-01 12:00 UTC: answered 503)",
        f"{second}  {receiver.url}  (all stories; suspended; 1 waiting; 0 given up; 1 missed;"
        f" go on with “webhook resume {second}”;"
        " last failure 2026-05-01 12:00 UTC: the limit of 1 waiting messages was reached)",
    ]
    listed = json.loads(run("webhook", "list", "--json").stdout)
    assert [each["state"] for each in listed] == ["failing", "suspended"]
    assert listed[0]["resumes_at"] == "2026-05-01T12:00:01Z"
    assert [each["missed"] for each in listed] == [0, 1]
    resumed = run("webhook", "resume", second)
    assert resumed.stdout == f"{second}: resumed; events that were missed and will not be sent: 1\n"
