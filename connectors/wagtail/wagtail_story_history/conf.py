"""What the site's settings say. They are read each time, so tests may change them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model

Paths = str | Sequence[str] | None
"""Where a part of the article comes from: attributes of the page, such as `author.name`; None: it
is left out.
"""
PARTS = (
    *("title", "summary", "authors", "section", "tags", "language", "url", "image"),
    *("image_caption", "image_credit", "body"),
)
"""The parts that `STORY_HISTORY_PAGES` may map."""


def url() -> str:
    """The archive's address, without a slash at its end. Empty: nothing is recorded."""
    return _text("STORY_HISTORY_URL").rstrip("/")


def token() -> str:
    return _text("STORY_HISTORY_TOKEN")


def public_url() -> str:
    """Where readers' browsers reach the archive."""
    return _text("STORY_HISTORY_PUBLIC_URL").rstrip("/") or url()


def prefix() -> str:
    """What the ids of stories begin with; the page's number follows."""
    return _text("STORY_HISTORY_PREFIX", "page-")


def image_filter() -> str:
    """Of the rendition that is recorded."""
    return _text("STORY_HISTORY_IMAGE", "max-1600x1600")


def sends_at_once() -> bool:
    """Whether a thread sends what was published; else only `story_history_send` does."""
    return bool(getattr(settings, "STORY_HISTORY_THREAD", True))


def pages() -> Mapping[str, Mapping[str, Paths]]:
    """The mapping of each page model that is recorded, by `app_label.ModelName`."""
    found: Mapping[str, Mapping[str, Paths]] = getattr(settings, "STORY_HISTORY_PAGES", {})
    return found


def models() -> list[type[Model]]:
    """The page models that are recorded. Unknown names are left to `checks`."""
    return [model for label in pages() if (model := model_of(label))]


def model_of(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def mapping_of(model: type[Any]) -> Mapping[str, Paths] | None:
    """Its own, or that of the nearest base; None: such pages are not recorded."""
    known = {label.lower(): mapping for label, mapping in pages().items()}
    for each in model.__mro__:
        meta = getattr(each, "_meta", None)
        if meta and (mapping := known.get(meta.label_lower)) is not None:
            return mapping
    return None


def _text(name: str, default: str = "") -> str:
    return str(getattr(settings, name, None) or default)
