"""One revision under review: its changes to the live version, comments and decisions."""

from collections import defaultdict

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import Action, FieldError, InvalidInput, Kind, Revision, State, Verb, parse
from service.accounts import Permission
from service.diffing import Diff
from service.present.diff_view import Change, DiffView, diff_view
from service.present.wording import outcome
from service.usecases.commands import NewAction
from service.usecases.explaining import Unexplained, unexplained
from service.web.desk.blueprint import blueprint
from service.web.desk.explaining import EXPLAINING
from service.web.desk.forms import filled, takes_suggestion
from service.web.desk.old_values import ShownStanding, shown
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.desk.resuming import resumable
from service.web.http.access import known_viewer, open_to
from service.web.http.damage import unless_damaged
from service.web.http.params import number
from service.web.http.services import publishing, services, stories
from service.web.http.template_filters import capitalized

Comments = dict[tuple[str, int], list[Action]]
_DOES = {verb.value: capitalized(verb) for verb in Verb if verb is not Verb.REMOVE}


@blueprint.get("/stories/<story>/revisions/<revision>")
@open_to(Permission.USE_DESK)
def review(story: str, revision: str) -> Response:
    return _page(stories().revision(story, number(revision, "revision")))


@blueprint.post("/stories/<story>/revisions/<revision>/actions")
@open_to(Permission.REVIEW)
@resumable("action", _DOES, "Comment")
def act(story: str, revision: str) -> Response | BaseResponse:
    reviewed = stories().revision(story, number(revision, "revision"))
    if takes_suggestion(request.form):
        return _page(reviewed)
    names = ("action", "note", "kind", "section", "override_reason", "old")
    try:
        requested = parse(NewAction, filled(request.form, *names, numbers=["block"]))
        if requested.action is Verb.REMOVE:
            raise InvalidInput([FieldError("action", "texts are removed on a page of its own")])
        _, action = publishing().act(story, reviewed.revision, requested, known_viewer(), None)
    except REFUSALS as error:
        return _page(stories().revision(story, reviewed.revision), error)
    flash(f"{capitalized(outcome(action))}.", "saved")
    if request.form.get("back") == "to-explain":
        return redirect(url_for(".to_explain"), 303)
    if action.verb is Verb.WAIVE:
        listed = request.form.get("listed", "") or story
        return redirect(url_for(".timeline", story=listed), 303)
    return redirect(url_for(".review", story=story, revision=reviewed.revision), 303)


def _page(revision: Revision, refusal: Refusal | None = None) -> Response:
    title = stories().content(revision).title
    live = stories().live_of(revision.story)
    diff = stories().against_live(revision)
    view = diff_view(diff)
    actions = stories().actions(revision.story, revision.revision)
    comments, elsewhere = _placed(view, [each for each in actions if each.verb is Verb.COMMENT])
    waiting = revision.state is State.DRAFT and not revision.superseded_by
    page = render_template(
        "desk/review.html",
        story=revision.story,
        revision=revision,
        title=title,
        live=live,
        stale_base=waiting and revision.base_version != (live.version if live else None),
        waiting=waiting,
        view=view,
        standing=_standing(revision, live, diff),
        comments=comments,
        elsewhere=elsewhere,
        decisions=[each for each in actions if each.verb is not Verb.COMMENT],
        following=stories().next_waiting(revision) if revision.state is State.DRAFT else None,
        kinds=[kind for kind in Kind if kind is not Kind.RESTORE],
        explaining=EXPLAINING,
        proposed=_proposed(revision),
        now=services().clock(),
        layout="split" if request.args.get("view") == "split" else "inline",
        **refusal_context(refusal),
    )
    return make_response(page, status_of(refusal))


def _proposed(revision: Revision) -> Unexplained | None:
    """What readers could be told of a version that changed facts without telling them why."""
    if not revision.unexplained:
        return None
    name = f"{revision.story} r{revision.revision}"
    return unless_damaged(name, lambda: unexplained(stories(), revision))


def _standing(revision: Revision, live: Revision | None, diff: Diff) -> ShownStanding | None:
    """What stands in the live version, or would if this draft were published."""
    if revision == live:
        return shown(services().inconsistencies.of(revision.story), revision.story)
    if revision.state is State.DRAFT and not revision.superseded_by:
        found = services().inconsistencies.left_by(revision, diff)
        return shown(found, revision.story, of_draft=True)
    return None


def _placed(view: DiffView, comments: list[Action]) -> tuple[Comments, list[Action]]:
    """Comments by the (section, block) of the change that they belong to, and all others."""
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
