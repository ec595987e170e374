"""Signing in with a token, and out; what was typed when a session had ended is handed back."""

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

from service.accounts import PUBLISHERS
from service.web.desk.blueprint import blueprint
from service.web.http.access import EVERY_ROLE, check_form, open_to, public
from service.web.http.services import services

# Within the desk, and nothing that a browser could take for another host.
_OURS = re.compile(r"/desk(?:/[a-z0-9/-]*)?(?:\?[A-Za-z0-9=&%._~+-]*)?")
_NOT_KEPT = ("csrf", "token", "next", "username")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response | BaseResponse:
    if request.method == "GET":
        return _form(_next(request.args.get("next", "")), "")
    check_form()
    where = _next(request.form.get("next", ""))
    found = services().tokens.find(request.form.get("token", "").strip(), services().clock())
    if found is None:
        return _form(where, "This token is not known here, or no longer.", 401)
    if found.role not in PUBLISHERS:
        return _form(where, f"The desk is for editors; this token's role is {found.role}.", 403)
    services().sessions.end(str(session.get("id", "")))
    session.clear()
    session["id"] = services().sessions.begin(found, services().clock())
    if kept := _kept():
        return make_response(render_template("desk/resume.html", where=where, kept=kept))
    return redirect(where, 303)


@blueprint.post("/sign-out")
@open_to(EVERY_ROLE)
def sign_out() -> BaseResponse:
    services().sessions.end(str(session["id"]))
    session.clear()
    flash("You are signed out.")
    return redirect(url_for(".sign_in"), 303)


def ask() -> Response | BaseResponse:
    """The answer to someone who is not signed in: the form, with what they had typed."""
    where = _next(request.full_path.rstrip("?"))
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("desk.sign_in", next=where), 303)
    return _form(where, "Your session has ended. Sign in again: what you typed is kept.", 403)


def _form(where: str, problem: str, status: int = 200) -> Response:
    page = render_template("desk/sign-in.html", where=where, problem=problem, kept=_kept())
    return make_response(page, status)


def _kept() -> MultiDict[str, str]:
    return MultiDict(
        (name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT
    )


def _next(path: str) -> str:
    return path if _OURS.fullmatch(path) else url_for("desk.queue")
