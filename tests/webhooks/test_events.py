"""The events that webhooks receive: each is documented, and each is sent for some record."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from repo_store import Changes, Kind, State, Verb
from repo_store.archive import Archive
from service.webhooks.events import AboutTest, Event, Events, WebhookTest
from tests.redactions import CANARY, removal
from tests.samples import NOON, action, append, content, entry

EVENTS = Event.__subclasses__()
MANUAL = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
SITE, ARTICLES = "https://history.example", "https://paper.example/{story}"


def _sent(
    archive: Archive, entries: int, site: str = SITE, articles: str = ARTICLES
) -> list[dict[str, Any]]:
    events = Events(archive, site, articles)
    made = [events.of("library", number) for number in range(1, entries + 1)]
    return [json.loads(each.as_json()) for each in made if each]


@pytest.fixture
def reviewed(archive: Archive) -> Archive:
    """Three drafts after a version: one commented, approved, published and explained, one rejected;
    then an old value is let stand, and the story renamed and withdrawn.
    """
    append(
        archive,
        entry(content()),
        *(
            entry(content(title=title), state=State.DRAFT, changes=Changes(("title",), 2, 1))
            for title in ("Library to open on Sundays", "Two", "Three")
        ),
    )
    with archive.batch() as batch:
        batch.act(action(2, Verb.COMMENT, "Why?", section="overview", block=0))
        batch.act(action(2, Verb.APPROVE))
        batch.act(action(2, Verb.PUBLISH, "New figures.", kind=Kind.CORRECTION))
        batch.act(action(3, Verb.REJECT, "No."))
        batch.act(action(2, Verb.EXPLAIN, "We had an old figure."))
        batch.act(action(2, Verb.WAIVE, "It was so then.", value="1.2 million"))
        batch.act(action(2, Verb.ALIAS, alias="library-hours"))
        batch.act(action(2, Verb.WITHDRAW, "It was wrong."))
    return archive


def test_the_manual_lists_every_event_as_its_class_does() -> None:
    listed = [line for line in MANUAL.splitlines() if re.match(r"\| `\w+\.\w+` ", line)]
    expected = [
        f"| `{each.name()}` | {' '.join((each.__doc__ or '').split())} |" for each in EVENTS
    ]
    assert listed == expected


def test_each_kind_of_record_has_its_event(reviewed: Archive) -> None:
    reviewed.remove(removal(3, redacts=(8,), text_stays=True))
    removed = reviewed.remove(removal(1))
    events = _sent(reviewed, removed.entry)
    assert [(each["type"], each["data"]["revision"]) for each in events] == [
        ("revision.published", 1),
        ("revision.drafted", 2),
        ("revision.drafted", 3),
        ("revision.drafted", 4),
        ("revision.commented", 2),
        ("revision.approved", 2),
        ("revision.published", 2),
        ("revision.rejected", 3),
        ("revision.explained", 2),
        ("revision.waived", 2),
        ("story.aliased", 2),
        ("story.withdrawn", 2),
        ("revision.redacted", 3),
        ("revision.removed", 1),
    ]
    test = json.loads(WebhookTest.at(NOON, AboutTest(webhook="wh_1")).as_json())
    assert {each["type"] for each in [*events, test]} == {each.name() for each in EVENTS}
    for each in [*events, test]:
        [shape] = [one for one in EVENTS if one.name() == each["type"]]
        assert shape.model_validate(each)
        with pytest.raises(ValidationError):
            shape.model_validate(each | {"type": "another"})


def test_an_event_says_where_its_page_is(reviewed: Archive) -> None:
    found = [(each["data"]["version"], each["data"]["url"]) for each in _sent(reviewed, 8)]
    desk = f"{SITE}/desk/stories/library/revisions"
    assert found == [
        (1, f"{SITE}/stories/library/versions/1"),
        *((None, f"{desk}/{number}") for number in (2, 3, 4, 2, 2)),
        (2, f"{SITE}/stories/library/versions/2"),
        (None, f"{desk}/3"),
    ]
    assert _sent(reviewed, 1, "")[0]["data"]["url"] == "/stories/library/versions/1"


def test_an_event_says_where_the_article_is(reviewed: Archive) -> None:
    assert _sent(reviewed, 1)[0]["data"]["article"] == "https://paper.example/library"
    assert _sent(reviewed, 1, articles="")[0]["data"]["article"] is None


def test_the_example_of_the_manual_is_what_is_sent(reviewed: Archive) -> None:
    [example] = re.findall(r"```json\n(.*?)```", MANUAL, re.S)
    shown, sent = json.loads(example), _sent(reviewed, 7)[6]
    assert shown["data"].pop("commit") != sent["data"].pop("commit"), "salted"
    assert shown == sent
    assert list(shown["data"]) == list(sent["data"]), "in the same order"


def test_nothing_of_a_removed_text_is_sent_though_it_waited(archive: Archive) -> None:
    append(
        archive,
        entry(content()),
        entry(content(title=f"The {CANARY}"), note=f"Adds the {CANARY}."),
        entry(content(title="Three")),
    )
    removed = archive.remove(removal(2))
    events = _sent(archive, removed.entry)
    assert [each["type"].removeprefix("revision.") for each in events] == [
        *["published"] * 3,
        "removed",
    ]
    assert CANARY not in json.dumps(events)
    titles = [each["data"]["title"] for each in events]
    assert titles == [content().title, None, "Three", None]
    assert events[3]["data"]["reason"]


def test_nothing_of_removed_words_is_sent_though_they_waited(archive: Archive) -> None:
    append(archive, entry(content()))
    with archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, CANARY))
        batch.act(action(1, Verb.WAIVE, CANARY, value=CANARY))
    removed = archive.remove(removal(1, redacts=(2, 3), text_stays=True))
    events = _sent(archive, removed.entry)
    assert CANARY not in json.dumps(events)
    assert [each["data"]["note"] for each in events[1:3]] == ["", ""]
    assert events[2]["data"]["old"] is None
