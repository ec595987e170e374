"""What comes along when text is pasted becomes what its writer meant, and is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.story.content import parse_content
from service.present.pasting import Breaks, cleaned, notice
from tests.samples import story


@pytest.mark.parametrize(
    ("pasted", "text", "changes"),
    [
        ("a\tb", "a b", ["a tab became a space"]),
        ("a\t\tb\tc", "a b c", ["a tab became a space (3 times)"]),
        ("\ta \v b\t", "a  b", ["a tab was left out (2 times)", "a vertical tab was left out"]),
        ("a\u2028b", "a\nb", ["a line separator started a new paragraph"]),
        ("a\u2029\fb", "a\n\nb", ["a paragraph separator started", "a form feed started"]),
        ("a\x85\tb", "a\nb", ["a next-line character started", "a tab was left out"]),
        ("a\x08b\0", "ab", ["a backspace was left out", "a null character was left out"]),
        ("\x1ea\x92b", "ab", ["a control character (U+001E)", "a control character (U+0092)"]),
        ("a\uffffb", "ab", ["the character U+FFFF was left out"]),
        ("a\r\nb\rc\n", "a\nb\nc\n", []),
        ("a \u00a0 神\u200b", "a \u00a0 神\u200b", []),
    ],
)
def test_a_paragraph_is_cleaned(pasted: str, text: str, changes: list[str]) -> None:
    done = cleaned(pasted, Breaks.PARAGRAPH)
    assert done.text == text
    assert len(done.changes) == len(changes)
    assert all(map(str.startswith, done.changes, changes)), done.changes


@pytest.mark.parametrize(
    ("pasted", "breaks", "text", "change"),
    [
        ("a\u2028b\n", Breaks.SPACE, "a b", "a line separator became a space"),
        ("a\r\n\r\nb", Breaks.SPACE, "a b", "a line break became a space (2 times)"),
        ("a\fb", Breaks.LINE, "a\nb", "a form feed became a line break"),
    ],
)
def test_a_break_becomes_what_its_field_can_hold(
    pasted: str, breaks: Breaks, text: str, change: str
) -> None:
    assert cleaned(pasted, breaks) == (text, (change,))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(Breaks))
def test_what_was_cleaned_can_be_stored_and_is_cleaned_once(text: str, breaks: Breaks) -> None:
    done = cleaned(text, breaks)
    assert cleaned(done.text, breaks) == (done.text, ())
    kept = "".join(each for each in done.text if each not in "\n\u202a\u202b\u202c\u202d\u202e")
    isolated = "".join(each for each in kept if not "\u2066" <= each <= "\u2069")
    if isolated.strip():
        assert parse_content(story(overview=[isolated]))["overview"] == [isolated]


def test_a_notice_says_where_and_counts_what_is_too_much() -> None:
    done = cleaned("a\tb\0c\x08d\x1be\x7f", Breaks.SPACE)
    assert notice("the note, line 2", done.changes) == (
        "The note, line 2: a null character was left out, a backspace was left out,"
        " an escape character was left out, and 2 more such changes."
    )
