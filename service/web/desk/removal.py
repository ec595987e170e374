"""Removing texts by law: which ones, on what ground, and a second editor's word where needed."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Ground, InvalidInput, Revision, State, content_fields, parse
from service.accounts import Permission
from service.usecases.commands import NewAction
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import whole
from service.web.desk.refusals import REFUSALS, Refusal, status_of, told_of
from service.web.http.access import known_viewer, open_to
from service.web.http.services import services, stories


@blueprint.route("/stories/<story>/remove", methods=["GET", "POST"])
@open_to(Permission.REMOVE)
def remove(story: str) -> Response | BaseResponse:
    stories().check_known(story)
    if request.method == "GET":
        return _page(story, _saying(story, request.args.get("words", "").strip()))
    numbers = sorted({each for text in request.form.getlist("revision") if (each := _number(text))})
    if request.form.get("do") == "withdraw":
        services().takedown.withdraw(story, tuple(numbers))
        flash("The order is withdrawn: nothing was removed.")
        return redirect(url_for(".remove", story=story), 303)
    try:
        if not numbers:
            raise InvalidInput([FieldError("revision", "tick at least one")])
        names = ("note", "reason", "legal_reference")
        sent: dict[str, Any] = {name: text for name in names if (text := request.form.get(name))}
        asked = parse(NewAction, sent | {"action": "remove", "also": numbers[1:]})
        done = services().takedown.remove(story, numbers[0], asked, known_viewer(), None)
    except REFUSALS as error:
        return _page(story, set(numbers), error)
    if done.waits:
        flash("Ordered. It is done when a second editor orders the same.")
        return redirect(url_for(".remove", story=story), 303)
    flash("Removed, and off the disk.", "saved")
    return redirect(url_for(".timeline", story=story), 303)


def _page(story: str, ticked: set[int], refusal: Refusal | None = None) -> Response:
    takedown = services().takedown
    page = render_template(
        "desk/remove.html",
        story=story,
        title=stories().title(story),
        revisions=stories().chain(story)[::-1],
        ticked=ticked,
        words=request.args.get("words", "").strip(),
        grounds=list(Ground),
        two=takedown.two_persons,
        orders=[each for each in takedown.pending_requests() if each.story == story],
        **told_of(refusal),
    )
    return make_response(page, status_of(refusal))


def _saying(story: str, words: str) -> set[int]:
    """The revisions in whose text the words stand, upper or lower case alike."""
    if not words:
        return set()
    return {
        each.revision
        for each in stories().chain(story)
        if each.state is not State.REMOVED and _says(each, words.casefold())
    }


def _says(revision: Revision, words: str) -> bool:
    fields = content_fields(stories().content(revision))
    return any(words in text.casefold() for text in _texts(fields))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]


def _number(text: str) -> int:
    number = whole(text)
    return number if isinstance(number, int) else 0
