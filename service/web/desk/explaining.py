"""Versions that are public, and changed facts that nobody has explained to readers yet."""

from flask import render_template, request

from repo_store import Kind
from service.accounts import Permission
from service.usecases.commands import EXPLAINS_NOTHING
from service.usecases.explaining import unexplained
from service.web.desk.blueprint import blueprint
from service.web.http.access import open_to
from service.web.http.damage import unless_damaged
from service.web.http.services import services, stories

EXPLAINING = tuple(kind for kind in Kind if kind not in EXPLAINS_NOTHING)
"""The kinds that an explanation may have."""
PAGE = 10


@blueprint.get("/to-explain")
@open_to(Permission.USE_DESK)
def to_explain() -> str:
    """Newest first, each with its facts and a note that would do."""
    listing = stories().to_explain(request.args.get("cursor", ""), PAGE)
    items = [
        (version, unless_damaged(f"{version.story} r{version.revision}", found))
        for version in listing.items
        for found in [lambda version=version: unexplained(stories(), version)]
    ]
    return render_template(
        "desk/to_explain.html",
        items=items,
        following=listing.next,
        kinds=EXPLAINING,
        now=services().clock(),
    )
