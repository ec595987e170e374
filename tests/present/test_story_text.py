"""A page as text and back: nothing is lost on the way, and what was read before reads the same."""

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from repo_store.errors import InvalidInput
from repo_store.printable import printable
from repo_store.story.content import Content, parse_content
from repo_store.story.shapes import BUILT_IN
from service.audit.export.story_files import shapes_file
from service.audit.verify import standalone
from service.present.story_text import page_text, parse_page, read_page, shown
from service.usecases.html_pages import is_html
from tests.samples import content

# What the form is made of, what its marks are made of, and what files and lines end in.
_PIECES = [
    *("Overview", "Analysis", "FAQ", "History", "Sources (3)", "Sources (1000000)", "Title"),
    *(
        "\\",
        "\\\\",
        " ",
        "  ",
        "\u00a0",
        "\u3000",
        "?",
        "？",
        '?"',
        "? ",
        "\\? ",
        "\ufeff",
        "{",
        "}",
        "<",
        "<html>",
    ),
    *("—", " — ", " —", "— ", "\\—", "leaning:", "leaning: ", " — leaning: ", "\\leaning: "),
    *("u200f", "\\u200f", "\\\\u200f", "\u200f", "\u061c", "א\u2067", "\\ufeff", "\\u2028"),
    *(
        "a",
        "word",
        "https://a.example/",
        " https://b.example",
        '{"story": 1}',
        "é",
        "e\u0301",
        "神",
    ),
]
_TEXT = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=7).map("".join) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=9
)
_BLANK = _TEXT | st.sampled_from(["", " ", "\u3000 "])
_URL = _TEXT.map(lambda text: f"HTTPS://a{''.join(text.split())}") | st.just("http://a.example/")
_SOURCE = st.fixed_dictionaries(
    {"name": _TEXT, "url": _URL}, optional={"title": _TEXT, "leaning": _TEXT}
)
_ENTRY = st.fixed_dictionaries({"question": _BLANK, "answer": _TEXT})


def _parsed(fields: dict[str, Any]) -> Content:
    try:
        return parse_content(fields)
    except InvalidInput:
        assume(False)
        raise


CONTENTS = st.fixed_dictionaries(
    {
        "title": _TEXT,
        "summary": _BLANK,
        **{name: st.lists(_TEXT, max_size=3) for name in ("overview", "analysis")},
        "sources": st.lists(_SOURCE, max_size=3),
        "source_count": st.integers(3, 1_000_000),
        "faq": st.lists(_ENTRY, max_size=3),
    }
).map(_parsed)


@given(CONTENTS)
@settings(max_examples=400)
def test_whatever_is_printed_reads_back_as_the_same(said: Content) -> None:
    text = page_text(said)
    assert parse_page(text) == said
    assert parse_page(f"\ufeff{text}\n".replace("\n", "\r\n")) == said
    in_terminal = shown(text)
    assert parse_page(in_terminal) == said
    checked = standalone.page(said.fields)  # type: ignore[no-untyped-call]  # shipped as it is
    assert checked == f"{text}\n"
    assert printable(in_terminal.replace("\n", "")) == in_terminal.replace("\n", "")
    assert not text.lstrip().startswith(("{", "\ufeff")), "it is not taken for JSON"


ARTICLE = BUILT_IN["article"]
PARTS = json.loads(shapes_file([ARTICLE]))["article"]
_LINES = st.lists(_TEXT, max_size=3)
ARTICLES = st.fixed_dictionaries(
    {"shape": st.just("article"), "title": _TEXT},
    optional={
        "summary": _BLANK,
        **dict.fromkeys(("authors", "tags", "body", "ids"), _LINES),
        **dict.fromkeys(("section", "language"), _BLANK),
        "url": st.just("https://paper.example/a"),
        "image": st.fixed_dictionaries(
            {"url": st.just("https://paper.example/1.jpg")},
            optional=dict.fromkeys(("alt", "caption", "credit"), _TEXT),
        ),
        "sources": st.lists(_SOURCE, max_size=3),
        "faq": st.lists(_ENTRY, max_size=3),
    },
).map(_parsed)


@given(ARTICLES)
@settings(max_examples=200)
def test_whatever_is_printed_of_another_shape_reads_back_as_the_same(said: Content) -> None:
    text = page_text(said)
    assert parse_page(text, ARTICLE) == said
    assert parse_page(shown(text), ARTICLE) == said
    checked = standalone.page(said.fields, True, PARTS)  # type: ignore[no-untyped-call]  # shipped as it is
    assert checked == f"{text}\n"
    assert not is_html("page.txt", text.encode()), "it is not taken for HTML"


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"title": "<html><h1>Fake</h1>"}, [r"\<html><h1>Fake</h1>"]),
        ({"title": "Overview"}, [r"\Overview"]),
        ({"title": "{x}"}, [r"\{x}"]),
        ({"summary": ""}, ["", "Overview"]),
        ({"overview": ["FAQ", " a", "a ", "\\", r"\o/", r"\FAQ", r"C:\x"]},
         [r"\FAQ", r"\ a", r"\a \ ".strip(), "\\", r"\o/", r"\\FAQ", r"C:\x"]),
        ({"faq": [{"question": "Who pays", "answer": "Who not?"}]}, ["? Who pays", r"\Who not?"]),
        ({"faq": [{"question": "", "answer": "? a"}]}, [r"\? a"]),
        ({"sources": [{"name": "A — B", "url": "https://a.example", "title": "C — D"}]},
         [r"A \— B — C — D — https://a.example"]),
        ({"sources": [{"name": "A", "url": "https://a.example", "leaning": "Center"}]},
         ["A — leaning: Center — https://a.example"]),
        ({"sources": [{"name": "A", "url": "https://a.example", "title": "leaning: C"}]},
         [r"A — \leaning: C — https://a.example"]),
        ({"overview": ["a \u200fb", r"a \u200fb"]}, ["a \u200fb", r"a \\u200fb"]),
    ],
)  # fmt: skip
def test_what_would_be_read_as_something_else_is_marked(
    fields: dict[str, Any], lines: list[str]
) -> None:
    text = page_text(content(**fields))
    assert "\n".join(lines) in text
    assert parse_page(text) == content(**fields)


def test_an_ordinary_page_has_no_marks() -> None:
    said = content(
        summary=r"It costs “50%” \o/ and more…",
        overview=["Sources (3) say so.", "Why? Nobody knows", "An overview", "— a dash leads"],
        sources=[
            {"name": "Gazette", "url": "https://gazette.example/?", "title": "Open — or not"},
            {"name": "Post", "url": "https://post.example"},
        ],
    )
    assert page_text(said).splitlines() == [
        "Council keeps the library open",
        r"It costs “50%” \o/ and more…",
        *("Overview", "Sources (3) say so.", "Why? Nobody knows", "An overview", "— a dash leads"),
        *("Analysis", "Reports agree on the sums.", "Sources (2)"),
        "Gazette — Open — or not — https://gazette.example/?",
        "Post — https://post.example",
        *("FAQ", "When does it open?", "At nine.", "The cafe stays closed until 4 May.", "History"),
    ]


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("Courier https://a.example", {"name": "Courier"}),
        ("A — B — C https://a.example", {"name": "A", "title": "B — C"}),
        (r"A\—B — C — https://a.example", {"name": r"A\—B", "title": "C"}),
        ("A leaning: left — https://a.example", {"name": "A leaning: left"}),
    ],
)
def test_a_source_reads_as_before(line: str, source: dict[str, str]) -> None:
    page = page_text(content(sources=[])).replace("FAQ", f"{line}\nFAQ")
    assert (
        parse_page(page)["sources"]
        == content(sources=[source | {"url": "https://a.example"}])["sources"]
    )


def test_what_a_terminal_is_shown_says_which_characters_stand_there() -> None:
    said = content(title="Two \u2067א\u2069", summary="\\\u200f \\u200f \ufeff")
    text = shown(page_text(said))
    assert r"Two \u2067א\u2069" in text
    assert r"\\\u200f \\u200f \ufeff" in text
    assert parse_page(text) == said


def test_what_was_changed_is_said_of_text_not_of_headings() -> None:
    text = page_text(content()).replace("Overview\n", "Overview\u2028Fares\trise.\n")
    said, notices = read_page(text)
    assert said["overview"][0] == "Fares rise."
    assert notices == (
        "Overview, paragraph 1: a line separator started a new paragraph, a tab became a space.",
    )


def test_a_text_of_backslashes_takes_no_longer_than_another() -> None:
    said = content(overview=["\\" * 20_000, "\\ " * 9_999 + "x"] * 12)
    assert parse_page(shown(page_text(said))) == said
