"""The parameters of a request, parsed and checked."""

import re
from datetime import UTC, datetime, tzinfo

from flask import request

from repo_store import (
    CORRECTING,
    CorrectionFilter,
    FieldError,
    Kind,
    Malformed,
    NotFound,
    Revision,
    SearchPlace,
)
from service.messages import gettext
from service.present import times
from service.web.http.services import stories

A_DAY_OR_TIME = "a day, or a time with its zone, such as 2026-05-01T10:00:00Z"


def number(text: str, what: str = "version") -> int:
    """A version's or revision's number from a path; NotFound if it cannot be one."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        if what == "version":
            raise NotFound(gettext("“%(text)s” is not a version number.", text=text))
        raise NotFound(f"“{text}” is not a {what} number.")
    return int(text)


def compared(story: str, old: str, new: str, private: bool) -> tuple[Revision, Revision]:
    """The two ends of `/diff/{old}..{new}`; `r7` names a revision, for those who may see drafts."""

    def end(text: str) -> Revision:
        if private and text.startswith("r"):
            return stories().revision(story, number(text[1:], "revision"))
        return stories().version(story, number(text))

    return end(old), end(new)


def page_limit() -> int:
    text = request.args.get("limit", "20")
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Malformed([FieldError("limit", "must be a whole number")])
    return int(text)


def first_item() -> int:
    """The number, from 0, of the list's first item that is asked for."""
    text = request.args.get("start", "0")
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Malformed([FieldError("start", "must be a whole number")])
    return int(text)


def search_places(text: str) -> list[SearchPlace]:
    """Where to search: one or several places, separated by commas."""
    names = text.split(",")
    if not set(names) <= set(SearchPlace) or len(set(names)) < len(names):
        message = f"must be one or several of {', '.join(SearchPlace)}"
        raise Malformed([FieldError("in", message)])
    return [SearchPlace(name) for name in names]


def query_time(name: str, expected: str, zone: tzinfo = UTC) -> datetime | None:
    """A time in RFC 3339, or a day, which begins at midnight in `zone`; None if it is not given."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    # A plus sign in a query string arrives as a space.
    parsed = times.parse_day_or_time(text.replace(" ", "+"), zone)
    if parsed is None:
        raise Malformed([FieldError(name, f"must be {expected}")])
    return parsed


def query_flag(name: str) -> bool:
    text = request.args.get(name, "")
    if text not in ("", "0", "1", "true", "false", "yes"):
        raise Malformed([FieldError(name, "must be true or false")])
    return text in ("1", "true", "yes")


def correction_filter(zone: tzinfo = UTC) -> CorrectionFilter:
    """Which corrections a request asks for; a day begins in `zone`. Raises Malformed."""
    kind, section = (request.args.get(name, "").strip() for name in ("kind", "section"))
    if kind and kind not in CORRECTING:
        raise Malformed([FieldError("kind", f"must be one of {', '.join(CORRECTING)}")])
    since, until = (query_time(name, A_DAY_OR_TIME, zone) for name in ("since", "until"))
    if since and until and since >= until:
        raise Malformed([FieldError("until", "must be after since")])
    return CorrectionFilter(Kind(kind) if kind else None, section or None, since, until)
