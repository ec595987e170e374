"""The stories that a person watches, and the secret URLs of their private feed."""

from datetime import datetime

from service.accounts.database import Database, digest, new_secret
from service.accounts.person import Person
from service.accounts.tokens import Tokens


class Watches:
    """The watches and feeds in `accounts.db`. `person`, `token`: an id."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def watch(self, person: str, story: str) -> None:
        self._database.run("insert or ignore into watch values (?, ?)", person, story)

    def unwatch(self, person: str, story: str) -> None:
        self._database.run("delete from watch where token = ? and story = ?", person, story)

    def watched(self, person: str) -> list[str]:
        """The ids of the stories, sorted."""
        sql = "select story from watch where token = ? order by story"
        return [row["story"] for row in self._database.run(sql, person)]

    def is_watching(self, person: str, story: str) -> bool:
        sql = "select 1 from watch where token = ? and story = ?"
        return bool(self._database.run(sql, person, story))

    def new_feed_key(self, token: str) -> str:
        """A key of the feed of the token's holder: it cannot be shown again, replaces this token's
        one before, and ends with the token.
        """
        key = new_secret()
        self._database.run("insert or replace into feed values (?, ?)", token, digest(key))
        return key

    def has_feed(self, token: str) -> bool:
        return bool(self._database.run("select 1 from feed where token = ?", token))

    def feed_owner(self, key: str, now: datetime) -> Person | None:
        """Whose feed this key opens, as long as the token that made it is active."""
        rows = self._database.run("select token from feed where sha256 = ?", digest(key))
        return self._tokens.holder(rows[0]["token"], now) if rows else None
