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
