"""The queue of drafts that wait for review."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, render_template, request

from repo_store import FieldError, Kind, Malformed, QueuedDraft, QueueFilter
from service.accounts import Permission
from service.comparison import only_cosmetic
from service.diffing import Diff
from service.web.desk.blueprint import blueprint
from service.web.http.access import open_to, signed_in
from service.web.http.damage import unless_damaged
from service.web.http.services import services, stories


@dataclass(frozen=True)
class Item:
    """A draft in the queue; `diff` is against the live version, None if one of the two is damaged;
    `cosmetic` if no words differ.
    """

    waiting: QueuedDraft
    title: str
    diff: Diff | None
    cosmetic: bool
    new: bool


@blueprint.get("")
@open_to(Permission.USE_DESK)
def queue() -> Response:
    now = services().clock()
    chosen = _filter()
    listing = stories().queue(chosen, request.args.get("cursor", ""))
    since = services().sessions.visit(signed_in(), now)
    items = [_item(each, since) for each in listing.items]
    page = render_template(
        "desk/queue.html",
        items=[item for item in items if not item.cosmetic],
        standing=services().inconsistencies.open_counts(
            each.revision.story for each in listing.items
        ),
        cosmetic=[item for item in items if item.cosmetic],
        chosen=chosen,
        following=listing.next,
        authors=stories().waiting_authors(),
        sections=list(services().archive.shapes.parts),
        kinds=list(Kind),
        to_explain=stories().to_explain_count(),
        now=now,
    )
    return make_response(page)


def _item(waiting: QueuedDraft, since: datetime | None) -> Item:
    revision = waiting.revision
    name = f"{revision.story} r{revision.revision}"
    content = unless_damaged(name, lambda: stories().content(revision))
    title = content.title if content else revision.story
    diff = None
    if content:
        live = f"the live version of {revision.story}"
        diff = unless_damaged(live, lambda: stories().against_live(revision))
    new = since is not None and revision.recorded_at > since
    return Item(waiting, title, diff, diff is not None and only_cosmetic(diff), new)


def _filter() -> QueueFilter:
    chosen = {name: request.args.get(name, "").strip() or None for name in _FILTERS}
    kind, section = chosen["kind"], chosen["section"]
    if kind and kind not in list(Kind):
        raise Malformed([FieldError("kind", f"must be one of {', '.join(Kind)}")])
    if section and section not in (names := services().archive.shapes.parts):
        raise Malformed([FieldError("section", f"must be one of {', '.join(names)}")])
    return QueueFilter(
        story=chosen["story"],
        author=chosen["author"],
        kind=Kind(kind) if kind else None,
        section=section,
        facts=True if chosen["facts"] else None,
    )


_FILTERS = ("story", "author", "kind", "section", "facts")
