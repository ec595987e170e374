"""The parameters of a request, parsed and checked."""

import re
from collections.abc import Collection
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
from service.messages import gettext, marked
from service.present import times
from service.web.http.services import stories

A_DAY_OR_TIME = marked("must be a day, or a time with its zone, such as %(example)s")
_EXAMPLE = "2026-05-01T10:00:00Z"
_NUMBERS = {
    "version": marked("“%(text)s” is not a version number."),
    "part": marked("“%(text)s” is not a part number."),
    "sentence": marked("“%(text)s” is not a sentence number."),
    "revision": "“%(text)s” is not a revision number.",
    "page": "“%(text)s” is not a page number.",
}
"""What is no number of these; readers see the first ones."""


def number(text: str, what: str = "version") -> int:
    """A version's or revision's number from a path; NotFound if it cannot be one."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise NotFound(gettext(_NUMBERS[what], text=text))
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
        raise Malformed([FieldError("start", gettext("must be a whole number"))])
    return int(text)


def search_places(text: str) -> list[SearchPlace]:
    """Where to search: one or several places, separated by commas."""
    names = text.split(",")
    if not set(names) <= set(SearchPlace) or len(set(names)) < len(names):
        message = f"must be one or several of {', '.join(SearchPlace)}"
        raise Malformed([FieldError("in", message)])
    return [SearchPlace(name) for name in names]


def query_time(name: str, expected: str, zone: tzinfo = UTC) -> datetime | None:
    """A time in RFC 3339, or a day, which begins at midnight in `zone`; None if it is not given.
    `expected`: a marked message that says what it must be.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return None
    # A plus sign in a query string arrives as a space.
    parsed = times.parse_day_or_time(text.replace(" ", "+"), zone)
    if parsed is None:
        raise Malformed([FieldError(name, gettext(expected, example=_EXAMPLE))])
    return parsed


def query_choice(name: str, values: Collection[str]) -> str:
    """One of `values`; the first of them if it is not given."""
    first, *_ = values
    chosen = request.args.get(name, first).strip()
    if chosen not in values:
        expected = ", ".join(filter(None, values))
        message = gettext("must be one of %(values)s", values=expected)
        raise Malformed([FieldError(name, message)])
    return chosen


def query_flag(name: str) -> bool:
    text = request.args.get(name, "")
    if text not in ("", "0", "1", "true", "false", "yes"):
        raise Malformed([FieldError(name, gettext("must be true or false"))])
    return text in ("1", "true", "yes")


def correction_filter(zone: tzinfo = UTC) -> CorrectionFilter:
    """Which corrections a request asks for; a day begins in `zone`. Raises Malformed."""
    section = request.args.get("section", "").strip()
    kind = query_choice("kind", ("", *CORRECTING))
    since, until = (query_time(name, A_DAY_OR_TIME, zone) for name in ("since", "until"))
    if since and until and since >= until:
        raise Malformed([FieldError("until", gettext("must be after the beginning (since)"))])
    return CorrectionFilter(Kind(kind) if kind else None, section or None, since, until)
