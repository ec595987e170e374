"""The stories that a person watches, and the secret URL of their private feed."""

from datetime import datetime

from service.accounts.database import Database, digest, new_secret
from service.accounts.person import Person
from service.accounts.tokens import Tokens


class Watches:
    """The watches and feeds in `accounts.db`. `person`: an id."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def watch(self, person: str, story: str) -> None:
        with self._database.connection() as connection:
            connection.execute("insert or ignore into watch values (?, ?)", [person, story])

    def unwatch(self, person: str, story: str) -> None:
        with self._database.connection() as connection:
            connection.execute("delete from watch where token = ? and story = ?", [person, story])

    def watched(self, person: str) -> list[str]:
        """The ids of the stories, sorted."""
        with self._database.connection() as connection:
            sql = "select story from watch where token = ? order by story"
            return [row["story"] for row in connection.execute(sql, [person])]

    def is_watching(self, person: str, story: str) -> bool:
        with self._database.connection() as connection:
            sql = "select 1 from watch where token = ? and story = ?"
            return connection.execute(sql, [person, story]).fetchone() is not None

    def new_feed_key(self, person: str) -> str:
        """The key of the person's feed: it cannot be shown again, and replaces the one before."""
        key = new_secret()
        with self._database.connection() as connection:
            connection.execute("insert or replace into feed values (?, ?)", [person, digest(key)])
        return key

    def has_feed(self, person: str) -> bool:
        with self._database.connection() as connection:
            sql = "select 1 from feed where token = ?"
            return connection.execute(sql, [person]).fetchone() is not None

    def feed_owner(self, key: str, now: datetime) -> Person | None:
        """Whose feed this key opens, as long as their token is active."""
        with self._database.connection() as connection:
            sql = "select token from feed where sha256 = ?"
            row = connection.execute(sql, [digest(key)]).fetchone()
        return self._tokens.person(row["token"], now) if row else None
