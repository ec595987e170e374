"""Where readers find the article that a story is the history of: on its publisher's own site."""

from repo_store import Content


def article_address(story: str, content: Content | None, pattern: str) -> str | None:
    """As the pattern, such as “https://paper.example/{story}”, says; None without one. `content`:
    None if its text is not there.
    """
    return pattern.replace("{story}", story) if pattern else None
