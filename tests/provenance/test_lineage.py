"""Which old sentence each new one was."""

import pytest

from service.diffing import compare
from service.provenance.lineage import follow
from service.provenance.sentences import sentences
from tests.diffing.pages import page

STAYS = "The council met in the old town hall on the square, as it has for forty years."
WAS = "The bridge over the river was closed for repairs on Monday morning."


def became(old: list[str], new: list[str]) -> set[tuple[str, str]]:
    """(old text, new text) of each sentence that was followed and edited."""
    pages = page(overview=old), page(overview=new)
    before, after = map(sentences, pages)
    links = follow(compare(*pages), before, after)
    pairs = {(before[i].text, after[j].text) for j, i in links.items()}
    return {(one, other) for one, other in pairs if one != other}


@pytest.mark.parametrize(
    ("now", "followed"),
    [
        ("The bridge over the river was closed for repairs on Tuesday morning.", True),
        # 0.52 and 0.48 of the characters of both
        ("The bridge over the river was opened early, we hear.", True),
        ("The bridge over the river was opened again, to general relief.", False),
    ],
)
def test_a_sentence_edited_in_its_place_is_followed_if_half_of_it_stays(
    now: str, followed: bool
) -> None:
    assert became([f"{STAYS} {WAS}"], [f"{STAYS} {now}"]) == ({(WAS, now)} if followed else set())


@pytest.mark.parametrize(
    ("now", "followed"),
    [
        # A similarity of 79 and 70 in 100
        ("The bridge over a river was opened again on Sunday morning.", True),
        ("The bridge over the river was opened again, to general relief.", False),
    ],
)
def test_one_that_moved_to_another_paragraph_must_keep_three_quarters(
    now: str, followed: bool
) -> None:
    other = "Nobody knew how long the works would take, or what they would cost in the end."
    old, new = [f"{STAYS} {WAS}", other], [STAYS, f"{other} {now}"]
    assert became(old, new) == ({(WAS, now)} if followed else set())


def test_the_same_words_are_followed_before_edited_ones() -> None:
    edited = WAS.replace("Monday", "Tuesday")
    assert became([f"{STAYS} {WAS}"], [f"{STAYS} {edited} {WAS}"]) == set()


def test_each_of_several_sentences_is_followed_to_its_own() -> None:
    names = ["Mirela Dusk", "Kamil Haas", "Ada Voss"]
    old = [f"{name} said that the bridge would open again in May." for name in names]
    new = [text.replace("May", "June") for text in old]
    assert became([" ".join(old)], [" ".join(new)]) == set(zip(old, new, strict=True))
