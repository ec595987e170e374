"""Authentication and authorisation: decided in one place, before any view runs.

A view declares its permissions with `public` or `open_to`. Access is denied by default: a view that
declares nothing answers 404 to everyone.
"""

import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from markupsafe import Markup
from werkzeug.exceptions import NotFound as NoSuchAddress

from service.accounts import AccountsUnavailable, Forbidden, Permission, Person
from service.accounts.sessions import Session
from service.web.http.response_cache import REFUSED
from service.web.http.sender import Sender, sender
from service.web.http.services import services

View = TypeVar("View", bound=Callable[..., Any])
_READS = ("GET", "HEAD", "OPTIONS")


class Unauthorized(Exception):
    """No token, or one that is not valid."""


class SignInNeeded(Exception):
    """A page of the desk was requested without a session."""


class Forged(Exception):
    """The form's CSRF token is missing or wrong, or another site sent it."""


def public(view: View) -> View:
    """Mark a view as open to everyone."""
    return _mark(view, None)


def open_to(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view as open to those who have one of these permissions."""
    return lambda view: _mark(view, frozenset(permissions))


def _mark(view: View, permissions: frozenset[Permission] | None) -> View:
    view.permissions = permissions  # type: ignore[attr-defined]  # read in `_check`
    return view


def viewer() -> Person | None:
    """Who sent the request, by token or session; None for the public."""
    return cast(Person | None, g.get("viewer"))


def known_viewer() -> Person:
    """The viewer, in a view that is not public."""
    person = viewer()
    if person is None:
        raise Unauthorized("This needs a token: “Authorization: Bearer TOKEN”.")
    return person


def check_may(permission: Permission) -> None:
    """For what only some may do in a view that is open to more: Unauthorized or Forbidden."""
    admit(known_viewer(), frozenset({permission}))


def signed_in() -> Session:
    """The session, in a view of the desk that is not public."""
    return cast(Session, g.session)


def csrf_token() -> str:
    """The token that each form of this browser session carries."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return str(session["csrf"])


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token())


def check_form() -> None:
    """Raises Forged unless the form has this session's CSRF token."""
    sent = request.form.get("csrf", "")
    expected = str(session.get("csrf", ""))
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forged("This form does not belong to your session. Reload the page and try again.")


class _Cookies(SecureCookieSessionInterface):
    def get_signing_serializer(self, app: Flask) -> Any:
        """None while there are no accounts, and so no key: then there is no session."""
        if not app.secret_key:
            with suppress(AccountsUnavailable):
                app.secret_key = app.extensions["story_history"].cookie_key()
        return super().get_signing_serializer(app)

    def get_cookie_path(self, app: Flask) -> str:
        return f"{request.script_root}/desk"

    def get_cookie_secure(self, app: Flask) -> bool:
        """Secure whenever the request came over TLS."""
        return request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Not for another site's form: it comes without the cookie (SameSite), so that a new one
        would end the session.
        """
        brought = self.get_cookie_name(app) in request.cookies
        known = sender() is Sender.OURS or (sender() is Sender.UNKNOWN and brought)
        if request.method in _READS or known:
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="story_history_desk",
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
    if not hasattr(view, "permissions"):
        raise NoSuchAddress
    permissions: frozenset[Permission] | None = view.permissions
    if request.blueprint == "desk":
        if not current_app.secret_key:
            services().check_accounts()
        _check_desk(permissions)
    elif request.blueprint == "api":
        _check_token(permissions)
    elif permissions is not None:
        raise NoSuchAddress  # no other blueprint authenticates its requests


def _check_token(permissions: frozenset[Permission] | None) -> None:
    header = request.headers.get("Authorization")
    if header is None:
        if permissions is not None:
            raise Unauthorized("This needs a token: “Authorization: Bearer TOKEN”.")
        return
    scheme, _, text = header.partition(" ")
    bearer = scheme.lower() == "bearer"
    token = services().tokens.find(text.strip(), services().clock()) if bearer else None
    if token is None:
        request.environ[REFUSED] = "token"
        raise Unauthorized("This token is unknown, revoked or expired.")
    admit(token.person, permissions)


def _check_desk(permissions: frozenset[Permission] | None) -> None:
    if request.method not in _READS and sender() is Sender.FOREIGN:
        raise Forged("Another site sent this. Nothing was done.")
    if permissions is None:
        return
    current = services().sessions.find(str(session.get("id", "")), services().clock())
    if current is None:
        raise SignInNeeded
    g.session = current
    admit(current.person, permissions)
    if request.method not in _READS:
        check_form()


def admit(person: Person, permissions: frozenset[Permission] | None = None) -> None:
    """Make this person the viewer; Forbidden without one of the permissions."""
    if permissions is not None and not any(map(person.may, permissions)):
        raise Forbidden(f"The role {person.role} does not allow this.")
    g.viewer = person
