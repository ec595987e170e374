"""The desk's stories: search, timeline, what was live when, restoring a version."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, Record, Revision, SearchPlace, parse
from service.accounts import Permission
from service.diffing import compare
from service.present import times
from service.present.diff_view import diff_view
from service.usecases.commands import Restore
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import filled, takes_suggestion
from service.web.desk.old_values import shown
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.desk.resuming import resumable
from service.web.http.access import known_viewer, open_to
from service.web.http.params import number, search_places
from service.web.http.services import publishing, services, stories

WORDED_PLACES = {
    "live": "live texts",
    "history": "former texts",
    "drafts": "drafts",
    "sources": "sources",
    ",".join(SearchPlace): "everything",
}
"""Where the search looks, by the parameter `in`."""


@dataclass(frozen=True)
class Entry:
    """A line of a timeline. `until`: when the version that it made live was replaced."""

    record: Record
    is_revision: bool
    went_live: bool
    until: datetime | None


@blueprint.get("/stories")
@open_to(Permission.USE_DESK)
def find() -> str:
    words, cursor = request.args.get("q", "").strip(), request.args.get("cursor", "")
    places = request.args.get("in") or SearchPlace.LIVE
    found = stories().search(words, search_places(places), cursor) if words else None
    listing = stories().recent(cursor=cursor) if found is None else None
    ids = [each.hit.story for each in found.items] if found else []
    ids += [each.id for each in listing.items] if listing else []
    return render_template(
        "desk/stories.html",
        words=words,
        places=places,
        known_places=WORDED_PLACES,
        listing=listing,
        found=found,
        standing=services().inconsistencies.open_counts(ids),
    )


@blueprint.get("/stories/<story>")
@open_to(Permission.USE_DESK)
def story(story: str) -> BaseResponse:
    stories().check_known(story)
    return redirect(url_for(".timeline", story=story))


@blueprint.get("/stories/<story>/timeline")
@open_to(Permission.USE_DESK)
def timeline(story: str) -> str:
    listing = stories().timeline(story, request.args.get("cursor", ""))
    live = stories().live_of(story)
    at = _moment(request.args.get("at", ""))
    return render_template(
        "desk/timeline.html",
        story=story,
        entries=[_entry(record, live) for record in listing.items],
        following=listing.next,
        live=live,
        standing=shown(services().inconsistencies.of(story), story),
        title=stories().title(story),
        at=at,
        live_then=stories().live_at(story, at) if at and live else None,
        watched=services().watches.is_watching(known_viewer().id, story),
        now=services().clock(),
    )


def _entry(record: Record, live: Revision | None) -> Entry:
    is_revision = isinstance(record, Revision)
    went_live = bool(record.version) and (not isinstance(record, Revision) or record.at_once)
    until = None
    if went_live and record.version and live and live.version and record.version < live.version:
        until = stories().live_until(stories().version(record.story, record.version))
    return Entry(record, is_revision, went_live, until)


@blueprint.post("/stories/<story>/watch")
@open_to(Permission.USE_DESK)
def watch(story: str) -> BaseResponse:
    stories().check_known(story)
    watches, owner = services().watches, known_viewer().id
    if request.form.get("watch") == "yes":
        watches.watch(owner, story)
        flash("You are now watching this story.")
    else:
        watches.unwatch(owner, story)
        flash("You are no longer watching this story.")
    return redirect(url_for(".timeline", story=story), 303)


@blueprint.route("/stories/<story>/restore/<version>", methods=["GET", "POST"])
@open_to(Permission.PUBLISH)
@resumable("", {}, "Restore this version")
def restore(story: str, version: str) -> Response | BaseResponse:
    old = stories().version(story, number(version))
    if request.method == "GET" or takes_suggestion(request.form):
        return _restore_page(old, None)
    fields = filled(request.form, "note", "override_reason", numbers=["base_version"])
    try:
        requested = parse(Restore, fields)
        recorded = publishing().restore(story, number(version), requested, known_viewer(), None)
    except REFUSALS as error:
        return _restore_page(old, error)
    if recorded.unchanged:
        flash("Nothing was changed: the live version already has this text.")
    else:
        new = recorded.revision.version
        flash(f"Version {old.version} is live again, as version {new}.", "saved")
    return redirect(url_for(".timeline", story=story), 303)


def _restore_page(old: Revision, refusal: Refusal | None) -> Response:
    live = stories().live(old.story)
    page = render_template(
        "desk/restore.html",
        story=old.story,
        title=stories().content(old).title,
        old=old,
        live=live,
        view=diff_view(compare(stories().page(live), stories().page(old))),
        layout="inline",
        **refusal_context(refusal),
    )
    return make_response(page, status_of(refusal))


def _moment(text: str) -> datetime | None:
    """The value of a datetime-local input, in UTC."""
    if not text:
        return None
    if (moment := times.parse(text, UTC)) is None:
        raise Malformed([FieldError("at", "must be a time such as 2026-05-01T10:00")])
    return moment
