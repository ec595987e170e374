"""Backups: a folder with a copy of the repository, the accounts and the list of witnesses, never of
the key.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from repo_store import MANIFEST, Archive, ArchiveError, Copied, Run, durable, locks, rfc3339
from service.accounts import AccountsUnavailable, care
from service.audit.keys import BadKey
from service.audit.log import AuditLog
from service.audit.witnesses import appointed

_FORMAT = 1
_ACCOUNTS = "accounts.db"
_MOST_BYTES = 64 * 1024
_CHECK_EVERY = timedelta(days=7)
_PASSES = 3
"""How often a backup is brought up to date while texts are being removed."""


@dataclass(frozen=True)
class BackupReport:
    """`files` and `bytes` were copied, `damaged` of them again as they were damaged in the backup;
    `deleted` files deleted from it. `checked`: when all of it was last read. `size`: the bytes
    of all objects in it. `accounts`: whether there are any. `key`: the fingerprint of the log's
    key, which is not in the backup; empty if nothing was signed yet. `removal_under_way`: a text
    that was removed meanwhile may be in the backup.
    """

    folder: str
    at: str
    checked: str
    damaged: int
    files: int
    bytes: int
    deleted: int
    stories: int
    size: int
    accounts: bool
    key: str
    removal_under_way: bool
    seconds: float


def back_up(
    archive: Archive, audit: AuditLog, target: Path, noted: Mapping[str, str], now: datetime
) -> BackupReport:
    """Bring the backup in `target` up to date, or begin one if there is no such folder.

    A backup that is interrupted leaves the one before. ArchiveError if the folder holds something
    else, or more than the archive; AccountsUnavailable if only the accounts could not be copied:
    those of the backup before are kept.
    """
    begun = time.monotonic()
    with durable.errors_at(target):
        _begin(archive.path, target)
    with durable.errors_at(target), locks.locked_if_free(f"{target}/.lock") as free:
        if not free:
            raise ArchiveError(f"{target}: another backup to this folder is running")
        checked = str(_read_manifest(target, finished=False).get("checked", ""))
        due = _check_is_due(checked, now)
        passes: list[Copied] = []
        unavailable: AccountsUnavailable | None = None
        under_way = True
        while under_way and len(passes) < _PASSES:
            # In this order, and at the end in the reverse: a removal is noted as due first, then it
            # is recorded, and it is due until its texts are off the disk.
            removals, under_way = _removals(archive), bool(archive.purge_due())
            passes.append(archive.back_up(target, check=due and not passes))
            appointed.copy(archive.path, target)
            try:
                _copy_accounts(archive, target)
            except AccountsUnavailable as error:
                unavailable = error
            under_way |= bool(archive.purge_due()) or _removals(archive) != removals
        key = audit.known_key()
        report = BackupReport(
            folder=str(target),
            at=rfc3339(now),
            checked=rfc3339(now) if due else checked,
            damaged=sum(each.damaged for each in passes),
            files=sum(each.files for each in passes),
            bytes=sum(each.bytes for each in passes),
            deleted=sum(each.deleted for each in passes),
            stories=passes[-1].stories,
            size=passes[-1].size,
            accounts=(target / _ACCOUNTS).exists(),
            key=key.fingerprint if key else "",
            removal_under_way=under_way,
            seconds=round(time.monotonic() - begun, 3),
        )
        manifest = {
            "format": _FORMAT,
            "at": report.at,
            "checked": report.checked,
            "archive": str(archive.path.absolute()),
            "stories": report.stories,
            "accounts": report.accounts,
            "key": report.key,
            "settings": dict(noted),
        }
        _write_manifest(target, manifest)
    if unavailable:
        raise AccountsUnavailable(
            f"{unavailable.what.removeprefix('accounts.db ')}: the stories are backed up, and the"
            " accounts in the backup are still those of the backup before"
        )
    if not under_way:
        archive.note_run(Run.BACKUP)
    return report


def restored(source: Path, path: Path, clock: Callable[[], datetime]) -> dict[str, Any]:
    """Make an archive of a backup at `path`, which must be absent or empty; returns what the backup
    notes of itself. If it fails, nothing is made.
    """
    _check_plain(source)
    manifest = _read_manifest(source)

    def restore_accounts(folder: Path) -> None:
        try:
            with durable.errors_at(path):
                care.copy(source, folder / _ACCOUNTS)
                appointed.copy(source, folder)
        except AccountsUnavailable as error:
            raise ArchiveError(
                f"{source}: {error.what}: nothing was restored. To restore the stories alone, move"
                f" {_ACCOUNTS} out of the backup"
            ) from error

    Archive.restore(source, path, clock, restore_accounts)
    return manifest


def key_advice(audit: AuditLog) -> str:
    """What to do so that the log can be signed; empty if it can be, or was never signed."""
    if audit.known_key() is None:
        return ""
    try:
        audit.key_file()
    except BadKey as error:
        return str(error)
    return ""


def _begin(archive: Path, target: Path) -> None:
    ours, theirs = archive.resolve(), target.resolve()
    if ours == theirs or ours in theirs.parents or theirs in ours.parents:
        raise ArchiveError(
            f"{target}: a backup is a folder of its own, not in or around an archive"
        )
    # On a disk of its own a folder is not quite empty.
    if target.is_dir() and {each.name for each in target.iterdir()} - {"lost+found"}:
        _read_manifest(target, finished=False)
        return
    os.makedirs(target, 0o700, exist_ok=True)
    _write_manifest(target, {"format": _FORMAT})


def _check_is_due(checked: str, now: datetime) -> bool:
    """Whether files that a disk damaged after they were copied are to be looked for."""
    try:
        since = now - datetime.fromisoformat(checked)
    except (TypeError, ValueError):  # it never was, or unreadable
        return True
    return not timedelta(0) <= since < _CHECK_EVERY


def _removals(archive: Archive) -> list[str]:
    return [each.commit for each in archive.index.removals()]


def _copy_accounts(archive: Archive, target: Path) -> None:
    if faults := care.faults(archive.path, archive.expects_accounts()):
        raise AccountsUnavailable(faults[0].removeprefix("accounts.db ").partition(";")[0])
    temporary = target / f".{_ACCOUNTS}.new"
    temporary.unlink(missing_ok=True)
    if care.copy(archive.path, temporary):
        temporary.replace(target / _ACCOUNTS)


def _check_plain(folder: Path) -> None:
    # Opening a FIFO would wait for ever, and a link leads elsewhere.
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.is_symlink() or not (each.is_file() or each.is_dir()):
            raise ArchiveError(f"{each}: not a plain file: no backup has such")


def _write_manifest(target: Path, values: dict[str, Any]) -> None:
    text = json.dumps(values, ensure_ascii=False, indent=2)
    durable.replace(f"{target.absolute()}/{MANIFEST}", f"{text}\n".encode())


def _read_manifest(folder: Path, finished: bool = True) -> dict[str, Any]:
    try:
        with (folder / MANIFEST).open("rb") as file:
            values = json.loads(file.read(_MOST_BYTES))
        if not isinstance(values, dict) or not isinstance(values.get("format"), int):
            raise ValueError
        if finished and "at" in values:
            datetime.fromisoformat(values["at"])
    except FileNotFoundError:
        raise ArchiveError(f"{folder}: not a backup of story-history, and not empty") from None
    except (ValueError, TypeError):
        raise ArchiveError(f"{folder}/{MANIFEST}: it cannot be read") from None
    if values["format"] > _FORMAT:
        raise ArchiveError(f"{folder}: made by a newer story-history: use that")
    if finished and "at" not in values:
        raise ArchiveError(f"{folder}: this backup was never finished")
    return values
