"""What must hold after any crash, without manual repair."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from repo_store.archive import Archive
from service.wiring import now
from tests.samples import title_of
from tests.store.dump import dump

# An acknowledged revision: its story and its title, which no other revision has.
Acknowledged = tuple[str, str]


def faults(archive_path: Path, acknowledged: Iterable[Acknowledged]) -> list[str]:
    """Open the archive as a restarted service would, and name all that is wrong with it."""
    archive = Archive.open(archive_path, now)
    try:
        found = [str(finding) for finding in archive.verify().findings]
        present = Counter(
            (story, title_of(archive, each))
            for story in archive.index.tips()
            for each in archive.index.chain(story)
        )
        found += [f"lost: {each}" for each in set(acknowledged) - present.keys()]
        found += [f"twice: {each}" for each, count in present.items() if count > 1]
        before = dump(archive_path / "index.db")
        archive.reindex()
        if dump(archive_path / "index.db") != before:
            found.append("the index is not what a rebuilt one is")
    finally:
        archive.close()
    return found
