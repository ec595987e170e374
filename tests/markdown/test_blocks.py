"""A line of Markdown as a value: its kind, its runs and where they stand."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repo_store.markdown import Block, Image, Kind, Link, Run, Style, parse, visible

ALPHABET = (*"ab1 *_`[]()<>!\\&;#|-.:/\"'\n\té桥", "](https://a.b)", "&amp;", "![")
lines = st.lists(st.sampled_from(ALPHABET), max_size=24).map("".join)


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("Plain text, 5 * 3 & more.", Kind.PARAGRAPH, "Plain text, 5 * 3 & more."),
        ("## What *now*?", Kind.HEADING, "What now?"),
        ("# no heading of ours", Kind.PARAGRAPH, "# no heading of ours"),
        ("##no heading", Kind.PARAGRAPH, "##no heading"),
        ("> Said **she**.", Kind.QUOTE, "Said she."),
        ("- item", Kind.ITEM, "item"),
        ("  12. item", Kind.ITEM, "item"),
        ("-item", Kind.PARAGRAPH, "-item"),
        ("2026. was a year", Kind.ITEM, "was a year"),
        (r"2026\. was a year", Kind.PARAGRAPH, "2026. was a year"),
        (r"\- no item", Kind.PARAGRAPH, "- no item"),
        ("| a | b \\| *c* |", Kind.ROW, "a\tb | c"),
        ("| a | b \\|", Kind.PARAGRAPH, "| a | b |"),
        ("| --- | :-: |", Kind.DIVIDER, ""),
        ("---", Kind.RULE, ""),
        ('![A *bridge*](https://a.b/c.jpg "By &amp; by")', Kind.IMAGE, "A bridge\tBy & by"),
        ("![A bridge](https://a.b/c.jpg) in text", Kind.PARAGRAPH, "A bridge in text"),
        ("![](https://a.b/c.jpg)", Kind.IMAGE, ""),
        ("https://a.b/c?d=e", Kind.EMBED, "https://a.b/c?d=e"),
        ("https://a.b/c and more", Kind.PARAGRAPH, "https://a.b/c and more"),
        ("<b>HTML</b> is text<br>", Kind.PARAGRAPH, "<b>HTML</b> is text<br>"),
        ("a_snake_case and _emphasis_", Kind.PARAGRAPH, "a_snake_case and emphasis"),
        ("", Kind.PARAGRAPH, ""),
    ],
)
def test_a_kind_and_its_visible_text(source: str, kind: Kind, text: str) -> None:
    assert (parse(source).kind, visible(source)) == (kind, text)


def test_levels_and_numbers() -> None:
    assert [parse(f"{marks} a").level for marks in ("##", "###", "####")] == [2, 3, 4]
    item = parse("    7. a")
    assert (item.level, item.number) == (2, 7)
    assert (parse("- a").level, parse("- a").number) == (0, None)


def test_runs_know_their_style_and_their_place() -> None:
    source = '- Cost **4 [million](https://a.b "t")** &amp; `x_y`'
    link = Link("https://a.b", "t")
    assert parse(source).parts == (
        (
            Run("Cost ", Style(), 2, 7),
            Run("4 ", Style(strong=True), 9, 11),
            Run("million", Style(strong=True, link=link), 12, 19),
            Run(" ", Style(), 39, 40),
            Run("&", Style(), 40, 45),
            Run(" ", Style(), 45, 46),
            Run("x_y", Style(code=True), 47, 50),
        ),
    )


def test_an_image_has_its_alt_text_and_its_caption() -> None:
    block = parse('![Alt](https://a.b/c.jpg "Caption")')
    assert block.image == Image("https://a.b/c.jpg", "Caption")
    assert [[run.text for run in part] for part in block.parts] == [["Alt"], ["Caption"]]


@pytest.mark.parametrize(
    "href",
    [
        *(
            "https://a.b/c_(d)",
            "HTTP://A.B",
            "mailto:a@b.c",
            "tel:+4712",
            "/a",
            "#a",
            "?q",
            "a/b:c",
        ),
        *("", "//a.b/c"),
    ],
)
def test_a_link_may_have_the_address(href: str) -> None:
    (run,) = parse(f"[a]({href})").parts[0]
    assert run.style.link == Link(href.strip("<>"))


@pytest.mark.parametrize(
    "href",
    [
        *(
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,a",
            "vbscript:a",
            "ftp://a",
        ),
        *("java&#10;script:alert(1)", "&#106;avascript:a", "<java\tscript:a>", "&#9;javascript:a"),
        *("https://", "https:\\\\a.b", "http:a", "mailto:", "file:///etc"),
    ],
)
def test_any_other_link_is_text(href: str) -> None:
    for source in (f"[a]({href})", f"![a]({href})", f"<{href}>"):
        assert all(run.style == Style() for part in parse(source).parts for run in part)


def test_an_image_leads_to_no_mailbox() -> None:
    assert visible("![a](mailto:a@b.c)") == "![a](mailto:a@b.c)"


@given(lines)
@example("`\n`*")
def test_each_run_is_its_part_of_the_source(source: str) -> None:
    block, end = parse(source), 0
    for start, run in block.placed():
        assert end <= run.start <= run.end <= len(source)
        assert block.visible[start : start + len(run.text)] == run.text
        if run.literal:
            assert source[run.start : run.end] == run.text
        end = run.end
    assert visible(source) == block.visible


def pathological() -> list[str]:
    units = [
        "[",
        "![",
        "[a](",
        '[a](b "',
        "[a](<b",
        "*a_",
        "`a``",
        "**a",
        "<a",
        "&amp;",
        "\\*",
        "|",
        "_",
    ]
    nested = "![" * 400 + "a" + "](https://b)" * 400
    return [*((unit * 20_000)[:20_000] for unit in units), nested, nested.replace("!", "")]


@pytest.mark.parametrize("source", pathological())
def test_a_line_of_nothing_but_mark_up_is_text(source: str) -> None:
    assert parse(source) == Block(Kind.PARAGRAPH, ((Run(source, Style(), 0, len(source)),),))


def test_work_is_bounded_by_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few brackets that are never closed, in a long text: each is searched to the end."""
    source = "[ " * 20 + "a" * 20_000
    assert visible(source) == source
    closed = "[a](https://b) " * 200 + "a" * 17_000
    assert visible(closed) == "a " * 200 + "a" * 17_000
