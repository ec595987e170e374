"""Web pages and exports mark a change alike, although two environments render them."""

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from repo_store import parse_content
from service.app import create_app
from service.audit.export import report
from service.comparison import page_of
from service.config import Settings
from service.diffing import Block, Page, Span, Spans, compare
from service.present.diff_view import diff_view
from tests.samples import content, ticking

SPOKEN = re.compile(r'<span class="heard"[^>]*>.*?</span>')


@pytest.fixture(params=["page", "report"])
def environment(request: pytest.FixtureRequest, archive_path: Path) -> Environment:
    if request.param == "report":
        return report.environment()
    return create_app(Settings(archive_path), ticking()).jinja_env


def macro(environment: Environment, template: str, name: str) -> Any:
    return getattr(environment.get_template(template).module, name)


def rendered(environment: Environment, block: Block, **options: object) -> str:
    text = macro(environment, "_diff.html", "text")
    return SPOKEN.sub("", str(text([block], "overview", **options))).strip()


SPANS: dict[str, tuple[Spans, str]] = {
    "equal": ((Span("equal", "a <b> c"),), "a &lt;b&gt; c"),
    "insert": ((Span("equal", "a "), Span("insert", "b")), "a <ins>b</ins>"),
    "delete": ((Span("delete", "a "), Span("equal", "b")), "<del>a </del>b"),
    "inserted space": ((Span("insert", " "),), '<ins class="space"> </ins>'),
    "deleted space": ((Span("delete", "\u00a0 "),), '<del class="space">\u00a0 </del>'),
    "inserted break": ((Span("insert", "\n"),), '<ins class="break">\n</ins>'),
    "deleted break": ((Span("delete", "\n"),), '<del class="break">\n</del>'),
    "break in words": ((Span("insert", "a\nb"),), '<ins class="break">a\nb</ins>'),
    "equal break": ((Span("equal", "a\nb"), Span("insert", "c")), "a\nb<ins>c</ins>"),
}


@pytest.mark.parametrize("kind", SPANS)
def test_a_paragraph_s_spans_are_marked_in_both(environment: Environment, kind: str) -> None:
    spans, expected = SPANS[kind]
    block = Block("changed", (0,), (0,), {"": spans})
    page = f'<p class="text-overview" dir="auto">{expected}</p>'
    assert rendered(environment, block) == page
    assert rendered(environment, block, print=True) == f'<p dir="auto">{expected}</p>'


@pytest.mark.parametrize("kind", SPANS)
def test_a_record_s_spans_are_marked_in_both(environment: Environment, kind: str) -> None:
    spans, expected = SPANS[kind]
    block = Block("changed", (0,), (0,), {"name": spans, "url": (Span("equal", "x"),), "title": ()})
    page = f'<p class="field-name" dir="auto">{expected}</p>\n<p class="field-url" dir="auto">x</p>'
    assert rendered(environment, block) == page
    name, url = (
        f'<span class="quiet" dir="ltr" lang="en">{field}:</span> ' for field in ("name", "url")
    )
    paper = f'<p dir="auto">{name}{expected}</p>\n<p dir="auto">{url}x</p>'
    assert rendered(environment, block, print=True) == paper


RICH = {
    "- **a** [b](https://c.d/1)": (
        "- **e** [b](https://c.d/2)",
        '<ul><li dir="auto"><del><strong>a</strong></del><ins><strong>e</strong></ins> '
        '<a href="https://c.d/2" rel="nofollow noopener noreferrer">b</a></li></ul>',
    ),
    "> a b": ("> a c", '<blockquote><p dir="auto">a <del>b</del><ins>c</ins></p></blockquote>'),
    "| a | b |": (
        "| a | c |",
        '<tr><td dir="auto">a</td><td dir="auto"><del>b</del><ins>c</ins></td></tr>',
    ),
    "x ![a b](https://c.d/e.jpg)": (
        "x ![a c](https://c.d/e.jpg)",
        '<p dir="auto">x a <del>b</del><ins>c</ins></p>',
    ),
    "## a": ("## a b", '<h3 class="heading heading-2" dir="auto">a<ins> b</ins></h3>'),
    "![a](https://b.c/d)": ('![a](https://b.c/d "e")', '<figcaption dir="auto"><ins>e</ins>'),
}


def article(*body: str) -> Page:
    return page_of(parse_content({"shape": "article", "title": "Title", "body": list(body)}))


@pytest.mark.parametrize("old", RICH)
def test_rich_text_is_marked_as_it_is_set_in_both(environment: Environment, old: str) -> None:
    new, expected = RICH[old]
    (section,) = [each for each in compare(article(old), article(new)).sections if each.changed]
    assert expected in rendered(environment, section.changes[0])
    assert "<ins" not in rendered(environment, section.changes[0], without="insert")
    assert "<del" not in rendered(environment, section.changes[0], without="delete")


def test_a_report_names_what_changed_under_the_words_and_loads_no_image() -> None:
    old = article("See [the plan](https://a.b/1).", "![The bridge](https://a.b/old.jpg)")
    new = article("See [the plan](https://a.b/2).", "![The bridge](https://a.b/new.jpg)")
    view = diff_view(compare(old, new))
    page = str(macro(report.environment(), "parts.html", "changes")(view, 2))
    assert '<bdi class="was">https://a.b/1</bdi> → <bdi class="now">https://a.b/2</bdi>' in page
    assert '<a href="https://a.b/old.jpg"' in page
    whole = str(
        macro(report.environment(), "parts.html", "whole")(
            parse_content(
                {"shape": "article", "title": "T", "body": ["*a*", "![b](https://c.d/e.jpg)"]}
            )
        )
    )
    assert "<em>a</em>" in whole
    assert "<img" not in page + whole


def test_headings_stand_below_that_of_their_part() -> None:
    content = parse_content({"shape": "article", "title": "T", "body": ["## a", "### b", "c"]})
    changed = parse_content({"shape": "article", "title": "T", "body": ["## a", "### d", "c"]})
    view = diff_view(compare(page_of(content), page_of(changed)))
    whole, changes = (
        macro(report.environment(), "parts.html", name) for name in ("whole", "changes")
    )
    for page, expected in (
        (whole(content), "456"),
        (changes(view, 4), "455"),
        (changes(view, 2), "233"),
    ):
        assert expected in "".join(re.findall("<h([1-6])", str(page)))


def test_one_side_of_a_change_leaves_the_other_out(environment: Environment) -> None:
    spans = (Span("delete", "nine"), Span("insert", "ten"), Span("equal", "."))
    block = Block("changed", (0,), (0,), {"": spans})
    assert "<ins" not in rendered(environment, block, without="insert")
    assert "<del" not in rendered(environment, block, without="delete")


def test_spoken_words_are_outside_the_marks(environment: Environment) -> None:
    block = Block("changed", (0,), (0,), {"": (Span("insert", "\n"),)})
    text = macro(environment, "_diff.html", "text")
    spoken = r'<span class="heard" data-spoken dir="ltr" lang="en">{}</span>'
    expected = (
        spoken.format("added: ") + r'<ins class="break">\n</ins>' + spoken.format(r" \(end\) ")
    )
    assert re.search(expected, str(text([block], "overview", print=True)))


def test_the_report_s_style_shows_breaks_and_spaces() -> None:
    old = content(overview=["The bridge is safe. The engineers said so."])
    new = content(overview=["The bridge is safe.", "The engineers said so."])
    view = diff_view(compare(page_of(old), page_of(new)))
    page = str(macro(report.environment(), "parts.html", "changes")(view, 4))
    assert '<del class="space"> </del>' in page
    assert '<ins class="break">\n</ins>' in page
    style = str(report.environment().globals["css"])
    assert re.search(r'\.break::before \{ content: "¶"', style)
    assert re.search(r"\.space \{[^}]*outline:", style)
    printed = style.partition("@media print")[2]
    for rule in ('del::before { content: "[-"', 'ins::before { content: "{+"'):
        assert rule in printed
