"""What entries say to have changed, counted again by our checker from the texts.

The forger is the operator, whose archive records whatever it is told to.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repo_store import Changes, RevisionInput
from repo_store.archive import Archive
from repo_store.history.records import State, Verb
from service import comparison
from service.audit.export.exports import ExportRequest, Exports
from service.audit.log import AuditLog
from service.audit.verify.verifier import Verdict, verify
from service.usecases.publishing import Publishing
from tests.audit.test_forgeries import _script, _unpacked
from tests.redactions import removal, remove
from tests.samples import action, append, content, entry, ticking

FIRST = content()
SECOND = content(title="Council sells the library", overview=["A hotel will take its place."])
THIRD = content(title="Council sells its library", overview=["A hotel may take its place."])
LIKE_FIRST = content(title="Council keeps the library")

Check = Callable[..., Verdict]


@pytest.fixture
def check(archive: Archive, audit: AuditLog, tmp_path: Path) -> Check:
    """The verdict on an export."""

    def made(**fields: Any) -> Verdict:
        path = tmp_path / "export.zip"
        request = ExportRequest(("library",), **fields)
        path.write_bytes(b"".join(Exports(archive, audit).prepare(request).parts()))
        verdict = verify(path)
        assert verdict.faults == []
        return verdict

    return made


def _write(archive: Archive, *entries: RevisionInput) -> None:
    """As the product does, which counts."""
    publishing = Publishing(archive, ticking())
    with archive.batch() as batch:
        for each in entries:
            assert publishing.add(batch, each, timed=False)


def _proven(verdict: Verdict) -> list[str]:
    return [each for each in verdict.proven if "the numbers of words" in each]


def _other(verdict: Verdict) -> list[str]:
    """What is said of revisions, but that a text is missing."""
    missing = _missing(verdict)
    return [each for each in verdict.unproven if "revision" in each and each not in missing]


def _missing(verdict: Verdict) -> list[str]:
    return [each for each in verdict.unproven if "is not in here" in each]


def _same(number: int) -> list[str]:
    entries = "1 entry says" if number == 1 else f"{number} entries say"
    return [
        f"the numbers of words and the sections that {entries} to have changed are what is"
        " counted here"
    ]


@pytest.mark.parametrize("drafts", [False, True])
def test_what_the_product_counted_is_proven(archive: Archive, check: Check, drafts: bool) -> None:
    draft = entry(LIKE_FIRST, state=State.DRAFT)
    _write(archive, entry(FIRST), entry(SECOND), entry(THIRD, state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(3, Verb.PUBLISH))
    _write(archive, draft, entry(FIRST))
    verdict = check(drafts=drafts)
    assert _proven(verdict) == _same(5 if drafts else 4)
    assert _other(verdict) == []
    one = "how much 1 revision changed: the text, or the one before it, is not in here"
    assert _missing(verdict) == ([] if drafts else [one])


SAID = comparison.changes(SECOND, THIRD)
LESS = {
    "words": (THIRD, 2, SAID._replace(words_removed=0), "2 words added, 0 removed"),
    "sections": (THIRD, 2, SAID._replace(sections=("title",)), "2 words added, 2 removed; title"),
    "no section": (THIRD, 2, SAID._replace(sections=()), "2 words added, 2 removed; no section"),
    "base alone": (THIRD, 1, SAID, "against version 1: 2 words added, 2 removed; title, overview"),
    "no base": (LIKE_FIRST, None, Changes(("title",), 1, 0), "against nothing: 1 word added"),
}


@pytest.mark.parametrize("what", LESS)
def test_an_entry_that_says_less_is_named(archive: Archive, check: Check, what: str) -> None:
    """No fault, since another release may have recorded it."""
    text, base, said, named = LESS[what]
    _write(archive, entry(FIRST), entry(SECOND))
    append(archive, entry(text, base_version=base, changes=said))
    verdict = check()
    [line] = _other(verdict)
    true = comparison.changes(SECOND, text)
    counted = f"{true.words_added} words added, {true.words_removed} removed; title, overview"
    begins = "that revision 3 of library changed, against version 2, what its entry says ("
    assert line.startswith(f"{begins}{named}")
    assert line.endswith(f"): this release counts {counted}")
    assert _proven(verdict) == _same(2)


def _elsewhere(verdict: Verdict) -> list[str]:
    return [each for each in verdict.proven if "which is not the one before" in each]


AGAINST_OTHERS = {
    "a version": (FIRST, 1, "against version 1"),
    "nothing, before there was any": (None, None, "against nothing"),
}


@pytest.mark.parametrize("what", AGAINST_OTHERS)
def test_a_draft_that_others_overtook_is_right_against_what_it_names(
    archive: Archive, check: Check, what: str
) -> None:
    """And how much it changed as a version is said beside it."""
    base, number, against = AGAINST_OTHERS[what]
    _write(archive, *([entry(base)] if base else []), entry(LIKE_FIRST, state=State.DRAFT))
    draft = 2 if base else 1
    _write(archive, entry(SECOND), entry(THIRD))
    with archive.batch() as batch:
        batch.act(action(draft, Verb.PUBLISH))
    verdict = check()
    [line] = _elsewhere(verdict)
    true = comparison.changes(THIRD, LIKE_FIRST)
    before = f"against version {3 if number else 2}"
    assert line == (
        "what 1 entry says to have changed is right against the version that is named there, which"
        f" is not the one before: library revision {draft} {against} ({before}:"
        f" {true.words_added} words added, {true.words_removed} removed; title, overview)"
    )
    assert verdict.in_full == [line.rpartition("before: ")[2]]
    assert (_proven(verdict), _other(verdict)) == (_same(3 if base else 2), [])


def test_each_of_many_against_other_versions_is_named(archive: Archive, check: Check) -> None:
    """No decoy hides how little the seventh says to have changed."""
    drafts = [content(title=f"Council keeps {n} libraries") for n in range(7)]
    _write(archive, entry(FIRST), *(entry(each, state=State.DRAFT) for each in drafts))
    with archive.batch() as batch:
        for number in range(2, 9):
            batch.act(action(number, Verb.PUBLISH))
    verdict = check()
    [line] = _elsewhere(verdict)
    assert line.startswith("what 6 entries say ")
    assert line.endswith(" title); library revision 8 against version 1")
    assert "library revision 8 against version 1 (against version 7: " in verdict.in_full[-1]


LATER = {
    "another that was public": (1, comparison.changes(SECOND, LIKE_FIRST)),
    "one that came later": (4, comparison.changes(LIKE_FIRST, THIRD)),
    "nothing, although there was a version": (None, comparison.changes(None, THIRD)),
}


@pytest.mark.parametrize("what", LATER)
def test_a_base_that_does_not_fit_proves_nothing(archive: Archive, check: Check, what: str) -> None:
    base, said = LATER[what]
    _write(archive, entry(FIRST), entry(SECOND))
    append(archive, entry(THIRD, base_version=base, changes=said))
    _write(archive, entry(LIKE_FIRST))
    verdict = check()
    assert _elsewhere(verdict) == []
    assert len(_other(verdict)) == 1


def test_a_base_that_was_removed_proves_nothing(archive: Archive, check: Check) -> None:
    _write(archive, entry(FIRST), entry(SECOND))
    said = comparison.changes(FIRST, LIKE_FIRST)
    append(archive, entry(LIKE_FIRST, base_version=1, changes=said))
    assert len(_elsewhere(check())) == 1
    remove(archive, removal(1))
    verdict = check()
    assert (_elsewhere(verdict), len(_other(verdict))) == ([], 1)


def test_a_draft_is_counted_against_a_version_that_was_there(
    archive: Archive, check: Check
) -> None:
    _write(archive, entry(FIRST))
    said = comparison.changes(SECOND, THIRD)
    append(archive, entry(THIRD, state=State.DRAFT, base_version=2, changes=said))
    _write(archive, entry(SECOND))
    [line] = _other(check(drafts=True))
    assert "revision 2 of library changed, against nothing, what its entry says (against" in line


def test_what_was_removed_is_not_counted(archive: Archive, check: Check) -> None:
    """Neither is what was compared with it; what came afterwards was compared with nothing."""
    _write(archive, entry(FIRST), entry(SECOND), entry(THIRD))
    remove(archive, removal(2))
    verdict = check()
    assert (_proven(verdict), _other(verdict)) == (_same(1), [])
    assert _missing(verdict)[0].startswith("how much 2 revisions changed: ")
    remove(archive, removal(3))
    _write(archive, entry(LIKE_FIRST))
    append(archive, entry(THIRD, base_version=4, changes=Changes(("title",), 1, 0)))
    verdict = check()
    assert (_proven(verdict), len(_other(verdict))) == (_same(2), 1)


def test_after_a_removal_less_is_named_too(archive: Archive, check: Check) -> None:
    _write(archive, entry(FIRST))
    remove(archive, removal(1))
    append(archive, entry(SECOND, base_version=1, changes=Changes(("title",), 1, 0)))
    [line] = _other(check())
    assert "revision 2 of library changed, against nothing, what its entry says (1 word" in line


def test_each_of_many_is_named(archive: Archive, check: Check) -> None:
    append(archive, *(entry(content(title=f"Number {n}")) for n in range(7)))
    _write(archive, entry(content(title="Number 7")))
    append(archive, entry(content(title="Number 8")))
    verdict = check()
    *named, more = _other(verdict)
    assert len(named) == 5
    assert more == "the same of 3 more revisions: library 6 to 7, 9"
    assert _proven(verdict) == _same(1)
    assert verdict.in_full[:5] == named
    named = [each.partition(" of library")[0] for each in verdict.in_full]
    assert named == [f"that revision {number}" for number in (1, 2, 3, 4, 5, 6, 7, 9)]


def test_the_script_says_that_it_does_not_count(
    archive: Archive, check: Check, tmp_path: Path
) -> None:
    append(archive, entry(FIRST))
    check()
    done = _script(_unpacked(tmp_path / "export.zip", tmp_path / "out"), "--any-signer")
    files = "data/stories/library/entries.ndjson and 1 more"
    line = f"- {files}: the numbers of changed words in it, which story-history verify counts again"
    assert line in done.stdout.partition("Not compared:")[2].splitlines()


def test_no_difference_is_made_twice(
    archive: Archive, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redlines have them already."""
    _write(archive, entry(FIRST), entry(SECOND), entry(THIRD))
    monkeypatch.delattr(comparison, "difference")
    assert _proven(check()) == _same(3)
