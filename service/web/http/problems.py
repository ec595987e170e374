"""Which status an error has, and what its problem is called: the one table."""

from typing import NamedTuple

from repo_store import (
    ArchiveError,
    Damaged,
    InvalidInput,
    Malformed,
    Moved,
    NotFound,
    StaleBase,
    StoreFull,
    Unwritable,
)
from service.accounts import Forbidden
from service.usecases.errors import Gone, SilentEdit, WrongState
from service.web.http.access import Forged, Unauthorized


class Problem(NamedTuple):
    """`name` ends the problem's type."""

    status: int
    name: str
    title: str


# The first class that fits counts.
_PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (Malformed, Problem(400, "malformed", "The request cannot be read")),
    (InvalidInput, Problem(422, "invalid", "The content breaks the rules")),
    (Unauthorized, Problem(401, "unauthorized", "A token is needed")),
    (Forged, Problem(403, "forged", "This form cannot be taken")),
    (Forbidden, Problem(403, "forbidden", "Your role does not allow this")),
    (Gone, Problem(410, "removed", "This text was removed")),
    (NotFound, Problem(404, "not-found", "Not found")),
    (SilentEdit, Problem(409, "silent-edit", "Facts changed, and readers are not told why")),
    (WrongState, Problem(409, "wrong-state", "The revision is no draft any more")),
    (StaleBase, Problem(409, "stale-base", "The story has changed meanwhile")),
    (Moved, Problem(409, "conflict", "Other writers were faster; try again")),
    (StoreFull, Problem(507, "store-full", "The archive's disk is full")),
    (Unwritable, Problem(503, "unwritable", "The archive takes no writes just now")),
    (Damaged, Problem(500, "damaged", "The archive is damaged here")),
    (ArchiveError, Problem(500, "archive", "The archive cannot be used")),
)


def problem_of(error: Exception) -> Problem | None:
    """None for one that nobody foresaw."""
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), None)
