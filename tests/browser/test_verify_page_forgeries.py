"""The page that checks an export makes again what the script does: it refuses the same forgeries,
by the same faults, and takes true exports of many kinds.
"""

import csv
import io
import json
import lzma
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from repo_store.archive import Archive
from repo_store.history.records import Verb
from repo_store.ids import Author
from repo_store.log import leaves
from service.audit.export import exports
from service.audit.export.exports import ExportRequest, Exports
from service.audit.export.story_files import json_line
from service.audit.keys import Signer
from service.audit.log import AuditLog
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit import (
    test_forged_claims,
    test_forged_logs,
    test_forgeries,
    test_layouts,
    test_published_exports,
)
from tests.audit.conftest import Files, files_of
from tests.audit.test_forgeries import World, _copy, _exported, _signer_of
from tests.audit.test_forgeries import world as world
from tests.audit.test_layouts import Exported
from tests.audit.test_layouts import exported as exported
from tests.audit.test_published_exports import World as Published
from tests.audit.test_tampering import as_it_is, packed
from tests.audit.test_verifying import OLD, OLD_KEY
from tests.browser.test_verify_page import VERIFIED, Verdict
from tests.browser.test_verify_page import audit as audit
from tests.browser.test_verify_page import check as check
from tests.browser.test_verify_page import opened as opened
from tests.browser.test_verify_page import settings as settings
from tests.browser.test_verify_page_public import Witness
from tests.chance import seeded
from tests.samples import action, append, content, entry

FORGED = test_forgeries.FORGED | test_forged_logs.FORGED | test_forged_claims.FORGED
Refused = Callable[[Files, Signer, str], None]
published = test_published_exports.world


def _without_tools(files: Files) -> Files:
    """With empty ones, which are most of a small export, and take the page most of its time."""
    return files | dict.fromkeys(files.keys() & {"VERIFY.txt", "verify.py", "verify.html"}, b"")


@pytest.fixture
def refused(check: Verdict, tmp_path: Path) -> Refused:
    """Asserts that the page refuses these files, signed by this key, by the fault that is named.
    Where there are several, it may name another that the script names, too: it stops at the first.
    """

    def refuse(files: Files, signer: Signer, fault: str) -> None:
        path = packed(tmp_path / "forged.zip", _without_tools(files), signer)
        said = check(path, signer.public.fingerprint).lower()
        assert said.startswith("not verified.")
        if fault.lower() not in said:
            faults = verify(path, signer.public.fingerprint).faults
            assert any(fault in each for each in faults), faults
            assert any(each.lower() in said for each in faults), said

    return refuse


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_is_refused_by_name(
    world: World, refused: Refused, tmp_path: Path, name: str
) -> None:
    forge, fault = FORGED[name]
    files = forge(world, tmp_path)
    refused(files, _signer_of(world, tmp_path), fault)


@pytest.mark.parametrize("name", test_published_exports.FORGED)
def test_what_the_chains_do_not_say_is_refused_in_the_public_log(
    published: Published, refused: Refused, name: str
) -> None:
    forge, fault = test_published_exports.FORGED[name]
    refused(forge(published), published.signer, fault)


@pytest.mark.parametrize("what", test_layouts.FORGED)
def test_a_layout_that_leaves_something_out_is_refused(
    exported: Exported, refused: Refused, what: str
) -> None:
    folder, change, fault = test_layouts.FORGED[what]
    files, signer = exported
    refused(test_layouts._laid_out_again(files, folder, change), signer, fault)


def test_texts_of_every_shape_are_laid_out(
    exported: Exported, check: Verdict, tmp_path: Path
) -> None:
    files, signer = exported
    said = check(packed(tmp_path / "true.zip", files, signer), signer.public.line)
    assert said.startswith(VERIFIED), said
    assert "how texts of other shapes are laid out" in said


def test_the_page_lays_out_what_is_built_in_as_the_script_does(opened: Page) -> None:
    found = opened.evaluate("[Object.fromEntries(LAYOUTS), FIELDS, IMAGE]")
    fields = {kind: sorted(names) for kind, names in found[1].items()}
    assert [found[0], fields, found[2]] == [
        standalone.LAYOUTS,
        {kind: sorted(names) for kind, names in standalone.RECORDS.items()},
        standalone.IMAGE,
    ]


def test_each_file_is_in_one_manifest_with_its_hash(
    world: World, check: Verdict, tmp_path: Path
) -> None:
    """Whoever signed it."""
    name, report = "manifest-sha256.txt", f"{test_forgeries.STORY}/report.html"
    line, _, rest = world.one[name].partition(b"\n")
    wrong = f"{'0' * 64}  bagit.txt\n".encode()
    cases = {
        "is listed twice, or in the wrong manifest": {name: line + b"\n" + world.one[name]},
        "bagit.txt is listed twice, or in the wrong manifest": {name: wrong + world.one[name]},
        f"{report} is missing or was changed": {report: b"Another."},
        "is in no manifest": {name: rest},
    }
    tags = world.one["tagmanifest-sha256.txt"].decode()
    for fault, changed in cases.items():
        digest = sha256((world.one | changed)[name]).hexdigest()
        listed = re.sub(f".{{64}}(?=  {name})", digest, tags).encode()
        files = world.one | changed | {"tagmanifest-sha256.txt": listed}
        said = check(as_it_is(tmp_path / "changed.zip", files), world.key)
        assert fault in said, said


def test_a_story_that_was_damaged_is_named(world: World, check: Verdict, tmp_path: Path) -> None:
    lost = {"data/damaged.ndjson": json_line({"story": "other", "problem": "Its blob is gone."})}
    records = world.all["data/published/records.ndjson"].splitlines(keepends=True)
    left = [line for line in records if b'\\"story\\":\\"other\\"' not in line]
    said_of = {
        "bag-info.txt": world.all["bag-info.txt"] + b"Damaged-Stories: 1\n",
        "data/published/records.ndjson": b"".join(left),
    }
    files = test_forgeries._left_out(world, tmp_path) | lost | said_of
    said = check(packed(tmp_path / "damaged.zip", files, world.signer), world.key)
    assert said.startswith(VERIFIED), said
    assert "Anything of other, which the archive could not read: Its blob is gone." in said


def test_true_exports_of_many_kinds_are_verified(
    world: World, published: Published, check: Verdict, tmp_path: Path
) -> None:
    """With removed texts and notes, explanations, aliases, drafts; of spans; nothing public."""
    with _copy(world, tmp_path) as (archive, path):
        made = [_exported(archive, path, *some, drafts=True) for some in ((), ("library",))]
        made += [_exported(archive, path, **span) for span in test_forged_claims.SPANS]
    of_world = [(files, world.signer) for files in (world.all, world.one, world.older, *made)]
    others = [(files, published.signer) for files in published.made.values()]
    for files, signer in of_world + others:
        path = packed(tmp_path / "true.zip", files, signer)
        assert check(path, signer.public.fingerprint).startswith(VERIFIED)


def test_it_says_what_is_tied_and_what_it_does_not_compare(
    published: Published, check: Verdict, tmp_path: Path
) -> None:
    path, key = tmp_path / "true.zip", published.signer.public.fingerprint
    said = check(packed(path, published.made["older"], published.signer), key)
    assert "of the signed log were tied into the public log on 1 May 2026 at 12:00:00 UTC" in said
    rest = "redlines, Word documents, reports, the instructions and tools in it"
    assert f"what this page does not compare says the same as the rest: {rest}." in said
    assert (
        "That library version 1 was published on 1 May 2026 at 09:00:00 UTC, as it claims" in said
    )
    said = check(packed(path, published.made["never public"], published.signer), key)
    assert "the same as the rest: reports, the instructions and tools in it." in said


def test_each_time_that_it_takes_for_proven_says_by_whose_clock(
    published: Published, check: Verdict, tmp_path: Path
) -> None:
    path, key = tmp_path / "true.zip", published.signer.public.fingerprint
    for files in published.made.values():
        said = check(packed(path, files, published.signer), key)
        proven, *others = said.partition("What is not proven")[0].splitlines()
        dated = [each for each in [proven, *others] if "UTC" in each]
        assert len(dated) == 2
        assert [each for each in dated if "by the publisher's clock" not in each] == []


def test_what_a_record_said_that_lost_words_is_not_proven(
    published: Published, check: Verdict, tmp_path: Path
) -> None:
    path, key = tmp_path / "true.zip", published.signer.public.fingerprint
    said = check(packed(path, published.made["one"], published.signer), key)
    for number, event in ((1, "explained"), (2, "explained"), (3, "published"), (4, "published")):
        assert f"That the public record of library version {number}, {event}, said what" in said
    assert said.count("it had words that were removed.") == 4
    said = check(packed(path, published.made["older"], published.signer), key)
    assert "words that were removed" not in said


def test_what_was_published_meanwhile_is_not_proven_to_be_in_the_public_log(
    archive: Archive,
    settings: Settings,
    check: Verdict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = Services(settings, archive)
    append(archive, entry(content(title="First")))
    exports = services.exports
    true, left = exports._scope, [entry(content(title=f"Number {n}")) for n in range(7)]

    def scope(request: ExportRequest) -> Any:
        append(archive, *left)
        left.clear()
        return true(request)

    monkeypatch.setattr(exports, "_scope", scope)
    path = tmp_path / "all.zip"
    path.write_bytes(b"".join(exports.prepare(ExportRequest()).parts()))
    said = check(path, services.audit.signer().public.fingerprint)
    assert said.startswith(VERIFIED), said
    assert "with the same texts, and no other, but for what is newer (see below) (" in said
    assert "That the public log has library version 2, published: it is newer than" in said
    assert "library version 7" not in said
    assert "The same of 2 more events." in said


@pytest.mark.parametrize("since", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_nothing_is_proven_of_stories_that_are_all_damaged(
    archive: Archive, audit: AuditLog, check: Verdict, tmp_path: Path, since: datetime | None
) -> None:
    append(archive, entry(content(title="One")))
    damaged = archive.index.version("library", 1)
    assert damaged
    (archive.path / "stories.git/objects" / damaged.blob[:2] / damaged.blob[2:]).unlink()
    path = tmp_path / "all.zip"
    parts = Exports(archive, audit).prepare(ExportRequest(since=since)).parts()
    path.write_bytes(b"".join(parts))
    said = check(path, audit.signer().public.fingerprint)
    assert said.startswith(VERIFIED), said
    assert "Anything of library, which the archive could not read" in said
    proven = said.partition("What is not proven")[0]
    assert not re.search("0 versions|no other|[Nn]o text|[Ww]ho wrote", proven)
    assert "What was said" not in said


def test_it_names_time_stamps_and_what_they_are_of(
    published: Published, check: Verdict, tmp_path: Path
) -> None:
    public, own = ({f"data/{each}/stamps/01.tsr": b"0"} for each in ("published", "log"))
    files, key = published.made["one"], published.signer.public.fingerprint

    def said(stamps: Files) -> str:
        return check(packed(tmp_path / "true.zip", files | stamps, published.signer), key)

    unchecked = "which this page does not check. VERIFY.txt says how."
    assert "When it was recorded, other than by the publisher's clock: it has no time" in said({})
    alone = f"When it was recorded: there is a time stamp of the public log alone, {unchecked}"
    assert alone in said(public)
    for stamps in (own, own | public, {"data/log/timestamp.tsr": b"0"}):
        assert f"When it was recorded: there is a time stamp, {unchecked}" in said(stamps)
    beside = dict.fromkeys(("data/log/stamps/01.pem", "data/log/allowed_signers"), b"The court")
    assert "it has no time stamp." in said(beside)
    assert "the same as the rest: certificates of time stamps, a list of signers, " in said(beside)


def test_nothing_of_a_public_log_is_there_without_its_checkpoint(
    published: Published, check: Verdict, refused: Refused, tmp_path: Path
) -> None:
    made, signer = published.made["never public"], published.signer
    files = {name: data for name, data in made.items() if "/published/" not in name}
    path = packed(tmp_path / "true.zip", files, signer)
    assert check(path, signer.public.fingerprint).startswith(VERIFIED)
    fault = "data/published/checkpoint is missing: what was published is in the public log"
    for name in ("stamps/01.tsr", "records.ndjson"):
        refused(files | {f"data/published/{name}": b""}, signer, fault)


def test_an_export_of_an_earlier_release_is_verified(check: Verdict, tmp_path: Path) -> None:
    path = tmp_path / "old.zip"
    path.write_bytes(lzma.decompress(OLD.read_bytes()))
    said = check(path, OLD_KEY)
    assert said.startswith(VERIFIED)
    assert "That a removal took only words from 6 entries" in said
    assert "it says nothing of a public log" in said
    witness = Witness("w.example/w").vkey
    said = check(path, f"log {OLD_KEY}\nwitness w {witness}\nquorum w\n")
    assert "this export has nothing that they could have cosigned" in said


def test_lists_of_an_earlier_release_may_lack_fields(
    archive: Archive,
    audit: AuditLog,
    check: Verdict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It names these. What is there must be right; in exports of this release all must be there."""
    monkeypatch.setattr(leaves, "leaf_body", leaves.leaf_body_1)
    append(archive, entry(content(), note="First."))
    path, folder, signer = tmp_path / "old.zip", "data/stories/library", audit.signer()

    def said(cell: str, note: str) -> str:
        parts = Exports(archive, audit).prepare(ExportRequest(("library",))).parts()
        path.write_bytes(b"".join(parts))
        files = files_of(path)
        table = io.StringIO(files[f"{folder}/versions.csv"].decode(), newline="")
        rows = [",".join(row[:2] + row[3:]) for row in csv.reader(table)]
        value = json.loads(files[f"{folder}/entries.ndjson"])
        del value["state"], value["changes"]
        files[f"{folder}/versions.csv"] = f"{rows[0]}\r\n{rows[1]}\r\n".replace(
            "First.", cell
        ).encode()
        files[f"{folder}/entries.ndjson"] = json_line(value | {"note": note})
        faults = verify(packed(path, files, signer), signer.public.fingerprint).faults
        told = check(path, signer.public.fingerprint)
        assert told.startswith("Not verified." if faults else VERIFIED)
        assert all(each in told.lower() for each in faults[:1])
        return told

    assert "versions.csv is not what the chain says: line 1" in said("First.", "First.")
    monkeypatch.setattr(exports, "FORMAT", 1)
    told = said("First.", "First.")
    assert "so that it is not compared: versions.csv lacks kind" in told
    assert "so that it is not compared: entries.ndjson lacks changes, state" in told
    assert "versions.csv is not what the chain says: line" in said("Second.", "First.")
    assert "entries.ndjson is not what the chain says: line" in said("First.", "Second.")


def test_it_writes_words_as_the_script_does(opened: Page) -> None:
    """In cells and in JSON: quotes, line ends, signs that some programs escape, and formulas."""
    rng = seeded(5)
    bits = ['"', ",", "\r", "\n", "\t", "'", "=", "-", "\\", "/", " ", "\0", "\x1b", "\x7f"]
    bits += ["\x85", "\u2028", "\ufeff", "\u0301", "\ufffe", "😀", "x", ""]
    texts = ["".join(rng.choices(bits, k=rng.randrange(5))) for _ in range(2_000)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([text, "x"] for text in texts)
    cells, written, plain = opened.evaluate(
        "(texts) => [texts.map(quoted), texts.map((each) => ndjson([{ [each]: each }])),"
        " texts.map(plainCell)]",
        texts,
    )
    assert "".join(f"{cell},x\r\n" for cell in cells) == out.getvalue()
    assert written == [json_line({text: text}).decode() for text in texts]
    formulas = ("=", "+", "-", "@", "\t")
    assert plain == [f"'{text}" if text.startswith(formulas) else text for text in texts]


def test_it_reads_no_json_that_programs_read_differently(opened: Page) -> None:
    odd = ['{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', "1.5", "1e3", "1E3", "12345678901234567890"]
    odd += ['"\\ud800"', '{"\\udc00":1}', '["\\ud83d"]', "NaN", "-1.0", "[1,]", ""]
    for text in odd:
        _parses(opened, text, right=False)
    for text in ('{"a":"\\"a\\":1,\\\\","b":{"a":[1,{"a":0}]}}', "[]", "-1", '"1.5e3"', "null"):
        _parses(opened, text, right=True)


def _parses(page: Page, text: str, right: bool) -> None:
    """The page; and the script, which finds halves of characters when it writes them."""
    read = "(text) => { try { parsed(text); return true; } catch { return false; } }"
    assert page.evaluate(read, text) == right, text
    try:
        standalone.line(standalone.parsed(text))  # type: ignore[no-untyped-call]  # untyped: shipped as it is
    except ValueError:
        assert not right, text
    else:
        assert right, text


def test_odd_words_of_a_chain_are_in_its_lists(
    archive: Archive, audit: AuditLog, check: Verdict, tmp_path: Path
) -> None:
    notes = ['"Quoted", said 3, x', "=1+1", "-x", "é 😀 \x7f", "Two\nlines", "a\\b </p> &amp;"]
    for note in notes:
        append(archive, entry(content(), note=note, author=Author(name="=Åse 😀, 2")))
    with archive.batch() as batch:
        for number, note in enumerate(notes, 1):
            batch.act(action(number, Verb.EXPLAIN, note))
    path = tmp_path / "odd.zip"
    path.write_bytes(b"".join(Exports(archive, audit).prepare(ExportRequest(())).parts()))
    assert check(path, audit.signer().public.fingerprint).startswith(VERIFIED)
