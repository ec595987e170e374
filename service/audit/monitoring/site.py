"""What a monitor reads of a site: its public log, and what it says of stories."""

import json
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from repo_store import log_files
from service.outbound.exchange import Answer, Request, Unreachable, exchange

SECONDS = 30.0
_CHECKPOINT_BYTES = 2**20
_KEYS_BYTES = 2**20
_BUNDLE_BYTES = log_files.WIDTH * (2 + 0xFFFF)
_HASH_BYTES = 32
_ANSWER_BYTES = 32 * 2**20
_PAGE, _PAGES = 100, 1_000


class CannotLook(Exception):
    """The site does not answer, or not with what was asked for; the message says what."""


class Site:
    """`url`: of the site, without a slash at the end; its log is under `/log/`."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self.url, self._seconds = url.rstrip("/"), seconds

    def checkpoint(self) -> bytes:
        return self._file("checkpoint", _CHECKPOINT_BYTES)

    def keys(self) -> str:
        return self._file("keys", _KEYS_BYTES).decode(errors="replace")

    def hashes(self, level: int, number: int, width: int) -> list[bytes]:
        """Of a tile, its first `width`."""
        data = self._tile(level, number, width, log_files.WIDTH * _HASH_BYTES)
        found = [data[at : at + _HASH_BYTES] for at in range(0, len(data), _HASH_BYTES)]
        if len(data) % _HASH_BYTES or len(found) < width:
            raise CannotLook(f"{log_files.path_of(level, number, width)}: not a tile")
        return found[:width]

    def entries(self, number: int, width: int) -> list[bytes]:
        """Of a bundle, its first `width` leaves."""
        data, found, at = self._tile(log_files.ENTRIES, number, width, _BUNDLE_BYTES), [], 0
        while at + 2 <= len(data):
            [length] = struct.unpack_from(">H", data, at)
            found.append(data[at + 2 : at + 2 + length])
            at += 2 + length
        if at != len(data) or len(found) < width:
            raise CannotLook(f"{log_files.path_of(log_files.ENTRIES, number, width)}: no leaves")
        return found[:width]

    def versions(self, story: str) -> Iterator[dict[str, Any]]:
        """Of a story, newest first; nothing of one that the site does not have."""
        cursor = ""
        for _ in range(_PAGES):
            query = urlencode({"limit": _PAGE} | ({"cursor": cursor} if cursor else {}))
            answer = self._ask(f"/api/v1/stories/{story}/versions?{query}", _ANSWER_BYTES)
            if answer.status in (404, 410):
                return
            page = self._json(answer, "versions")
            yield from _items(page)
            if page.get("next") is None:
                return
            cursor = str(page["next"])
        raise CannotLook(f"versions: more than {_PAGES} pages of {story}")

    def stored(self, story: str, version: int) -> bytes | None:
        """The bytes of a version that are hashed; None of a removed one."""
        answer = self._ask(f"/api/v1/stories/{story}/versions/{version}/stored", _ANSWER_BYTES)
        if answer.status in (404, 410):
            return None
        return self._checked(answer, "a version").body

    def changes(self, since: str) -> tuple[list[dict[str, Any]], str]:
        """What the site says has happened since a cursor, and the next cursor."""
        query = urlencode({"limit": _PAGE, "since": since} if since else {"limit": _PAGE})
        page = self._json(self._ask(f"/api/v1/changes?{query}", _ANSWER_BYTES), "changes")
        return list(_items(page)), str(page.get("next") or "")

    def _file(self, name: str, most: int) -> bytes:
        return self._checked(self._ask(f"/log/{name}", most), name).body

    def _tile(self, level: int | str, number: int, width: int, most: int) -> bytes:
        """A partial tile, or the full one, once that has replaced it."""
        name = log_files.path_of(level, number, width)
        answer = self._ask(f"/log/{name}", most)
        if answer.status == 404 and width < log_files.WIDTH:
            answer = self._ask(f"/log/{log_files.path_of(level, number)}", most)
        return self._checked(answer, name).body

    def _ask(self, path: str, most: int) -> Answer:
        try:
            # Whoever runs a monitor has named the site: it may be anywhere.
            request = Request("GET", f"{self.url}{path}", private=True)
            return exchange(request, self._seconds, most)
        except Unreachable as error:
            raise CannotLook(f"{path.partition('?')[0]}: {error}") from None

    def _json(self, answer: Answer, what: str) -> dict[str, Any]:
        try:
            value = json.loads(self._checked(answer, what).body)
        except (ValueError, RecursionError):
            raise CannotLook(f"{what}: the answer is not JSON") from None
        if not isinstance(value, dict):
            raise CannotLook(f"{what}: the answer is not what the API answers")
        return value

    def _checked(self, answer: Answer, what: str) -> Answer:
        if answer.status != 200:
            raise CannotLook(f"{what}: answered {answer.status}")
        return answer


def _items(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    items = page.get("items")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise CannotLook("a list: the answer is not what the API answers")
    yield from items
