"""What changed in a block of Markdown: words as they are seen, what changed under them, and the
stored text.
"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.diffing import text_without
from service.diffing.matching import Budget
from service.diffing.reading import Reader, read, seen
from service.diffing.rich import Rich, mark_rich
from service.diffing.types import Spans
from tests.profiles import examples


def compared(old: str, new: str) -> Rich:
    return mark_rich(old, new, Budget(), Reader())


def marked(spans: Spans | None) -> str:
    signs = {"equal": "", "delete": "-", "insert": "+"}
    parts = (f"[{signs[op]}{text}{signs[op]}]" if signs[op] else text for op, text in spans or ())
    return "".join(parts)


@pytest.mark.parametrize(
    ("old", "new", "as_seen", "as_stored"),
    [
        ("Plain 5.", "Plain 6.", "Plain [-5-][+6+].", "Plain [-5-][+6+]."),
        (
            "It cost **57.6** billion.",
            "It cost **58** billion.",
            "It cost [-57.6-][+58+] billion.",
            "It cost **[-57.6-][+58+]** billion.",
        ),
        ("a **b** c", "a c", "a [-b -]c", "a [-**b** -]c"),
        ("a b", "a **b**", "a b", "a [+**+]b[+**+]"),
        (
            "[The report](https://a.b/c) is out.",
            "[The study](https://a.b/d) is out.",
            "The [-report-][+study+] is out.",
            "[The [-report-][+study+]](https://a.b/[-c-][+d+]) is out.",
        ),
        ("[a b](https://c.d)", "[b](https://c.d)", "[-a -]b", "[[-a -]b](https://c.d)"),
        ("## Title", "Title", "Title", "[-## -]Title"),
        ("- a", "  - a", "a", "[+  +]- a"),
        ("2. a", "3. a", "a", "[-2-][+3+]. a"),
        ("R&amp;D", "R&D", "R&D", "R[-&amp;-][+&+]D"),
        ("| a | 5 |", "| a | 6 |", "a\t[-5-][+6+]", "| a | [-5-][+6+] |"),
        (
            "| a | 12 | 34.5 % |",
            "| a | 13 | 35.5 % |",
            "a\t[-12-][+13+]\t[-34.5-][+35.5+] %",
            "| a | [-12-][+13+] | [-34.5-][+35.5+] % |",
        ),
        ("| a | 1 | 2 |", "| a |  | 3 |", "a\t[-1-]\t[-2-][+3+]", None),
        ("| a | 1 |", "| a | 1 | 2 |", "a\t1[+\t2+]", "| a | 1 |[+ 2 |+]"),
        ("a\n*b*", "a b", "a[-\n-][+ +]b", "a[-\n*-][+ +]b[-*-]"),
    ],
)
def test_words_are_marked_as_they_are_seen(
    old: str, new: str, as_seen: str, as_stored: str | None
) -> None:
    found = compared(old, new)
    assert marked(found.spans) == as_seen
    assert as_stored is None or marked(found.source) == as_stored


LINK, IMAGE = "[a](https://b.c/1)", "![a](https://b.c/1.jpg)"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b", "a c", []),
        (f"x {LINK}", f"x {LINK}.", []),
        (LINK, "[a](https://b.c/2)", [("link", "a", "https://b.c/1", "https://b.c/2")]),
        (LINK, "a", [("link", "a", "https://b.c/1", None)]),
        ("a", LINK, [("link", "a", None, "https://b.c/1")]),
        (LINK, "[d](https://b.c/2)", [("link", "d", "https://b.c/1", "https://b.c/2")]),
        (f"x {LINK}", "x", [("link", "a", "https://b.c/1", None)]),
        ("<https://b.c/1>", "<https://b.c/2>", []),
        (
            '[a](https://b.c/1 "t")',
            '[a](https://b.c/1 "u")',
            [("link", "a", "https://b.c/1 “t”", "https://b.c/1 “u”")],
        ),
        (
            "a *b* c",
            "a **b** c",
            [("strong", "b", None, "strong"), ("emphasis", "b", "emphasis", None)],
        ),
        ("**a *b* c**", "a *b* c", [("strong", "a b c", "strong", None)]),
        (
            "**a** b **c**",
            "a b c",
            [("strong", "a", "strong", None), ("strong", "c", "strong", None)],
        ),
        ("`a`", "a", [("code", "a", "code", None)]),
        ("## a", "a", [("block", "", "heading 2", "paragraph")]),
        ("- a", "  2. a", [("block", "", "item", "numbered item, level 2")]),
        ("> a", "- a", [("block", "", "quote", "item")]),
        ("1. a", "2. a", []),
        (
            IMAGE,
            "![a](https://b.c/2.jpg)",
            [("image", "a", "https://b.c/1.jpg", "https://b.c/2.jpg")],
        ),
        (IMAGE, "![b](https://b.c/1.jpg)", [("alt", "", "a", "b")]),
        (IMAGE, '![a](https://b.c/1.jpg "d")', [("caption", "", None, "d")]),
        (
            IMAGE,
            "a",
            [("block", "", "image", "paragraph"), ("image", "a", "https://b.c/1.jpg", None)],
        ),
        (
            "[The plan](https://a.b/1) was read aloud by the mayor.",
            "It was read aloud by the mayor: [The plan](https://a.b/1).",
            [],
        ),
        (f"x {IMAGE}", "x", [("image", "a", "https://b.c/1.jpg", None)]),
        ("https://b.c/1", "https://b.c/2", [("embed", "", "https://b.c/1", "https://b.c/2")]),
    ],
)
def test_what_changed_under_the_words(old: str, new: str, expected: list[object]) -> None:
    assert [each[:4] for each in compared(old, new).formatting] == expected


def test_links_are_paired_where_their_words_stand() -> None:
    old = "[one](https://a.b/1) and [two](https://a.b/2) and [three](https://a.b/3)"
    new = "[zero](https://a.b/0) and [one](https://a.b/1) and [two](https://a.b/9) and [three](https://a.b/3)"
    assert [each[1:4] for each in compared(old, new).formatting] == [
        ("two", "https://a.b/2", "https://a.b/9"),
        ("zero", None, "https://a.b/0"),
    ]


PIECES = (
    *("a", "b ", "c", " ", "5", "**", "*", "_", "`", "[", "](https://a.b)", "](https://a.b/c)"),
    *(
        "![",
        "&amp;",
        "&",
        "\\*",
        "## ",
        "> ",
        "- ",
        "1. ",
        "| ",
        " |",
        "\n",
        "é",
        "桥",
        "👩‍👧",
        "<",
        "\t",
    ),
    *("[a](https://a.b)", "**b**", "https://a.b/c", '![a](https://a.b/c "d")', "| a | b |", "---"),
)
sources = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=examples(300))
@given(sources, sources)
@example("a\n- [b](https://a.b)", "a [b](https://a.b/c)")
def test_both_texts_are_rebuilt_as_stored_and_as_seen(old: str, new: str) -> None:
    found = compared(old, new)
    assert found.source is not None
    assert text_without(found.source, "insert") == old
    assert text_without(found.source, "delete") == new
    assert text_without(found.spans, "insert") == seen(old) == read(old).text
    assert text_without(found.spans, "delete") == seen(new) == read(new).text
    assert all(text for _, text in (*found.source, *found.spans))


@given(sources, sources)
def test_swapping_the_texts_swaps_their_styles(old: str, new: str) -> None:
    there, back = (
        {(each.what, each.text, each[at], each[5 - at]) for each in found.formatting}
        for at, found in (
            (2, compared(old, new)),
            (3, compared(new, old)),
        )
    )
    styles = {"strong", "emphasis", "code", "block"}
    assert {each for each in there if each[0] in styles} == {
        each for each in back if each[0] in styles
    }


@given(sources)
def test_nothing_changed_in_the_same_text(source: str) -> None:
    assert not compared(source, source).formatting


def test_many_links_are_compared_in_little_time() -> None:
    old = " ".join(f"[a](https://b.c/{at})" for at in range(200))
    new = " ".join(f"[a](https://b.c/{at}x)" for at in range(200))
    changes = mark_rich(
        old.ljust(20_000, "x"), new.ljust(20_000, "x"), Budget(), Reader()
    ).formatting
    assert [each.new for each in changes] == [f"https://b.c/{at}x" for at in range(200)]
