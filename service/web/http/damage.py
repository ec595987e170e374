"""One damaged item never takes down the list that it is in."""

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import request

from repo_store import Damaged
from service.web.http.response_cache import VALIDATOR

T = TypeVar("T")
log = logging.getLogger(__name__)


def unless_damaged(what: str, read: Callable[[], T]) -> T | None:
    """What `read` returns; None if that is damaged: the log then names it, and no cache keeps the
    response, since nothing would say when it was repaired.
    """
    try:
        return read()
    except Damaged as error:
        log.error("%s %s: %s is damaged: %s", request.method, request.path, what, error)
        request.environ.pop(VALIDATOR, None)
        return None
