"""A sample history: the first text, then steps that edit it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Content = dict[str, Any]
Edit = Callable[[Content], None]


@dataclass(frozen=True)
class Step:
    """One revision: when, by whom, why, and the edits that make it of the one before."""

    at: datetime
    author: str
    edits: tuple[Edit, ...] = ()
    note: str = ""
    kind: str = "update"
    draft: bool = False


@dataclass(frozen=True)
class History:
    story: str
    first: Content
    steps: tuple[Step, ...]


def contents(history: History) -> Iterator[tuple[Step, Content]]:
    content = history.first
    for step in history.steps:
        content = deepcopy(content)
        for edit in step.edits:
            edit(content)
        yield step, content


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def put(place: str, value: Any, index: int | None = None) -> Edit:
    """Set a field, or insert a block before the one at `index`."""

    def edit(content: Content) -> None:
        if index is None:
            content[place] = value
        else:
            content[place].insert(index, value)

    return edit


def drop(place: str, index: int) -> Edit:
    def edit(content: Content) -> None:
        del content[place][index]

    return edit


def move(place: str, old: int, new: int) -> Edit:
    def edit(content: Content) -> None:
        content[place].insert(new, content[place].pop(old))

    return edit


def reword(old: str, new: str) -> Edit:
    """Replace a passage that stands in exactly one place of the story."""

    def edit(content: Content) -> None:
        found = 0

        def walk(value: Any) -> Any:
            nonlocal found
            if isinstance(value, str):
                found += value.count(old)
                return value.replace(old, new)
            if isinstance(value, list):
                return [walk(each) for each in value]
            if isinstance(value, dict):
                return {name: walk(each) for name, each in value.items()}
            return value

        content.update(walk(content))
        if found != 1:
            raise ValueError(f"stands {found} times: {old!r}")

    return edit
