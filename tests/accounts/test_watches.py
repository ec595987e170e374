"""Watches of stories, and the keys of private feeds."""

from service.accounts import Role, Tokens
from service.accounts.watches import Watches
from tests.samples import NOON


def test_each_person_has_their_own_watches(tokens: Tokens, watches: Watches) -> None:
    for name in ("Dara", "Mika"):
        tokens.create(Role.EDITOR, name, NOON)
    mika, dara = tokens.all()
    for story in ("b", "a", "a"):
        watches.watch(dara.id, story)
    assert watches.watched(dara.id) == ["a", "b"]
    assert watches.watched(mika.id) == []
    watches.watch(mika.id, "a")
    watches.unwatch(dara.id, "a")
    assert watches.watched(mika.id) == ["a"]
    assert (watches.is_watching(dara.id, "a"), watches.is_watching(dara.id, "b")) == (False, True)


def test_two_tokens_of_one_person_have_one_list_of_watches(
    tokens: Tokens, watches: Watches
) -> None:
    """And a feed each, which ends with its token."""
    for _ in range(2):
        tokens.create(Role.EDITOR, "Dara", NOON)
    one, two = tokens.all()
    watches.watch(one.person.id, "library")
    assert watches.watched(two.person.id) == ["library"]
    keys = [watches.new_feed_key(each.id) for each in (one, two)]
    tokens.revoke(one.id, NOON)
    assert [bool(watches.feed_owner(key, NOON)) for key in keys] == [False, True]


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


def test_each_feed_key_opens_its_owner_s_feed(tokens: Tokens, watches: Watches) -> None:
    for name in ("Dara", "Mika", "Ines"):
        tokens.create(Role.EDITOR, name, NOON)
    keys = {token.person.name: watches.new_feed_key(token.id) for token in tokens.all()}
    owners = {name: watches.feed_owner(key, NOON) for name, key in keys.items()}
    assert {name: owner and owner.name for name, owner in owners.items()} == {
        name: name for name in keys
    }
