"""What was recorded, in words."""

from repo_store import Ground, Verb
from service.present import wording


def test_every_verb_and_every_ground_has_its_words() -> None:
    assert wording.VERBS.keys() == set(Verb)
    assert wording.GROUNDS.keys() == set(Ground)
