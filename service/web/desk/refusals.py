"""Errors that the desk answers by showing the form again, with what was typed."""

import logging
from typing import Any, get_args

from flask import request

from repo_store import InvalidInput, Moved, StaleBase, StoreFull, Unwritable
from service.accounts import QuotaExceeded
from service.usecases.errors import SecondPersonNeeded, SilentEdit, WrongState
from service.web.desk.forms import with_suggestion
from service.web.http.problems import problem_of

log = logging.getLogger(__name__)

Refusal = (
    InvalidInput
    | SilentEdit
    | StaleBase
    | WrongState
    | SecondPersonNeeded
    | QuotaExceeded
    | Moved
    | StoreFull
    | Unwritable
)
REFUSALS = get_args(Refusal)


def status_of(refusal: Refusal | None) -> int:
    """The status of the page; 200 without a refusal."""
    problem = problem_of(refusal) if refusal else None
    status = problem.status if problem else 200
    if status >= 500:
        log.error("%s %s: %s", request.method, request.path, refusal)
    return status


def refusal_context(refusal: Refusal | None) -> dict[str, Any]:
    """The variables of the templates' `refused` macro and of the form."""
    return {
        "refusal": refusal,
        "silent": refusal if isinstance(refusal, SilentEdit) else None,
        "typed": with_suggestion(request.form),
    }
