"""Long unchanged stretches inside a paragraph are folded, and nothing of it is lost."""

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from repo_store import parse_content
from service.comparison import page_of
from service.diffing import Block, Page, Span, Spans, compare
from service.present.rich_diff import RichSpan, rich_block
from service.present.stretches import folded
from tests.diffing.pages import page

SENTENCES = "The ferry runs on each day but Sunday. Nobody has to wait for long at the quay. "


def _changed(old: str, new: str) -> Spans:
    [block] = _changes(page(overview=[old, "Else."]), page(overview=[new, "Else."]))
    return block.spans


def _changes(old: Page, new: Page) -> list[Block]:
    return [block for section in compare(old, new).sections for block in section.changes]


def _marked(spans: Spans) -> list[str]:
    return [f"[{piece.text}]" if piece.folded else piece.text for piece in folded(spans)]


_ops = st.sampled_from(["equal", "insert", "delete"])
_words = st.sampled_from(
    [
        "ferry ",
        "The quay. ",
        "议会周一晚上开会。",
        "क्षि",
        "👩‍👧",
        "é",
        "x" * 40,
        " ",
        "\n",
        "1,200 ",
    ]
)
_texts = st.lists(_words, min_size=1, max_size=150).map("".join)
_spans = st.lists(st.builds(Span, _ops, _texts), max_size=8).map(tuple)


@given(_spans)
def test_the_pieces_are_the_text_and_cut_no_grapheme(spans: Spans) -> None:
    pieces = folded(spans)
    for drop in ("insert", "delete"):
        assert "".join(text for op, text, _ in pieces if op != drop) == "".join(
            text for op, text in spans if op != drop
        )
    assert all(piece.text and piece.op == "equal" for piece in pieces if piece.folded)
    cut, whole = (
        [grapheme for _, text, *_ in parts for grapheme in regex.findall(r"\X", text)]
        for parts in (pieces, spans)
    )
    assert cut == whole


def test_long_stretches_are_folded_between_sentences() -> None:
    text = SENTENCES * 8
    old, new = f"It rains. {text}They met. {text}", f"It snows. {text}They sat. {text}"
    rain, snow, head, fold, tail, met, sat, head_2, fold_2 = _marked(_changed(old, new))[1:]
    assert (rain, snow, met, sat) == ("rains", "snows", "met", "sat")
    assert head == f". {SENTENCES}"
    assert fold == f"[{SENTENCES * 6}]"
    assert tail == f"{SENTENCES}They "
    assert (head_2, fold_2) == (f". {SENTENCES}", f"[{SENTENCES * 7}]")


def test_without_sentences_it_is_cut_between_words() -> None:
    text = "word " * 200
    marked = _marked(_changed(f"Old {text}end", f"New {text}end"))
    assert marked[2:] == [f" {'word ' * 20}"[:101], f"[{text}end]"[:1] + f"{'word ' * 180}end]"]


def test_scripts_without_spaces_are_folded() -> None:
    text = "天在下雨来的人不多" * 60
    marked = _marked(_changed(f"{text}一{text}", f"{text}二{text}"))
    assert [each.startswith("[") for each in marked] == [
        False,
        True,
        False,
        False,
        False,
        False,
        True,
    ]
    assert len(marked[0]) == len(marked[2]) == len(marked[5]) == 100


@pytest.mark.parametrize(
    "spans",
    [
        (Span("insert", SENTENCES * 20),),
        (Span("equal", SENTENCES * 20),),
        (Span("equal", SENTENCES * 6), Span("insert", "short")),
        (Span("equal", "x" * 290), Span("insert", "y" * 400), Span("equal", "x" * 290)),
        (Span("equal", "x" * 5_000), Span("insert", "y")),
        (),
    ],
)
def test_what_is_short_or_whole_or_one_long_word_is_left(spans: Spans) -> None:
    assert [(op, text) for op, text, _ in folded(spans)] == list(spans)
    assert not any(piece.folded for piece in folded(spans))


# Markdown


def _article(body: str) -> Page:
    return page_of(parse_content({"shape": "article", "title": "Title", "body": [body]}))


def _rich(old: str, new: str, drop: str = "", fold: bool = True) -> list[RichSpan]:
    [block] = _changes(_article(old), _article(new))
    return [span for part in rich_block(block, drop, fold=fold).parts for span in part]


_marks = st.sampled_from(
    [
        *("The ferry runs. ", "word ", "\\* ", "*so* ", "`code` ", "**It is bold and so on** "),
        *("[a *link* to it](https://a.example/x) ", "![](https://a.example/y.png) "),
    ]
)
_bodies = st.lists(_marks, min_size=30, max_size=120).map("".join)


@given(_bodies, _bodies, st.sampled_from(["", "insert", "delete"]))
def test_folding_markdown_changes_nothing_of_how_it_is_set(one: str, other: str, drop: str) -> None:
    old, new = f"Begin {one} old {other}", f"Begin {one} new {other}"
    plain, with_folds = _rich(old, new, drop, fold=False), _rich(old, new, drop)
    assert "".join(span.html for span in with_folds) == "".join(span.html for span in plain)
    assert "".join(span.text for span in with_folds) == "".join(span.text for span in plain)
    assert not any(span.folded for span in plain)
    assert all(span.op == "equal" for span in with_folds if span.folded)


def test_markdown_is_cut_in_plain_text_alone() -> None:
    link = f"[{SENTENCES * 9}](https://a.example)"
    bold = f"**{(SENTENCES * 6).strip()}** "
    folds = [span.folded for span in _rich(f"Old {SENTENCES * 9}", f"New {SENTENCES * 9}")]
    assert folds == [False, False, False, True]
    assert not any(span.folded for span in _rich(f"Old {link}", f"New {link}"))
    around = f"{SENTENCES * 2}{bold}{SENTENCES * 2}"
    pieces = _rich(f"Old {around} old", f"Old {around} new")
    assert ["<strong>" in span.html for span in pieces if span.folded] == [True]


def test_both_sides_of_markdown_are_folded_alike() -> None:
    old, new = f"Old {SENTENCES * 9} end", f"New {SENTENCES * 9} end"
    sides: list[Any] = [
        [(span.op, span.text) for span in _rich(old, new, drop) if span.folded]
        for drop in ("insert", "delete", "")
    ]
    assert sides[0] == sides[1] == sides[2] != []


def test_a_row_of_a_table_is_left() -> None:
    old, new = (f"| {word} | {SENTENCES * 9} | end |" for word in ("old", "new"))
    assert not any(span.folded for span in _rich(old, new))
