"""A text whose sentences are links: the same text, whole sentences, sound mark-up."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from repo_store.markdown import Kind, parse
from service.diffing import sentence_spans
from service.present.rich_text import rich_text
from service.present.sentence_text import (
    AGES,
    Ages,
    Sentence,
    SentenceText,
    linked,
    links_in,
    located,
)

WORDS = ("One. ", "two ", "Three! ", "“Four?” ", "**", "*", "`", "[", "](https://a.b)", "\\*")
MORE = ("![Map. Of it.](https://c.d/e.png)", "&amp; ", "<b>", "| ", "- ", "> ", "## ", "桥。")
lines = st.lists(st.sampled_from(WORDS + MORE), max_size=16).map("".join)


def sentences_of(visible: str, first: int = 1) -> list[Sentence]:
    spans = sentence_spans(visible)
    return [Sentence(at, visible[slice(*span)]) for at, span in enumerate(spans, first)]


def text_of(sources: list[str]) -> SentenceText:
    found, first = {}, 1
    for at, source in enumerate(sources):
        found["body", at, ""] = sentences_of(parse(source).visible, first)
        first += len(found["body", at, ""])
    return SentenceText(found, "?sentence={}".format)


def set_of(sources: list[str]) -> Any:
    shown = text_of(sources).rich(sources, "body", range(len(sources)))
    return html.fragment_fromstring(shown, create_parent="section")


def read_in(element: Any) -> str:
    """What is read, images by their alternative text, without what stands only between words."""
    for image in element.iter("img"):
        image.text = image.get("alt")
    return "".join("".join(element.itertext()).split())


@given(st.lists(lines, max_size=5))
@example(["**One. Two** three."])
@example(["[One. Two](https://a.b) three. Four."])
@example(["| One. Two | three. Four |", "| --- | --- |"])
@example(["A ![Map. Of it.](https://c.d/e.png) B. C."])
@example(['![Map. Of it.](https://c.d/e.png "By me. And you.")'])
@example(["One.One. One."])
def test_the_text_is_the_same_and_each_sentence_is_one_link(sources: list[str]) -> None:
    marked, plain = set_of(sources), html.fragment_fromstring(rich_text(sources), "section")
    assert read_in(marked) == read_in(plain)
    anchors = marked.xpath("//a[contains(@class, 'sentence')]")
    assert not marked.xpath("//a//a"), "links do not nest"
    named = [each.get("id") for each in anchors if each.get("id")]
    assert len(named) == len(set(named))
    for at, source in enumerate(sources):
        pictured = "![" in source
        for sentence in text_of(sources).sentences["body", at, ""]:
            pieces = [each for each in anchors if each.get("href") == f"?sentence={sentence.id}"]
            if not pictured:
                said = "".join(map(read_in, pieces))
                assert said == "".join(sentence.text.split())
                assert pieces[0].get("id") == f"s-{sentence.id}"


@given(lines)
def test_a_linked_block_is_seen_as_before(source: str) -> None:
    block = parse(source)
    found = linked(block, sentences_of(block.visible))
    assert (found.visible, found.kind) == (block.visible, block.kind)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "**One. Two** three.",
            "<p><a 1><strong>One.</strong></a><strong> </strong>"
            "<a 2><strong>Two</strong> three.</a></p>",
        ),
        ("See [the *map*](https://a.b) now.", "<p><a 1>See the <em>map</em> now.</a></p>"),
        ("> Said *she*. So.", "<blockquote><p><a 1>Said <em>she</em>.</a> <a 2>So.</a></p>"),
        ("- One. Two.", "<ul><li><a 1>One.</a> <a 2>Two.</a></li></ul>"),
        ("## One", "<h2><a 1>One</a></h2>"),
        ("| One. | Two |", "<td><a 1>One.</a></td><td><a 2>Two</a></td>"),
        ("| one | two |", "<td><a 1>one</a></td><td><a 1+>two</a></td>"),
        ("![A](https://c.d/e.png)", "<figure><a 1><img></a></figure>"),
        ("![A](http://c.d/e.png)", "<figure><a 1>A</a></figure>"),
        ("https://a.b/c", "<p><span>From a.b: </span><a 1>https://a.b/c</a></p>"),
    ],
)
def test_how_sentences_are_set(source: str, expected: str) -> None:
    shown = set_of([source])
    for each in shown.iter():
        number = each.get("href", "").removeprefix("?sentence=")
        begins = each.get("id") == f"s-{number}"
        each.attrib.clear()
        if each.tag == "a":
            each.attrib[number if begins else f"{number}x"] = ""
    written = html.tostring(shown, encoding="unicode")
    written = written.replace('x=""', "+").replace('=""', "")
    assert expected in written


def test_the_chosen_sentence_is_marked_and_each_has_its_age() -> None:
    sentences = {("title", 0, ""): [Sentence(7, "One."), Sentence(9, "Two <b>.", age=4)]}
    shown = SentenceText(sentences, "?sentence={}&view=text".format, chosen=9)
    assert shown.line("One. Two <b>.", "title") == (
        '<a class="sentence age-0" id="s-7" href="?sentence=7&amp;view=text" rel="nofollow">'
        "One.</a>"
        ' <a class="sentence age-4" id="s-9" href="?sentence=9&amp;view=text" rel="nofollow"'
        ' aria-current="true">Two &lt;b&gt;.</a>'
    )
    assert shown.line("Two <b>.", "summary") == "Two &lt;b&gt;."


def test_a_picture_is_its_alternative_text_or_else_its_address() -> None:
    image = {"url": "https://c.d/e.png", "alt": "A map. Of it."}
    alt = {("image", 0, "alt"): [Sentence(3, "A map. Of it.")]}
    url = {("image", 0, "url"): [Sentence(2, image["url"])]}
    assert 'href="3"><img' in SentenceText(alt | url, str).picture(image, "image").replace(
        ' rel="nofollow"', ""
    )
    assert 'id="s-2"' in SentenceText(url, str).picture({"url": image["url"]}, "image")


def test_a_sentence_that_is_not_there_is_left_out() -> None:
    spans = list(located("One. Two.", [Sentence(1, "Two."), Sentence(2, "One.")]))
    assert [span.sentence.id for span in spans] == [1]


def test_the_links_of_a_sentence() -> None:
    block = parse("See [a](https://a.b), [again](https://a.b) [b](/c) [d](#e). [f](https://g.h).")
    assert block.kind is Kind.PARAGRAPH
    assert links_in(block, "See a, again b d.") == ["https://a.b"]
    assert links_in(block, "See a, again b d.", "https://i.j/") == [
        "https://a.b",
        "https://i.j/c",
        "https://i.j/#e",
    ]
    assert links_in(block, "f.") == ["https://g.h"]


@pytest.mark.parametrize(
    ("sinces", "steps"),
    [
        ([1, 1], ()),
        ([1, 3, 3], ((3, 3),)),
        ([2, 9, 5], ((2, 2), (5, 5), (9, 9))),
        (range(1, 10), ((2, 3), (4, 5), (6, 7), (8, 9))),
        ([2, 3, 4, 5, 6], ((2, 2), (3, 3), (4, 4), (5, 6))),
    ],
)
def test_steps_of_age(sinces: list[int], steps: tuple[tuple[int, int], ...]) -> None:
    found = Ages.of(sinces)
    assert found.steps == steps
    assert found.age(1) == 0
    assert [found.age(first) for first, _ in steps] == list(range(AGES - len(steps) + 1, AGES + 1))
    assert [found.age(last) for _, last in steps] == [found.age(first) for first, _ in steps]
