"""The way back to the article on its publisher's own site."""

from repo_store import Revision, State
from service.web.http.damage import unless_damaged
from service.web.http.links import article_address
from service.web.http.services import stories


def article_of(version: Revision) -> str | None:
    """The article's address as this version's text says, also if that was removed or is damaged."""
    content = None
    if version.state is not State.REMOVED:
        name = f"{version.story} version {version.version}"
        content = unless_damaged(name, lambda: stories().content(version))
    return article_address(version.story, content)
