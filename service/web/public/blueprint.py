"""The blueprint of the public pages."""

from flask import Blueprint

blueprint = Blueprint("pages", __name__)
