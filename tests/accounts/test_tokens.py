"""Tokens: created, found, expired and revoked."""

from datetime import timedelta

import pytest

from repo_store.errors import InvalidInput, NotFound
from service.accounts import Role, Tokens
from service.accounts.person import name_key
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches
from tests.samples import NOON

MINUTE = timedelta(minutes=1)


def test_a_token_is_found_by_its_text_alone(tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara Voss", NOON)
    found = tokens.find(text, NOON)
    assert found
    assert (found.person.name, found.person.role) == ("Dara Voss", Role.EDITOR)
    assert tokens.holder(found.id, NOON) == found.person
    assert tokens.find(text[:-1], NOON) is None
    assert tokens.find(found.id, NOON) is None
    assert tokens.find("\ud800", NOON) is None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "<b>", "x" * 201])
def test_a_name_that_git_cannot_store_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        tokens.create(Role.EDITOR, name, NOON)
    assert tokens.all() == []


_SHOW_NOTHING = "\u034f\u115f\u17b4\u180b\u200b\u2800\u3164\ufe0f\uffa0\U000e0100"


@pytest.mark.parametrize(
    "other",
    [
        *("Dara Voss", "dara  VOSS ", "Ｄａｒａ Voss", "Dara\u00a0Voss"),
        *(f"Dara{each} Voss" for each in _SHOW_NOTHING),
    ],
)
def test_tokens_with_names_that_read_alike_are_those_of_one_person(
    tokens: Tokens, other: str
) -> None:
    for name in ("Dara Voss", other, "Dara Vos"):
        tokens.create(Role.EDITOR, name, NOON)
    different, again, first = (token.person for token in tokens.all())
    assert (again.id, again.name) == (first.id, "Dara Voss")
    assert (different.id, different.name) != (first.id, first.name)
    assert again.token != first.token


def test_what_shows_nothing_keeps_no_letter_from_its_accent() -> None:
    assert name_key("Zoe\u034f\u0308") == name_key("Zo\u00eb") != name_key("Zoe")


def test_a_token_may_have_a_name_of_its_own_where_its_person_is_given(tokens: Tokens) -> None:
    tokens.create(Role.EDITOR, "Dara Voss", NOON)
    [first] = tokens.all()
    for person in (first.person.id, "dara voss"):
        text = tokens.create(Role.ADMIN, "Laptop", NOON, person=person)
        found = tokens.find(text, NOON)
        assert found
        assert (found.name, found.person.name) == ("Laptop", "Dara Voss")
        assert (found.person.id, found.person.role) == (first.person.id, Role.ADMIN)
    with pytest.raises(InvalidInput, match="person"):
        tokens.create(Role.EDITOR, "Laptop", NOON, person="Mika")
    assert len(tokens.all()) == 3


def test_a_token_expires(tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON, NOON + MINUTE)
    assert tokens.find(text, NOON + MINUTE - timedelta(seconds=1))
    assert tokens.find(text, NOON + MINUTE) is None
    assert [each.state(NOON + MINUTE) for each in tokens.all()] == ["expired"]


def test_a_revoked_token_stays_listed_and_opens_nothing(
    tokens: Tokens, sessions: Sessions, watches: Watches
) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    token = tokens.all()[0]
    session, key = sessions.begin(token.person, NOON), watches.new_feed_key(token.id)
    assert tokens.revoke(token.id, NOON + MINUTE).revoked_at == NOON + MINUTE
    assert tokens.revoke(token.id, NOON + 2 * MINUTE).revoked_at == NOON + MINUTE
    assert tokens.find(text, NOON) is None
    assert sessions.find(session, NOON) is None
    assert watches.feed_owner(key, NOON) is None
    assert [each.state(NOON) for each in tokens.all()] == ["revoked"]


def test_revoking_a_token_leaves_the_others_and_their_sessions(
    tokens: Tokens, sessions: Sessions
) -> None:
    texts = [tokens.create(Role.EDITOR, name, NOON) for name in ("Dara", "Mika")]
    mika, dara = tokens.all()
    session = sessions.begin(mika.person, NOON)
    tokens.revoke(dara.id, NOON)
    assert [bool(tokens.find(text, NOON)) for text in texts] == [False, True]
    assert sessions.find(session, NOON)


def test_revoking_an_unknown_token_is_an_error(tokens: Tokens) -> None:
    with pytest.raises(NotFound, match="“x”"):
        tokens.revoke("x", NOON)


def test_the_last_use_is_known_to_the_minute(tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    assert tokens.all()[0].used_at is None
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60), (130, 130)):
        tokens.find(text, NOON + timedelta(seconds=seconds))
        assert tokens.all()[0].used_at == NOON + timedelta(seconds=noted)


def test_tokens_are_listed_newest_first(tokens: Tokens) -> None:
    for number in range(3):
        tokens.create(Role.EDITOR, f"Name {number}", NOON + number * MINUTE)
    assert [each.person.name for each in tokens.all()] == ["Name 2", "Name 1", "Name 0"]


def test_a_use_is_recorded_of_the_token_that_was_used(tokens: Tokens) -> None:
    used, _ = (tokens.create(Role.EDITOR, name, NOON) for name in ("Dara", "Mika"))
    tokens.find(used, NOON)
    assert {each.person.name: each.used_at for each in tokens.all()} == {"Dara": NOON, "Mika": None}
