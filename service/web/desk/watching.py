"""The stories that an editor watches, and the private feed of their activity."""

from datetime import UTC, datetime

from feedgenerator import Atom1Feed
from flask import Response, make_response, render_template

from repo_store import NotFound, Record
from service.accounts import Permission
from service.present.wording import describe, note_of
from service.web.desk.blueprint import blueprint
from service.web.http.access import known_viewer, open_to, public
from service.web.http.links import ATOM, absolute
from service.web.http.services import services, stories

_PER_STORY = 20
_LIMIT = 50


@blueprint.get("/watching")
@open_to(Permission.USE_DESK)
def watching() -> str:
    return _page()


@blueprint.post("/watching/feed")
@open_to(Permission.USE_DESK)
def new_feed() -> str:
    """Replace the feed's secret address; the old one stops working."""
    return _page(services().watches.new_feed_key(known_viewer().token))


def _page(key: str = "") -> str:
    owner = known_viewer()
    watches = services().watches
    return render_template(
        "desk/watching.html",
        recent=_recent(owner.id),
        watched=watches.watched(owner.id),
        has_feed=watches.has_feed(owner.token),
        feed=absolute(".feed", key=key) if key else "",
    )


@blueprint.get("/feed/<key>.atom")
@public
def feed(key: str) -> Response:
    """For feed readers, which cannot sign in: the address itself is the secret."""
    owner = services().watches.feed_owner(key, services().clock())
    if owner is None or not owner.may(Permission.USE_DESK):
        raise NotFound("There is nothing at this address.")
    records = _recent(owner.id)
    atom = Atom1Feed(
        title="Stories you watch",
        link=absolute("pages.front"),
        feed_url=absolute(".feed", key=key),
        description="",
        feed_guid=f"urn:story-history:watching:{owner.id}",
    )
    for record in records:
        atom.add_item(
            title=f"{record.story}: {describe(record)}",
            link=absolute(".review", story=record.story, revision=record.revision),
            description=note_of(record),
            author_name=record.author.name,
            unique_id=f"urn:sha1:{record.commit}",
            updateddate=record.recorded_at,
            pubdate=record.recorded_at,
        )
    if not records:
        atom.feed["updated"] = datetime(1970, 1, 1, tzinfo=UTC)
    return make_response(atom.writeString("utf-8"), {"Content-Type": f"{ATOM}; charset=utf-8"})


def _recent(owner: str) -> list[Record]:
    """The latest records of the watched stories, newest first."""
    records: list[Record] = []
    for story in services().watches.watched(owner):
        records += stories().latest(story, _PER_STORY)
    records.sort(key=lambda each: (each.recorded_at, each.entry), reverse=True)
    return records[:_LIMIT]
