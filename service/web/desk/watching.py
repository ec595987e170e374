"""Stories that an editor watches, and the private feed of what happens to them."""

from datetime import UTC, datetime

from feedgenerator import Atom1Feed
from flask import Response, make_response, render_template, request, url_for

from repo_store import NotFound, Record
from service.accounts import PUBLISHERS
from service.present.wording import describe
from service.web.desk.blueprint import blueprint
from service.web.http.access import EDITORS, known_viewer, open_to, public
from service.web.http.services import services, stories

_EACH = 20
_ALL = 50


@blueprint.get("/watching")
@open_to(EDITORS)
def watching() -> str:
    return _page()


@blueprint.post("/watching/feed")
@open_to(EDITORS)
def new_feed() -> str:
    """Another secret address; the one before it leads nowhere any more."""
    return _page(services().watches.new_feed_key(known_viewer().id))


def _page(key: str = "") -> str:
    owner = known_viewer().id
    watches = services().watches
    return render_template(
        "desk/watching.html",
        recent=_recent(owner),
        watched=watches.watched(owner),
        has_feed=watches.has_feed(owner),
        feed=url_for(".feed", key=key, _external=True) if key else "",
    )


@blueprint.get("/feed/<key>.atom")
@public
def feed(key: str) -> Response:
    """For a feed reader, which cannot sign in: the address itself is the secret."""
    owner = services().watches.feed_owner(key, services().clock())
    if owner is None or owner.role not in PUBLISHERS:
        raise NotFound("There is nothing at this address.")
    records = _recent(owner.id)
    made = Atom1Feed(
        title="Stories that you watch",
        link=request.url_root,
        feed_url=request.url,
        description="",
        feed_guid=f"urn:story-history:watching:{owner.id}",
    )
    for record in records:
        made.add_item(
            title=f"{record.story}: {describe(record)}",
            link=url_for(".review", story=record.story, revision=record.revision, _external=True),
            description=record.note,
            author_name=record.author.name,
            unique_id=f"urn:sha1:{record.commit}",
            updateddate=record.recorded_at,
            pubdate=record.recorded_at,
        )
    if not records:
        made.feed["updated"] = datetime(1970, 1, 1, tzinfo=UTC)
    return make_response(
        made.writeString("utf-8"), {"Content-Type": "application/atom+xml; charset=utf-8"}
    )


def _recent(owner: str) -> list[Record]:
    """What happened last to the watched stories, newest first."""
    found: list[Record] = []
    for story in services().watches.watched(owner):
        found += stories().latest(story, _EACH)
    found.sort(key=lambda each: (each.recorded_at, each.entry), reverse=True)
    return found[:_ALL]
