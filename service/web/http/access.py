"""Who asks, and whether a route is for them: decided in one place, before any view runs.

A view says whom it is for with `public` or `open_to`. One that says nothing answers no one.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from markupsafe import Markup
from werkzeug.exceptions import NotFound as NoSuchAddress

from service.accounts import PUBLISHERS, WRITERS, Forbidden, Role, Token
from service.accounts.sessions import Session
from service.web.http.services import services

View = TypeVar("View", bound=Callable[..., Any])

EVERY_ROLE = frozenset(Role)
EDITORS = PUBLISHERS
AUDITORS = frozenset({Role.AUDITOR, Role.EDITOR, Role.ADMIN})
"""Who may export: an export holds drafts, too."""
ADMINS = frozenset({Role.ADMIN})
__all__ = [
    "ADMINS",
    "AUDITORS",
    "EDITORS",
    "EVERY_ROLE",
    "WRITERS",
    "open_to",
    "public",
    "register",
    "viewer",
]


class Unauthorized(Exception):
    """No token, or not one of ours."""


class SignInNeeded(Exception):
    """The desk, and no one is signed in."""


class Forged(Exception):
    """A form that this session did not give out."""


def public(view: View) -> View:
    """Mark a view as one for everybody."""
    return _for(view, None)


def open_to(roles: frozenset[Role]) -> Callable[[View], View]:
    """Mark a view as one for these roles only."""
    return lambda view: _for(view, roles)


def _for(view: View, roles: frozenset[Role] | None) -> View:
    view.roles = roles  # type: ignore[attr-defined]  # a mark on the function, read in `_check`
    return view


def viewer() -> Token | None:
    """Who asks; None is the public."""
    return cast(Token | None, g.get("viewer"))


def known_viewer() -> Token:
    """Who asks, in a view that is not for the public."""
    token = viewer()
    if token is None:
        raise Unauthorized("This needs a token: “Authorization: Bearer TOKEN”.")
    return token


def signed_in() -> Session:
    """The session, in a view of the desk."""
    return cast(Session, g.session)


def csrf_token() -> str:
    """What each form of this browser's session carries."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return str(session["csrf"])


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token())


def check_form() -> None:
    """Forged unless the form is one that this session gave out."""
    sent = request.form.get("csrf", "")
    known = str(session.get("csrf", ""))
    # The browser's own word on where a request comes from, where it gives one.
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if elsewhere or not known or not hmac.compare_digest(sent.encode(), known.encode()):
        raise Forged("This form was not given out by your session. Load the page anew.")


class _Cookies(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        """Over TLS the cookie never goes without it."""
        return request.is_secure


def register(app: Flask) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="story_history_desk",
        SESSION_COOKIE_PATH="/desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = _Cookies()
    app.before_request(_check)
    app.jinja_env.globals.update(csrf=_csrf_field, viewer=viewer)


def _check() -> None:
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return
    view = current_app.view_functions[endpoint]
    if not hasattr(view, "roles"):
        raise NoSuchAddress
    roles: frozenset[Role] | None = view.roles
    if request.blueprint == "desk":
        _check_desk(roles)
    elif request.blueprint == "api":
        _check_token(roles)
    elif roles is not None:
        raise NoSuchAddress  # nowhere else can one show who one is


def _check_token(roles: frozenset[Role] | None) -> None:
    header = request.headers.get("Authorization")
    if header is None:
        if roles is not None:
            raise Unauthorized("This needs a token: “Authorization: Bearer TOKEN”.")
        return
    scheme, _, text = header.partition(" ")
    bearer = scheme.lower() == "bearer"
    token = services().tokens.find(text.strip(), services().clock()) if bearer else None
    if token is None:
        raise Unauthorized("This token is not known here, or no longer.")
    _admit(token, roles)


def _check_desk(roles: frozenset[Role] | None) -> None:
    if roles is None:
        return
    found = services().sessions.find(str(session.get("id", "")), services().clock())
    if found is None:
        raise SignInNeeded
    g.session = found
    _admit(found.token, roles)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        check_form()


def _admit(token: Token, roles: frozenset[Role] | None) -> None:
    if roles is not None and token.role not in roles:
        raise Forbidden(f"The role {token.role} may not do this.")
    g.viewer = token
