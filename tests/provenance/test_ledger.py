"""What the account says of a sentence's past, and that it says it of every history."""

import sqlite3
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Page
from service.provenance.ledger import Account, Form, Ledger
from service.provenance.sentences import sentences
from tests.diffing.pages import page, pages
from tests.profiles import examples

History = list[Page]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "provenance.db")


def told(ledger: Ledger, history: History, story: str = "a", chain: str = "c") -> list[Form]:
    """Every form, by lineage and then by age."""
    with ledger.account(story, len(history), lambda n: (f"{chain}{n}", history[n - 1])) as account:
        return _everything(account)


def _everything(account: Account) -> list[Form]:
    forms = account._forms("true order by lineage, since")
    # What is asked for in parts is all of it.
    parts: list[Form] = []
    for last in [*account.current(), *account.removed(None, 10_000)]:
        first, earlier = account.forms(last.lineage, 10_000)
        assert first == [*earlier, last][0]
        assert account.forms(last.lineage, 1) == (first, earlier[-1:])
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
    forms = told(ledger, [paragraphs(f"{A} {C}"), paragraphs(f"{B} {C}")])
    assert spans(forms, A) == [(1, 1, None)]
    assert spans(forms, B) == [(2, None, None)]
    assert spans(forms, C) == [(1, None, None)]
    assert len(lineages(forms, A, B)) == 1


def test_words_that_went_and_came_back_are_told(ledger: Ledger) -> None:
    forms = told(ledger, [paragraphs(A), paragraphs(B), paragraphs(A)])
    assert spans(forms, A) == [(1, 1, None), (3, None, 1)]
    assert spans(forms, B) == [(2, 2, None)]
    assert len(lineages(forms, A, B)) == 1


def test_a_sentence_that_was_removed_and_came_back_is_the_same_one(ledger: Ledger) -> None:
    forms = told(ledger, [paragraphs(A, C), paragraphs(A), paragraphs(A), paragraphs(A, C)])
    assert spans(forms, C) == [(1, 1, None), (4, None, 1)]
    assert len(lineages(forms, C)) == 1


def test_a_removed_sentence_is_kept_in_mind(ledger: Ledger) -> None:
    forms = told(ledger, [paragraphs(A, C), paragraphs(A), paragraphs(A)])
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
    forms = told(ledger, [paragraphs(A, C), moved])
    assert spans(forms, A) == spans(forms, C) == [(1, None, None)]


def test_a_move_with_an_edit_keeps_the_lineage(ledger: Ledger) -> None:
    after = page(title="T", overview=[C], analysis=["A new thing is said here.", B])
    forms = told(ledger, [paragraphs(A, C), after])
    assert spans(forms, B) == [(2, None, None)]
    assert len(lineages(forms, A, B)) == 1


def test_another_sentence_in_the_same_place_is_another(ledger: Ledger) -> None:
    forms = told(ledger, [paragraphs(A), paragraphs("Nobody was hurt; trams go on.")])
    assert len({form.lineage for form in forms if form.section == "overview"}) == 2


def test_two_alike_are_each_accounted_for(ledger: Ledger) -> None:
    forms = told(ledger, [paragraphs(A, A), paragraphs(A), paragraphs(A, A)])
    assert Counter(spans(forms, A)) == Counter([(1, 1, None), (1, None, None), (3, None, 1)])


@given(history=st.lists(pages, min_size=1, max_size=5), stop=st.integers(1, 5))
@settings(max_examples=examples(80))
def test_every_version_can_be_read_from_the_account(history: History, stop: int) -> None:
    """Whatever was linked to what: the forms that stood in a version are its sentences."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "provenance.db")
        told(ledger, history[:stop])
        forms = told(ledger, history)
        for number, each in enumerate(history, 1):
            stood = [
                form.text
                for form in forms
                if form.since <= number and (form.until is None or form.until >= number)
            ]
            assert Counter(stood) == Counter(sentence.text for sentence in sentences(each)), number
        standing = {form.sentence for form in forms if form.until is None}
        assert standing == set(sentences(history[-1]))
        again = Ledger(Path(folder) / "other.db")
        assert told(again, history) == forms, "in one go as well as bit by bit"


def test_a_long_history_is_accounted_for_in_parts(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = [paragraphs(f"Now it is {number} days.") for number in range(1, 8)]
    whole = told(ledger, history)
    monkeypatch.setattr("service.provenance.ledger._AT_ONCE", 2)
    assert told(ledger, history, "in-parts") == whole


def test_only_what_is_new_is_read(ledger: Ledger) -> None:
    history = [paragraphs(A), paragraphs(B), paragraphs(C)]
    read: list[int] = []

    def reading(number: int) -> tuple[str, Page]:
        read.append(number)
        return f"c{number}", history[number - 1]

    for live in (2, 2, 3):
        read.clear()
        with ledger.account("a", live, reading):
            pass
    assert set(read) == {2, 3}


def test_another_history_under_the_same_id_is_accounted_for_anew(ledger: Ledger) -> None:
    told(ledger, [paragraphs(A), paragraphs(B)])
    forms = told(ledger, [paragraphs(C), paragraphs(B)], chain="other")
    assert spans(forms, C) == [(1, 1, None)]
    assert not spans(forms, A)


def test_a_file_of_another_format_is_made_anew(ledger: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "provenance.db") as connection:
        connection.executescript("create table form (x text); pragma user_version = 99;")
    connection.close()
    assert spans(told(ledger, [paragraphs(A)]), A) == [(1, None, None)]


def test_where_nothing_can_be_written_it_is_told_all_the_same(tmp_path: Path) -> None:
    locked = Ledger(tmp_path / "missing-folder" / "provenance.db")
    forms = told(locked, [paragraphs(A), paragraphs(B)])
    assert spans(forms, B) == [(2, None, None)]


def test_what_was_removed_is_listed_in_parts(ledger: Ledger) -> None:
    history = [
        paragraphs(*(f"Sentence number {n} is here." for n in range(k, 9))) for k in (1, 4, 6)
    ]
    with ledger.account("a", 3, lambda n: (f"c{n}", history[n - 1])) as account:
        whole = account.removed(None, 100)
        assert [form.until for form in whole] == [2, 2, 1, 1, 1]
        seen: list[Form] = []
        while more := account.removed((seen[-1].until or 0, seen[-1].lineage) if seen else None, 2):
            seen += more
        assert seen == whole
