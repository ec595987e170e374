"""Who and what a record names: the id of a story, the shard that it falls in, an author."""

import re
from hashlib import sha256
from typing import NamedTuple

from repo_store.errors import FieldError, InvalidInput


class Author(NamedTuple):
    """Who wrote or decided something, as git records it; `email` may be empty."""

    name: str
    email: str = ""


_STORY_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def story_id(text: str) -> str:
    """The id itself if it is one, else InvalidInput naming `id`."""
    if len(text) > 120 or not _STORY_ID.fullmatch(text):
        message = "must be 1 to 120 of a-z and 0-9, in words joined by single hyphens"
        raise InvalidInput([FieldError("id", message)])
    return text


def shard(story: str) -> str:
    """Two hex digits of the id's hash: 256 folders keep any one of them short."""
    return sha256(story.encode()).hexdigest()[:2]
