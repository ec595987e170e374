"""Contents as the differ takes them: it knows plain values and nothing of the store."""

from typing import cast

from repo_store import Content, content_fields
from service.diffing import Page


def page_of(content: Content) -> Page:
    """A content as the differ takes it."""
    return cast(Page, content_fields(content))
