"""The store's contents as the differ's pages: the differ knows nothing of the store."""

from typing import cast

from repo_store import Content, content_fields
from service.diffing import Page


def page_of(content: Content) -> Page:
    return cast(Page, content_fields(content))
