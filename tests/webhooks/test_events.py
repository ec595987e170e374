"""The events that webhooks receive: each is documented, and each is sent for some record."""

import json
from pathlib import Path

from repo_store import Kind, State, Verb
from repo_store.archive import Archive
from service.webhooks.events import Event, event_of
from tests.redactions import removal
from tests.samples import action, append, content, entry

EVENTS = Event.__subclasses__()


def test_the_manual_lists_every_event_as_its_class_does() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    listed = [line for line in manual.splitlines() if line.startswith("| `revision.")]
    expected = []
    for event in EVENTS:
        when, _, data = " ".join((event.__doc__ or "").split()).partition(" Data: ")
        expected.append(f"| `{event.type}` | {when} | {data} |")
    assert listed == expected


def test_each_kind_of_record_has_its_event(archive: Archive) -> None:
    append(
        archive,
        entry(content()),
        *(entry(content(title=f"{n}"), state=State.DRAFT) for n in range(3)),
    )
    with archive.batch() as batch:
        records = [
            batch.revision("library", 1),
            batch.revision("library", 2),
            batch.act(action(2, Verb.COMMENT, "Why?")),
            batch.act(action(2, Verb.APPROVE)),
            batch.act(action(2, Verb.PUBLISH, kind=Kind.UPDATE)),
            batch.act(action(3, Verb.REJECT, "No.")),
        ]
    records.append(archive.remove(removal(1)))
    events = [event_of(record) for record in records if record]
    assert [each.type for each in events] == [
        "revision.published",
        "revision.drafted",
        "revision.commented",
        "revision.approved",
        "revision.published",
        "revision.rejected",
        "revision.removed",
    ]
    assert {type(each) for each in events} == set(EVENTS)
    assert [each.data["revision"] for each in events] == [1, 2, 2, 2, 2, 3, 1]
    assert json.loads(events[0].body())["data"]["story"] == "library"
