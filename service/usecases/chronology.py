"""Times run forward: when a version may say that it was published, and any record was written."""

from datetime import datetime

from repo_store import AHEAD, FieldError, InvalidInput, Revision, Tip, rfc3339


def writing_time(given: datetime | None, now: datetime) -> datetime:
    """The time of a record: the one that its sender gave, or now. InvalidInput if it is ahead of
    the clock by more than `AHEAD`.
    """
    if given and given > now + AHEAD:
        raise InvalidInput([FieldError("created_at", f"is ahead of the clock, {rfc3339(now)}")])
    return given or now


def publication_time(tip: Tip, given: datetime | None, now: datetime) -> datetime:
    """The time of the version that follows `tip`, likewise. InvalidInput if the one given is before
    that of an earlier version.

    Without one, a clock that is a few minutes slow gives the time of the version before. If that is
    further ahead, it was wrong: the new one has its true time, given or not, and is marked as out
    of order.
    """
    moment = writing_time(given, now)
    if tip.in_order(moment, now):
        return moment
    latest = datetime.fromtimestamp(tip.latest or 0, moment.tzinfo)
    if latest > now + AHEAD:
        return moment
    if given:
        problem = f"is before an earlier version of this story, {rfc3339(latest)}"
        raise InvalidInput([FieldError("created_at", problem)])
    return latest


def explanation_time(version: Revision, given: datetime | None, now: datetime) -> datetime:
    """The time of an explanation, or of a withdrawal. InvalidInput if the one given is before the
    version that it is about, unless the clock was wrong then, or ahead of the clock.
    """
    clock_was_wrong = version.live_since > now + AHEAD
    if (
        given
        and not clock_was_wrong
        and int(given.timestamp()) < int(version.live_since.timestamp())
    ):
        problem = f"is before the version that it is about, {rfc3339(version.live_since)}"
        raise InvalidInput([FieldError("created_at", problem)])
    return writing_time(given, now)
