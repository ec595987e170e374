"""Versions whose times run backwards, or are ahead of the clock: marked, and told of as one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_store.archive import Archive
from repo_store.history.records import State, Verb
from tests.profiles import examples
from tests.redactions import removal
from tests.samples import NOON, action, append, content, entry, new_archive
from tests.store.dump import dump

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _archive(path: Path) -> Archive:
    new_archive(path)
    return Archive.open(path, lambda: NOW)


def _flags(archive: Archive) -> list[bool]:
    return [each.out_of_order for each in archive.index.chain("library")]


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=examples(100))
def test_whichever_order_the_times_are_in(steps: list[tuple[int, bool]]) -> None:
    """`steps`: the hour of each version, and whether it was a draft before."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        archive = _archive(path)
        for number, (hour, drafted) in enumerate(steps, 1):
            at = NOON + hour * timedelta(hours=1)
            state = State.DRAFT if drafted else State.PUBLISHED
            append(archive, entry(content(title=f"T{number}"), state=state, created_at=at))
            if drafted:
                with archive.batch() as batch:
                    batch.act(action(number, Verb.PUBLISH, created_at=at))
        hours = [hour for hour, _ in steps]
        assert _flags(archive) == [hour < max(hours[: at + 1]) for at, hour in enumerate(hours)]
        for asked in range(-1, 14):
            found = archive.index.live_at("library", NOON + asked * timedelta(hours=1))
            known = [number for number, hour in enumerate(hours, 1) if hour <= asked]
            assert (found.version if found else 0) == max(known, default=0)
        before = dump(path / "index.db")
        archive.reindex()
        assert dump(path / "index.db") == before
        archive.close()


def test_a_time_ahead_of_the_clock_is_out_of_order(archive_path: Path) -> None:
    archive = _archive(archive_path)
    for ahead in (5, 6, 5):
        append(archive, entry(content(title=f"{ahead}"), created_at=NOW + ahead * MINUTE))
    assert _flags(archive) == [False, True, True], "and what follows it is before it"
    archive.close()


def test_verify_names_what_is_out_of_order_and_finds_no_fault_in_it(archive_path: Path) -> None:
    archive = _archive(archive_path)
    for day in (3, 2, 4):
        append(archive, entry(content(title=f"{day}"), created_at=NOON.replace(day=day)))
    report = archive.verify()
    assert report.findings == ()
    [found] = report.disorder
    assert (found.story, found.version) == ("library", 2)
    assert "its time is 2026-05-02T12:00:00Z, recorded 2026-06-01T00:00:00Z" in found.what
    archive.close()


def test_a_removal_leaves_the_order_as_it_is(archive_path: Path) -> None:
    archive = _archive(archive_path)
    for day in (3, 2, 4):
        append(archive, entry(content(title=f"{day}"), created_at=NOON.replace(day=day)))
    archive.remove(removal(2))
    assert _flags(archive) == [False, True, False]
    archive.close()


def test_a_version_knows_when_its_publication_was_recorded(archive_path: Path) -> None:
    archive = _archive(archive_path)
    append(archive, entry(content(), state=State.DRAFT), entry(content(title="Two")))
    later = Archive.open(archive_path, lambda: NOW + MINUTE)
    with later.batch() as batch:
        batch.act(action(1, Verb.PUBLISH, created_at=NOON))
    draft, version = later.index.chain("library")
    assert (draft.recorded_at, draft.known_since) == (NOW, NOW + MINUTE)
    assert version.known_since == version.recorded_at == NOW
    for each in (archive, later):
        each.close()
