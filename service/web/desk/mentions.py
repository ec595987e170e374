"""Every story that says a phrase: a scan of the whole archive, which goes on page by page.

What was found is carried to the next page by the form itself, up to so many stories; the scan goes
on by itself where scripts run, else at the press of a button.
"""

import json
from typing import NamedTuple

from flask import Response, make_response, render_template, request

from repo_store import FieldError, Malformed
from service.accounts import Permission
from service.paging import MAX_LIMIT
from service.present.wording import Part, counted_parts
from service.usecases.mentions import MentionPage
from service.web.desk.blueprint import blueprint
from service.web.desk.removal import Found, pages_of
from service.web.http.access import known_viewer, open_to
from service.web.http.services import services, stories

_PAGES = 5
"""Of the scan, for each page of the desk: at most 1,000 texts."""
_MOST_STORIES = 200
_MOST_BYTES = 100_000


class SayingStory(NamedTuple):
    """A story that says it, with how many of each part do; `possible`: those that only may."""

    id: str
    parts: dict[Part, int]
    possible: int

    @property
    def summary(self) -> str:
        return counted_parts(part for part, count in self.parts.items() for _ in range(count))


@blueprint.route("/mentions", methods=["GET", "POST"])
@open_to(Permission.REMOVE)
def mentions() -> Response:
    words = request.values.get("words", "").strip()
    if not words:
        return make_response(render_template("desk/mentions.html", words="", scan=None))
    cursor = request.form.get("cursor", "")
    carried = _carried(request.form.get("found", "[]")) if request.method == "POST" else []

    def search(cursor: str) -> MentionPage:
        return services().mentions.everywhere(words, known_viewer(), cursor, MAX_LIMIT)

    scan = Found(pages_of(search, _PAGES, cursor))
    found = _merged(carried, scan)
    page = render_template(
        "desk/mentions.html",
        words=words,
        scan=scan.last,
        found=[(each, stories().title(each.id)) for each in found],
        carried=json.dumps(found, separators=(",", ":")),
        full=len(found) >= _MOST_STORIES,
        goes_on=request.form.get("goes_on", "yes" if request.method == "GET" else ""),
    )
    return make_response(page)


def _merged(carried: list[SayingStory], scan: Found) -> list[SayingStory]:
    found = {each.id: each for each in carried}
    for mention in scan.mentions:
        story = mention.revision.story
        known = found.setdefault(story, SayingStory(story, {}, 0))
        if mention.is_sure:
            known.parts[mention.part] = known.parts.get(mention.part, 0) + 1
        else:
            found[story] = known._replace(possible=known.possible + 1)
    return list(found.values())


def _carried(text: str) -> list[SayingStory]:
    """What the page before had found. Malformed if it is not what this page wrote."""
    try:
        if len(text) > _MOST_BYTES:
            raise ValueError("too long")
        return [
            SayingStory(
                str(story), {Part(part): int(n) for part, n in parts.items()}, int(possible)
            )
            for story, parts, possible in json.loads(text)
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Malformed([FieldError("found", "is not what this page sent")]) from None
