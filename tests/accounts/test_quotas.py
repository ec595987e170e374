"""Quotas by person: bytes a day, and drafts that wait. They hold across processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.accounts import QuotaExceeded, Quotas
from service.accounts.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAILY = 64_000


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def _process(tmp_path: Path, daily: int = DAILY, drafts: int = 3) -> Quotas:
    """As another process has it: a connection and memory of its own."""
    return Quotas(lambda: Database(tmp_path), daily, drafts)


def _spend_all(quotas: Quotas, person: str, size: int, now: datetime = NOON) -> int:
    spent = 0
    try:
        while True:
            quotas.spend(person, size, now)
            spent += size
    except QuotaExceeded:
        return spent


def test_a_person_stores_no_more_than_the_quota_in_whatever_process(tmp_path: Path) -> None:
    processes = [_process(tmp_path) for _ in range(4)]
    spent = 0
    for _ in range(DAILY // 100 // len(processes)):
        spent += sum(100 for each in processes if _spent(each, 100))
    spent += sum(_spend_all(each, "ann", 100) for each in processes)
    assert DAILY - 4 * 100 < spent <= DAILY


def _spent(quotas: Quotas, size: int) -> bool:
    quotas.spend("ann", size, NOON)
    return True


def test_threads_do_not_spend_the_same_bytes(tmp_path: Path, database: Database) -> None:
    quotas = Quotas(lambda: database, DAILY, 0)
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: _spend_all(quotas, "ann", 700), range(4))) <= DAILY


def test_one_person_s_quota_is_not_another_s(tmp_path: Path) -> None:
    quotas = _process(tmp_path)
    assert _spend_all(quotas, "ann", 1_000) == DAILY
    assert _spend_all(quotas, "bob", 1_000) == DAILY


def test_what_exceeds_it_is_told_when_there_is_room_again(tmp_path: Path) -> None:
    quotas = _process(tmp_path, 10 * 2**20)
    with pytest.raises(QuotaExceeded, match="10 MiB a day") as caught:
        quotas.spend("ann", 11 * 2**20, NOON)
    assert caught.value.retry_after == 12 * 3600 + 1
    quotas.spend("ann", 10 * 2**20, NOON)
    quotas.spend("ann", 10 * 2**20, NOON + timedelta(seconds=caught.value.retry_after))


def test_the_file_is_asked_once_for_many_writes(tmp_path: Path, database: Database) -> None:
    asked: list[None] = []

    def opened() -> Database:
        asked.append(None)
        return database

    quotas = Quotas(opened, DAILY, 0)
    for _ in range(100):
        quotas.spend("ann", 10, NOON)
    assert len(asked) == 1


def test_zero_is_no_limit_and_opens_nothing(tmp_path: Path) -> None:
    quotas = Quotas(lambda: pytest.fail("opened"), 0, 0)
    quotas.spend("ann", 2**40, NOON)
    quotas.check_drafts(lambda _: pytest.fail("counted"))


def test_one_more_draft_than_allowed_is_refused(tmp_path: Path) -> None:
    quotas = _process(tmp_path)
    quotas.check_drafts(lambda most: min(2, most))
    with pytest.raises(QuotaExceeded, match="3 drafts"):
        quotas.check_drafts(lambda most: min(7, most))
