"""Removing a revision's text, and looking for what is left of it on the disk."""

import subprocess
import zlib
from pathlib import Path

from repo_store.archive import Archive
from repo_store.history.records import Action, ActionInput, Ground, Removal, Verb
from repo_store.ids import Author
from tests.samples import action

CANARY = "xylocarp"


def removal(
    revision: int,
    also: tuple[int, ...] = (),
    story: str = "library",
    redacts: tuple[int, ...] = (),
    text_stays: bool = False,
) -> ActionInput:
    """`also`: other revisions that go with it; `redacts`: entries whose notes do."""
    reference = "Harbour District Court, 12 O 44/26"
    order = Removal(Ground.COURT_ORDER, reference, None, also, None, redacts, text_stays)
    by = Author(name="Ines Marr")
    return action(revision, Verb.REMOVE, "By order", story=story, removal=order, author=by)


def remove(archive: Archive, entry: ActionInput) -> Action:
    """Redacts the chain and purges the text from the disk."""
    done = archive.remove(entry)
    archive.purge()
    archive.purged([entry.story])
    return done


def traces(archive_path: Path, word: str = CANARY) -> list[str]:
    """Where the word is still on the disk: a file that contains it as it is, or a git object."""
    found = [
        str(path.relative_to(archive_path))
        for path in archive_path.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]
    for path in archive_path.glob("stories.git/objects/??/*"):
        if word.encode() in zlib.decompress(path.read_bytes()):
            found.append(f"object {path.parent.name}{path.name}")
    git = ["git", "-C", str(archive_path / "stories.git")]
    every = ["cat-file", "--batch-all-objects", "--batch", "--unordered"]
    if word.encode() in subprocess.run([*git, *every], capture_output=True, check=True).stdout:
        found.append("an object of git's")
    return found
