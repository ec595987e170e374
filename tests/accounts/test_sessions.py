"""Sessions at the desk: when they end, and what is new since the one before."""

from datetime import timedelta

from service.accounts import Role, Tokens
from service.accounts.database import Database
from service.accounts.sessions import IDLE, LIFETIME, Sessions
from tests.samples import NOON

MINUTE = timedelta(minutes=1)


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


def test_new_means_since_the_person_s_previous_session_with_whatever_token(
    tokens: Tokens, sessions: Sessions
) -> None:
    for _ in range(2):
        tokens.create(Role.EDITOR, "Dara", NOON)
    before = None
    for minute, token in enumerate(tokens.all()):
        session = sessions.find(sessions.begin(token.person, NOON), NOON)
        assert session
        assert sessions.visit(session, NOON + minute * MINUTE) == before
        before = NOON


def test_a_session_is_kept_alive_by_its_own_use_alone(tokens: Tokens, sessions: Sessions) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()
    used, unused = (sessions.begin(token.person, NOON) for _ in range(2))
    assert sessions.find(used, NOON + IDLE - MINUTE)
    assert sessions.find(used, NOON + IDLE)
    assert sessions.find(unused, NOON + IDLE) is None


def test_signing_out_ends_one_session(tokens: Tokens, sessions: Sessions) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()
    here, elsewhere = (sessions.begin(token.person, NOON) for _ in range(2))
    sessions.end(here)
    assert sessions.find(here, NOON) is None
    assert sessions.find(elsewhere, NOON)


def test_ended_sessions_are_deleted_when_the_next_one_begins(
    tokens: Tokens, sessions: Sessions, database: Database
) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    [token] = tokens.all()

    def stored() -> int:
        with database.connection() as connection:
            return int(connection.execute("select count(*) from session").fetchone()[0])

    sessions.begin(token.person, NOON)
    sessions.begin(token.person, NOON + IDLE + MINUTE)
    assert stored() == 1, "the first was idle for too long, though it began lately"
    used = sessions.begin(token.person, NOON + IDLE + MINUTE)
    now = NOON + IDLE
    while now < NOON + LIFETIME + IDLE:
        now += IDLE - MINUTE
        sessions.find(used, now)
    sessions.begin(token.person, NOON + IDLE + 2 * MINUTE + LIFETIME)
    assert stored() == 1, "a session ends after its lifetime, however lately it was used"
