"""Stories that someone watches, and the secret address of the feed about them."""

from datetime import datetime

from service.accounts.database import Database, digest, new_secret
from service.accounts.tokens import Token, Tokens


class Watches:
    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def watch(self, token: str, story: str) -> None:
        with self._database.connection() as connection:
            connection.execute("insert or ignore into watch values (?, ?)", [token, story])

    def unwatch(self, token: str, story: str) -> None:
        with self._database.connection() as connection:
            connection.execute("delete from watch where token = ? and story = ?", [token, story])

    def watched(self, token: str) -> list[str]:
        """Ids of stories, in their order."""
        with self._database.connection() as connection:
            sql = "select story from watch where token = ? order by story"
            return [row["story"] for row in connection.execute(sql, [token])]

    def is_watching(self, token: str, story: str) -> bool:
        with self._database.connection() as connection:
            sql = "select 1 from watch where token = ? and story = ?"
            return connection.execute(sql, [token, story]).fetchone() is not None

    def new_feed_key(self, token: str) -> str:
        """The feed's new key, shown only now; the one before it leads nowhere any more."""
        key = new_secret()
        with self._database.connection() as connection:
            connection.execute("insert or replace into feed values (?, ?)", [token, digest(key)])
        return key

    def has_feed(self, token: str) -> bool:
        with self._database.connection() as connection:
            sql = "select 1 from feed where token = ?"
            return connection.execute(sql, [token]).fetchone() is not None

    def feed_owner(self, key: str, now: datetime) -> Token | None:
        """Whose feed this key opens, while their token is valid."""
        with self._database.connection() as connection:
            sql = "select token from feed where sha256 = ?"
            row = connection.execute(sql, [digest(key)]).fetchone()
        return self._tokens.by_id(row["token"], now) if row else None
