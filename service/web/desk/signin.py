"""Signing in with a token, and out; text typed into an expired session is handed back."""

import re

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from service.accounts import Permission
from service.web.desk.blueprint import blueprint
from service.web.http.access import SignInNeeded, check_form, open_to, public
from service.web.http.response_cache import REFUSED
from service.web.http.services import services

# A path within the desk, never one that a browser could take for another host.
_DESK_PATH = re.compile(r"/desk(?:/[a-z0-9/-]*)?(?:\?[A-Za-z0-9=&%._~+-]*)?")
_NOT_CARRIED = ("csrf", "token", "next", "username")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response | BaseResponse:
    if request.method == "GET":
        return _form(_next(request.args.get("next", "")), "")
    check_form()
    where = _next(request.form.get("next", ""))
    token = services().tokens.find(request.form.get("token", "").strip(), services().clock())
    if token is None:
        return _refused(where, "This token is unknown, revoked or expired.", 401)
    person = token.person
    if not person.may(Permission.USE_DESK):
        problem = f"The desk is for editors; this token's role is {person.role}."
        return _refused(where, problem, 403)
    services().sessions.end(str(session.get("id", "")))
    session.clear()
    session["id"] = services().sessions.begin(person, services().clock())
    if typed := _typed():
        return make_response(render_template("desk/resume.html", where=where, typed=typed))
    return redirect(where, 303)


@blueprint.post("/sign-out")
@open_to(Permission.USE_DESK)
def sign_out() -> BaseResponse:
    services().sessions.end(str(session["id"]))
    session.clear()
    flash("You have signed out.")
    return redirect(url_for(".sign_in"), 303)


@blueprint.errorhandler(SignInNeeded)
def ask_to_sign_in(_: SignInNeeded) -> Response | BaseResponse:
    """The sign-in form, carrying what was typed into the form that was sent."""
    where = _next(request.full_path.rstrip("?"))
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("desk.sign_in", next=where), 303)
    return _form(where, "Your session has expired. Sign in again: your text is not lost.", 403)


def _refused(where: str, problem: str, status: int) -> Response:
    request.environ[REFUSED] = "sign-in"
    return _form(where, problem, status)


def _form(where: str, problem: str, status: int = 200) -> Response:
    page = render_template("desk/sign-in.html", where=where, problem=problem, typed=_typed())
    return make_response(page, status)


def _typed() -> MultiDict[str, str]:
    return MultiDict(
        (name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CARRIED
    )


def _next(path: str) -> str:
    return path if _DESK_PATH.fullmatch(path) else url_for("desk.queue")
