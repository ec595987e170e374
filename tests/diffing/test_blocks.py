"""Which block became which."""

import random
from typing import Any

from service.diffing import compare
from tests.diffing.pages import page

A = "The council voted nine to six to keep the library open."
B = "It will cost 1.2 million crowns a year to run."
C = "Opponents had asked for a smaller building instead."
D = "Readers gathered four thousand signatures in a week."


def _told(section: str, old: list[Any], new: list[Any]) -> list[tuple[str, list[int], list[int]]]:
    """(op, old, new) of each block, in the diff's order."""
    diff = compare(page(**{section: old}), page(**{section: new}))
    found = next(each for each in diff.sections if each.section == section)
    return [(block.op, list(block.old), list(block.new)) for block in found.blocks]


def _overview(old: list[str], new: list[str]) -> list[tuple[str, list[int], list[int]]]:
    return _told("overview", old, new)


def test_added_and_removed_paragraphs_stand_where_they_came_and_went() -> None:
    assert _overview([A, B], [A, C, B]) == [
        ("same", [0], [0]),
        ("added", [], [1]),
        ("same", [1], [2]),
    ]
    assert _overview([A, C, B], [A, B]) == [
        ("same", [0], [0]),
        ("removed", [1], []),
        ("same", [2], [1]),
    ]


def test_an_edited_paragraph_pairs_with_its_old_self() -> None:
    assert _overview([A, B, C], [A, B.replace("1.2", "1.4"), C])[1] == ("changed", [1], [1])


def test_it_does_so_beside_added_and_removed_ones() -> None:
    assert _overview([A, B], [D, A, C, B.replace("1.2", "1.4")]) == [
        ("added", [], [0]),
        ("same", [0], [1]),
        ("added", [], [2]),
        ("changed", [1], [3]),
    ]


def test_a_paragraph_with_nothing_in_common_is_another_one() -> None:
    assert _overview([A], [D]) == [("removed", [0], []), ("added", [], [0])]


def test_a_moved_paragraph_is_told_once_at_its_new_place() -> None:
    assert _overview([A, B, C, D], [D, A, B, C]) == [
        ("moved", [3], [0]),
        ("same", [0], [1]),
        ("same", [1], [2]),
        ("same", [2], [3]),
    ]


def test_a_moved_paragraph_may_be_edited_too() -> None:
    edited = D.replace("four thousand", "five thousand")
    assert _overview([A, B, C, D], [edited, A, B, C])[0] == ("moved", [3], [0])


def test_the_shorter_of_two_that_swapped_has_moved() -> None:
    assert _overview([A * 3, B], [B, A * 3]) == [("moved", [1], [0]), ("same", [0], [1])]


def test_a_repeated_paragraph_that_goes_moves_nothing() -> None:
    assert _overview([A, B, A], [B, A]) == [
        ("removed", [0], []),
        ("same", [1], [0]),
        ("same", [2], [1]),
    ]


def _source(name: str, url: str, **more: str) -> dict[str, str]:
    return {"name": name, "url": f"https://{url}.example/", **more}


def test_a_source_is_known_by_its_address_or_its_name() -> None:
    old = [_source("Gazette", "gazette"), _source("Herald", "herald")]
    new = [_source("The Gazette", "gazette"), _source("Herald", "herald-online")]
    assert _told("sources", old, new) == [("changed", [0], [0]), ("changed", [1], [1])]


def test_another_source_is_another_source() -> None:
    assert _told("sources", [_source("Gazette", "g")], [_source("Herald", "h")]) == [
        ("removed", [0], []),
        ("added", [], [0]),
    ]


def test_an_optional_field_can_come_and_go() -> None:
    old, new = [_source("Gazette", "g")], [_source("Gazette", "g", title="A vote")]
    diff = compare(page(sources=old), page(sources=new))
    block = diff.sections[4].blocks[0]
    assert [span.op for span in block.texts["title"]] == ["insert"]
    assert block.op == "changed"


def test_a_question_is_known_by_its_words_or_by_its_answer() -> None:
    old = [{"question": "Why?", "answer": A}, {"question": "How much does it cost?", "answer": "9"}]
    new = [{"question": "For what reason?", "answer": A}, {**old[1], "answer": "12 million"}]
    assert _told("faq", old, new) == [("changed", [0], [0]), ("changed", [1], [1])]


def test_a_title_stays_the_title_however_much_of_it_changed() -> None:
    diff = compare(page(title="One thing"), page(title="Quite different words"))
    assert [block.op for block in diff.sections[0].blocks] == ["changed"]


def test_a_changed_number_of_sources_changes_the_sources() -> None:
    diff = compare(page(source_count=3), page(source_count=4))
    assert list(diff.changed_sections()) == ["sources"]
    assert diff.source_count == (3, 4)
    assert not any(section.changed for section in diff.sections)


def test_a_paragraph_that_was_split_is_one_block_with_two_new_ones() -> None:
    assert _overview([f"{A} {B}", C], [A, B, C]) == [
        ("changed", [0], [0, 1]),
        ("same", [1], [2]),
    ]


def test_paragraphs_that_were_merged_are_one_block() -> None:
    assert _overview([A, B, C], [f"{A} {B}", C]) == [
        ("changed", [0, 1], [0]),
        ("same", [2], [1]),
    ]


def test_a_split_marks_only_the_new_border_and_the_edits() -> None:
    diff = compare(page(overview=[f"{A} {B}"]), page(overview=[A, B.replace("1.2", "1.4")]))
    (block,) = diff.sections[2].blocks
    marked = [(span.op, span.text) for span in block.spans if span.op != "equal"]
    assert marked == [
        ("delete", " "),
        ("insert", "\n"),
        ("delete", "1.2"),
        ("insert", "1.4"),
    ]


def test_three_ways_and_moved() -> None:
    assert _overview([C, f"{A} {B} {D}"], [A, B, D, C]) == [
        ("changed", [1], [0, 1, 2]),
        ("moved", [0], [3]),
    ] or _overview([C, f"{A} {B} {D}"], [A, B, D, C]) == [
        ("moved", [1], [0, 1, 2]),
        ("same", [0], [3]),
    ]


def test_a_paragraph_may_move_to_another_section() -> None:
    edited = B.replace("1.2", "1.4")
    diff = compare(page(overview=[A, B], analysis=[C]), page(overview=[A], analysis=[C, edited]))
    block = diff.sections[3].blocks[1]
    assert (block.op, block.old, block.new, block.from_section) == ("moved", (1,), (1,), "overview")
    assert [span.text for span in block.spans if span.op != "equal"] == ["1.2", "1.4"]
    assert [each.op for each in diff.sections[2].blocks] == ["same"]
    assert diff.stats == (1, 1, 1)


def test_a_reworded_paragraph_is_found_though_its_neighbours_moved() -> None:
    reworded = "Readers had gathered some four thousand signatures within a single week."
    assert ("moved", [3], [0]) in _overview([A, B, C, D], [reworded, C, A, B]) or (
        ("changed", [3], [0]) in _overview([A, B, C, D], [reworded, C, A, B])
    )


def test_short_lines_between_the_same_neighbours_pair_in_order() -> None:
    old = [A, "- [**312**](./300/312.md)", "- [**311**](./300/311.md)", B]
    new = [
        A,
        "- [**312** 拳打投行，金融羞耻](./300/312.md)",
        "- [**311** 认识超雄](./300/311.md)",
        B,
    ]
    assert _overview(old, new)[1:3] == [("changed", [1], [1]), ("changed", [2], [2])]


def test_many_short_lines_joined_into_one_are_a_merge() -> None:
    lines = [
        "The library stays open.{{source",
        "| title = Council keeps the library",
        "| publisher = Gazette",
        "| date = 2026-03-04}}",
    ]
    whole = (
        "The library stays open.{{source |title=Council keeps the library |publisher=Gazette"
        " |date=2026-03-04}}"
    )
    assert _overview([A, *lines, B], [A, whole, B])[1] == ("changed", [1, 2, 3, 4], [1])


def test_rows_made_alike_that_shift_stay_the_same_but_for_one() -> None:
    rows = [
        f"| Ward {letter} | counted in full | {place} |" for place, letter in enumerate("abcdef")
    ]
    told = [op for op, _, _ in _overview(rows[:5], rows[1:])]
    assert told.count("same") == 4


def test_of_many_paragraphs_in_another_order_each_is_found_though_no_word_is_rare() -> None:
    chance = random.Random(1)  # noqa: S311 a text, the same each time
    words = [f"word{number}" for number in range(100)]
    old = [" ".join(chance.choices(words, k=30)) for _ in range(90)]
    new = [f"{text} edited" for text in old[::-1]]
    told = _overview(old, new)
    assert {op for op, _, _ in told} <= {"moved", "changed"}
    assert all(i + j == 89 for _, (i,), (j,) in told)
