"""The status, type and title of each error: the one table."""

from typing import NamedTuple

from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests, UnsupportedMediaType

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
from service.messages import marked
from service.present import problem_schemas as schemas
from service.usecases.errors import Gone, SecondPersonNeeded, SilentEdit, Withdrawn, WrongState
from service.web.http.access import Forged, Unauthorized
from service.web.wire.refusals import BUSY as _BUSY


class Problem(NamedTuple):
    """`name`: the last part of the problem type's URN; `shape`: what the answer holds."""

    status: int
    name: str
    title: str
    shape: type[schemas.Problem] = schemas.Problem

    @property
    def urn(self) -> str:
        return f"urn:story-history:problem:{self.name}"


# The first matching class wins.
_PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (
        Malformed,
        Problem(400, "malformed", marked("The request is malformed"), schemas.FieldProblem),
    ),
    (InvalidInput, Problem(422, "invalid", "The content is not valid", schemas.FieldProblem)),
    (Unauthorized, Problem(401, "unauthorized", "A valid token is required")),
    (Forged, Problem(403, "forged", "This form was rejected")),
    (Forbidden, Problem(403, "forbidden", "Your role does not allow this")),
    (Gone, Problem(410, "removed", marked("This text was removed"), schemas.RemovedProblem)),
    (
        Withdrawn,
        Problem(410, "withdrawn", marked("This story was withdrawn"), schemas.WithdrawnProblem),
    ),
    (NotFound, Problem(404, "not-found", marked("Not found"))),
    (
        SilentEdit,
        Problem(
            *(409, "silent-edit", "Facts changed without a note to readers"),
            schemas.SilentEditProblem,
        ),
    ),
    (SecondPersonNeeded, Problem(409, "second-person", "Another person must confirm this")),
    (WrongState, Problem(409, "wrong-state", "The revision's state does not allow this")),
    (QuotaExceeded, Problem(429, "quota", "Your quota is used up")),
    (
        StaleBase,
        Problem(
            *(409, "stale-base", "The story has changed in the meantime"),
            schemas.StaleBaseProblem,
        ),
    ),
    (Moved, Problem(409, "conflict", "Another write came first; try again")),
    (
        Exhausted,
        Problem(503, "exhausted", marked("The server is short of resources at the moment")),
    ),
    (
        Rebuilding,
        Problem(503, "rebuilding", marked("The index is being rebuilt; try again shortly")),
    ),
    (StoreFull, Problem(507, "store-full", "The archive's disk is full")),
    (Unwritable, Problem(503, "unwritable", "The archive cannot be written at the moment")),
    (AccountsUnavailable, Problem(503, "accounts", "Accounts are not available at the moment")),
    (BadKey, Problem(503, "key", "Nothing can be signed at the moment")),
    (Damaged, Problem(500, "damaged", marked("This part of the archive is damaged"))),
    (ArchiveError, Problem(500, "archive", marked("The archive cannot be used"))),
)


def problem_of(error: Exception) -> Problem | None:
    """None for an unexpected error."""
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), None)


def problem_for(raised: type[Exception]) -> Problem:
    """Of errors of this class, which must be in the table: else StopIteration."""
    return next(problem for kind, problem in _PROBLEMS if issubclass(raised, kind))


def http_problem(status: int, title: str) -> Problem:
    """Of one of Flask's own errors: no such route, method not allowed, body too large …"""
    if status == 404:
        return Problem(404, "not-found", "Not found")
    return Problem(status, title.lower().replace(" ", "-"), title)


INTERNAL = Problem(500, "internal", marked("Something went wrong"))
"""Of an error that nobody expected."""
BUSY = http_problem(_BUSY.status, _BUSY.title)
TOO_LARGE, NOT_JSON, TOO_MANY = (
    http_problem(error.code, error().name)
    for error in (RequestEntityTooLarge, UnsupportedMediaType, TooManyRequests)
)
