"""The article of a page: what the page says of itself, and which of it is the text."""

import pytest

from service.conversion import read_page

HEAD = """<!doctype html><html lang="en-GB"><head><title>Bridge shut | The Paper</title>
<meta property="og:title" content="Bridge shut"><meta name="description" content="Two years early.">
<meta name="author" content="Ada Lund"><meta name="author" content="Per Ek">
<link rel="canonical" href="https://paper.example/news/bridge">
<meta property="og:image" content="https://paper.example/i.jpg">
<meta property="og:image:alt" content="A bridge">
<meta property="article:published_time" content="2024-05-04T10:00:00+02:00">
<meta property="article:modified_time" content="2024-05-05T10:00:00+02:00">
<meta property="article:section" content="City"><meta property="article:tag" content="traffic">
<meta property="article:tag" content="bridges"></head>"""
BODY = """<body><nav><a href="/">Home</a></nav><main><article><h1>Bridge shut</h1>
<p>It shut <b>today</b>, see <a href="/plan">the plan</a>.</p>
<aside>Also read</aside><p>More to come.</p>
<div class="related-posts">Other</div></article></main><footer>Imprint</footer></body></html>"""


def test_what_a_page_says_of_itself_becomes_an_article() -> None:
    page = read_page(HEAD + BODY)
    assert page.fields == {
        "shape": "article",
        "title": "Bridge shut",
        "summary": "Two years early.",
        "authors": ["Ada Lund", "Per Ek"],
        "section": "City",
        "tags": ["traffic", "bridges"],
        "language": "en-GB",
        "url": "https://paper.example/news/bridge",
        "image": {"url": "https://paper.example/i.jpg", "alt": "A bridge"},
        "body": [
            "It shut **today**, see [the plan](https://paper.example/plan).",
            "More to come.",
        ],
    }
    assert (page.published[:10], page.modified[:10]) == ("2024-05-04", "2024-05-05")
    assert [each.what for each in page.dropped] == [
        "aside around the article",
        "part around the article",
    ]


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("<h1>A <i>b</i></h1><p>c", {"title": "A b", "body": ["c"]}),
        ("<title>A</title><p>c", {"title": "A", "body": ["c"]}),
        ("<p>c", {"title": "", "body": ["c"]}),
        ("<h1>A</h1><h1>B</h1>", {"title": "A", "body": ["## B"]}),
        ("<h1>A</h1><a rel=author>B</a>", {"title": "A", "authors": ["B"], "body": ["B"]}),
        (
            "<meta property=article:author content=https://a.b><i itemprop=author>B</i>",
            {"title": "", "authors": ["B"], "body": ["*B*"]},
        ),
        (
            "<link rel=canonical href=/a><meta name=og:image content=/b>c",
            {"title": "", "body": ["c"]},
        ),
        (
            "<meta property=og:url content=https://a.example/b><a href=c>c</a>",
            {"title": "", "url": "https://a.example/b", "body": ["[c](https://a.example/c)"]},
        ),
        (
            "<base href=https://a.example/b/><img src=c>",
            {"title": "", "body": ["![](https://a.example/b/c)"]},
        ),
    ],
)
def test_what_is_missing_is_looked_for_elsewhere(page: str, fields: dict[str, object]) -> None:
    assert read_page(page).fields == {"shape": "article", **fields}


@pytest.mark.parametrize(
    "page",
    [
        "<div>x</div><div itemprop=articleBody>a</div><article>c</article>",
        "<article>x<div class='post entry-content'>a</div></article>",
        "<article>x</article><article>a</article>".replace("a</", "a </").replace("x", ""),
        "<div>x</div><main>a</main>",
        "<div>x</div><div role=main>a</div>",
        "x<div><p>a</p><p></p></div><p>y</p>",
        "<nav>x</nav><aside>y</aside>a<footer>z</footer>",
        "<article>a<div class=comments>x</div></article>",
    ],
)
def test_the_text_is_the_article_s_alone(page: str) -> None:
    assert read_page(page).fields["body"] == ["a"]


def test_a_page_of_many_nested_articles_takes_no_longer() -> None:
    assert read_page("<article><h1></h1>" * 20_000 + "a").fields["body"] == ["a"]


def _said(page: str) -> tuple[object, dict[str, int]]:
    found = read_page(page)
    return found.fields.get("body"), {each.what: each.count for each in found.dropped}


def test_all_parts_that_are_marked_are_taken_and_what_is_outside_them_is_named() -> None:
    assert _said(
        "<header><p>Site</p></header><article><h1>Two parts</h1><p class=standfirst>12 dead</p>"
        "<figure><img src=https://a.example/i><figcaption>Hero</figcaption></figure>"
        "<div itemprop=articleBody><p>First</p></div><div class=ad>Buy</div>"
        "<img src=https://a.example/j><iframe src=https://a.example/e></iframe><p><br></p>"
        "<div>Ann Berg</div><div>It was two in the morning when they all left.</div>"
        "<div itemprop=articleBody><p>Second, longer</p></div></article>"
    ) == (
        ["First", "Second, longer"],
        {
            f"{what} outside the article's text": 1
            for what in ("paragraph", "figure", "image", "embed", "passage")
        },
    )


def test_what_a_page_says_of_itself_is_not_named_where_it_stands_in_the_article_as_well() -> None:
    assert _said(
        "<meta name=description content=Early><meta name=author content=Ann><article><h1>A</h1>"
        "<p>Early<p> Ann <div class=entry-content>a</div></article>"
    ) == (["a"], {})


POSTS = "<article><p>One</p></article><article><p>Two, longer</p></article>"


@pytest.mark.parametrize(
    "page",
    [
        f"<main class=live-blog>{POSTS}</main>",
        f"<div itemscope itemtype=https://schema.org/LiveBlogPosting>{POSTS}</div>",
        f'<script type=application/ld+json>{{"@type": "LiveBlogPosting"}}</script>{POSTS}',
        POSTS.replace("<article", "<article itemprop=liveBlogUpdate"),
        f"<article>{POSTS}</article>",
        f"<aside>{POSTS}</aside><main class=liveblog>{POSTS}</main>",
    ],
)
def test_the_posts_of_a_live_blog_are_all_taken(page: str) -> None:
    assert read_page(page).fields["body"] == ["One", "Two, longer"]


@pytest.mark.parametrize(
    ("page", "body", "dropped"),
    [
        (POSTS, "Two, longer", {"other article of the page": 1}),
        (
            f"<body itemscope itemtype=http://schema.org/NewsArticle>{POSTS}<nav>{POSTS}</nav>",
            "Two, longer",
            {"other article of the page": 1},
        ),
        (
            "<div class=hentry><div class=entry-content>a b</div></div>"
            "<div class=hentry><div class=entry-content>c</div></div>",
            "a b",
            {"other article of the page": 1},
        ),
        (
            "<div><p>a<p><p></div><nav><p>b<p>c<p>d<p>e</nav><h2>f</h2><div><p>g<p>h</div>",
            "a",
            {"heading outside the article's text": 1, "paragraph outside the article's text": 2},
        ),
        (
            "<table><tr><td><p>a<p><p><td>b<td><table><tr><td>c</table></table>",
            "a",
            {"table outside the article's text": 1},
        ),
    ],
)
def test_what_is_not_taken_is_named(page: str, body: str, dropped: dict[str, int]) -> None:
    assert _said(page) == ([body], dropped)


@pytest.mark.parametrize("base", ["<base href=/x/>", "<base href=https://paper.example/x/>", ""])
def test_the_addresses_that_a_page_gives_of_itself_lead_on_from_each_other(base: str) -> None:
    page = (
        f"{base}<link rel=canonical href=/a><meta property=og:url content=https://paper.example/b>"
        "<meta property=og:image content=data:,><meta property=og:image content=/i.jpg>"
    )
    found = read_page(page)
    assert found.fields["url"] == "https://paper.example/a"
    assert found.fields["image"] == {"url": "https://paper.example/i.jpg"}
    assert [each.what for each in found.dropped] == ["image of the page with an address of data:"]


def test_a_relative_address_that_leads_nowhere_is_named() -> None:
    found = read_page("<link rel=canonical href=/a><meta property=og:image content=/b>c")
    assert found.fields == {"shape": "article", "title": "", "body": ["c"]}
    assert [each.what for each in found.dropped] == [
        "address of the page with a relative address",
        "image of the page with a relative address",
    ]


@pytest.mark.parametrize(
    "marked",
    [
        '<span itemprop=author itemscope><meta itemprop=name content="Ann Berg"></span>',
        "<b itemprop='author creator'><i itemprop=name>Ann Berg</i> <i>Reporter</i></b>",
        '<meta itemprop=author content="Ann Berg">',
        "<a rel=author itemprop=author>Ann <i>Berg</i></a>",
    ],
)
def test_the_name_of_an_author_is_what_is_marked_as_it(marked: str) -> None:
    assert read_page(marked).fields["authors"] == ["Ann Berg"]


def test_a_language_that_is_no_tag_is_named() -> None:
    found = read_page("<html lang=en_US><p>a")
    assert "language" not in found.fields
    assert [each.what for each in found.dropped] == ["language that is no language tag"]


LONG = f"<p>{'A long paragraph of the article. ' * 4}</p>"


@pytest.mark.parametrize(
    ("rest", "named"),
    [
        ("<ul><li>Three dead</li><li>Shut until May</li></ul>", {"list entry": 2}),
        ("<dl><dt>Fee</dt><dd>68 crowns</dd></dl>", {"list entry": 2}),
        (
            "<div>Fee rises to <b>60 crowns</b> in <a>May, says the council in a note</a>.</div>",
            {"passage": 1},
        ),
        ("<div><b>Correction:</b> <span>The fee is 68, not 60.</span></div>", {"passage": 1}),
        ('<figure><img src="https://a.b/f.jpg" alt="Fire"></figure>', {"figure": 1}),
    ],
)
def test_what_stands_beside_the_marked_text_is_named(rest: str, named: dict[str, int]) -> None:
    body, dropped = _said(f"<article>{rest}<div itemprop=articleBody><p>A.</p></div></article>")
    assert body == ["A."]
    assert dropped == {f"{what} outside the article's text": count for what, count in named.items()}


@pytest.mark.parametrize(
    "around",
    [
        '<div class="sidebar"><div class="entry-content"><p>Widget</p></div></div>',
        '<section id="comments"><article><p>I disagree.</p></article></section>',
        "<amp-ad>Buy this</amp-ad>",
    ],
)
def test_what_stands_around_a_text_is_not_taken_for_it(around: str) -> None:
    body, dropped = _said(f"<article><h1>T</h1>{LONG}{LONG}{around}</article>")
    assert (len(str(body)) > 100, "Widget" in str(body)) == (True, False)
    assert dropped == {"part around the article": 1}


def test_the_article_under_the_page_s_heading_comes_before_a_longer_one() -> None:
    other = f"<article><h2>Other</h2>{LONG}</article>"
    body, dropped = _said(f"<article><h1>T</h1><p>Short news.</p></article>{other}")
    assert (body, dropped) == (["Short news."], {"other article of the page": 1})
