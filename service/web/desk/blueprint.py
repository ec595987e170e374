"""The desk's blueprint; its modules add their views to it."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
