"""Comparing what a site serves with what its log says.

What differs may be on its way into the log, or out of a cache; so it counts once it is older than
`GRACE`.
"""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from repo_store import InvalidInput, shortened, story_id
from service.audit.monitoring.following import Look
from service.audit.monitoring.memory import Memory
from service.audit.monitoring.site import CannotLook, Site

GRACE = timedelta(minutes=15)
AT_ONCE = 200
"""Stories in one look, so that the site is not burdened; the rest follow in the next ones."""
OTHERS = 20
"""Stories, drawn by lot, of which nothing happened since they were last compared."""
_PAGES = 20
_CURSOR = "changes"


def compare(site: Site, memory: Memory, now: datetime, look: Look) -> None:
    """Raises CannotLook; what was compared by then is kept."""
    _follow_changes(site, memory, now, look)
    due = dict.fromkeys((*memory.suspects(), *memory.to_compare(AT_ONCE, OTHERS)))
    for story in islice(due, AT_ONCE):
        _compare(site, memory, story, now, look)


def _follow_changes(site: Site, memory: Memory, now: datetime, look: Look) -> None:
    """Compare the stories that the site says have versions which the log lacks."""
    for _ in range(_PAGES):
        before = memory.noted(_CURSOR, "")
        items, cursor = site.changes(before)
        for story in dict.fromkeys(_unlogged(memory, items)):
            _compare(site, memory, story, now, look)
        with memory.change():
            memory.note(_CURSOR, cursor)
        if not items or cursor == before:
            break


def _unlogged(memory: Memory, changes: list[dict[str, Any]]) -> Iterator[str]:
    for each in changes:
        try:
            story = story_id(str(each.get("story")))
        except InvalidInput:
            raise CannotLook("changes: the answer is not what the API answers") from None
        if each.get("event") == "published" and _version(each) not in memory.versions(story):
            yield story


def _compare(site: Site, memory: Memory, story: str, now: datetime, look: Look) -> None:
    logged = memory.versions(story)
    found = dict(_differences(site, story, logged, now))
    with memory.change():
        for what, since in memory.suspected(story, found).items():
            if now - since >= GRACE:
                look.fault("site", what)
        memory.compared(story)


def _differences(
    site: Site, story: str, logged: dict[int, tuple[str, bool]], now: datetime
) -> Iterator[tuple[str, datetime]]:
    """What differs, and since when it does, as far as that is known."""
    served = {_version(each): each for each in site.versions(story)}
    for version, item in served.items():
        if version not in logged:
            at = _time(item.get("recorded_at"), now)
            yield f"version {version} of “{story}” is served, and is not in the log", at
    for version, (text, removed) in logged.items():
        name = f"version {version} of “{story}”"
        if version not in served:
            yield f"{name} is in the log, and is not served", now
            continue
        item = served[version]
        gone = item.get("state") == "removed"
        if gone and not removed:
            yield f"{name} is removed, and the log does not say so", now
        if removed and not gone:
            yield f"{name} is served, and the log says that it was removed", now
        if _digest(item.get("sha256")) != text:
            yield f"{name} has another hash than in the log", now
    newest = max((each for each, (_, removed) in logged.items() if not removed), default=None)
    if newest in served and served[newest].get("state") != "removed":
        yield from _of_text(site, story, newest, logged[newest][0], now)


def _of_text(
    site: Site, story: str, version: int, text: str, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """The newest text is read and hashed: what the site says of it may be true of another."""
    stored = site.stored(story, version)
    if stored is None:
        yield f"version {version} of “{story}” is listed, and its text is not served", now
    elif base64.b64encode(sha256(stored).digest()).decode() != text:
        yield f"version {version} of “{story}” has another text than in the log", now


def _version(item: dict[str, Any]) -> int:
    if not isinstance(version := item.get("version"), int):
        raise CannotLook("a version: the answer is not what the API answers")
    return version


def _digest(value: Any) -> str:
    """Hexadecimal as leaves have it."""
    try:
        return base64.b64encode(bytes.fromhex(value)).decode()
    except (TypeError, ValueError):
        return shortened(str(value))


def _time(value: Any, default: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        return min(at, default) if at.tzinfo else default
    except (TypeError, ValueError):
        return default
