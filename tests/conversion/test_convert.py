"""What becomes of each part of HTML, and how what is lost is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import InvalidInput
from repo_store.markdown import parse
from service.conversion import convert
from service.conversion.parsing import MOST_BYTES, MOST_NODES
from tests.conversion.ruler import as_article, missing

PICTURE = "<img src=https://a.example/1 alt=s>"
FIGURE = f"<figure>{PICTURE}</figure>"
IMAGE = "![s](https://a.example/1)"

KEPT: tuple[tuple[str, list[str]], ...] = (
    ("", []),
    ("just text", ["just text"]),
    ("<p>a</p><p>b", ["a", "b"]),
    ("<p> a \n b<b> c</b> <i> d</i> </p>", ["a b **c** *d*"]),
    ("<p>a&nbsp;b &amp;lt; &hellip; &#x2014;</p>", ["a\xa0b \\&lt; … —"]),
    ("<p>&nbsp;<b>a​ </b>&nbsp;</p>", ["**a**"]),
    ("<p>&nbsp;</p><p>\u200b</p><p>&rlm;</p><p></p>", []),
    ("a<div>b</div>c", ["a", "b", "c"]),
    ("<b>a<i>b</i></b>c", ["**&#97;_b_**&#99;"]),
    ("<strong><p>a</p><p>b</p></strong>", ["**a**", "**b**"]),
    ("<h2>a</h2><h3>b</h3><h4>c</h4>", ["## a", "### b", "#### c"]),
    (
        "<a href='https://a.example/ b' title='t'>a <b>b</b></a>",
        ['[a **b**](https://a.example/%20b "t")'],
    ),
    (
        "<a href='https://a.example/'><h3>a</h3>b</a>",
        ["### [a](https://a.example/)", "[b](https://a.example/)"],
    ),
    ("<a name='x'>a</a>", ["a"]),
    ("<a href='mailto:a@b.example'>a</a>", ["[a](mailto:a@b.example)"]),
    ("<a href='//a.example/b'>a</a>", ["[a](https://a.example/b)"]),
    ("<p>https://a.example/</p>", ["https\\://a.example/"]),
    ("<p># a</p><p>1. b</p><p>- c</p><p>&lt;b></p>", ["\\# a", "1\\. b", "\\- c", "\\<b>"]),
    ("<ul><li>a<ul><li>b</ul><li>c</ul>", ["- a", "  - b", "- c"]),
    ("<ol start=3><li>a<li>b<ul><li>c</ul><li>d</ol>", ["3. a", "4. b", "  - c", "5. d"]),
    ("<ol start=' 03px'><li>a</ol><hr><ol start=-0><li>b</ol>", ["3. a", "---", "0. b"]),
    (f"<ol><li>a{FIGURE}<li>b<li>c</ol>", ["1. a", IMAGE, "2. b", "3. c"]),
    (f"<ul><li>a{FIGURE}<li>b</ul>", ["- a", IMAGE, "- b"]),
    ("<ul><li><a href='https://a.example/'>a</a></ul>", ["- [a](https://a.example/)"]),
    ("<li>a", ["- a"]),
    ("<ul><li><ul><li>a<li>b</ul></ul>", ["- a", "- b"]),
    ("<blockquote>a<p>b</blockquote>", ["> a", "> b"]),
    ("<table><tr><td>a<td>b|c<tr><td>d<td><i>e</i></table>", ["| a | b\\|c |", "| d | *e* |"]),
    ("<table><tr><th>a<th>b<tr><td>c<td>d</table>", ["| a | b |", "| --- | --- |", "| c | d |"]),
    ("<hr>", ["---"]),
    ("<p><code>a`b</code></p>", ["``a`b``"]),
    ("<img src='https://a.example/i.png' alt='a [b]'>", ["![a \\[b\\]](https://a.example/i.png)"]),
    ("<p><img src=https://a.example/i.png> a</p>", ["![](https://a.example/i.png)", "a"]),
    ("<p>a <img src=https://a.example/i.png alt=b> c</p>", ["a ![b](https://a.example/i.png) c"]),
    (
        "<img src='data:image/gif;base64,R0' data-src='https://a.example/i.png'>",
        ["![](https://a.example/i.png)"],
    ),
    (
        "<picture><source srcset=x><img src=https://a.example/i.png></picture>",
        ["![](https://a.example/i.png)"],
    ),
    ("<video><source src=https://a.example/v.mp4></video>a", ["https://a.example/v.mp4", "a"]),
    ("<audio src=https://a.example/a.mp3></audio>", ["https://a.example/a.mp3"]),
    ("<iframe src=//a.example/e></iframe>", ["https://a.example/e"]),
    ("10<sup>6</sup> H<sub>2</sub>O", ["10⁶ H₂O"]),
    ("<q>a</q>", ["“a”"]),
    ("<b style='font-weight:normal'>a <span style='font-weight:700'>b</span></b>", ["a **b**"]),
    ("<span style='FONT-STYLE: italic'>a</span>", ["*a*"]),
    ("<p>a<wbr>b&shy;c</p>", ["ab\u00adc"]),
    ("<p>a<br></p><p><br>b", ["a", "b"]),
    ("<p>a<br><br>b", ["a", "b"]),
    ("<table><tr><td>a</table>", ["a"]),
    ("<article><section>a</section></article><footer>b", ["a", "b"]),
    ("<custom-tag>a</custom-tag>b", ["ab"]),
    ("&#x5d0;\u2067a\u2069", ["\u05d0\u2067a\u2069"]),
)


@pytest.mark.parametrize(("html", "blocks"), KEPT)
def test_what_is_kept_and_loses_nothing(html: str, blocks: list[str]) -> None:
    found = convert(html)
    lost = {each.what for each in found.dropped} - {"table that lays out a page"}
    assert (list(found.blocks), lost) == (blocks, set())


LOST: tuple[tuple[str, list[str], dict[str, int]], ...] = (
    ("<h1>a</h1><h6>b</h6>", ["## a", "#### b"], {"level of a heading": 2}),
    ("<p>a<br>b", ["a", "b"], {"line break that became a paragraph": 1}),
    ("<ul><li>a<br>b</ul>", ["- a b"], {"line break that became a space": 1}),
    ("<h2>a<br>b</h2>", ["## a b"], {"line break that became a space": 1}),
    ("<script>a</script><style>b</style>c", ["c"], {"script": 1, "style sheet": 1}),
    ("<title>a</title>b", ["b"], {"title of the page": 1}),
    (
        "<audio src=https://a.example/a><p>b</p></audio>",
        ["https://a.example/a"],
        {"text for browsers without a player": 1},
    ),
    ("<p hidden>a</p><p style='display: none'>b</p>c", ["c"], {"hidden element": 2}),
    ("<span class='sr-only'>a</span>b", ["b"], {"hidden element": 1}),
    ("<!-- a -->b", ["b"], {"comment": 1}),
    ("<form><label>a <input></label></form>b", ["b"], {"form": 1}),
    ("<form><p>a<p>b<p>c<input></form>", ["a", "b", "c"], {"form control": 1}),
    ("<noscript>a</noscript>b", ["b"], {"content for browsers without scripts": 1}),
    ("<svg><text>a</text></svg>b", ["b"], {"drawing": 1}),
    ("<del>a</del> <u>b</u>", ["a b"], {"strikethrough": 1, "underline": 1}),
    ("1<sup>st</sup>", ["1st"], {"superscript": 1}),
    ("<font color=red>a</font>", ["a"], {"font or alignment": 1}),
    ("<p style='text-align:center'>a</p>", ["a"], {"colour, size or alignment": 1}),
    ("<abbr title='b c'>a</abbr>", ["a"], {"expansion of an abbreviation": 1}),
    ("<i lang=fr>a</i>", ["*a*"], {"language of a passage": 1}),
    ("<a href='javascript:b()'>a</a>", ["a"], {"link with an address of javascript:": 1}),
    ("<a href='http://['>a</a>", ["a"], {"link with a broken address": 1}),
    ("<a href='https://a.example/'> </a>b", ["b"], {"link without a text": 1}),
    (
        "<a href='/b'>a</a>",
        ["[a](/b)"],
        {"link with a relative address (kept, without its site)": 1},
    ),
    (
        "<img src='data:image/png;base64,x' alt=a>b",
        ["b"],
        {"image with an address of data:": 1, "alternative text of such an image": 1},
    ),
    ("<img src='https://a.example/' width=1 height=1>b", ["b"], {"tracking pixel": 1}),
    (
        "<a href='https://a.example/'><img src='https://a.example/i'></a>",
        ["![](https://a.example/i)"],
        {"link of an image": 1},
    ),
    ("<iframe src='about:blank'></iframe>a", ["a"], {"embed with an address of about:": 1}),
    (
        "<iframe src=/embed/1></iframe><video src=v.mp4></video><audio></audio>a",
        ["a"],
        {"embed with a relative address": 2, "embed without an address": 1},
    ),
    (
        "<img><img alt=b src=c>",
        ["![b](c)"],
        {
            "image without an address": 1,
            "image with a relative address (kept, without its site)": 1,
        },
    ),
    ("<amp-img src=https://a.example/1 alt=s title=t></amp-img>", [IMAGE], {"tooltip": 1}),
    (
        "<amp-youtube data-videoid=a></amp-youtube><amp-ad> </amp-ad><x src=b></x>"
        "<amp-ad>c</amp-ad><p>d<i data-src=e></i> <my-tag></my-tag>f</p>",
        ["c", "d f"],
        {
            "amp-youtube without a text": 1,
            "amp-ad without a text": 1,
            "x without a text": 1,
            "i without a text": 1,
            "my-tag without a text": 1,
        },
    ),
    ("<picture><source srcset=a></picture>b", ["b"], {"picture without a text": 1}),
    ("<picture><img src=data:,></picture>b", ["b"], {"image with an address of data:": 1}),
    (
        "<video src=https://a.example/v poster=p><track src=t></video>",
        ["https://a.example/v"],
        {"preview image of a video": 1, "subtitles": 1},
    ),
    (
        "<iframe srcdoc='a'></iframe><iframe srcdoc='a' src=https://a.example/v></iframe>",
        ["https://a.example/v"],
        {"page within a frame": 2},
    ),
    ("<dialog>a</dialog><dialog open>b</dialog>", ["b"], {"closed dialog": 1}),
    (
        "<video src=https://a.example/v>no <b>video</b></video>",
        ["https://a.example/v"],
        {"text for browsers without a player": 1},
    ),
    ("<pre>a\n\n  b</pre>", ["a", "b"], {"preformatted text (its lines became paragraphs)": 1}),
    ("<dl><dt>a<dd>b</dl>", ["**a**", "b"], {"list of terms (became paragraphs)": 1}),
    (
        "<details><summary>a</summary>b</details>",
        ["**a**", "b"],
        {"part that opens and closes (shown open)": 1},
    ),
    (
        "<blockquote><blockquote>a</blockquote></blockquote>",
        ["> a"],
        {"quotation within a quotation": 1},
    ),
    (
        "<blockquote><ul><li>a<li>b</ul></blockquote>",
        ["> a", "> b"],
        {"list in a quotation (its items became paragraphs)": 1},
    ),
    (
        "<blockquote><h3>a</h3>b</blockquote>",
        ["> a", "> b"],
        {"heading in a quotation, list or table": 1},
    ),
    (
        "<blockquote>a</blockquote><blockquote>b</blockquote>",
        ["> a", "> b"],
        {"border between two quotations": 1},
    ),
    (
        "<blockquote>a<img src=https://a.example/i></blockquote>",
        ["> a", "![](https://a.example/i)"],
        {"image in a quotation (outside it)": 1},
    ),
    ("<ul><ul><li>a</ul><li>b</ul>", ["- a", "- b"], {"border between two lists": 1}),
    ("<ol><li>a</ol><ol><li>b</ol>", ["1. a", "2. b"], {"border between two lists": 1}),
    ("<ul><li><p>a<p>b</ul>", ["- a b"], {"border between paragraphs of a list item": 1}),
    (
        "<ul><li>a<ul><li>b</ul>c</ul>",
        ["- a", "  - b", "c"],
        {"paragraph of a list item that left the list": 1},
    ),
    (
        "<ul><li>a" * 10,
        ["- a", *(f"{'  ' * min(at, 7)}- a" for at in range(1, 10))],
        {"list nested more than 8 deep": 2, "border between two lists": 2},
    ),
    ("<ol type=a><li>a</ol>", ["1. a"], {"numbering of a list": 1}),
    ("<ol reversed><li>a<li>b</ol>", ["1. a", "2. b"], {"numbering of a list": 1}),
    ("<ol start=-2><li>a</ol>", ["1. a"], {"numbering of a list": 1}),
    (f"<ol start={'9' * 5_000}><li>a</ol>", ["1. a"], {"numbering of a list": 1}),
    (
        f"<ol start=999999999><li>a<li>b{FIGURE}<li>c</ol>",
        ["999999999. a", "999999999. b", IMAGE, "999999999. c"],
        {"numbering of a list": 1},
    ),
    ("<ol><li><li>a</ol>", ["2. a"], {"empty item of a list": 1}),
    (
        "<ol><li>a<li>&nbsp;<li>b<li>c</ol>",
        ["1. a", "2. b", "3. c"],
        {"empty item of a list": 1, "numbering of a list": 1},
    ),
    (
        f"<ol><li>{PICTURE}<li>a<li><blockquote>b</blockquote><li>c</ol>",
        [IMAGE, "2. a", "> b", "4. c"],
        {"item of a list without a text (what it holds stands outside)": 2},
    ),
    (
        f"<ol><li>a<ol><li>b{FIGURE}<li>c</ol><li>d</ol>",
        ["1. a", "  1. b", IMAGE, "2. c", "3. d"],
        {"nesting of a list": 1, "border between two lists": 1, "numbering of a list": 1},
    ),
    (
        "<ol><li>a<li><ul><li>b</ul><li>c</ol>",
        ["1. a", "  - b", "2. c"],
        {"numbering of a list": 1},
    ),
    (
        "<ol><li>a</ol><ol start=7><li>b<li>c</ol>",
        ["1. a", "2. b", "3. c"],
        {"border between two lists": 1, "numbering of a list": 1},
    ),
    (
        "<table><tr><td colspan=2>a<tr><td>b<td>c</table>",
        ["| a |  |", "| b | c |"],
        {"cell over several columns": 1},
    ),
    (
        "<table><tr><td rowspan=2>a<td>b<tr><td>c</table>",
        ["| a | b |", "|  | c |"],
        {"cell over several rows": 1},
    ),
    (
        "<table><tr><td>a<p>b<td><ul><li>c<li>d</ul></table>",
        ["| a b | c d |"],
        {"border between paragraphs of a table or caption": 2, "list in a table or caption": 1},
    ),
    (
        "<table><caption>a</caption><tr><td>b<td>c</table>",
        ["a", "| b | c |"],
        {"caption that became a paragraph": 1},
    ),
    (
        "<table><tr><td>a<td>b<tr><th>c<td>d</table>",
        ["| a | b |", "| c | d |"],
        {"heading of a row": 1},
    ),
    (
        "<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>",
        ["a", "| b | c |", "d"],
        {"table that lays out a page": 1},
    ),
    (
        "<figure><blockquote>a</blockquote><figcaption>b</figcaption></figure>",
        ["> a", "> b"],
        {"caption that became a paragraph": 1},
    ),
    (
        "<figure><figcaption>b</figcaption><img src=https://a.example/i></figure>",
        ['![](https://a.example/i "b")'],
        {},
    ),
    ("<ruby>漢<rt>kan</rt></ruby>", ["漢(kan)"], {"reading beside a text (follows it)": 1}),
    ("a\x01b&#1;c\ud800d", ["abcd"], {"control character": 3}),
    ("a\u202eb&#8238;c", ["abc"], {"character that changes the direction of text": 2}),
    (
        "<p>&gt; " + "a <b>b</b> c " * 8 + "[x] </p>",
        ["\\> " + "a b c " * 8 + "\\[x\\]"],
        {"formatting of a text that has very much of it": 1},
    ),
    (
        "<p>a " + "<b>b</b> <i>c</i>" * 30,
        ["a b " + "c" + "b c" * 29],
        {"formatting of a text that has very much of it": 1},
    ),
)


@pytest.mark.parametrize(("html", "blocks", "dropped"), LOST)
def test_what_is_lost_is_named_and_counted(
    html: str, blocks: list[str], dropped: dict[str, int]
) -> None:
    found = convert(html)
    assert list(found.blocks) == blocks
    assert {each.what: each.count for each in found.dropped} == dropped


def test_an_image_with_more_signs_than_are_looked_at_leaves_its_texts() -> None:
    signs = "*_" * 40
    found = convert(f"<figure><img src=https://a.example/i alt=a><figcaption>{signs}</figure>")
    assert [parse(block).visible for block in found.blocks] == ["a", signs]
    found = convert(f"<img src='https://a.example/{signs}' alt=a>")
    assert found.blocks == ("a",)
    assert found.dropped[0].what == "image whose address or text has very many signs"


def test_relative_addresses_lead_on_from_a_base() -> None:
    found = convert("<a href='/b'>a</a><img src='../i.png'>", "https://a.example/x/y/z")
    assert found == (("[a](https://a.example/b)", "![](https://a.example/x/i.png)"), ())


@pytest.mark.parametrize(
    "opening", ["<div>", "<ul><li>", "<b>", "<blockquote>", "<figure><figcaption>"]
)
def test_depth_is_no_matter(opening: str) -> None:
    assert "end" in convert(opening * 30_000 + "end").blocks[-1]


@pytest.mark.parametrize(
    "html", ["<i>" * (MOST_NODES + 1), "a" * (MOST_BYTES + 1), "<div>" * 100_000 + "a"]
)
def test_too_much_is_refused(html: str) -> None:
    with pytest.raises(InvalidInput):
        convert(html)


def test_many_attributes_and_wide_cells_take_no_more_time_than_others() -> None:
    assert convert(f"<p {' '.join(f'a{at}=1' for at in range(100_000))}>a").blocks == ("a",)
    rows = "<tr><td colspan=1000 rowspan=1000>a<td>b" * 2_000
    assert sum(map(len, convert(f"<table>{rows}</table>").blocks)) < 300_000


PARTS = st.recursive(
    st.text("ab <>&*_[]`|#-1.\xa0é", max_size=8).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    ),
    lambda inside: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(
            [
                *("p", "b", "i", "em", "code", "a href='https://a.example/b(c'", "h2", "h3", "div"),
                *(
                    "ul",
                    "ol",
                    "li",
                    "blockquote",
                    "figure",
                    "figcaption",
                    "pre",
                    "span",
                    "q",
                    "sup",
                ),
                *("table", "tr", "td", "th", "dl", "dt", "summary", "article"),
            ]
        ),
        st.lists(inside, max_size=4),
    ),
    max_leaves=12,
)


@given(PARTS)
def test_no_word_is_lost_and_the_article_of_the_blocks_has_the_same(page: str) -> None:
    found = convert(page)
    assert not missing(page, found.blocks, found.dropped)
    assert convert(as_article(found.blocks)).blocks == found.blocks
