"""The history of sentences: what becomes of each from version to version."""

import sqlite3
from collections import Counter
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diffing import Diff, Page, difference
from service.provenance.ledger import (
    PER_VERSION,
    Form,
    Ledger,
    SentenceHistory,
    Source,
    Unusable,
)
from service.provenance.sentences import sentences
from tests.diffing.pages import page, pages
from tests.profiles import examples

Versions = list[Page]
ANY = 2**62
"""Any number of characters."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "provenance.db")


def forms_of(ledger: Ledger, versions: Versions, story: str = "a", chain: str = "c") -> list[Form]:
    """Every form, by lineage and then by age."""
    source = source_of(versions, chain)
    assert ledger.extend(story, len(versions), source, ANY)
    with ledger.history(story, len(versions), source.stamp(len(versions))) as history:
        assert history
        return _everything(history)


def source_of(versions: Versions, chain: str = "c") -> Source:
    return Source(lambda n: f"{chain}{n}", lambda n: versions[n - 1])


def _everything(history: SentenceHistory) -> list[Form]:
    forms = history._forms("true order by lineage, since")
    # The parts that the queries return make up the whole.
    parts: list[Form] = []
    for last in [*history.current(), *history.removed(None)]:
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


def test_a_long_history_is_worked_through_a_few_versions_at_a_time(
    ledger: Ledger, tmp_path: Path
) -> None:
    versions = [paragraphs(f"Now it is {number} days.") for number in range(1, 8)]
    whole = forms_of(ledger, versions)
    in_turns = Ledger(tmp_path / "in-turns.db")
    reached = []
    while not in_turns.extend("a", 7, source_of(versions), 3 * PER_VERSION):
        reached.append(in_turns.version("a"))
    assert reached == [2, 4, 6], "what is compared counts too"
    assert forms_of(in_turns, versions) == whole


def test_only_what_is_new_is_read(ledger: Ledger) -> None:
    versions = [paragraphs(A), paragraphs(B), paragraphs(C)]
    read: list[int] = []

    def page(number: int) -> Page:
        read.append(number)
        return versions[number - 1]

    for live, needed in ((2, {1, 2}), (2, set()), (3, {2, 3})):
        read.clear()
        ledger.extend("a", live, Source(lambda n: f"c{n}", page), ANY)
        assert set(read) == needed


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


def test_without_a_writable_disk_a_short_history_is_built_in_memory(tmp_path: Path) -> None:
    locked, source = Ledger(tmp_path / "none" / "provenance.db"), source_of([paragraphs(A)] * 9)
    with pytest.raises(Unusable) as raised:
        locked.extend("a", 9, source, ANY)
    assert not raised.value.busy
    with locked.in_memory("a", 9, source, 100_000) as history:
        assert history
        assert spans(history.current(), A) == [(1, None, None)]
    with locked.in_memory("a", 9, source, 8 * PER_VERSION) as history:
        assert history is None, "a long one is not"


def test_removed_sentences_are_listed_page_by_page(ledger: Ledger) -> None:
    versions = [
        paragraphs(*(f"Sentence number {n} is here." for n in range(k, 9))) for k in (1, 4, 6)
    ]
    forms_of(ledger, versions)
    with ledger.history("a", 3, "c3") as history:
        assert history
        whole = list(history.removed(None))
        assert [form.until for form in whole] == [2, 2, 1, 1, 1]
        seen: list[Form] = []
        while more := list(
            islice(history.removed((seen[-1].until or 0, seen[-1].lineage) if seen else None), 2)
        ):
            seen += more
        assert seen == whole


def test_an_account_is_not_of_another_version_or_chain(ledger: Ledger) -> None:
    forms_of(ledger, [paragraphs(A), paragraphs(B)])
    for version, stamp in ((1, "c1"), (3, "c3"), (2, "another")):
        with ledger.history("a", version, stamp) as history:
            assert history is None


def test_nobody_waits_while_a_diff_is_computed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another story is written, and this one read, in the midst of it."""
    forms_of(ledger, [paragraphs(A)])
    passed: list[bool] = []

    def slow(old: Page, new: Page) -> Diff:
        if not passed:
            passed.append(True)
            forms_of(ledger, [paragraphs(C)], story="other")
            with ledger.history("a", 1, "c1") as history:
                assert history
        return difference(old, new)

    monkeypatch.setattr("service.provenance.ledger.difference", slow)
    assert spans(forms_of(ledger, [paragraphs(A), paragraphs(B)]), B) == [(2, None, None)]
    assert passed


def test_of_two_that_build_the_same_each_version_is_added_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [paragraphs(A), paragraphs(B), paragraphs(C)]
    expected = forms_of(ledger, versions)
    ledger.forget("a")
    raced: list[bool] = []

    def overtaken(old: Page, new: Page) -> Diff:
        if not raced:
            raced.append(True)
            forms_of(ledger, versions)
        return difference(old, new)

    monkeypatch.setattr("service.provenance.ledger.difference", overtaken)
    assert forms_of(ledger, versions) == expected
    assert raced


def test_a_text_that_is_removed_while_it_is_compared_is_not_written(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    versions, removals = [paragraphs(A), paragraphs(C), paragraphs(B)], [0]
    source = Source(lambda n: f"c{n} {removals[0]}", lambda n: versions[n - 1])

    def removed(old: Page, new: Page) -> Diff:
        if new is versions[2] and not removals[0]:
            removals[0] += 1
            versions[1:] = [paragraphs(A), paragraphs(A)]
            ledger.forget("a")
        return difference(old, new)

    monkeypatch.setattr("service.provenance.ledger.difference", removed)
    assert ledger.extend("a", 3, source, ANY)
    with ledger.history("a", 3, "c3 1") as history:
        assert history
        assert {form.text for form in _everything(history)} == {"T", A}
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert C.encode() not in written
    assert B.encode() not in written


def test_those_who_wait_come_first_and_each_gets_its_turn(ledger: Ledger) -> None:
    ledger.take_in(0, lambda *_: [])
    ledger.take_in(3, lambda *_: ["new", "newer"])
    for story in ("one", "two", "one"):
        ledger.ask(story)
    order = []
    for done in (False, True, True, True, True):
        due = ledger.next_due()
        assert due
        order.append(due)
        ledger.turn_over(due, done)
    assert order == ["one", "two", "one", "new", "newer"]
    assert ledger.next_due() is None


def test_what_was_there_before_the_first_time_is_not_due(ledger: Ledger) -> None:
    ledger.take_in(100, lambda *_: ["old"])
    assert ledger.next_due() is None
    for start, end in ((100, 1_100), (1_100, 1_500)):
        ledger.take_in(1_500, lambda *span, expected=(start, end): [f"{span == expected}"])
        assert ledger.next_due() == "True", "some at a time"
        ledger.turn_over("True", True)
    assert ledger.next_due() is None
