"""What the API's views share: their blueprint, how they read a body, and how they answer."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from repo_store import InvalidInput, Malformed, parse_json
from service.present.schemas import Answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


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
