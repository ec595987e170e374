"""Removing a revision's text, and looking for what is left of it on the disk."""

import json
import subprocess
import zlib
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from repo_store.archive import Archive
from repo_store.git.objects import Commit, commit_of, parse_commit, tree_of
from repo_store.history.commits import bare_digest, encode_message
from repo_store.history.records import Action, ActionInput, Ground, Removal, SomeRecord, Verb
from repo_store.ids import Author
from repo_store.sameness import searchable
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


def rewritten(record: SomeRecord, **fields: Any) -> SomeRecord:
    """The record with other values, and the digests of a commit that says so."""
    changed = record._replace(**fields)
    times = int(changed.created_at.timestamp()), int(changed.recorded_at.timestamp())
    message = encode_message(changed)
    made = commit_of(tree_of(record.blob).id, None, changed.author, *times, message)
    found = parse_commit(made.id, made.data)
    assert isinstance(found, Commit)
    bare = bare_digest(found.people, message)
    return changed._replace(commit=made.id, digest=found.digest, bare=bare)


def forms(phrase: str) -> list[bytes]:
    """The ways in which a store may hold a phrase, in lower case: as it is, decomposed, escaped in
    JSON, percent-encoded, and folded as the search has it.
    """
    texts = {phrase, *(normalize(form, phrase) for form in ("NFC", "NFD", "NFKC"))}
    texts |= {json.dumps(each)[1:-1] for each in texts} | {quote(each) for each in texts}
    return [each.encode().lower() for each in texts | {searchable(phrase)}]


def traces(archive_path: Path, phrase: str = CANARY) -> list[str]:
    """Where the phrase is still on the disk, in any of its forms: a file that contains it as it is,
    or a git object.
    """
    sought = forms(phrase)

    def says(data: bytes) -> bool:
        lower = data.lower()
        return any(form in lower for form in sought)

    found = [
        str(path.relative_to(archive_path))
        for path in archive_path.rglob("*")
        if path.is_file() and says(path.read_bytes())
    ]
    for path in archive_path.glob("stories.git/objects/??/*"):
        if says(zlib.decompress(path.read_bytes())):
            found.append(f"object {path.parent.name}{path.name}")
    git = ["git", "-C", str(archive_path / "stories.git")]
    every = ["cat-file", "--batch-all-objects", "--batch", "--unordered"]
    if says(subprocess.run([*git, *every], capture_output=True, check=True).stdout):
        found.append("an object of git's")
    return found
