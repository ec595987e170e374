"""What was typed into a form whose session has ended: offered again to the person who typed it.

It is kept only if the view says so, the form was sent from our own origin, and it carries a value
that this server signed for this person and this address when it rendered the form. So nothing that
another page made up is kept, shown or sent. What is kept goes through the sign-in form as one
signed text.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar, cast

from flask import current_app, request
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer
from markupsafe import Markup

from service.accounts.sessions import LIFETIME
from service.web.desk.blueprint import blueprint
from service.web.http.access import known_viewer
from service.web.http.sender import Sender, sender
from service.web.http.services import services

View = TypeVar("View", bound=Callable[..., Any])

FORM, KEPT = "form", "kept"
"""The fields with what was signed: for a form's address, and of what was typed."""
_NOT_KEPT = ("csrf", FORM, KEPT, "token", "next", "username")


class _Resumed(NamedTuple):
    """The field that says what a form does, its values in words, and words for any other value."""

    field: str
    words: Mapping[str, str]
    otherwise: str


def resumable(field: str, words: Mapping[str, str], otherwise: str) -> Callable[[View], View]:
    """Let what is sent to a view be offered again after signing in. For writing only: never for
    what cannot be taken back, or concerns access.
    """

    def mark(view: View) -> View:
        view.resumed = _Resumed(field, words, otherwise)  # type: ignore[attr-defined]  # read below
        return view

    return mark


class Kept(NamedTuple):
    """`person`: the id of whose text it is. `does`: in words, what sending it to `path` does, as
    the field `chosen_by` says; `about`: to which story, revision or version.
    """

    person: str
    path: str
    does: str
    about: Mapping[str, str]
    chosen_by: str
    fields: Sequence[tuple[str, str]]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """To what, and all that is to be sent."""
        fields = [each for each in self.fields if each[1] and each[0] != self.chosen_by]
        return [*self.about.items(), *fields]


@blueprint.app_template_global("resumable")
def form_fields(*paths: str) -> Markup:
    """What a form carries so that it can be resumed, for each address that it may be sent to: the
    present one, unless others are given.
    """
    field = Markup('<input type="hidden" name="{}" value="{}">')
    person = known_viewer().id
    signed = (_signed(FORM).dumps([person, path]) for path in paths or [_address()])
    return Markup("").join(field.format(FORM, text) for text in signed)


def keep() -> str:
    """What the present request sent, signed; empty if it may not be resumed."""
    view = current_app.view_functions[request.endpoint or ""]
    resumed: _Resumed | None = getattr(view, "resumed", None)
    path = _address()
    if resumed is None or sender() is not Sender.OURS or not (person := _rendered_for(path)):
        return ""
    fields = [each for each in request.form.items(multi=True) if each[0] not in _NOT_KEPT]
    does = resumed.words.get(request.form.get(resumed.field, ""), resumed.otherwise)
    kept = Kept(person, path, does, request.view_args or {}, resumed.field, fields)
    return _signed(KEPT).dumps(kept)


def kept() -> Kept | None:
    """What the sign-in form carries, whoever it belongs to; None if it was not signed by us."""
    values = _loaded(KEPT, request.form.get(KEPT, ""))
    if values is None:
        return None
    return Kept._make(values)


def _address() -> str:
    """The path of the present request, as `url_for` gives it."""
    return request.script_root + request.path


def _rendered_for(path: str) -> str | None:
    """The id of the person for whom the form that was sent to this path was rendered."""
    # A form has one for each address that it may be sent to: a few.
    for text in request.form.getlist(FORM)[:4]:
        person, rendered = _loaded(FORM, text) or (None, None)
        if person and rendered == path:
            return str(person)
    return None


class _Signer(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(services().clock().timestamp())


def _signed(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        cast(bytes, current_app.secret_key),
        salt=f"desk {purpose}",
        signer=_Signer,
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )


def _loaded(purpose: str, text: str) -> Any:
    """None if it was not signed by us for this purpose, or longer ago than a session can last."""
    try:
        return _signed(purpose).loads(text, max_age=int(LIFETIME.total_seconds()))
    except BadData:
        return None
