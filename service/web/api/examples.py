"""The examples of the OpenAPI document: one session with a server, as it answered.

`examples.json` has its requests in their order. A test sends them again.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Exchange(NamedTuple):
    """A request and its answer. `operation`: its id; `answer`: None if it shows nothing new."""

    operation: str
    name: str
    summary: str
    path: str
    status: int
    body: Any = None
    answer: Any = None


@cache
def session() -> tuple[Exchange, ...]:
    text = files(__package__ or "").joinpath("examples.json").read_text("utf-8")
    return tuple(Exchange(**each) for each in json.loads(text))


def bodies(operation: str) -> dict[str, Any]:
    """As the examples of a request's media type."""
    return {
        each.name: {"summary": each.summary, "value": each.body}
        for each in session()
        if each.operation == operation and each.body is not None
    }


def answers(operation: str, status: int) -> dict[str, Any]:
    """As the examples of a response's media type."""
    return {
        each.name: {"summary": each.summary, "value": each.answer}
        for each in session()
        if (each.operation, each.status) == (operation, status) and each.answer is not None
    }
