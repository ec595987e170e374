"""Silent edits: a change of facts needs an explanation; a cosmetic edit is only that throughout."""

import pytest

from repo_store import Kind
from service.comparison import only_cosmetic, page_of
from service.diffing import compare
from service.usecases.errors import SilentEdit
from service.usecases.silent_edits import check_explained
from tests.diffing.pages import page
from tests.samples import content

SAID = "An earlier version of this story said 1.2 million crowns; it is 1.4 million."
OLD = ["He said so yesterday.", "The cat sat on the mat."]


@pytest.mark.parametrize(
    ("new", "cosmetic"),
    [
        (["He said so, yesterday.", "The cat sat on the mat!"], True),
        (["He said so, yesterday.", "The dog sat on the mat."], False),
        (["He said so, yesterday."], False),
        (OLD, False),
    ],
)
def test_an_edit_is_cosmetic_if_every_changed_block_is(new: list[str], cosmetic: bool) -> None:
    assert only_cosmetic(compare(page(overview=OLD), page(overview=new))) is cosmetic


def test_another_number_of_sources_is_not_cosmetic() -> None:
    old = page(overview=["He said so"], source_count=1)
    new = page(overview=["He said so."], source_count=2)
    assert not only_cosmetic(compare(old, new))


def test_a_change_whose_facts_could_not_all_be_found_needs_an_explanation() -> None:
    old, new = content(overview=OLD), content(overview=OLD[:1])
    diff = compare(page_of(old), page_of(new))._replace(facts=(), facts_complete=False)
    with pytest.raises(SilentEdit) as caught:
        check_explained(old, new, diff, " ", Kind.UPDATE)
    assert caught.value.suggested_note == ""
    check_explained(old, new, diff, "The second paragraph was wrong.", Kind.UPDATE)
    check_explained(old, new, diff._replace(facts_complete=True), "", Kind.UPDATE)


@pytest.mark.parametrize(
    ("note", "kind", "complete", "suggested"),
    [
        ("", Kind.UPDATE, True, SAID),
        (" \n", Kind.MINOR, True, SAID),
        # What no reader sees is no note
        ("\u200b", Kind.UPDATE, True, SAID),
        ("\u3164\u2800", Kind.UPDATE, True, SAID),
        # There is a note: only the kind is wrong
        ("Why", Kind.MINOR, True, ""),
        # What was not found would be left out
        ("", Kind.UPDATE, False, ""),
    ],
)
def test_a_note_is_suggested_where_there_is_none(
    note: str, kind: Kind, complete: bool, suggested: str
) -> None:
    old = content()
    new = content(overview=[old["overview"][0], old["overview"][1].replace("1.2", "1.4")])
    diff = compare(page_of(old), page_of(new))._replace(facts_complete=complete)
    with pytest.raises(SilentEdit) as caught:
        check_explained(old, new, diff, note, kind)
    assert caught.value.facts == diff.facts
    assert caught.value.suggested_note == suggested


@pytest.mark.parametrize(
    ("sentence", "begins"),
    [
        ("The council says that it is not safe and that the fare is {} crowns.", "An earlier"),
        ("Der Rat sagt, dass die Fahrt nicht mit Karte und {} Euro kostet.", "In einer früheren"),
        ("Rådet sier at det ikke er trygt, og at turen koster {} kroner etter nyttår.", "I en"),
        ("Il sindaco ha detto che il biglietto della zona non costa più di {} euro.", ""),
        ("Market {}.", ""),
    ],
)
def test_it_is_in_the_language_of_the_story(sentence: str, begins: str) -> None:
    old, new = (
        content(title="X", summary="", overview=[sentence.format(fare)]) for fare in (12, 15)
    )
    with pytest.raises(SilentEdit) as caught:
        check_explained(old, new, compare(page_of(old), page_of(new)), "", Kind.UPDATE)
    suggested = caught.value.suggested_note
    assert suggested.startswith(begins)
    assert bool(suggested) == bool(begins)
