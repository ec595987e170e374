"""The desk's stories: finding one, its timeline, what was live when, bringing a version back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, Record, Revision, parse
from service.accounts import Permission
from service.diffing import compare
from service.present import times
from service.present.diff_view import diff_view
from service.usecases.commands import Restore
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import whole
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.http.access import known_viewer, open_to
from service.web.http.params import number
from service.web.http.services import publishing, services, stories


@dataclass(frozen=True)
class Entry:
    """One line of a timeline; `until`: when the version that it made live was replaced."""

    record: Record
    is_revision: bool
    until: datetime | None


@blueprint.get("/stories")
@open_to(Permission.USE_DESK)
def find() -> str:
    words = request.args.get("q", "").strip()
    listing = stories().recent(words, request.args.get("cursor", ""), 20)
    return render_template("desk/stories.html", words=words, listing=listing)


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
        title=stories().title(story),
        at=at,
        live_then=stories().live_at(story, at) if at and live else None,
        watched=services().watches.is_watching(known_viewer().id, story),
        now=services().clock(),
    )


def _entry(record: Record, live: Revision | None) -> Entry:
    until = None
    made_live = not isinstance(record, Revision) or record.at_once
    if made_live and record.version and live and live.version and record.version < live.version:
        until = stories().version(record.story, record.version + 1).live_since
    return Entry(record, isinstance(record, Revision), until)


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
@open_to(Permission.USE_DESK)
def restore(story: str, version: str) -> Response | BaseResponse:
    old = stories().version(story, number(version))
    if request.method == "GET":
        return _restore_page(old, None)
    names = ("note", "override_reason", "base_version")
    sent: dict[str, Any] = {name: text for name in names if (text := request.form.get(name, ""))}
    if "base_version" in sent:
        sent["base_version"] = whole(sent["base_version"])
    try:
        asked = parse(Restore, sent)
        done = publishing().restore(story, number(version), asked, known_viewer(), None)
    except REFUSALS as error:
        return _restore_page(old, error)
    if done.unchanged:
        flash("Nothing was changed: the live version already has this text.")
    else:
        flash(f"Version {old.version} is live again, as version {done.revision.version}.", "saved")
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
    """A time as the form gives it, in UTC."""
    if not text:
        return None
    if (moment := times.parse(text, UTC)) is None:
        raise Malformed([FieldError("at", "must be a time such as 2026-05-01T10:00")])
    return moment
