"""What the desk's views are added to."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
