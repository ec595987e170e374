"""The kinds of facts, and the rules of each."""

from enum import StrEnum
from typing import NamedTuple

from repo_store.sameness import agree


class _Rules(NamedTuple):
    label: str
    new_to_page: bool = False
    can_go_stale: bool = False
    gated: bool = True


class FactKind(StrEnum):
    """What kinds of facts there are; the values are those of the API.

    `label`: for people. `new_to_page`: no fact where the other page has it somewhere else.
    `can_go_stale`: another section may still repeat the old value. `gated`: readers must be told
    why it changed.
    """

    label: str
    new_to_page: bool
    can_go_stale: bool
    gated: bool

    def __new__(cls, value: str, rules: _Rules) -> "FactKind":
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.label, kind.new_to_page, kind.can_go_stale, kind.gated = rules
        return kind

    NUMBER = "number", _Rules("Number", can_go_stale=True)
    DATE = "date", _Rules("Date", can_go_stale=True)
    TIME = "time", _Rules("Time", can_go_stale=True)
    QUOTATION = "quotation", _Rules("Quotation")
    NAME = "name", _Rules("Name", new_to_page=True)
    SPELLING = "spelling", _Rules("Spelling", gated=False)
    NEGATION = "negation", _Rules("Statement reversed")
    ATTRIBUTION = "attribution", _Rules("Attribution")
    ORDER = "order", _Rules("Order")
    SOURCE = "source", _Rules("Source or link", new_to_page=True)
    HEADLINE = "headline", _Rules("Headline")


Range = tuple[int, int]


class Mention(NamedTuple):
    """`start` and `end` in code points. Two are of the same thing if they have the same `value`
    and neither's `detail` contradicts the other's. `amount`: a number without its unit, or a year
    alone. `weak`: a fact only where it takes the place of another.
    """

    kind: FactKind
    start: int
    end: int
    value: str
    detail: str = ""
    amount: str = ""
    weak: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.value, self.detail

    def same(self, other: "Mention") -> bool:
        if self.kind != other.kind:
            # A year may look like a number: 1776 and 1,776
            values = self.kind.can_go_stale and other.kind.can_go_stale
            return values and self.amount == other.amount != ""
        if self.value != other.value:
            return False
        return agree(self.detail, other.detail)
