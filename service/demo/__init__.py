"""Sample stories with histories, for a first look. All places, people and figures are invented."""

from pathlib import Path

from repo_store import (
    Archive,
    ArchiveError,
    Author,
    Changes,
    Kind,
    RevisionInput,
    State,
    parse_content,
    story_id,
)
from service.demo import arabic, article, chinese, english, flood, tram
from service.demo.history import History, contents
from service.usecases.publishing import Publishing

DEMO_ARCHIVE = Path("demo-archive")
STORIES: tuple[History, ...] = (
    *english.STORIES,
    tram.STORY,
    flood.STORY,
    chinese.STORY,
    arabic.STORY,
    article.STORY,
)


def fill(archive: Archive, publishing: Publishing) -> None:
    """Write the samples into an empty archive; nothing to do if it has them already.

    ArchiveError if it has other stories.
    """
    stories = archive.index.tips().keys()
    if stories >= {history.story for history in STORIES}:
        return
    if stories:
        message = f"{archive.path}: contains stories other than the samples; choose another archive"
        raise ArchiveError(message)
    with archive.batch() as batch:
        # In chronological order, as a real archive grows.
        written = [entry for history in STORIES for entry in _entries(history)]
        for entry in sorted(written, key=lambda entry: entry.created_at):
            publishing.add(batch, entry, out_of_order=True)


def _entries(history: History) -> list[RevisionInput]:
    return [
        RevisionInput(
            story=story_id(history.story),
            content=parse_content(content),
            state=State.DRAFT if step.draft else State.PUBLISHED,
            kind=Kind(step.kind),
            note=step.note,
            base_version=None,
            author=Author(name=step.author),
            created_at=step.at,
            changes=Changes(),
        )
        for step, content in contents(history)
    ]
