"""The shapes that a content may have."""

from flask import Response

from service.present import shape_schemas
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import Tag, describe
from service.web.http.access import public
from service.web.http.services import services


@blueprint.get("/shapes")
@public
@describe(Tag.STORIES, {200: shape_schemas.ShapeList})
def list_shapes() -> Response:
    """List the shapes that a story may have, with their parts in order."""
    items = list(map(shape_schemas.Shape.of, services().archive.shapes))
    return json_response(shape_schemas.ShapeList(items=items, next=None))
