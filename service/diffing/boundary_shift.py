"""Shifts an insertion or deletion that could stand in several places to where it reads best.

“the [the ]cat” and “[the ]the cat” are the same edit; whole sentences and words are preferred.
"""

from service.diffing.matching import Run

_ENDS = frozenset(".!?…。！？؟।")
_ENDS_UNSPACED = frozenset("。！？")
_CLOSERS = frozenset("\"'”’»)]」』）")


def shift_to_boundaries(runs: list[Run], a: list[str], b: list[str]) -> list[Run]:
    """The equal runs, with each pure insertion or deletion between two of them shifted."""
    ends = [(0, 0, 0), *runs, (len(a), len(b), 0)]
    for number in range(len(ends) - 1):
        (a1, b1, n1), (a2, b2, n2) = ends[number], ends[number + 1]
        inserted, deleted = b2 - b1 - n1, a2 - a1 - n1
        if bool(inserted) == bool(deleted):
            continue
        tokens, start, end = (b, b1 + n1, b2) if inserted else (a, a1 + n1, a2)
        left = right = 0
        while left < n1 and tokens[start - left - 1] == tokens[end - left - 1]:
            left += 1
        while right < n2 and tokens[start + right] == tokens[end + right]:
            right += 1
        if left or right:
            shifts = range(-left, right + 1)
            by = max(shifts, key=lambda by: (_score(tokens, start + by, end + by), by))
            ends[number] = (a1, b1, n1 + by)
            ends[number + 1] = (a2 + by, b2 + by, n2 - by)
    return [run for run in ends[1:-1] if run[2]]


def _score(tokens: list[str], start: int, end: int) -> int:
    """How well an edit of tokens[start:end] reads: 4 a sentence, 2 words, 1 or 0 neither."""
    first = start == 0
    last = end == len(tokens)
    after_space = first or tokens[start - 1].isspace()
    if tokens[start].isspace():
        # Space belongs in front of an insertion at the very end, else behind it.
        if last:
            return 4 if _ends_sentence(tokens, start) else 2
        return 1 if not after_space and not tokens[end - 1].isspace() else 0
    opens = _ends_sentence(tokens, start) and (after_space or _unspaced(tokens[start - 1]))
    if opens and (last or _ends_sentence(tokens, end)):
        return 4
    if after_space and (last or tokens[end - 1].isspace()):
        return 2
    return 1 if last or not tokens[end - 1].isspace() else 0


def _ends_sentence(tokens: list[str], at: int) -> bool:
    """Whether a sentence ends before tokens[at]."""
    while at and (tokens[at - 1].isspace() or tokens[at - 1] in _CLOSERS):
        at -= 1
    return at == 0 or tokens[at - 1][-1] in _ENDS


def _unspaced(token: str) -> bool:
    return token[-1] in _ENDS_UNSPACED or token[-1] in _CLOSERS
