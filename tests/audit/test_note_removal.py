"""An export after a note alone was removed: what it says, and which others are refused."""

from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.history import redaction
from repo_store.history.commits import redact_message
from repo_store.history.records import Redacted, Verb
from service.audit.keys import Signer
from service.audit.log import AuditLog
from tests.audit.conftest import Files, Make, by_hand, failures, files_of
from tests.audit.test_tampering import REMOVALS, STORY, _lines, _values, packed
from tests.redactions import CANARY, removal, remove
from tests.samples import action
from tests.word import found_in

ENTRIES = (2, 5)
"""The note of version 2, and what was said when revision 3 was approved."""


@pytest.fixture
def signer(audit: AuditLog) -> Signer:
    audit.checkpoint()
    return audit.signer()


def test_it_verifies_and_says_that_notes_were_removed(
    export: Make, story: Archive, signer: Signer
) -> None:
    remove(story, removal(2, redacts=ENTRIES, text_stays=True))
    path = export("library")
    assert by_hand(path, signer.public.fingerprint) == "verified"
    assert failures(path, signer.public.fingerprint) == []
    files = files_of(path)
    assert not any(b"The sum was wrong" in data for data in files.values())
    noted = {
        each["entry"]: each.get("note_removed")
        for each in _values(files, f"{STORY}/entries.ndjson")
    }
    assert [entry for entry, trace in noted.items() if trace] == [2, 5]
    for name in ("report.html", "versions.csv", "differences/0001-0002.html"):
        assert b"[note removed: a court order, 1 May 2026" in files[f"{STORY}/{name}"], name
    assert any("[note removed: a court order, 1 May 2026" in told for told in _comments(files))
    register = _values(files, REMOVALS)
    assert [(each["revision"], each["note_of_entry"]) for each in register] == [(2, 2), (3, 5)]
    assert {each["reason"] for each in register} == {"court-order"}
    assert b"note of entry 2, note of entry 5" in files[f"{STORY}/report.html"]


def test_an_export_shows_what_was_removed_of_an_explanation(
    export: Make, story: Archive, signer: Signer
) -> None:
    with story.batch() as batch:
        batch.act(action(2, Verb.EXPLAIN, f"Not the {CANARY}."))
        batch.act(action(3, Verb.WAIVE, "So it was.", value=CANARY))
    remove(story, removal(2, redacts=(8, 9), text_stays=True))
    path = export("library")
    assert by_hand(path, signer.public.fingerprint) == "verified"
    assert failures(path, signer.public.fingerprint) == []
    files = files_of(path)
    assert not any(CANARY.encode() in data for data in files.values())
    for name in ("report.html", "versions.csv", "differences/0001-0002.html"):
        assert b"[note removed: a court order, 1 May 2026" in files[f"{STORY}/{name}"], name
    assert any("[note removed: a court order, 1 May 2026" in told for told in _comments(files))
    assert not any(CANARY in told for told in _comments(files))
    assert b"[value removed: a court order" in files[f"{STORY}/report.html"].lower()


def _comments(files: Files) -> list[str]:
    """Those of the Word document, whose text does not show in its bytes."""
    document = files[f"{STORY}/differences/0001-0002.docx"]
    return found_in(document, "//w:comment", "word/comments.xml")


def _keeps_the_value(message: str, trace: Redacted | None = None) -> str:
    return redact_message(message, trace).replace("Redacted: ", "Old-Value: 12\nRedacted: ")


def test_a_waived_value_that_was_kept_is_found(
    export: Make, story: Archive, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with story.batch() as batch:
        batch.act(action(3, Verb.WAIVE, "So it was.", value="12"))
    monkeypatch.setattr(redaction, "redact_message", _keeps_the_value)
    remove(story, removal(3, redacts=(8,), text_stays=True))
    assert by_hand(export("library"), signer.public.fingerprint) == "FAILED at step 6"
    assert "a removal says that its note is gone, and it is not" in str(story.verify().findings)


def test_the_register_must_list_exactly_the_removed_notes(
    export: Make, story: Archive, signer: Signer, tmp_path: Path
) -> None:
    remove(story, removal(1, redacts=ENTRIES))
    files, key = files_of(export("library")), signer.public.fingerprint
    register = _values(files, REMOVALS)
    assert failures(packed(tmp_path / "true.zip", files, signer), key) == []
    assert len(register) == 3
    other = {"story": "library", "revision": 4, "note_of_entry": 7}
    for lines in (
        *([each for each in register if each is not dropped] for dropped in register),
        [*register, other],
    ):
        path = packed(tmp_path / "tampered.zip", files | {REMOVALS: _lines(lines)}, signer)
        assert by_hand(path, key) == "FAILED at step 6"
        [fault] = failures(path, key)
        assert fault.startswith("data/removals.ndjson is not what the chain says")


def _replaced(message: str, trace: Redacted | None = None) -> str:
    subject, _, trailers = redact_message(message, trace).partition("\n\n")
    return f"{subject}\n\nAll is well.\n\n{trailers}"


def _replaced_without_trace(message: str, trace: Redacted | None = None) -> str:
    return _replaced(message).replace("Removed: yes\n", "")


@pytest.mark.parametrize(
    ("forged", "fault"),
    [
        (_replaced, "entry 2: a removal says that its note is gone, and it is not"),
        (_replaced_without_trace, "entry 2: a removal says that its note is gone, and it is not"),
    ],
)
def test_a_note_that_was_replaced_under_cover_of_a_removal_is_found(
    export: Make,
    story: Archive,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
    forged: object,
    fault: str,
) -> None:
    """By the operator, who has the key, and whose software writes what it should not."""
    monkeypatch.setattr(redaction, "redact_message", forged)
    remove(story, removal(2, redacts=(2,), text_stays=True))
    path = export("library")
    assert any(fault in each for each in failures(path, signer.public.fingerprint))
    assert by_hand(path, signer.public.fingerprint) == "FAILED at step 6"
    assert story.verify().findings
