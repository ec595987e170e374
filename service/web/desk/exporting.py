"""Exports from the desk: of one story, or of several by a span of time."""

from flask import Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from service.accounts import Permission
from service.web.desk.blueprint import blueprint
from service.web.http.access import open_to
from service.web.http.ranges import export_request, send_export
from service.web.http.services import services, stories


@blueprint.get("/export")
@open_to(Permission.EXPORT)
def export() -> str | BaseResponse:
    """The form; with `what`, the export."""
    if "what" in request.args:
        return send_export(export_request())
    keys = services().audit.public_keys()
    return render_template("desk/export.html", keys=keys)


@blueprint.get("/stories/<story>/export")
@open_to(Permission.EXPORT)
def export_story(story: str) -> Response:
    stories().check_known(story)
    return send_export(export_request((story,)))
