"""Taking a story off its page, and giving it other ids."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import Verb, parse
from service.accounts import Permission
from service.present.wording import outcome
from service.usecases.commands import NewAction
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import filled
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.http.access import known_viewer, open_to
from service.web.http.services import publishing, stories
from service.web.http.template_filters import capitalized


@blueprint.route("/stories/<story>/withdraw", methods=["GET", "POST"])
@open_to(Permission.PUBLISH)
def withdraw(story: str) -> Response | BaseResponse:
    return _acted(story, Verb.WITHDRAW, "desk/withdraw.html")


@blueprint.route("/stories/<story>/ids", methods=["GET", "POST"])
@open_to(Permission.PUBLISH)
def ids(story: str) -> Response | BaseResponse:
    """A story's other ids, which lead to it."""
    return _acted(story, Verb.ALIAS, "desk/ids.html")


def _acted(story: str, verb: Verb, template: str) -> Response | BaseResponse:
    live = stories().live(story)
    if request.method == "GET":
        return _page(story, template, None)
    fields = filled(request.form, "note", "alias")
    try:
        command = parse(NewAction, {"action": verb.value, **fields})
        _, action = publishing().act(story, live.revision, command, known_viewer(), None)
    except REFUSALS as error:
        return _page(story, template, error)
    flash(f"{capitalized(outcome(action))}.", "saved")
    return redirect(url_for(".timeline", story=story), 303)


def _page(story: str, template: str, refusal: Refusal | None) -> Response:
    page = render_template(
        template,
        story=story,
        title=stories().title(story),
        withdrawal=stories().withdrawal(stories().story(story)),
        aliases=stories().aliases(story),
        **refusal_context(refusal),
    )
    return make_response(page, status_of(refusal))
