"""What is written as Markdown reads back as it was: by our reader, and by another one."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from repo_store.markdown import PLAIN, Image, Kind, Link, Style, parse
from repo_store.markdown.writing import (
    Styled,
    heading,
    image,
    is_too_intricate,
    item,
    paragraph,
    quote,
    row,
)

COMMONMARK = MarkdownIt("commonmark", {"html": False})
# The ruler keeps every address as it is written.
COMMONMARK.normalizeLink = lambda url: url  # type: ignore[method-assign]  # its own way
COMMONMARK.validateLink = lambda url: True  # type: ignore[method-assign]  # its own way

STRONG, EMPHASIS, CODE = Style(strong=True), Style(emphasis=True), Style(code=True)
BOTH = Style(strong=True, emphasis=True)
LINK = Style(link=Link("https://a.example/x_(y)?b=1&copy;=2", 'its "title" \\'))
LINKED_STRONG = LINK._replace(strong=True)
PICTURE = Style(image=Image("https://a.example/i.png"))

INLINE: tuple[tuple[list[Styled], str], ...] = (
    ([("a", STRONG), ("b", EMPHASIS)], "**a**_b_"),
    ([("a", EMPHASIS), ("b", STRONG)], "_a_**b**"),
    ([("a", BOTH), (" b", STRONG)], "**_a_ b**"),
    ([("a", BOTH), (" b", EMPHASIS)], "_**a** b_"),
    ([("un", PLAIN), ("frigging", EMPHASIS), ("believable", PLAIN)], "un*frigging*believable"),
    ([("a", PLAIN), (" b ", STRONG), ("c", PLAIN)], "a **b** c"),
    ([("a", PLAIN), ("(b)", STRONG), ("c", PLAIN)], "&#97;**(b)**&#99;"),
    ([("a", STRONG), (" ", PLAIN), ("b", STRONG)], "**a b**"),
    ([("a`b", CODE)], "``a`b``"),
    ([("a", PLAIN), ("b", STRONG._replace(code=True))], "&#97;**`b`**"),
    ([("Stop!", PLAIN), ("a", Style(link=Link("#b")))], "Stop&#33;[a](#b)"),
    ([("a ", STRONG), ("b", Style(True, link=Link("/c")))], "**a [b](/c)**"),
    ([("a ", PLAIN), ("b", Style(True, link=Link("/c")))], "a [**b**](/c)"),
    ([("a", Style(link=Link("")))], "[a](<>)"),
    ([("a", Style(link=Link("/b c)")))], "[a](</b c)>)"),
    ([("a\nb\u2028c", PLAIN)], "a b c"),
)


@pytest.mark.parametrize(("runs", "source"), INLINE)
def test_styles_are_written_in_plain_commonmark(runs: list[Styled], source: str) -> None:
    assert paragraph(runs) == source


PLAIN_TEXTS = (
    *(
        "# a",
        "###### a",
        "- a",
        "+ a",
        "* a",
        "1. a",
        "2026) a",
        "> a",
        "---",
        "- - -",
        "***",
        "___",
    ),
    *(
        "| a |",
        "~~~",
        "```",
        "    a",
        " a ",
        "\\",
        "\\*",
        "C:\\new",
        "a\\",
        "https://a.example/b_c",
    ),
    *(
        "HTTP://A.example",
        "![a](b)",
        "[a]: b",
        "<b>a</b>",
        "<a@b.example>",
        "&amp;",
        "&#65;",
        "a & b",
    ),
    *("2 * 3", "*a*", "_a_", "snake_case", "a__b", "`a`", "a|b", "a\\|b", "!", "=", "\xa0a\xa0"),
)


@pytest.mark.parametrize("text", PLAIN_TEXTS)
def test_text_is_only_text_wherever_it_stands(text: str) -> None:
    assert read(paragraph(text)) == [(Kind.PARAGRAPH, text)]
    assert read(heading(2, text)) == [(Kind.HEADING, text)]
    assert read(quote(text)) == [(Kind.QUOTE, text)]
    assert read(item(text, 1)) == read(item(text, 0, 3)) == [(Kind.ITEM, text)]
    assert read(row([text, "b"])) == [(Kind.ROW, f"{text}\tb")]
    assert read(image("/i.png", text, text)) == [(Kind.IMAGE, f"{text}\t{text}")]
    assert commonmark(paragraph(text)) == [(text, PLAIN)]
    assert commonmark(heading(2, text)) == commonmark(quote(text)) == [(text, PLAIN)]


def read(source: str) -> list[tuple[Kind, str]]:
    return [(parse(source).kind, parse(source).visible)]


STYLES = st.builds(
    Style,
    strong=st.booleans(),
    emphasis=st.booleans(),
    code=st.sampled_from([False, False, False, True]),
    link=st.sampled_from([None, None, LINK.link, Link("/b|c"), Link("http://x.example/_a*b\\")]),
    image=st.sampled_from([None] * 7 + [PICTURE.image, Image("/a(b", "t|")]),
).map(lambda style: style._replace(code=style.code and not style.image))
TEXTS = st.text(alphabet='ab .,*_`[]()<>&;!#|\\"“é€\u0301\xa0-1:/', max_size=4)
RUNS = st.lists(st.tuples(TEXTS, STYLES), max_size=5)
ROOM = (f" {'w' * 2_000}", PLAIN)
"""Text that makes a block so long that all of its mark-up is looked at."""


def as_shown(runs: list[Styled]) -> list[Styled]:
    """Character by character with its style, without white space, whose style shows little."""
    return [
        (character, style)
        for text, style in runs
        for character in (text if text or not style.image else [""])
        if not character.isspace()
    ]


@given(RUNS)
@example([("a", Style(True, True)), ("b", STRONG), ("c", BOTH), ('"d"', STRONG)])
def test_whatever_styles_follow_each_other_are_read_back(runs: list[Styled]) -> None:
    runs = [*runs, ROOM]
    source = paragraph(runs)
    assert as_shown(commonmark(source)) == as_shown(runs)
    for block in (f"## {source}", quote(runs), item(runs), heading(3, runs)):
        assert as_shown(parsed(block)) == as_shown(runs)
        assert "".join(text for text, _ in parsed(block)) == "".join(text for text, _ in runs)


@given(st.lists(RUNS, min_size=1, max_size=3))
def test_the_cells_of_a_row_are_read_back(cells: list[list[Styled]]) -> None:
    cells = [[*cell, ROOM] for cell in cells]
    block = parse(row(cells))
    assert block.kind is Kind.ROW
    assert [
        [text for text, _ in as_shown([(run.text, run.style) for run in part])]
        for part in block.parts
    ] == [[text for text, _ in as_shown(cell)] for cell in cells]


def test_what_is_too_much_to_look_at_loses_its_styles_and_no_text() -> None:
    links = [Link(f"https://a.example/{at}") for at in range(40)]
    runs = [run for link in links for run in (("a", Style(True, link=link)), (".", PLAIN))]
    assert parsed(paragraph(runs)) == [("a." * 40, PLAIN)]
    assert [style for _, style in parsed(paragraph(runs[:20]))] == [
        style._replace(strong=False) for _, style in runs[:20]
    ]
    assert parsed(paragraph("*[`" * 99)) == [("*[`" * 99, PLAIN)]
    assert len(parse(row(["a"] * 300)).parts) == 300


def parsed(source: str) -> list[Styled]:
    return [(run.text, run.style) for part in parse(source).parts for run in part]


def commonmark(source: str) -> list[Styled]:
    """The runs of the one text that a reader of all of CommonMark finds in a line."""
    found = [token for token in COMMONMARK.parse(source) if token.type == "inline"]
    assert len(found) <= 1
    return list(_runs(found[0].children or [])) if found else []


def _runs(tokens: list[Token]) -> Iterator[Styled]:
    style = PLAIN
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                style = style._replace(strong=token.nesting > 0)
            case "em_open" | "em_close":
                style = style._replace(emphasis=token.nesting > 0)
            case "link_open":
                target = str(token.attrs["href"]), str(token.attrs.get("title", ""))
                style = style._replace(link=Link(*target))
            case "link_close":
                style = style._replace(link=None)
            case "image":
                picture = Image(str(token.attrs["src"]), str(token.attrs.get("title", "")))
                alt = "".join(child.content for child in token.children or [])
                yield alt, style._replace(image=picture)
            case "code_inline":
                yield token.content, style._replace(code=True)
            case _:
                yield token.content, style


MARKED: tuple[tuple[Callable[[list[Styled]], str], Callable[..., str], str, str], ...] = (
    (paragraph, paragraph, "> ", ""),
    (paragraph, paragraph, "12. ", ""),
    (quote, quote, "# ", ""),
    (item, item, "- ", ""),
    (lambda runs: heading(2, runs), heading, "", " ##"),
    (lambda runs: row([runs]), row, "", "|"),
)


@pytest.mark.parametrize(("write", "kind", "before", "after"), MARKED)
@pytest.mark.parametrize("pieces", range(4, 12))
@pytest.mark.parametrize("more", ["", "[", "[]", "[]["])
def test_what_makes_the_ends_of_a_block_text_counts_as_well(
    write: Callable[[list[Styled]], str],
    kind: Callable[..., str],
    before: str,
    after: str,
    pieces: int,
    more: str,
) -> None:
    bold = [run for _ in range(pieces) for run in (("b", STRONG), (" c ", PLAIN))]
    runs = [(before, PLAIN), ("a ", PLAIN), *bold, (more, PLAIN), (f"x{after}", PLAIN)]
    block = parse(write(runs))
    assert block.visible.strip() == "".join(text for text, _ in runs).strip()
    styled = any(run.style.strong for part in block.parts for run in part)
    assert is_too_intricate(runs, kind) is not styled


def test_a_mark_that_shows_is_named() -> None:
    text = "> " + "[" * 99
    assert parse(paragraph(text)).visible == f"\\{text}"
    assert is_too_intricate(text, paragraph)
    assert not is_too_intricate(text[2:], paragraph)


def test_few_styles_among_very_many_signs_are_named() -> None:
    assert is_too_intricate([("a", STRONG), ("[" * 99, PLAIN)], paragraph)
