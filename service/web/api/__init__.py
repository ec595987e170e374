"""The JSON API, `/api/v1`, and its OpenAPI document."""

# Each module adds its views to the blueprint.
from service.web.api import (
    changes,
    convert,
    corrections,
    docs,
    export,
    inconsistencies,
    log,
    mentions,
    search,
    shapes,
    stories,
)
from service.web.api.blueprint import blueprint

__all__ = [
    "blueprint",
    "changes",
    "convert",
    "corrections",
    "docs",
    "export",
    "inconsistencies",
    "log",
    "mentions",
    "search",
    "shapes",
    "stories",
]
