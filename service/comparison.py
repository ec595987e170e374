"""The store's contents as the differ's pages: the differ knows nothing of the store."""

from typing import cast

from repo_store import Content, content_fields
from service.diffing import EMPTY_PAGE, Page


def page_of(content: Content) -> Page:
    return cast(Page, {**EMPTY_PAGE, **content_fields(content)})
