"""What changed since a reader's last visit: `?since=` with a version's number or a time."""

import re
from dataclasses import dataclass

from flask import request

from repo_store import FieldError, Malformed, Revision, State
from service.diffing import Diff
from service.messages import gettext, marked
from service.web.http.params import query_time
from service.web.http.services import services, stories

_EXPECTED = marked("must be a version’s number, a day, or a time such as %(example)s")


@dataclass(frozen=True)
class Since:
    """`read`: the version that was live then; None before the story was published. `diff`: from it
    to the live version; None if they are the same or its text was removed.
    """

    read: Revision | None
    live: Revision
    diff: Diff | None

    @property
    def new_versions(self) -> int:
        """The number of versions published since."""
        return (self.live.version or 0) - ((self.read and self.read.version) or 0)


def since_requested(story: str, live: Revision) -> Since | None:
    """None without `?since=`. Malformed if it is neither an existing version nor a time."""
    text = request.args.get("since", "").strip()
    if not text:
        return None
    if re.fullmatch(r"[1-9][0-9]{0,8}", text):
        if int(text) > (live.version or 0):
            message = gettext("This story has no version %(number)s.", number=text)
            raise Malformed([FieldError("since", message)])
        read: Revision | None = stories().version(story, int(text))
    else:
        time = query_time("since", _EXPECTED, services().settings.zone)
        read = stories().live_at(story, time) if time else None
    if read is None or read.version == live.version or read.state is State.REMOVED:
        return Since(read, live, None)
    return Since(read, live, stories().diff(read, live))
