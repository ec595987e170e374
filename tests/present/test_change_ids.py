"""The names of changes: what keeps one and what gives another."""

import re

from service.diffing import Block, Span
from service.present.change_ids import change_ids


def _edit(old: str, new: str, at: int = 0) -> Block:
    spans = (Span("delete", old), Span("insert", new))
    return Block("changed", (at,), (at,), {"": spans})


def test_a_change_is_named_for_its_section_and_its_texts_wherever_it_stands() -> None:
    (name,) = change_ids([("overview", _edit("431 cm", "455 cm"))])
    assert re.fullmatch("c[a-z2-7]{8}", name)
    other = _edit("one", "two")
    assert change_ids([("overview", other), ("overview", _edit("431 cm", "455 cm", 7))])[1] == name
    assert change_ids([("analysis", _edit("431 cm", "455 cm"))]) != [name]
    assert change_ids([("overview", _edit("455 cm", "431 cm"))]) != [name]


def test_a_name_stays_the_same_from_release_to_release() -> None:
    assert change_ids([("overview", _edit("431 cm", "455 cm"))]) == ["cytt7q2yj"]


def test_how_the_words_are_marked_does_not_matter() -> None:
    coarse = _edit("The gauge said 431 cm", "The gauge said 455 cm")
    fine = (Span("equal", "The gauge said "), Span("delete", "431 cm"), Span("insert", "455 cm"))
    exact = coarse._replace(texts={"": fine})
    assert change_ids([("overview", coarse)]) == change_ids([("overview", exact)])


def test_the_same_edit_twice_has_two_names() -> None:
    first, second = change_ids([("overview", _edit("a", "b")), ("overview", _edit("a", "b", 3))])
    assert second == f"{first}-2"
