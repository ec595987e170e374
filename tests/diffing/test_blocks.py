"""Which block became which."""

from typing import Any

import pytest

from service.diffing import Block, compare
from tests.chance import seeded
from tests.diffing.pages import PARAGRAPHS, letters, page, paragraph, paragraphs

A, B, C, D = PARAGRAPHS.values()


def _blocks(old: list[Any], new: list[Any], section: str = "overview") -> list[Block]:
    diff = compare(page(**{section: old}), page(**{section: new}))
    return [block for part in diff.sections if part.section == section for block in part.blocks]


def _places(
    old: list[Any], new: list[Any], section: str = "overview"
) -> list[tuple[str, list[int], list[int]]]:
    """(op, old, new) of each block, in the diff's order."""
    return [(block.op, list(block.old), list(block.new)) for block in _blocks(old, new, section)]


SIGNS = {"same": "=", "changed": "~", "added": "+", "removed": "-", "moved": ">"}


def _became(old: str, new: str) -> str:
    """Each block in the diff's order: a sign, its letters in the old text and in the new."""
    before, after = letters(old), letters(new)
    return " ".join(
        SIGNS[op]
        + ":".join(
            "".join(texts[index] for index in indexes)
            for texts, indexes in ((before, i), (after, j))
            if indexes
        )
        for op, i, j in _places(paragraphs(old), paragraphs(new))
    )


@pytest.mark.parametrize(
    ("old", "new", "became"),
    [
        # Added and removed paragraphs stand in their place
        ("AB", "ACB", "=A:A +C =B:B"),
        ("ACB", "AB", "=A:A -C =B:B"),
        # An edited one pairs with its old self, also beside added ones
        ("ABC", "AbC", "=A:A ~B:b =C:C"),
        ("AB", "DACb", "+D =A:A +C ~B:b"),
        # With nothing in common it is another one
        ("A", "D", "-A +D"),
        # A move is shown once, at the new place; it may be edited too
        ("ABCD", "DABC", ">D:D =A:A =B:B =C:C"),
        ("ABCD", "dABC", ">D:d =A:A =B:B =C:C"),
        # Of two that swapped places the shorter has moved
        ("(AAA)B", "B(AAA)", ">B:B =(AAA):(AAA)"),
        # Where one of two equal ones goes, nothing moves
        ("ABA", "BA", "-A =B:B =A:A"),
        # Splits and merges
        ("(AB)C", "ABC", "~(AB):AB =C:C"),
        ("ABC", "(AB)C", "~AB:(AB) =C:C"),
        ("C(ABD)", "ABDC", "~(ABD):ABD >C:C"),
    ],
)
def test_paragraphs(old: str, new: str, became: str) -> None:
    assert _became(old, new) == became


def _source(name: str, url: str, **more: str) -> dict[str, str]:
    return {"name": name, "url": f"https://{url}.example/", **more}


def test_a_source_is_known_by_its_address_or_its_name() -> None:
    old = [_source("Gazette", "gazette"), _source("Herald", "herald")]
    new = [_source("The Gazette", "gazette"), _source("Herald", "herald-online")]
    assert _places(old, new, "sources") == [("changed", [0], [0]), ("changed", [1], [1])]


def test_another_source_is_another_source() -> None:
    old, new = [_source("Gazette", "g")], [_source("Herald", "h")]
    assert _places(old, new, "sources") == [("removed", [0], []), ("added", [], [0])]


def test_an_optional_field_can_be_added() -> None:
    old, new = [_source("Gazette", "g")], [_source("Gazette", "g", title="A vote")]
    (block,) = _blocks(old, new, "sources")
    assert [span.op for span in block.texts["title"]] == ["insert"]
    assert block.op == "changed"


def test_a_question_is_known_by_its_words_or_by_its_answer() -> None:
    old = [{"question": "Why?", "answer": A}, {"question": "How much does it cost?", "answer": "9"}]
    new = [{"question": "For what reason?", "answer": A}, {**old[1], "answer": "12 million"}]
    assert _places(old, new, "faq") == [("changed", [0], [0]), ("changed", [1], [1])]


def test_a_title_stays_the_title_however_much_of_it_changed() -> None:
    diff = compare(page(title="One thing"), page(title="Quite different words"))
    assert [block.op for block in diff.sections[0].blocks] == ["changed"]


def test_a_changed_number_of_sources_changes_the_sources() -> None:
    diff = compare(page(source_count=3), page(source_count=4))
    assert list(diff.changed_sections()) == ["sources"]
    assert diff.source_count == (3, 4)
    assert not any(section.changed for section in diff.sections)


def test_a_split_marks_only_the_new_border_and_the_edits() -> None:
    (block,) = _blocks([f"{A} {B}"], [A, paragraph("b")])
    assert [(span.op, span.text) for span in block.spans if span.op != "equal"] == [
        ("delete", " "),
        ("insert", "\n"),
        ("delete", "1.2"),
        ("insert", "1.4"),
    ]


def test_a_paragraph_may_move_to_another_section() -> None:
    old, new = (
        page(overview=[A, B], analysis=[C]),
        page(overview=[A], analysis=[C, paragraph("b")]),
    )
    diff = compare(old, new)
    block = diff.sections[3].blocks[1]
    assert (block.op, block.old, block.new, block.from_section) == ("moved", (1,), (1,), "overview")
    assert [span.text for span in block.spans if span.op != "equal"] == ["1.2", "1.4"]
    assert [block.op for block in diff.sections[2].blocks] == ["same"]
    assert diff.stats == (1, 1, 1)


def test_a_text_of_two_words_does_not() -> None:
    diff = compare(page(overview=[A, "So far."]), page(overview=[A], analysis=["So far."]))
    assert diff.stats.blocks_moved == 0


def test_a_reworded_paragraph_is_found_though_its_neighbours_moved() -> None:
    reworded = "Readers had gathered some four thousand signatures within a single week."
    assert [3] in [i for _, i, j in _places([A, B, C, D], [reworded, C, A, B]) if j == [0]]


def test_short_lines_between_the_same_neighbours_pair_in_order() -> None:
    old = [A, "- [**312**](./300/312.md)", "- [**311**](./300/311.md)", B]
    new = [
        A,
        "- [**312** 拳打投行，金融羞耻](./300/312.md)",
        "- [**311** 认识超雄](./300/311.md)",
        B,
    ]
    assert _places(old, new)[1:3] == [("changed", [1], [1]), ("changed", [2], [2])]


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
    assert _places([A, *lines, B], [A, whole, B])[1] == ("changed", [1, 2, 3, 4], [1])


def test_similar_rows_that_shift_stay_the_same_but_for_one() -> None:
    rows = [
        f"| Ward {letter} | counted in full | {place} |" for place, letter in enumerate("abcdef")
    ]
    assert [op for op, _, _ in _places(rows[:5], rows[1:])].count("same") == 4


def test_many_reordered_paragraphs_are_found_though_no_word_is_rare() -> None:
    chance = seeded(1)
    words = [f"word{number}" for number in range(100)]
    old = [" ".join(chance.choices(words, k=30)) for _ in range(90)]
    new = [f"{text} edited" for text in old[::-1]]
    places = _places(old, new)
    assert {op for op, _, _ in places} <= {"moved", "changed"}
    assert all(i + j == 89 for _, (i,), (j,) in places)


def test_sources_are_paired_by_address_before_name() -> None:
    def wire(*urls: str) -> list[dict[str, str]]:
        return [{"name": "The wire", "url": url} for url in urls]

    old = wire("http://w.example/a", "http://www.w.example/b", "https://w.example/c?id=1")
    new = wire(
        "https://w.example/c?id=1&utm_source=feed", "https://w.example/a/", "http://w.example/b"
    )
    for one, other, places in (
        (old, new, [("moved", [2], [0]), ("changed", [0], [1]), ("changed", [1], [2])]),
        (new, old, [("changed", [1], [0]), ("changed", [2], [1]), ("moved", [0], [2])]),
    ):
        assert _places(one, other, "sources") == places
