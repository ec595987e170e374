"""What the API's views share: their blueprint, and how they answer."""

from flask import Blueprint, Response

from service.present.schemas import Answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


def json_response(answer: Answer, status: int = 200) -> Response:
    return Response(f"{answer.as_json()}\n", status, content_type="application/json")
