"""A long text an extract at a time: whole blocks, as many as there is room for. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

Place = tuple[int, int]
"""The number of a part, and of a block in it."""
_END: Place = (2**31, 0)


class Extract(NamedTuple):
    """The blocks from `begin` to before `end`. `start`: the number, from 0, of its first sentence;
    `following`: of the first one after it, None at the end of the text.
    """

    begin: Place
    end: Place
    start: int
    following: int | None

    def blocks(self, part: int, count: int) -> range:
        """Those of a part of so many blocks that are in it."""
        (first, block), (last, stop) = self.begin, self.end
        begin = 0 if part > first else block if part == first else count
        end = count if part < last else min(stop, count) if part == last else 0
        return range(begin, end)


def extracts(blocks: Iterable[tuple[Place, int, int]], room: int) -> Iterator[Extract]:
    """`blocks`: the place of each that has sentences, in order, how many it has, and its cost, of
    which an extract has `room` for so much. Each has one block at least.
    """
    begin, start, number, left = (0, 0), 0, 0, room
    for place, sentences, cost in blocks:
        if cost > left and number > start:
            yield Extract(begin, place, start, number)
            begin, start, left = place, number, room
        left -= cost
        number += sentences
    yield Extract(begin, _END, start, None)
