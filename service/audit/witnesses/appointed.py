"""The witnesses of an archive's public log, in the file `witnesses.json`, and how each one does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from repo_store import Damaged, FieldError, InvalidInput, NotFound, durable, locks, rfc3339
from service.audit.witnesses.client import Address
from service.audit.witnesses.notes import WITNESS_TYPES, BadVerifierKey, VerifierKey
from service.outbound.addresses import resolve
from service.outbound.urls import Resolve, check_url

FILE = "witnesses.json"
_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Appointed:
    """A witness, by the name of its key.

    `seen`: the size of the log that it cosigned last, at `cosigned_at`. `failures`: how many
    attempts failed since, the last at `failed_at` for this `reason`; `conflict`: since the witness
    says that it saw another log.
    """

    address: Address
    seen: int = 0
    cosigned_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    reason: str | None = None
    conflict: bool = False

    @property
    def name(self) -> str:
        return self.address.key.name

    def cosigned(self, size: int, now: datetime) -> Self:
        return type(self)(self.address, size, now)

    def failed(self, reason: str, conflict: bool, now: datetime) -> Self:
        return replace(
            self,
            failures=self.failures + 1,
            failed_at=now,
            reason=reason,
            conflict=conflict,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether to ask it; after failures in a row only after an ever longer pause."""
        if not self.failed_at or not self.failures:
            return True
        pause = min(_PAUSE * 2 ** min(self.failures - 1, 10), _LONGEST_PAUSE)
        return not timedelta(0) <= now - self.failed_at < pause

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "url": self.address.url,
            "key": str(self.address.key),
            "private": self.address.private,
            "seen": self.seen,
            "cosigned_at": self.cosigned_at and rfc3339(self.cosigned_at),
            "failures": self.failures,
            "failed_at": self.failed_at and rfc3339(self.failed_at),
            "reason": self.reason,
            "conflict": self.conflict,
        }

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError."""
        return cls(
            Address(fields["url"], VerifierKey.parse(fields["key"]), fields["private"] is True),
            int(fields["seen"]),
            _time(fields["cosigned_at"]),
            int(fields["failures"]),
            _time(fields["failed_at"]),
            fields["reason"],
            fields["conflict"] is True,
        )


class Witnesses:
    def __init__(self, archive: Path, resolver: Resolve = resolve) -> None:
        self._path = archive.absolute() / FILE
        self._lock = f"{archive.absolute()}/locks/witnesses"
        self._resolve = resolver

    def all(self) -> list[Appointed]:
        """In the order in which they were added. Damaged if the file cannot be read."""
        try:
            found = json.loads(self._path.read_bytes())["witnesses"]
            return [Appointed.of(each) for each in found]
        except FileNotFoundError:
            return []
        except (KeyError, TypeError, ValueError):
            raise Damaged(
                f"{FILE} cannot be read: put the file of a backup back, or delete it and add the"
                " witnesses: story-history log witness add"
            ) from None

    def add(self, url: str, key: str, private: bool = False) -> Appointed:
        """InvalidInput for a URL that will not be asked, a key that is not a witness's, and a name
        or key that is there already.
        """
        try:
            vkey = VerifierKey.parse(key)
        except BadVerifierKey as error:
            raise InvalidInput([FieldError("key", str(error))]) from None
        if vkey.type not in WITNESS_TYPES:
            message = f"{vkey.name} signs notes, but no cosignatures: a witness's key is needed"
            raise InvalidInput([FieldError("key", message)])
        check_url(url, private, self._resolve)
        with self._changing() as known:
            if any(each.name == vkey.name or each.address.key.raw == vkey.raw for each in known):
                message = f"{vkey.name} is a witness already, or its key is another's"
                raise InvalidInput([FieldError("key", message)])
            known.append(Appointed(Address(url, vkey, private)))
        return known[-1]

    def remove(self, name: str) -> None:
        """NotFound if there is no witness of this name."""
        with self._changing() as known:
            left = [each for each in known if each.name != name]
            if len(left) == len(known):
                raise NotFound(f"There is no witness “{name}”.")
            known[:] = left

    def note(self, name: str, change: Callable[[Appointed], Appointed]) -> None:
        """Note how an attempt went, unless the witness was removed meanwhile."""
        with self._changing() as known:
            known[:] = [change(each) if each.name == name else each for each in known]

    @contextmanager
    def _changing(self) -> Iterator[list[Appointed]]:
        with locks.locked(self._lock), durable.disk_errors():
            known = self.all()
            yield known
            values = {"witnesses": [each.as_dict() for each in known]}
            text = json.dumps(values, ensure_ascii=False, indent=2)
            durable.replace(str(self._path), f"{text}\n".encode())


def copy(source: Path, target: Path) -> None:
    """Make the file of witnesses in one folder that of another, be there one or none."""
    try:
        data = (source / FILE).read_bytes()
    except FileNotFoundError:
        (target / FILE).unlink(missing_ok=True)
    else:
        durable.replace(f"{target.absolute()}/{FILE}", data)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
