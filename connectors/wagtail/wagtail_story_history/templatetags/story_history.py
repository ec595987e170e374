"""`{% story_history page %}`: the History under an article."""

from typing import Any

from django import template

from wagtail_story_history import conf
from wagtail_story_history.observing import story_of

register = template.Library()


@register.inclusion_tag("wagtail_story_history/history.html")
def story_history(page: Any, frame: bool = False) -> dict[str, Any]:
    """Nothing, if the page was never recorded. `frame`: without scripts, in a frame."""
    story = story_of(page) if conf.url() and getattr(page, "pk", None) else None
    return {"story": story and story.story, "url": conf.public_url(), "frame": frame, "page": page}


@register.simple_tag
def story_history_url(page: Any) -> str:
    """The address of the page's History, or an empty text."""
    story = story_of(page) if conf.url() and getattr(page, "pk", None) else None
    return f"{conf.public_url()}/stories/{story.story}/history" if story else ""
