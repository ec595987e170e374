"""Where a text is cut into sentences."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from service.diffing import sentence_spans
from service.diffing.sentences import split_sentences
from tests.diffing.test_tokens import TRICKY, cuts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("No end", ["No end"]),
        ("", []),
        ("  ", []),
        ("He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]),
        ("It costs 3.5 crowns. More later.", ["It costs 3.5 crowns.", "More later."]),
        ("Dr. Voss and Mr. Lund met J. R. Hart.", ["Dr. Voss and Mr. Lund met J. R. Hart."]),
        ("See e.g. the report. It is long.", ["See e.g. the report.", "It is long."]),
        ("They waited… and left. So it is.", ["They waited… and left.", "So it is."]),
        ("On 3. May it rained. Then not.", ["On 3. May it rained.", "Then not."]),
        (
            "大桥关闭。检查将持续两天。“很安全。”他说。",
            ["大桥关闭。", "检查将持续两天。", "“很安全。”", "他说。"],
        ),
        ("أغلق الجسر. هل يفتح غدا؟ نعم.", ["أغلق الجسر.", "هل يفتح غدا؟", "نعم."]),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == parts


def test_nothing_but_space_is_left_out() -> None:
    text = " A b. C d!  “E.” f (g.) H. "
    kept = "".join(text[start:end] for start, end in sentence_spans(text))
    assert kept.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two!  Three", ["One. ", "Two!  ", "Three"]),
        ("One\nTwo.\n\nThree.", ["One\n", "Two.\n", "\n", "Three."]),
        ("第一句。第二句。", ["第一句。", "第二句。"]),
        ("So. \u0301 it is.", ["So. \u0301 it is."]),
    ],
)
def test_the_parts_of_a_text_hold_the_space_after_each_sentence(
    text: str, parts: list[str]
) -> None:
    assert split_sentences(text) == parts


@given(st.text() | TRICKY)
def test_the_parts_joined_are_the_text(text: str) -> None:
    assert "".join(split_sentences(text)) == text


@given(st.text() | TRICKY)
def test_no_part_ends_inside_a_grapheme(text: str) -> None:
    assert cuts(split_sentences(text)) <= cuts(regex.findall(r"\X", text))


@pytest.mark.parametrize("text", ["." * 1_000_000 + "x", "。" + ")" * 1_000_000])
def test_a_long_row_of_marks_takes_linear_time(text: str) -> None:
    assert len(split_sentences(text)) == 1
