"""The image of a link's preview: what it holds, what fits, and that it loads nothing."""

import re

import pytest
from lxml import etree

from service.diffing import Span
from service.present.preview_image import HEIGHT, WIDTH, PreviewImage, em, wrapped

SVG = "{http://www.w3.org/2000/svg}"
MARKED = (
    Span("equal", "Number "),
    Span("delete", "431"),
    Span("insert", "455"),
    Span("equal", " cm"),
)
FULL = PreviewImage(
    "The Courier", "Versions 3 to 4", "The river rises", MARKED, (Span("equal", "It rained."),)
)


def _lines(image: PreviewImage) -> list[str]:
    root = etree.fromstring(image.svg().encode())
    assert (root.get("width"), root.get("height")) == (str(WIDTH), str(HEIGHT))
    return ["".join(map(str, each.itertext())) for each in root.iter(f"{SVG}text")]


def test_it_has_the_paper_the_headline_and_the_change() -> None:
    assert _lines(FULL) == [
        "The Courier",
        "Versions 3 to 4",
        "The river rises",
        "Number 431 455 cm",
        "It rained.",
    ]


def test_old_and_new_are_marked_not_by_colour_alone() -> None:
    text = FULL.svg()
    assert re.search(r'text-decoration="line-through"><tspan>431<', text)
    assert re.search(r'text-decoration="underline"><tspan>455<', text)


def test_what_is_empty_takes_no_room() -> None:
    assert _lines(PreviewImage("", "", "The river rises", (), ())) == ["The river rises"]


@pytest.mark.parametrize(
    "word",
    [
        "W" * 900,
        "wide " * 300,
        "水" * 700,
        "👩🏽‍🚒" * 200,
        "e\u0301" * 900,
        "نهر " * 300,
        "สะพาน" * 200,
    ],
)
def test_whatever_is_said_stays_within_the_image(word: str) -> None:
    image = PreviewImage(word, word, word, (Span("delete", word), Span("insert", word)), MARKED)
    root = etree.fromstring(image.svg().encode())
    for line in root.iter(f"{SVG}text"):
        said = "".join(map(str, line.itertext())).strip("\u2067\u2069")
        assert em(said) * float(line.get("font-size", "0")) <= WIDTH - 2 * 64 + 1
        assert float(line.get("y", "0")) < HEIGHT - 20


def test_words_stay_whole_where_they_fit_and_the_cut_is_shown() -> None:
    lines = wrapped((Span("equal", "one two three four five six"),), 5.0, 2)
    said = ["".join(text for _, text in line) for line in lines]
    assert len(said) == 2
    assert said[0] in ("one two", "one two three")
    assert said[1].endswith("…")
    assert not said[0].endswith(" ")


def test_no_cluster_of_letters_is_cut() -> None:
    family = "👩🏽‍🚒"
    for line in wrapped((Span("equal", family * 60),), 20.0, 9):
        assert set("".join(text for _, text in line).split(family)) <= {"", "…"}


def test_a_line_from_right_to_left_is_set_so() -> None:
    root = etree.fromstring(PreviewImage("", "", "جسر الميناء BBC مغلق").svg().encode())
    [line] = root.iter(f"{SVG}text")
    assert line.get("text-anchor") == "end"
    assert "".join(map(str, line.itertext())).startswith("\u2067")


@pytest.mark.parametrize(
    "text", ["<image href='/etc/passwd'/>", "&lol;", "\x00\x0b\ufffe\ud800", "]]>", "\u202eabc"]
)
def test_no_text_is_markup(text: str) -> None:
    image = PreviewImage(text, text, text, (Span("delete", text),), (Span("insert", text),))
    root = etree.fromstring(image.svg().encode())
    assert {etree.QName(each).localname for each in root.iter()} <= {"svg", "rect", "text", "tspan"}
    assert not any("href" in name for each in root.iter() for name in each.attrib)
    assert "\u202e" not in "".join(map(str, root.itertext()))


def test_letters_that_the_face_lacks_are_known_and_can_be_left_out() -> None:
    assert FULL.foreign == {}
    assert PreviewImage("", "", "Ærø Šïp Ωμ Жук → “…” — €").foreign == {}
    mixed = PreviewImage("", "", "River 河水 431 🌊🌊 ✔")
    assert mixed.foreign == {"Cjk": "河", "🌊": "🌊", "✔": "✔"}
    assert _lines(mixed.without({"Cjk", "🌊", "✔"})) == ["River 431"]
    assert _lines(mixed.without({"🌊"})) == ["River 河水 431 ✔"]
    chinese = PreviewImage("The Courier", "", "河水", (Span("insert", "455厘米"),))
    assert _lines(chinese.without({"Cjk"})) == ["The Courier", "455"]
    lost = chinese._replace(marked=(Span("equal", "Name "), Span("insert", "厘米")))
    assert _lines(lost.without({"Cjk"})) == ["The Courier"]
