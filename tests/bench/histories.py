"""Whole histories of real articles: imported, read back, and asked what was live when.

A line of the file is an object with `story` and `versions`, each with `at`, `author`, `title`,
`summary` and `paragraphs`. A version that says what the one before says is skipped; those whose
times are out of order are marked.
"""

import json
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.table import Table

from repo_store.archive import Archive
from repo_store.ids import story_id
from service.present.story_text import slug
from service.usecases.importing import import_file
from service.usecases.publishing import Publishing
from service.usecases.reading import Stories
from service.wiring import now
from tests.bench.corpus import records
from tests.bench.writers import scratch
from tests.chance import seeded

MOMENTS = 10_000


def _lines(histories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "story": story_id(f"{slug(each['story'])[:100]}-{number}".strip("-")),
            "content": {
                "title": version["title"],
                "summary": version["summary"],
                "overview": version["paragraphs"],
                "analysis": [],
                "sources": [],
                "faq": [],
            },
            "author": {"name": version["author"]},
            "created_at": version["at"],
        }
        for number, each in enumerate(histories, 1)
        for version in each["versions"]
    ]


def table(path: Path) -> Table:
    """How much of it is right, and how long that took. AssertionError names what is not."""
    lines = _lines(list(records(path)))
    with scratch() as folder:
        file = folder / "all.ndjson"
        file.write_text("\n".join(map(json.dumps, lines)))
        with closing(Archive.open(folder / "archive", now, create=True)) as archive:
            begun = time.perf_counter()
            done = import_file(archive, Publishing(archive, now), file, now, out_of_order=True)
            seconds = time.perf_counter() - begun
            assert not done.bad, done.bad[:3]
            expected = _versions(lines)
            equal = _read_back(archive, expected)
            right, asked = _live(archive, expected)
            disorder = len(archive.verify().disorder)
    shown = Table(title=f"Whole histories: {path.name}")
    for name in (
        "stories",
        "lines",
        "versions",
        "read back equal",
        "out of order",
        "live_at right",
        "import",
    ):
        shown.add_column(name, justify="right")
    shown.add_row(
        str(len(expected)),
        str(len(lines)),
        str(sum(map(len, expected.values()))),
        str(equal),
        str(disorder),
        f"{right:,} of {asked:,}",
        f"{seconds:.1f} s",
    )
    return shown


Versions = dict[str, list[tuple[datetime, dict[str, Any]]]]


def _versions(lines: list[dict[str, Any]]) -> Versions:
    """What is to be there: a line whose content is that of the one before makes none."""
    found: Versions = {}
    for line in lines:
        known = found.setdefault(line["story"], [])
        if not known or known[-1][1] != line["content"]:
            known.append((datetime.fromisoformat(line["created_at"]), line["content"]))
    return found


def _read_back(archive: Archive, expected: Versions) -> int:
    equal = 0
    stories = Stories(archive)
    for story, versions in expected.items():
        assert stories.live(story).version == len(versions), story
        for number, (at, content) in enumerate(versions, 1):
            version = stories.version(story, number)
            read = {**stories.content(version).fields}
            read.pop("source_count")
            assert read == content, (story, number)
            assert version.live_since == at, (story, number)
            equal += 1
    return equal


def _live(archive: Archive, expected: Versions) -> tuple[int, int]:
    random, stories, right = seeded(23), Stories(archive), 0
    names = list(expected)
    for _ in range(MOMENTS):
        story = random.choice(names)
        times = [at for at, _ in expected[story]]
        span = (max(times) - min(times)).total_seconds()
        moment = min(times) + timedelta(seconds=random.uniform(-0.1, 1.1) * span)
        if random.random() < 0.2:
            moment = random.choice(times)
        known = [number for number, at in enumerate(times, 1) if at <= moment]
        found = stories.live_at(story, moment)
        right += (found.version if found else 0) == max(known, default=0)
    return right, MOMENTS
