"""JSON of other systems: a file of any number of values, and objects read field by field."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from repo_store import printable
from service.formats.item import wrong
from service.formats.text import line
from service.present import times


def json_values(data: bytes) -> list[Any]:
    """The values in a file, one after the other, a list as its items. Raises InvalidInput."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong("", f"not UTF-8: byte {error.start}") from None
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    values: list[Any] = []
    at = 0
    try:
        while (at := _next(text, at)) < len(text):
            value, at = decoder.raw_decode(text, at)
            values += value if isinstance(value, list) else [value]
    except RecursionError:
        raise wrong("", "not readable JSON: nested too deeply") from None
    except ValueError as error:
        raise wrong("", f"not readable JSON: {error}") from None
    return values


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Fields:
    """An object whose fields are read by name. `rest` lists those that nobody asked for.

    Every getter raises InvalidInput, with the field's name, for a value of another type; a missing
    field is as an empty one.
    """

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise wrong(path, "must be an object")
        self._value: Mapping[str, Any] = value
        self._path = path
        self._asked: set[str] = set()

    def raw(self, name: str) -> Any:
        self._asked.add(name)
        return self._value.get(name)

    def text(self, name: str) -> str:
        """On one line."""
        return line(self.lines(name))

    def lines(self, name: str) -> str:
        value = self.raw(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str | None):
            raise self.wrong(name, "must be text")
        return value or ""

    def number(self, name: str) -> int | None:
        """A whole number from 1, written as one or as text; None for anything else."""
        digits = self.lines(name).strip()
        plain = digits.isascii() and digits.isdecimal() and len(digits) < 10
        return (int(digits) or None) if plain else None

    def time(self, name: str, utc: bool = False) -> datetime | None:
        """A time as RFC 3339 has it, or a day. `utc`: the field says UTC by its name."""
        text = self.text(name)
        if not text:
            return None
        moment = times.parse_day_or_time(text) or (times.parse(text, UTC) if utc else None)
        if not moment:
            raise self.wrong(name, "must be a time with its zone, such as 2026-05-01T10:00:00Z")
        return moment

    def object(self, name: str) -> "Fields":
        value = self.raw(name)
        return Fields({} if value is None else value, self._of(name))

    def objects(self, name: str) -> Iterator["Fields"]:
        """The objects of a list. One that stands alone is a list of one."""
        value = self.raw(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        for at, each in enumerate(values):
            yield Fields(each, f"{self._of(name)}[{at}]")

    def pass_over(self, *names: str) -> None:
        """These say nothing that would be missed."""
        self._asked.update(names)

    def rest(self) -> list[str]:
        """The names of fields that hold something and were not read."""
        return [
            name
            for name, value in self._value.items()
            if name not in self._asked and value not in (None, "", [], {}, False)
        ]

    def wrong(self, name: str, message: str) -> Exception:
        return wrong(self._of(name), message)

    def _of(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def json_bytes(value: Any) -> bytes:
    """Readable, with a line end, and without characters that a terminal would not show."""
    lines = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    return "".join(f"{printable(each)}\n" for each in lines).encode()
