"""Silent edits: a change of facts needs an explanation; a cosmetic edit is only that throughout."""

import pytest

from repo_store import Kind
from service.diffing import compare
from service.usecases.errors import SilentEdit
from service.usecases.silent_edits import check_explained, only_cosmetic
from tests.diffing.pages import page

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
    diff = compare(page(overview=OLD), page(overview=[OLD[0]]))._replace(
        facts=(), facts_complete=False
    )
    with pytest.raises(SilentEdit):
        check_explained(diff, " ", Kind.UPDATE)
    check_explained(diff, "The second paragraph was wrong.", Kind.UPDATE)
    check_explained(diff._replace(facts_complete=True), "", Kind.UPDATE)
