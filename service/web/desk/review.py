"""One revision under review: its difference against the live version, and what is said of it."""

from collections import defaultdict
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import Action, Kind, Revision, State, Verb, parse
from service.accounts import Permission
from service.present.diff_view import Change, DiffView, diff_view
from service.present.wording import outcome
from service.usecases.commands import NewAction
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import whole
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.http.access import known_viewer, open_to
from service.web.http.params import number
from service.web.http.services import publishing, services, stories
from service.web.http.template_filters import capitalized

Comments = dict[tuple[str, int], list[Action]]


@blueprint.get("/stories/<story>/revisions/<revision>")
@open_to(Permission.USE_DESK)
def review(story: str, revision: str) -> Response:
    return _page(stories().revision(story, number(revision, "revision")))


@blueprint.post("/stories/<story>/revisions/<revision>/actions")
@open_to(Permission.USE_DESK)
def act(story: str, revision: str) -> Response | BaseResponse:
    found = stories().revision(story, number(revision, "revision"))
    try:
        sent = parse(NewAction, _sent())
        _, action = publishing().act(story, found.revision, sent, known_viewer(), None)
    except REFUSALS as error:
        return _page(stories().revision(story, found.revision), error)
    flash(f"{capitalized(outcome(action))}.", "saved")
    return redirect(url_for(".review", story=story, revision=found.revision), 303)


def _sent() -> dict[str, Any]:
    """The form as the API would have it: what was left empty is left out."""
    names = ("action", "note", "kind", "section", "block", "override_reason")
    sent: dict[str, Any] = {name: text for name in names if (text := request.form.get(name, ""))}
    return sent | ({"block": whole(sent["block"])} if "block" in sent else {})


def _page(revision: Revision, refusal: Refusal | None = None) -> Response:
    title = stories().content(revision).title
    live = stories().live_of(revision.story)
    view = diff_view(stories().against_live(revision))
    actions = stories().actions(revision.story, revision.revision)
    comments, elsewhere = _placed(view, [each for each in actions if each.verb is Verb.COMMENT])
    waits = revision.state is State.DRAFT and not revision.superseded_by
    page = render_template(
        "desk/review.html",
        story=revision.story,
        revision=revision,
        title=title,
        live=live,
        stale_base=waits and revision.base_version != (live.version if live else None),
        waits=waits,
        view=view,
        comments=comments,
        elsewhere=elsewhere,
        deeds=[each for each in actions if each.verb is not Verb.COMMENT],
        following=stories().next_waiting(revision) if revision.state is State.DRAFT else None,
        kinds=[kind for kind in Kind if kind is not Kind.RESTORE],
        now=services().clock(),
        layout="split" if request.args.get("view") == "split" else "inline",
        **refusal_context(refusal),
    )
    return make_response(page, status_of(refusal))


def _placed(view: DiffView, comments: list[Action]) -> tuple[Comments, list[Action]]:
    """Comments by the (section, block) of the change that they stand at, and all others."""
    shown = {
        (section.name, index)
        for section in view.sections
        for item in section.items
        if isinstance(item, Change)
        for index in item.block.new
    }
    at: Comments = defaultdict(list)
    elsewhere = []
    for comment in comments:
        place = (comment.section or "", -1 if comment.block is None else comment.block)
        if place in shown:
            at[place].append(comment)
        else:
            elsewhere.append(comment)
    return at, elsewhere
