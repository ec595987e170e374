"""What a conversion could not keep: in words, each with how often."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from repo_store.markdown import writing

NO_TAG = "language that is no language tag"


@dataclass(frozen=True)
class Dropped:
    """`what`: in words and in the singular, such as “script”. It says what became of a text."""

    what: str
    count: int


class Losses:
    """Counts what is lost, in the order in which it is found first."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.total = 0

    def add(self, what: str, count: int = 1) -> None:
        if count:
            self._counts[what] += count
            self.total += count

    def add_intricate(self, runs: Sequence[writing.Styled], write: Callable[..., str]) -> None:
        """`write`: what makes a block of the runs."""
        what = "formatting of a text that has very much of it"
        self.add(what, writing.is_too_intricate(runs, write))

    def dropped(self) -> tuple[Dropped, ...]:
        return tuple(Dropped(what, count) for what, count in self._counts.items())
