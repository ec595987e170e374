"""What was recorded, in words."""

from rich.console import Console

from repo_store import Ground, Verb
from repo_store.archive import Archive
from service.present import terminal, wording
from tests.redactions import CANARY, removal
from tests.samples import action, append, content, entry


def test_every_verb_and_every_ground_has_its_words() -> None:
    assert wording.VERBS.keys() == set(Verb)
    assert wording.GROUNDS.keys() == set(Ground)


def test_what_was_removed_says_so_in_words(archive: Archive) -> None:
    append(archive, entry(content()))
    with archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, CANARY))
        batch.act(action(1, Verb.WAIVE, CANARY, value="12"))
    told = wording.describe(archive.index.actions("library", 1)[1])
    assert told == "revision 1: “12” may stand"
    archive.remove(removal(1, redacts=(2, 3), text_stays=True))
    waived = wording.describe(archive.index.actions("library", 1)[1])
    assert waived.startswith("revision 1: [value removed: a court order, 1 May 2026")
    console = Console(width=200)
    with console.capture() as printed:
        console.print(terminal.log(archive.index.chain("library")))
    assert "correction added 2026-05-01T" in printed.get()
    assert ": [note removed: a court order" in printed.get()
    archive.remove(removal(1))
    assert wording.describe(archive.index.actions("library", 1)[1]).startswith("revision 1: [value")
