"""The history of sentences: what becomes of each from version to version."""

import sqlite3
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Page
from service.provenance.ledger import Form, Ledger, SentenceHistory
from service.provenance.sentences import sentences
from tests.diffing.pages import page, pages
from tests.profiles import examples

Versions = list[Page]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "provenance.db")


def forms_of(ledger: Ledger, versions: Versions, story: str = "a", chain: str = "c") -> list[Form]:
    """Every form, by lineage and then by age."""
    with ledger.history(
        story, len(versions), lambda n: (f"{chain}{n}", versions[n - 1])
    ) as history:
        return _everything(history)


def _everything(history: SentenceHistory) -> list[Form]:
    forms = history._forms("true order by lineage, since")
    # The parts that the queries return make up the whole.
    parts: list[Form] = []
    for last in [*history.current(), *history.removed(None, 10_000)]:
        first, earlier = history.forms(last.lineage, 10_000)
        assert first == [*earlier, last][0]
        assert history.forms(last.lineage, 1) == (first, earlier[-1:])
        parts += [*earlier, last]
    assert Counter(forms) == Counter(parts)
    return forms


def paragraphs(*texts: str) -> Page:
    return page(title="T", overview=list(texts))


def spans(forms: list[Form], text: str) -> list[tuple[int, int | None, int | None]]:
    return [(form.since, form.until, form.back) for form in forms if form.text == text]


def lineages(forms: list[Form], *texts: str) -> set[int]:
    return {form.lineage for form in forms if form.text in texts}


A = "The bridge over the river is closed until Friday."
B = "The bridge over the river is closed until Sunday."
C = "Ferries will run all day, the council said."


def test_an_edited_sentence_keeps_its_lineage(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(f"{A} {C}"), paragraphs(f"{B} {C}")])
    assert spans(forms, A) == [(1, 1, None)]
    assert spans(forms, B) == [(2, None, None)]
    assert spans(forms, C) == [(1, None, None)]
    assert len(lineages(forms, A, B)) == 1


def test_words_that_come_back_say_since_when_they_were_gone(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(A), paragraphs(B), paragraphs(A)])
    assert spans(forms, A) == [(1, 1, None), (3, None, 1)]
    assert spans(forms, B) == [(2, 2, None)]
    assert len(lineages(forms, A, B)) == 1


def test_a_sentence_that_comes_back_is_the_same_one(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(A, C), paragraphs(A), paragraphs(A), paragraphs(A, C)])
    assert spans(forms, C) == [(1, 1, None), (4, None, 1)]
    assert len(lineages(forms, C)) == 1


def test_a_removed_sentence_stays_in_the_history(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(A, C), paragraphs(A), paragraphs(A)])
    assert spans(forms, C) == [(1, 1, None)]


@pytest.mark.parametrize(
    "moved",
    [
        page(title="T", overview=["Another one now leads.", C, A]),
        page(title="T", overview=[C], analysis=[A]),
        page(title="T", overview=[f"{C} {A}"]),
        page(title="T", overview=[f"Something new is said. {A}", C]),
    ],
    ids=["down", "to another section", "into another paragraph", "within one that was changed"],
)
def test_a_move_is_no_change(ledger: Ledger, moved: Page) -> None:
    forms = forms_of(ledger, [paragraphs(A, C), moved])
    assert spans(forms, A) == spans(forms, C) == [(1, None, None)]


def test_a_move_with_an_edit_keeps_the_lineage(ledger: Ledger) -> None:
    after = page(title="T", overview=[C], analysis=["A new thing is said here.", B])
    forms = forms_of(ledger, [paragraphs(A, C), after])
    assert spans(forms, B) == [(2, None, None)]
    assert len(lineages(forms, A, B)) == 1


def test_another_sentence_in_the_same_place_is_another(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(A), paragraphs("Nobody was hurt; trams go on.")])
    assert len({form.lineage for form in forms if form.section == "overview"}) == 2


def test_two_equal_sentences_are_two(ledger: Ledger) -> None:
    forms = forms_of(ledger, [paragraphs(A, A), paragraphs(A), paragraphs(A, A)])
    assert Counter(spans(forms, A)) == Counter([(1, 1, None), (1, None, None), (3, None, 1)])


@given(versions=st.lists(pages, min_size=1, max_size=5), stop=st.integers(1, 5))
@settings(max_examples=examples(80))
def test_every_version_can_be_rebuilt_from_the_history(versions: Versions, stop: int) -> None:
    """Whatever was linked to what: the forms that stood in a version are its sentences."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "provenance.db")
        forms_of(ledger, versions[:stop])
        forms = forms_of(ledger, versions)
        for number, each in enumerate(versions, 1):
            stood = [
                form.text
                for form in forms
                if form.since <= number and (form.until is None or form.until >= number)
            ]
            assert Counter(stood) == Counter(sentence.text for sentence in sentences(each)), number
        standing = {form.sentence for form in forms if form.until is None}
        assert standing == set(sentences(versions[-1]))
        again = Ledger(Path(folder) / "other.db")
        assert forms_of(again, versions) == forms, "the same in one step as step by step"


def test_a_long_history_is_built_in_batches(ledger: Ledger, tmp_path: Path) -> None:
    versions = [paragraphs(f"Now it is {number} days.") for number in range(1, 8)]
    whole = forms_of(ledger, versions)
    in_batches = Ledger(tmp_path / "in-batches.db", batch=2)
    assert forms_of(in_batches, versions) == whole


def test_only_what_is_new_is_read(ledger: Ledger) -> None:
    versions = [paragraphs(A), paragraphs(B), paragraphs(C)]
    read: list[int] = []

    def reading(number: int) -> tuple[str, Page]:
        read.append(number)
        return f"c{number}", versions[number - 1]

    for live in (2, 2, 3):
        read.clear()
        with ledger.history("a", live, reading):
            pass
    assert set(read) == {2, 3}


def test_another_chain_under_the_same_id_is_rebuilt(ledger: Ledger) -> None:
    forms_of(ledger, [paragraphs(A), paragraphs(B)])
    forms = forms_of(ledger, [paragraphs(C), paragraphs(B)], chain="other")
    assert spans(forms, C) == [(1, 1, None)]
    assert not spans(forms, A)


def test_a_file_of_another_format_is_rebuilt(ledger: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "provenance.db") as connection:
        connection.executescript("create table form (x text); pragma user_version = 99;")
    connection.close()
    assert spans(forms_of(ledger, [paragraphs(A)]), A) == [(1, None, None)]


def test_without_a_writable_disk_the_history_is_built_in_memory(tmp_path: Path) -> None:
    locked = Ledger(tmp_path / "missing-folder" / "provenance.db")
    forms = forms_of(locked, [paragraphs(A), paragraphs(B)])
    assert spans(forms, B) == [(2, None, None)]


def test_removed_sentences_are_listed_page_by_page(ledger: Ledger) -> None:
    versions = [
        paragraphs(*(f"Sentence number {n} is here." for n in range(k, 9))) for k in (1, 4, 6)
    ]
    with ledger.history("a", 3, lambda n: (f"c{n}", versions[n - 1])) as history:
        whole = history.removed(None, 100)
        assert [form.until for form in whole] == [2, 2, 1, 1, 1]
        seen: list[Form] = []
        while more := history.removed((seen[-1].until or 0, seen[-1].lineage) if seen else None, 2):
            seen += more
        assert seen == whole
