"""Removing texts for legal reasons: which revisions, on what ground, confirmed where required.

The list is paged. What is selected on one page is carried to the next by the form itself, so it
works without scripts.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Ground, InvalidInput, State, parse
from service.accounts import Permission
from service.paging import MAX_LIMIT
from service.usecases.commands import NewAction
from service.usecases.errors import WrongState
from service.usecases.takedown import Candidates
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import filled, whole
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.http.access import known_viewer, open_to
from service.web.http.services import services, stories

_MAX_SEARCH_PAGES = 50
"""What “Select all matches” reads at most: 10,000 texts. The page then offers to go on."""


@blueprint.route("/stories/<story>/remove", methods=["GET", "POST"])
@open_to(Permission.REMOVE)
def remove(story: str) -> Response | BaseResponse:
    stories().check_known(story)
    takedown = services().takedown
    words = request.values.get("words", "").strip()
    if request.method == "GET":
        page = takedown.candidates(story, words)
        return _page(story, words, page, _numbers(page) if words else set())
    selected = {each for text in request.form.getlist("revision") if (each := _number(text))}
    do, _, cursor = request.form.get("do", "").partition("/")
    if do == "page":
        page = takedown.candidates(story, words, cursor)
        return _page(story, words, page, selected | (_numbers(page) if words else set()), cursor)
    if do == "all":
        page = _all_matches(story, words)
        return _page(story, words, page, selected | _numbers(page))
    if do == "withdraw":
        try:
            takedown.withdraw(story, tuple(sorted(selected)), known_viewer())
        except WrongState as error:
            return _page(story, words, takedown.candidates(story, words), set(), "", error)
        flash("The request was withdrawn. Nothing was removed.")
        return redirect(url_for(".remove", story=story), 303)
    try:
        number, action = _requested(story, sorted(selected))
        result = takedown.remove(story, number, action, known_viewer(), None)
    except REFUSALS as error:
        cursor = request.form.get("cursor", "")
        page = takedown.candidates(story, words, cursor)
        return _page(story, words, page, selected, cursor, error)
    if result.waits:
        flash("Requested. It takes effect once another person requests the same removal.", "saved")
        return redirect(url_for(".remove", story=story), 303)
    flash("Removed from the archive and from the disk.", "saved")
    return redirect(url_for(".timeline", story=story), 303)


def _requested(story: str, selected: list[int]) -> tuple[int, NewAction]:
    """The revision and the action that the form describes, as the API takes them."""
    fields = filled(request.form, "note", "reason", "legal_reference", "scope")
    if fields.get("scope") == "story":
        left = (each for each in stories().chain(story) if each.state is not State.REMOVED)
        selected = [each.revision for each in left][:1]
    if not selected:
        raise InvalidInput([FieldError("revision", "select at least one")])
    return selected[0], parse(NewAction, fields | {"action": "remove", "also": selected[1:]})


def _all_matches(story: str, words: str) -> Candidates:
    """Every revision that contains the words, as one page."""
    matches, searched, cursor = [], 0, ""
    for _ in range(_MAX_SEARCH_PAGES):
        page = services().takedown.candidates(story, words, cursor, MAX_LIMIT)
        matches += page.revisions
        searched += page.searched
        if page.next is None:
            return Candidates(matches, searched, None)
        cursor = page.next
    return Candidates(matches, searched, cursor)


def _page(
    story: str,
    words: str,
    page: Candidates,
    selected: set[int],
    cursor: str = "",
    refusal: Refusal | None = None,
) -> Response:
    takedown = services().takedown
    response = render_template(
        "desk/remove.html",
        story=story,
        title=stories().title(story),
        words=words,
        page=page,
        cursor=cursor,
        selected=selected,
        selected_elsewhere=sorted(selected - _numbers(page)),
        grounds=list(Ground),
        two_persons=takedown.two_persons,
        requests=[each for each in takedown.pending_requests() if each.story == story],
        withdrawn=takedown.withdrawn_requests(story),
        **refusal_context(refusal),
    )
    return make_response(response, status_of(refusal))


def _numbers(page: Candidates) -> set[int]:
    return {each.revision for each in page.revisions}


def _number(text: str) -> int:
    number = whole(text)
    return number if isinstance(number, int) else 0
