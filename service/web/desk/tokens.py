"""Tokens: listed, created and revoked by an admin."""

from datetime import timedelta

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, InvalidInput
from service.accounts import Gate, Permission, Role
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import whole
from service.web.http.access import open_to
from service.web.http.services import services


@blueprint.get("/tokens")
@open_to(Permission.MANAGE_TOKENS)
def list_tokens() -> Response:
    return _page()


@blueprint.post("/tokens")
@open_to(Permission.MANAGE_TOKENS)
def create_token() -> Response:
    form, now = request.form, services().clock()
    try:
        days = _days(form.get("days", "").strip())
        if form.get("role") not in list(Role):
            raise InvalidInput([FieldError("role", f"must be one of {', '.join(Role)}")])
        if (gate := form.get("gate") or None) and gate not in list(Gate):
            raise InvalidInput([FieldError("gate", f"must be one of {', '.join(Gate)}")])
        text = services().tokens.create(
            Role(form["role"]),
            form.get("name", ""),
            now,
            now + timedelta(days=days) if days else None,
            form.get("person", ""),
            Gate(gate) if gate else None,
        )
    except InvalidInput as error:
        return _page(error=error)
    # Shown on this page only; it is not stored.
    return _page(made=text)


@blueprint.post("/tokens/<token>/revoke")
@open_to(Permission.MANAGE_TOKENS)
def revoke_token(token: str) -> BaseResponse:
    revoked = services().tokens.revoke(token, services().clock())
    flash(f"The token of {revoked.person.name} was revoked.")
    return redirect(url_for(".list_tokens"), 303)


def _days(text: str) -> int:
    if not text:
        return 0
    days = whole(text)
    if not isinstance(days, int) or not 1 <= days <= 36_500:
        raise InvalidInput([FieldError("days", "must be a number of days, or empty")])
    return days


def _page(made: str = "", error: InvalidInput | None = None) -> Response:
    tokens = services().tokens.all()
    page = render_template(
        "desk/tokens.html",
        tokens=tokens,
        persons=sorted({(each.person.name, each.person.id) for each in tokens}),
        roles=list(Role),
        gates=list(Gate),
        made=made,
        error=error,
        typed=request.form,
        now=services().clock(),
    )
    return make_response(page, 422 if error else 200)
