"""A long text an extract at a time."""

from hypothesis import given
from hypothesis import strategies as st

from service.present.extracts import extracts

parts = st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 40)), max_size=6), max_size=5)


@given(parts)
def test_every_block_is_in_one_extract_and_none_is_too_large(
    given: list[list[tuple[int, int]]],
) -> None:
    """`given`: of each block of each part its sentences and its cost; those without are left out,
    as a rule between two paragraphs is.
    """
    blocks = [
        ((part, at), sentences, cost)
        for part, each in enumerate(given)
        for at, (sentences, cost) in enumerate(each)
        if sentences
    ]
    found = list(extracts(blocks, room=50))
    numbers = {place: sum(each[1] for each in blocks[:at]) for at, (place, *_) in enumerate(blocks)}
    seen = []
    for extract in found:
        shown = [
            (part, at) for part, each in enumerate(given) for at in extract.blocks(part, len(each))
        ]
        seen += shown
        costs = [cost for place, _, cost in blocks if place in shown]
        assert sum(costs) <= 50
        said = [numbers[place] for place in shown if place in numbers]
        assert said[:1] == [extract.start][: len(said)]
    assert seen == [(part, at) for part, each in enumerate(given) for at in range(len(each))]
    assert [each.start for each in found[1:]] == [each.following for each in found[:-1]]
    assert found[-1].following is None


def test_a_block_that_is_too_large_is_an_extract_by_itself() -> None:
    found = list(extracts([((0, 0), 1, 90), ((0, 1), 2, 90), ((1, 0), 1, 5)], room=50))
    assert [(each.start, each.following) for each in found] == [(0, 1), (1, 3), (3, None)]
