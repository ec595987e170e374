"""A difference as a Word document: rejecting all tracked changes gives the old text, accepting them
the new one, by the standard's meaning and by LibreOffice.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import BUILT_IN, Revision
from repo_store.archive import Archive
from repo_store.ids import Author
from repo_store.markdown import Kind, parse
from service.comparison import page_from
from service.diffing import Page, compare
from service.present.word import word_document
from tests.samples import append, content, entry, ticking
from tests.word import found_in, lines, settled

_LINKED = "A [report](https://a.example/1) of 1.2 *million* crowns, says **the** `council`."
_MOVED = "Readers gathered four thousand signatures in a week, more than ever before."
_STAYS = "The mayor said on Monday that trams will run until midnight from the spring on."
_TABLE = ["| Year | Sum |", "| --- | --- |", "| 2025 | 1.1 |", "| 2026 | 1.2 |"]
_HEBREW = "המועצה החליטה ביום שני להשאיר את הספרייה פתוחה, אמר ראש העיר."


def article(body: list[str], **fields: Any) -> Page:
    values = {"title": "Library stays", "summary": "Nine to six.", "body": body, **fields}
    return page_from(BUILT_IN["article"], values, 0)


def story(**fields: Any) -> Page:
    made = content(**fields)
    return page_from(made.shape, made.fields, made.source_count)


SAMPLES: dict[str, tuple[Page, Page]] = {
    "words": (story(), story(title="Council keeps it", overview=["It will cost 1.3 million."])),
    "records": (
        story(faq=[{"question": "When?", "answer": "At nine."}]),
        story(
            faq=[{"question": "", "answer": "At ten."}, {"question": "Why?", "answer": "So."}],
            sources=[
                {"name": "Gazette", "url": "https://gazette.example/l", "title": "Vote"},
                {"name": "Herald", "url": "https://herald.example/"},
            ],
            source_count=4,
        ),
    ),
    "same": (story(), story()),
    "sections": (
        article([_STAYS], section="City", tags=["library", "city"]),
        article([_STAYS], authors=["Dara Voss"], image={"url": "https://a.example/i", "alt": "A"}),
    ),
    "styles": (
        article(["## Why", _LINKED, "> Said the mayor", "- one", "1. first", "2. second"]),
        article(
            [
                "### Why **now**",
                _LINKED.replace("1.2 *million*", "**1.3** million").replace("/1", "/2"),
                "> Said the *mayor*, at last",
                *("- one", "  - half", "1. first", "1. another", "2. second"),
            ]
        ),
    ),
    "moved": (article([_MOVED, _STAYS, "Last."]), article([_STAYS, "Last.", _MOVED])),
    "moved with edits": (
        article([_MOVED, _LINKED, _STAYS, "Last words."]),
        article([_STAYS, "Last.", f"Also, {_LINKED}", _MOVED.replace("four", "nearly five")]),
    ),
    "split and merged": (
        article([f"{_STAYS} {_MOVED}", "Between the two.", _LINKED, "And the very last of it."]),
        article([_STAYS, _MOVED, "Between the two.", f"{_LINKED} And the very last of it."]),
    ),
    "table": (
        article(["Before.", *_TABLE, "After."]),
        article(["Before.", *_TABLE[:3], "| 2026 | 1.3 |", "| 2027 | **1.4** |", "After."]),
    ),
    "before a table": (
        article(["Stays.", _MOVED, "Goes.", *_TABLE, "After it."]),
        article(["Stays.", "## Comes", *_TABLE, "After it.", _MOVED]),
    ),
    "table for text": (
        article(["Before.", "One.", "Two.", "After."]),
        article(["Before.", *_TABLE, "| 3 | 4 | 5 |", "---", "After."]),
    ),
    "images": (
        article(['![A tram](https://a.example/1.png "In May")', "https://a.example/video"]),
        article(['![The tram](https://a.example/2.png "In June")', "Words, not a video."]),
    ),
    "added at an end": (
        article([_STAYS, "Last."]),
        article([f"{_STAYS} And then.", "A new one.", "---", "Last."]),
    ),
    "right to left": (
        article([_HEBREW]),
        article([_HEBREW.replace("שני", "שלישי 5"), "Tram עברית."]),
    ),
}


def expected(page: Page) -> Iterator[str]:
    for spec in page.specs.values():
        units = page.units(spec)
        if not spec.headless and not (spec.optional and not any(map(any, units))):
            yield f"{spec.label} ({page.source_count})" if spec.counted else spec.label
        for name, text in (field for unit in units for field in spec.present_fields(unit)):
            label = "Address" if name in spec.addresses else name.capitalize()
            line = parse(text)
            if not spec.rich:
                yield f"{label}: {text}" if name else text
            elif line.kind is not Kind.DIVIDER:
                yield (f"Image {line.image.href}: " if line.image else "") + line.visible


class Ends(NamedTuple):
    old: Revision
    new: Revision

    def document(self, old: Page, new: Page, language: str = "", key: str = "") -> bytes:
        return word_document(compare(old, new), *self, language, key)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ends]:
    archive = Archive.open(tmp_path_factory.mktemp("word") / "archive", ticking(), create=True)
    second = entry(content(title="Two"), author=Author(name='Å & "B"'), note="It was 9.\nNot 8.")
    append(archive, entry(content()), second)
    yield Ends(*archive.index.version_range("library", 1, 2))
    archive.close()


def texts(document: bytes) -> tuple[list[str], list[str]]:
    """The old and the new text, each without the three lines below it."""
    return lines(document, "Reject")[:-3], lines(document, "Accept")[:-3]


@pytest.mark.parametrize("name", SAMPLES)
def test_rejecting_gives_the_old_text_and_accepting_the_new_one(ends: Ends, name: str) -> None:
    old, new = SAMPLES[name]
    assert texts(ends.document(old, new)) == (list(expected(old)), list(expected(new)))
    assert texts(ends.document(new, old)) == (list(expected(new)), list(expected(old)))


_BODIES = st.lists(
    st.sampled_from(
        [
            *(_LINKED, _MOVED, _STAYS, f"{_STAYS} {_MOVED}", f"{_MOVED} **More.**", f"> {_MOVED}"),
            *(*_TABLE, "| 1 |", "---", "- one", "1. one", "## One", "![a](https://b.example/c)"),
        ]
    ),
    max_size=9,
)


@given(_BODIES, _BODIES)
def test_any_two_texts_are_both_in_the_document(ends: Ends, old: list[str], new: list[str]) -> None:
    pages = article(old), article(new)
    found = texts(ends.document(*pages))
    for page, text in zip(pages, found, strict=True):
        wanted = list(expected(page))
        # Between two tables there is a paragraph, if an empty one, where there was one in between.
        if len(text) > len(wanted):
            text, wanted = [line for line in text if line], [line for line in wanted if line]
        assert text == wanted


def test_libreoffice_gives_both_texts_too(
    ends: Ends, tmp_path_factory: pytest.TempPathFactory
) -> None:
    documents = {name: ends.document(*pages) for name, pages in SAMPLES.items()}
    wrong = {}
    for (name, verb), saved in settled(documents, tmp_path_factory.mktemp("office")).items():
        left = found_in(saved, "//w:ins | //w:del | //w:moveFrom | //w:moveTo")
        wanted = lines(documents[name], verb)
        found = lines(saved, "Accept")
        if left or wanted != found:
            wrong[name, verb] = found
    assert wrong == {}


def test_each_change_has_the_new_version_s_author_and_time(ends: Ends) -> None:
    document = ends.document(*SAMPLES["styles"])
    assert set(found_in(document, "//w:ins/@w:author | //w:del/@w:author")) == {'Å & "B"'}
    assert set(found_in(document, "//@w:date")) == {"2026-05-01T09:00:00Z"}
    numbers = found_in(document, "//*[@w:author]/@w:id")
    assert len(numbers) == len(set(numbers))


def test_a_move_is_word_s_own_and_edits_in_it_stand_where_they_were_made(ends: Ends) -> None:
    old, new = article([_MOVED, _STAYS, "Last."]), article([_STAYS, "Last.", f"{_MOVED} Oh."])
    document = ends.document(old, new)
    ends_of_move = ["//w:moveFromRangeStart/@w:name", "//w:moveToRangeStart/@w:name"]
    assert [found_in(document, path) for path in ends_of_move] == [["move1"], ["move1"]]
    for tag in ("moveFrom", "moveTo"):
        assert found_in(document, f"//w:{tag}[w:r]") == [_MOVED]
    assert found_in(document, "//w:ins[w:r]") == [" Oh."]
    assert found_in(document, "//w:del") == []


def test_another_style_of_the_same_words_is_a_change_of_format(ends: Ends) -> None:
    old, new = article(["## Why **now**", "Same."]), article(["### Why now", "- *Same.*"])
    document = ends.document(old, new)
    assert found_in(document, "//w:ins | //w:del") == []
    assert found_in(document, "//w:r[w:rPr/w:rPrChange/w:rPr/w:b]/w:t") == ["now"]
    assert found_in(document, "//w:r[w:rPr/w:i and w:rPr/w:rPrChange]/w:t") == ["Same."]
    was = "//w:pPr[w:pStyle/@w:val='Heading3']/w:pPrChange/w:pPr/w:pStyle/@w:val"
    assert found_in(document, was) == ["Heading2"]
    assert found_in(document, "//w:pPr[w:numPr]/w:pPrChange") == [""]


def test_a_link_that_leads_elsewhere_is_another_one_and_a_comment_says_where(ends: Ends) -> None:
    old, new = (article([f"See [the report](https://a.example/{n})."]) for n in (1, 2))
    document = ends.document(old, new)
    assert found_in(document, "//w:del") == found_in(document, "//w:ins") == ["the report"]
    relations = found_in(document, "//@Target", "word/_rels/document.xml.rels")
    assert relations[-2:] == ["https://a.example/1", "https://a.example/2"]
    comments = found_in(document, "//w:comment", "word/comments.xml")
    assert comments[-1] == "Link “the report”: https://a.example/1 → https://a.example/2"


def test_only_a_web_address_becomes_a_link(ends: Ends) -> None:
    text = article(["A [file](file:///etc/passwd) and [script](javascript:alert(1))."])
    document = ends.document(text, text)
    assert found_in(document, "//w:hyperlink") == []
    relations = found_in(document, "//@Target", "word/_rels/document.xml.rels")
    assert all(target.endswith(".xml") for target in relations)


def test_it_says_what_is_compared_and_whose_key_signs_the_export(ends: Ends) -> None:
    document = ends.document(story(), story(), "de", "SHA256:abc")
    assert found_in(document, "//w:p", "word/header.xml") == [
        "library: version 2 compared with version 1",
        "Version 1: live from 1 May 2026, 09:00 UTC, by Dara Voss",
        'Version 2: live from 1 May 2026, 09:00 UTC, by Å & "B"',
    ]
    assert found_in(document, "//w:p", "word/footer.xml") == [
        "Export signed with the key SHA256:abcPage 1 of 1"
    ]
    assert found_in(document, "//w:fldSimple/@w:instr", "word/footer.xml") == ["PAGE", "NUMPAGES"]
    assert found_in(document, "//w:comment/w:p", "word/comments.xml") == ["It was 9.", "Not 8."]
    assert found_in(document, "//w:docDefaults//w:lang/@w:val", "word/styles.xml") == ["de"]
    assert lines(document, "Accept")[-2:] == [
        f"Version {each.version}: SHA-256 {each.sha256}" for each in ends
    ]


def test_text_from_right_to_left_is_set_so(ends: Ends) -> None:
    document = ends.document(*SAMPLES["right to left"])
    assert [text[:4] for text in found_in(document, "//w:p[w:pPr/w:bidi]")] == [_HEBREW[:4]]
    assert all(found_in(document, "//w:p[w:pPr/w:bidi]/w:r/w:rPr/w:rtl/../../w:t"))
    assert found_in(document, "//w:p[not(w:pPr/w:bidi)]//w:rtl") == []


def test_the_same_difference_gives_the_same_bytes(ends: Ends) -> None:
    one, other = (ends.document(*SAMPLES["styles"]) for _ in range(2))
    assert one == other
    times = {each.date_time for each in zipfile.ZipFile(BytesIO(one)).infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_a_character_that_xml_cannot_hold_is_named(ends: Ends) -> None:
    old, new = story(title="A"), story()
    new.sections["title"].units[0] = ("A \ufffe\uffff\x08\ud800 <&> \U0001f600",)
    shown = "A ⟨U+FFFE⟩⟨U+FFFF⟩⟨U+0008⟩⟨U+D800⟩ <&> \U0001f600"
    assert texts(ends.document(old, new))[1][0] == shown
