"""Signing in with a token, and out; what was typed into an expired session is offered again."""

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
from werkzeug.wrappers import Response as BaseResponse

from service.accounts import Permission
from service.web.desk.blueprint import blueprint
from service.web.desk.resuming import KEPT, keep, kept
from service.web.http.access import SignInNeeded, admit, check_form, open_to, public
from service.web.http.response_cache import REFUSED
from service.web.http.services import services

# A path within the desk, never one that a browser could take for another host.
_DESK_PATH = re.compile(r"/desk(?:/[a-z0-9/-]*)?(?:\?[A-Za-z0-9=&%._~+-]*)?")


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
    if (typed := kept()) is None:
        return redirect(where, 303)
    if typed.person != person.id:
        flash("What was typed here before you signed in is another person's. It was not sent.")
        return redirect(where, 303)
    admit(person)
    return make_response(render_template("desk/resume.html", kept=typed))


@blueprint.post("/sign-out")
@open_to(Permission.USE_DESK)
def sign_out() -> BaseResponse:
    services().sessions.end(str(session["id"]))
    session.clear()
    flash("You have signed out.")
    return redirect(url_for(".sign_in"), 303)


@blueprint.errorhandler(SignInNeeded)
def ask_to_sign_in(_: SignInNeeded) -> Response | BaseResponse:
    """The sign-in form, with what was typed into the form that was sent if it may be resumed."""
    where = _next(request.script_root + request.full_path.rstrip("?"))
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("desk.sign_in", next=where), 303)
    if typed := keep():
        problem = "Your session has expired. Sign in again: your text is not lost."
        return _form(where, problem, 403, typed)
    has_page = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    problem = "You are not signed in. Nothing was done: sign in, then do it again."
    return _form(where if has_page else _next(""), problem, 403)


def _refused(where: str, problem: str, status: int) -> Response:
    request.environ[REFUSED] = "sign-in"
    return _form(where, problem, status, request.form.get(KEPT, "") if kept() else "")


def _form(where: str, problem: str, status: int = 200, typed: str = "") -> Response:
    """`typed`: what `keep` signed."""
    page = render_template("desk/sign-in.html", where=where, problem=problem, typed=typed)
    return make_response(page, status)


def _next(path: str) -> str:
    """The path, which begins with the service's own prefix; the desk's first page if it is not one
    of the desk.
    """
    prefix = request.script_root
    known = path.startswith(prefix) and _DESK_PATH.fullmatch(path, len(prefix))
    return path if known else url_for("desk.queue")
