"""The status, type and title of each error: the one table."""

from typing import NamedTuple

from repo_store import (
    ArchiveError,
    Damaged,
    Exhausted,
    InvalidInput,
    Malformed,
    Moved,
    NotFound,
    Rebuilding,
    StaleBase,
    StoreFull,
    Unwritable,
)
from service.accounts import AccountsUnavailable, Forbidden, QuotaExceeded
from service.audit.keys import BadKey
from service.usecases.errors import Gone, SecondPersonNeeded, SilentEdit, Withdrawn, WrongState
from service.web.http.access import Forged, Unauthorized


class Problem(NamedTuple):
    """`name`: the last part of the problem type's URN."""

    status: int
    name: str
    title: str


# The first matching class wins.
_PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (Malformed, Problem(400, "malformed", "The request is malformed")),
    (InvalidInput, Problem(422, "invalid", "The content is not valid")),
    (Unauthorized, Problem(401, "unauthorized", "A valid token is required")),
    (Forged, Problem(403, "forged", "This form was rejected")),
    (Forbidden, Problem(403, "forbidden", "Your role does not allow this")),
    (Gone, Problem(410, "removed", "This text was removed")),
    (Withdrawn, Problem(410, "withdrawn", "This story was withdrawn")),
    (NotFound, Problem(404, "not-found", "Not found")),
    (SilentEdit, Problem(409, "silent-edit", "Facts changed without a note to readers")),
    (SecondPersonNeeded, Problem(409, "second-person", "Another person must confirm this")),
    (WrongState, Problem(409, "wrong-state", "The revision's state does not allow this")),
    (QuotaExceeded, Problem(429, "quota", "Your quota is used up")),
    (StaleBase, Problem(409, "stale-base", "The story has changed in the meantime")),
    (Moved, Problem(409, "conflict", "Another write came first; try again")),
    (Exhausted, Problem(503, "exhausted", "The server is short of resources at the moment")),
    (Rebuilding, Problem(503, "rebuilding", "The index is being rebuilt; try again shortly")),
    (StoreFull, Problem(507, "store-full", "The archive's disk is full")),
    (Unwritable, Problem(503, "unwritable", "The archive cannot be written at the moment")),
    (AccountsUnavailable, Problem(503, "accounts", "Accounts are not available at the moment")),
    (BadKey, Problem(503, "key", "Nothing can be signed at the moment")),
    (Damaged, Problem(500, "damaged", "This part of the archive is damaged")),
    (ArchiveError, Problem(500, "archive", "The archive cannot be used")),
)


def problem_of(error: Exception) -> Problem | None:
    """None for an unexpected error."""
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), None)
