"""Markdown text as HTML: what it looks like, and that nothing else ever comes out."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html
from markupsafe import escape

from repo_store.markdown import Kind, parse
from service.formats.markup import html_of
from service.present.rich_text import rich_text

LEADING = 'rel="nofollow noopener noreferrer"'
LOADED = 'loading="lazy" referrerpolicy="no-referrer"'


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (["a <b> & c"], '<p dir="auto">a &lt;b&gt; &amp; c</p>'),
        (["## a *b*"], '<h2 class="heading heading-2" dir="auto">a <em>b</em></h2>'),
        (["**a `b`** *c*"], '<p dir="auto"><strong>a <code>b</code></strong> <em>c</em></p>'),
        (
            ['[a **b**](https://a.b/?c&d "e")'],
            f'<p dir="auto"><a href="https://a.b/?c&amp;d" title="e" {LEADING}>a <strong>b</strong>'
            "</a></p>",
        ),
        (
            ["[a](<mailto:b@c.d?subject=e f>)"],
            f'<p dir="auto"><a href="mailto:b@c.d?subject=e%20f" {LEADING}>a</a></p>',
        ),
        (["[a](/b) [c](#d)"], '<p dir="auto">a c</p>'),
        (
            ["- a", "  3. b", "- c"],
            '<ul><li dir="auto">a<ol start="3"><li dir="auto">b</li></ol>'
            '</li><li dir="auto">c</li></ul>',
        ),
        (
            ["> a", "> b"],
            '<blockquote><p dir="auto">a</p><p dir="auto">b</p></blockquote>',
        ),
        (
            ["| a |", "| - |", "| b |"],
            '<div class="scroll"><table><thead><tr><th dir="auto">a</th></tr></thead>'
            '<tbody><tr><td dir="auto">b</td></tr></tbody></table></div>',
        ),
        (
            ['![a](https://b.c/d.jpg "e")'],
            f'<figure><img src="https://b.c/d.jpg" alt="a" {LOADED}>'
            '<figcaption dir="auto">e</figcaption></figure>',
        ),
        (
            ["![a](http://b.c/d.jpg)"],
            f'<figure><a href="http://b.c/d.jpg" {LEADING}>a</a></figure>',
        ),
        (
            ["https://a.b/c"],
            '<p class="embed" dir="auto"><span class="quiet" dir="ltr" lang="en">From a.b: </span>'
            f'<a href="https://a.b/c" {LEADING}>https://a.b/c</a></p>',
        ),
        (["---"], "<hr>"),
    ],
)
def test_blocks_as_html(blocks: list[str], expected: str) -> None:
    assert rich_text(blocks) == expected


ALTS = {
    r"Map \[2026\]": "Map [2026]",
    "Tea &amp; cake": "Tea & cake",
    "A *red* [door](https://e.f) `x`": "A red door x",
}


@pytest.mark.parametrize("source", ALTS)
def test_an_image_in_a_line_is_one_whatever_is_in_its_alt_text(source: str) -> None:
    image = f"![{source}](https://b.c/d.jpg)"
    lines = [f"See {image}{image} here", f"a **{image}**", f"[{image}](https://g.h)"]
    for written in (rich_text(lines), html_of(lines)):
        shown = html.fragment_fromstring(written, create_parent="section")
        assert [each.get("alt") for each in shown.iter("img")] == [ALTS[source]] * 4
    linked = html.fragment_fromstring(rich_text(lines, loads=False), create_parent="section")
    assert [each.text_content() for each in linked.iter("a")] == [ALTS[source]] * 4


def test_only_a_table_that_may_not_fit_is_a_stop_of_the_keyboard() -> None:
    for row, stops in (
        ("| Year | Crowns | 12 |", False),
        ("| Ward | Bergström | Lindqvist | Sundström | Undecided |", True),
        ("| Bundesverfassungsgericht | b |", True),
        ("| 東京都の人口が増えたことについての長い説明 | 東京都の人口が増えたこと |", False),
    ):
        assert ('tabindex="0" role="group" aria-label="Table"' in rich_text([row])) == stops


def test_relative_links_lead_on_from_the_articles_own_address() -> None:
    base = "https://paper.example/news/bridge"
    assert 'href="https://paper.example/b"' in rich_text(["[a](/b)"], base)
    assert 'href="https://paper.example/news/bridge#b"' in rich_text(["[a](#b)"], base)
    assert 'src="https://paper.example/i.png"' in rich_text(["![a](/i.png)"], base)


def test_mark_up_beyond_the_budget_is_text() -> None:
    written = rich_text(["*a* *b* *c* *d* *e*"] * 2_100)
    assert written.startswith('<p dir="auto"><em>a</em>')
    assert written.endswith('<p dir="auto">*a* *b* *c* *d* *e*</p>')


PLAIN = ["blockquote", "figure", "hr", "strong", "em", "code", "table", "thead", "tbody", "tr"]
DIRECTED = ["li", "td", "th", "figcaption"]
ALLOWED = {
    **{name: set[str]() for name in (*PLAIN, "ul")},
    **{name: {"dir"} for name in DIRECTED},
    **{name: {"dir", "class"} for name in ("p", "h2", "h3", "h4")},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title", "loading", "referrerpolicy"},
    "span": {"class", "dir", "lang"},
}
CLASSES = ["quiet", "embed", "scroll", *[f"heading heading-{level}" for level in (2, 3, 4)]]
PIECES = (
    *"a *_`[]<>&\\\n\"'!|\t\x00\x1b\x7f\u202eé桥",
    *(
        "**",
        "](",
        ")",
        "![",
        "## ",
        "> ",
        "- ",
        "  - ",
        "1. ",
        "| ",
        "---",
        "https://",
        "{{",
        "%0a",
    ),
    *("https://a.b/c.png", "](https://a.b)", "](javascript:alert(1))", "<script>", "</p>", "<!--"),
    *("<img src=x onerror=alert(1)>", "&#106;", "&colon;", "&Tab;", "javascript:", "vbscript:"),
    *("//evil.example", "\\\\a.b", '" onload="alert(1)', "data:text/html,"),
)
pieces = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@settings(max_examples=400)
@given(st.lists(pieces, max_size=5), st.sampled_from([None, "https://paper.example/a", "http://["]))
@example(['[a](https://b" onclick="c)'], None)
@example(["[a](java\tscript:b)", "<java\nscript:a>"], "https://paper.example/a")
@example(['![" onerror="a](https://b)'], None)
def test_no_text_yields_anything_else(blocks: list[str], base: str | None) -> None:
    written = rich_text(blocks, base)
    document = html.fragment_fromstring(written, create_parent="section")
    for element in document.iterdescendants():
        assert isinstance(element.tag, str)  # no comment, no instruction
        assert set(element.attrib) <= ALLOWED[element.tag]
        address = element.get("href", element.get("src", "https://"))
        schemes = (
            ("https://",) if element.tag == "img" else ("https://", "http://", "mailto:", "tel:")
        )
        assert address.casefold().startswith(schemes)
        assert element.get("rel", LEADING[5:-1]) == LEADING[5:-1]
        assert element.get("class", "quiet") in CLASSES
    assert written.count("<") == 2 * sum(1 for _ in document.iterdescendants()) - sum(
        1 for _ in document.iterdescendants("hr", "img")
    )


@given(st.lists(pieces, max_size=5))
def test_all_that_a_reader_sees_is_there(blocks: list[str]) -> None:
    written = rich_text(blocks)
    for block in map(parse, blocks):
        for _, run in block.placed():
            if block.kind is not Kind.EMBED:
                assert escape(run.text) in written
