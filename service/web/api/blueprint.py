"""What the API's views share: their blueprint, how they read a body, and how they answer."""

from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from repo_store import FieldError, InvalidInput, Malformed, parse_json
from service.present.schemas import Answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def _known_parameters() -> None:
    """Refuse a parameter that the operation does not know: what it was to narrow would not be.

    Of a public one, `addresses` leaves it out.
    """
    view = current_app.view_functions[request.endpoint or ""]
    known = getattr(view, "parameters", ())
    unknown = sorted(set(request.args) - set(known))
    if unknown and getattr(view, "permissions", None) is not None:
        message = f"unknown parameter; known are: {', '.join(known) or 'none'}"
        raise Malformed([FieldError(unknown[0], message)])


def json_body() -> Any:
    """The JSON that was sent."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    body = request.get_data()
    if len(body) >= (request.max_content_length or 0):
        # A chunked body without a length is cut at the limit, not refused.
        raise RequestEntityTooLarge
    try:
        return parse_json(body)
    except InvalidInput as error:
        raise Malformed(error.errors) from None


def json_response(answer: Answer, status: int = 200) -> Response:
    return Response(f"{answer.as_json()}\n", status, content_type="application/json")
