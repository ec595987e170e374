"""Limits of a request's body, looked at before it is parsed."""

from flask import Flask, request

from repo_store import FieldError, Malformed
from service.web.wire.requests import MAX_BODY

MAX_FORM_FIELDS = 20_000
"""The limit of a form's fields; the largest story has 7,000."""


def register(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.before_request(_check_form)


def _check_form() -> None:
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    # Each field takes many times the memory of its text.
    if request.get_data().count(b"&") >= MAX_FORM_FIELDS:
        raise Malformed([FieldError("", f"the form has more than {MAX_FORM_FIELDS:,} fields")])
