"""What changed since a reader was here last: `?since=`, a version's number or a time."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import request

from repo_store import FieldError, Malformed, Revision, State
from service.diffing import Diff
from service.present import times
from service.web.http.services import stories


@dataclass(frozen=True)
class Since:
    """`read`: the version that was live then; None: the story was not there yet. `diff`: from that
    one to the live one, if they differ.
    """

    read: Revision | None
    live: Revision
    diff: Diff | None

    @property
    def versions(self) -> int:
        """How many came since."""
        return (self.live.version or 0) - ((self.read and self.read.version) or 0)


def since_asked(story: str, live: Revision) -> Since | None:
    """What the address asks for. Malformed if it is neither a version there is nor a time."""
    text = request.args.get("since", "").strip()
    if not text:
        return None
    if re.fullmatch(r"[1-9][0-9]{0,8}", text):
        if int(text) > (live.version or 0):
            raise Malformed([FieldError("since", f"this story has no version {text}")])
        read: Revision | None = stories().version(story, int(text))
    else:
        read = stories().live_at(story, _time(text))
    differs = read is not None and read.version != live.version
    there = read is not None and read.state is not State.REMOVED
    return Since(read, live, stories().diff(read, live) if read and differs and there else None)


def _time(text: str) -> datetime:
    """RFC 3339, or a day, which begins in UTC."""
    # A plus sign in a query arrives as a space.
    found = times.parse_day_or_time(text.replace(" ", "+"))
    if found is None:
        message = "must be a version's number, a day, or a time such as 2026-05-01T10:00:00Z"
        raise Malformed([FieldError("since", message)])
    return found
