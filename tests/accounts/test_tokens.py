"""Tokens: created, found, expired, revoked; and their holders' sessions, visits and watches."""

from datetime import timedelta

import pytest

from repo_store.errors import InvalidInput, NotFound
from service.accounts import Role, Tokens
from service.accounts.sessions import IDLE, LIFETIME, Sessions
from service.accounts.watches import Watches
from tests.accounts.conftest import NOON

MINUTE = timedelta(minutes=1)


def test_a_token_is_found_by_its_text_alone(tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara Voss", NOON)
    found = tokens.find(text, NOON)
    assert found
    assert (found.person.name, found.person.role) == ("Dara Voss", Role.EDITOR)
    assert tokens.person(found.person.id, NOON) == found.person
    assert tokens.find(text[:-1], NOON) is None
    assert tokens.find(found.id, NOON) is None
    assert tokens.find("\ud800", NOON) is None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "<b>", "x" * 201])
def test_a_name_that_git_cannot_store_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        tokens.create(Role.EDITOR, name, NOON)
    assert tokens.all() == []


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


def test_old_sessions_expire(tokens: Tokens, sessions: Sessions) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()
    old = sessions.begin(token.person, NOON)
    assert sessions.find(old, NOON + IDLE - MINUTE)
    assert sessions.find(old, NOON + 2 * IDLE - 2 * MINUTE), "it was used meanwhile"
    new = sessions.begin(token.person, NOON + LIFETIME + MINUTE)
    assert sessions.find(old, NOON) is None
    assert sessions.find(new, NOON + LIFETIME + MINUTE)
    sessions.end(new)
    assert sessions.find(new, NOON + LIFETIME + MINUTE) is None


def test_new_means_since_the_previous_session(tokens: Tokens, sessions: Sessions) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()

    def visit(text: str, minute: int) -> object:
        now = NOON + minute * MINUTE
        session = sessions.find(text, now)
        assert session
        before = sessions.visit(session, now)
        return before and (before - NOON) / MINUTE

    first = sessions.begin(token.person, NOON)
    assert [visit(first, 1), visit(first, 2)] == [None, None]
    second = sessions.begin(token.person, NOON)
    assert [visit(second, 10), visit(second, 11)] == [2, 2]
    third = sessions.begin(token.person, NOON)
    assert visit(third, 20) == 11


def test_each_person_has_their_own_watches(tokens: Tokens, watches: Watches) -> None:
    for name in ("Dara", "Mika"):
        tokens.create(Role.EDITOR, name, NOON)
    mika, dara = tokens.all()
    for story in ("b", "a", "a"):
        watches.watch(dara.id, story)
    assert watches.watched(dara.id) == ["a", "b"]
    assert watches.watched(mika.id) == []
    watches.unwatch(dara.id, "a")
    assert (watches.is_watching(dara.id, "a"), watches.is_watching(dara.id, "b")) == (False, True)


def test_a_new_feed_key_replaces_the_old_one(tokens: Tokens, watches: Watches) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()
    assert not watches.has_feed(token.id)
    old, new = (watches.new_feed_key(token.id) for _ in range(2))
    assert watches.has_feed(token.id)
    assert watches.feed_owner(old, NOON) is None
    owner = watches.feed_owner(new, NOON)
    assert owner
    assert owner.id == token.id
