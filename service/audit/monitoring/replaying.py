"""What the leaves of a public log say, checked one after another: see docs/audit.md."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from repo_store import InvalidInput, shortened, story_id
from service.audit.monitoring.memory import Memory, Story

_OF_STORIES = {"published", "explained", "withdrawn", "alias", "removed", "redacted"}
_OF_THE_LOG = {"genesis", "key", "tie", "heads"}
SLACK = timedelta(minutes=10)
"""Between a record and the checkpoint that covers it, and between two clocks."""
_LAST_HEADS, _LATEST = "derived heads", "derived latest"
_REPLAYED, KEY = "derived replayed", "derived key"


class BadLeaf(Exception):
    """The message says what is wrong with it."""


class Replay:
    """Derives what a memory keeps from leaves, in their order."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add(self, number: int, body: bytes) -> None:
        """Within a change of the memory, which keeps what is wrong with the leaf, too."""
        try:
            fields = _fields(body)
            faults = list(self._faults(number, fields))
        except BadLeaf as error:
            faults = [str(error)]
        for each in faults:
            sql = "insert or ignore into leaf_fault values (?, ?)"
            self._memory.connection.execute(sql, [number, f"leaf {number}: {each}"])

    def _faults(self, number: int, fields: Mapping[str, Any]) -> Iterator[str]:
        event, at = fields["event"], _time(fields)
        if (number == 0) != (event == "genesis"):
            yield "a log begins with its genesis" if number == 0 else "a genesis within the log"
        if event in _OF_STORIES:
            yield from self._of_story(number, fields, at)
        elif event == "heads":
            yield from self._heads(fields)
            latest = self._memory.noted(_LATEST, fields["time"])
            if datetime.fromisoformat(latest) > at + SLACK:
                yield f"leaves before it are dated after it, up to {latest}"
            self._memory.note(_LAST_HEADS, fields["time"])
        elif event == "key":
            self._memory.note(KEY, _text(fields, "key"))
        elif event == "genesis":
            self._memory.note(_REPLAYED, str(_count(fields, "replayed")))
        elif event not in _OF_THE_LOG:
            yield f"an event that this release does not know: {shortened(event)}"
        latest = self._memory.noted(_LATEST, "")
        if not latest or at > datetime.fromisoformat(latest):
            self._memory.note(_LATEST, fields["time"])

    def _of_story(self, number: int, fields: Mapping[str, Any], at: datetime) -> Iterator[str]:
        story, version = _story(fields), _count(fields, "version")
        known = self._memory.story(story)
        last = known.last if known else None
        versions = known.versions if known else 0
        if fields.get("previous") != last:
            before = "none" if last is None else str(last)
            yield (
                f"the leaf before it of “{story}” is {before}, and it says"
                f" {shortened(str(fields.get('previous', 'none')))}"
            )
        # What was public before the log began is older than its first checkpoint.
        if number > int(self._memory.noted(_REPLAYED, "0")):
            heads = self._memory.noted(_LAST_HEADS, "")
            if heads and at < datetime.fromisoformat(heads) - SLACK:
                yield f"recorded at {fields['time']}, before a checkpoint of {heads} without it"
        if fields["event"] == "published":
            if version != versions + 1:
                yield f"version {version} of “{story}” follows {versions or 'none'}"
            self._put_version(story, version, _text(fields, "text"))
            versions = max(versions, version)
        elif not 1 <= version <= versions:
            yield f"it is of version {version} of “{story}”, which is not there"
        elif fields["event"] == "removed":
            sql = "update version set removed = 1 where story = ? and version = ?"
            self._memory.connection.execute(sql, [story, version])
        self._memory.put(Story(story, versions, number))

    def _put_version(self, story: str, version: int, text: str) -> None:
        sql = "insert or ignore into version (story, version, text) values (?, ?, ?)"
        self._memory.connection.execute(sql, [story, version, text])

    def _heads(self, fields: Mapping[str, Any]) -> Iterator[str]:
        root = base64.b64encode(self._memory.map_root()).decode()
        stories = self._memory.stories()
        if (fields.get("stories"), fields.get("root")) != (stories, root):
            yield (
                f"its map of {shortened(str(fields.get('stories')))} stories is not the one of the"
                f" leaves before it, of {stories}"
            )


def heads_time(body: bytes) -> datetime | None:
    """When the leaf was made that ends a checkpoint; None if it is none."""
    try:
        fields = _fields(body)
        return _time(fields) if fields["event"] == "heads" else None
    except BadLeaf:
        return None


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode("ascii"))
        same = json.dumps(fields, separators=(",", ":")).encode() == body
    except (ValueError, RecursionError):
        raise BadLeaf("it is not a line of JSON in ASCII") from None
    if not same or not isinstance(fields, dict) or not isinstance(fields.get("event"), str):
        raise BadLeaf("it is not written as leaves are")
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := fields.get(name), str):
        raise BadLeaf(f"it has no {name}")
    return value


def _story(fields: Mapping[str, Any]) -> str:
    try:
        return story_id(_text(fields, "story"))
    except InvalidInput:
        raise BadLeaf("its story has no id") from None


def _count(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadLeaf(f"it has no {name}")
    return value


def _time(fields: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(_text(fields, "time"))
    except ValueError:
        raise BadLeaf("its time is none") from None
    if at.tzinfo is None:
        raise BadLeaf("its time is none")
    return at
