"""What the API's views are added to."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
