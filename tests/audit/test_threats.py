"""Each row of the table of threats in docs/audit.md, tried on a real archive: named as the row."""

import json
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from repo_store import Changes
from repo_store.archive import Archive
from repo_store.errors import StoreError
from repo_store.history import redaction
from repo_store.log import merkle
from repo_store.log.checkpoint import Checkpoint
from repo_store.story.content import parse_content
from service.audit.export.exports import ExportRequest
from service.audit.keys import BadKey, Signer, create
from service.audit.log import AuditLog, LogKey, parse_seen
from service.audit.published import origin_of
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit import public_tlog
from tests.audit.conftest import Make, failures, files_of, forget
from tests.audit.test_tampering import packed
from tests.plain_git import add_object, git
from tests.redactions import removal, remove, traces
from tests.samples import append, content, entry, ticking

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def test_each_threat_is_tried() -> None:
    section = DOCS.read_text().partition("\n## Threats")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[1] for line in section.splitlines() if line.startswith("| ")][2:]
    wanted = {f"test_{re.sub(r'[^a-z0-9]+', '_', row.lower()).strip('_')}" for row in rows}
    tried = {name for name in globals() if name.startswith("test_")}
    assert wanted == tried - {"test_each_threat_is_tried"}
    assert len(wanted) == len(rows) > 12


@pytest.fixture
def signer(audit: AuditLog, story: Archive) -> Signer:
    """The key, which has signed both logs of the story."""
    audit.checkpoint()
    signer = audit.signer()
    Services(Settings(story.path), story).published.checkpoint()
    return signer


@pytest.fixture
def key(signer: Signer) -> str:
    return signer.public.fingerprint


@contextmanager
def _forged(settings: Settings, *titles: str, clock: str = "2026-05-01T10:00:00") -> Iterator[Any]:
    """Another history in place of the archive, as someone makes it who can write there: all of its
    hashes match.
    """
    shutil.rmtree(settings.archive)
    with closing(Archive.open(settings.archive, ticking(clock), create=True)) as archive:
        for title in titles:
            append(archive, entry(content(title=title)))
        yield Services(settings, archive, ticking(clock))


LONG = [f"Forged {number}" for number in range(12)]


# Exports


def test_change_drop_add_or_reorder_something_in_an_export(
    export: Make, key: str, tmp_path: Path
) -> None:
    """test_tampering.py tries each of these in many ways."""
    files = files_of(export("library"))
    data = export("library").read_bytes()
    (tmp_path / "bit.zip").write_bytes(data[:999] + bytes([data[999] ^ 1]) + data[1000:])
    assert "does not match its seal" in str(failures(tmp_path / "bit.zip", key))
    name = "data/stories/library/versions/0002.txt"
    fewer = {path: each for path, each in files.items() if path != name}
    for changed in (files | {name: b"Changed"}, fewer):
        path = packed(tmp_path / "changed.zip", changed)
        assert "is not signed by the log's key" in str(failures(path, key))
    path = packed(tmp_path / "changed.zip", files | {f"{name}.txt": b"Added"})
    assert "is not a file that an export has" in str(failures(path, key))


def test_send_an_old_export_as_the_newest(
    export: Make, story: Archive, settings: Settings, key: str
) -> None:
    old = export("library")
    append(story, entry(content(title="Four")))
    services = Services(settings, story)
    services.published.checkpoint()
    assert failures(old, key) == [], "what it says was so"
    said = files_of(old)["data/stories/library/versions.csv"].decode().count("\n") - 1
    assert json.loads(services.published.proof("library", 4).head.line)["versions"] > said


def test_put_a_program_beside_its_checker_to_run_on_the_reader_s_machine(
    export: Make, key: str, tmp_path: Path
) -> None:
    """test_hostile_exports.py runs the script beside such a program."""
    path = packed(tmp_path / "evil.zip", files_of(export("library")) | {"json.py": b"import os"})
    assert "json.py is not a file that an export has" in str(failures(path, key))


def test_sign_a_made_up_export(export: Make, key: str, tmp_path: Path) -> None:
    made_up = Settings(tmp_path / "forger" / "archive")
    with closing(Archive.open(made_up.archive, ticking(), create=True)) as archive:
        append(archive, entry(content(title="Forged")))
        services = Services(made_up, archive)
        path = tmp_path / "forged.zip"
        path.write_bytes(b"".join(services.exports.prepare(ExportRequest()).parts()))
        assert failures(path, services.audit.signer().public.fingerprint) == []
        assert not verify(path).signer_known
    [fault] = failures(path, key)
    assert "which is not the key that you trust" in fault


def test_put_the_genuine_key_into_a_made_up_export(
    export: Make, signer: Signer, key: str, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    forger = create(tmp_path / "forger.key", signer.public.name)
    path = packed(tmp_path / "forged.zip", files | {"data/removals.ndjson": b""}, forger)
    assert "tagmanifest-sha256.txt is not signed by the log's key" in failures(path, key)


# Someone who can write to the archive, and has no key


def test_change_a_text_where_it_is_stored(story: Archive, export: Make, key: str) -> None:
    live = story.index.version("library", 2)
    assert live
    file = story.path / "stories.git" / "objects" / live.blob[:2] / live.blob[2:]
    head, _, body = zlib.decompress(file.read_bytes()).partition(b"\0")
    file.chmod(0o600)
    file.write_bytes(zlib.compress(head + b"\0" + body.replace(b"Two", b"Six")))
    assert "library r2 (version 2)" in str([*map(str, story.verify().findings)])
    with pytest.raises(StoreError, match="library"):
        export("library")


def test_rewrite_a_chain_and_make_log_and_index_match(
    audit: AuditLog, signer: Signer, settings: Settings
) -> None:
    seen = parse_seen(audit.checkpoint().note)
    with _forged(settings, *LONG) as services:
        assert services.verify().findings == (), "all its hashes match"
        with pytest.raises(BadKey, match="the key has signed other entries"):
            services.audit.checkpoint()
        [fault] = services.audit.check_extends(seen)
        assert "are not the ones that were seen" in fault


def test_put_an_older_copy_of_the_archive_back(
    audit: AuditLog, signer: Signer, story: Archive, settings: Settings, tmp_path: Path
) -> None:
    shutil.copytree(settings.archive, tmp_path / "older")
    append(story, entry(content(title="Four")))
    seen = parse_seen(audit.checkpoint().note)
    shutil.rmtree(settings.archive)
    (tmp_path / "older").rename(settings.archive)
    with closing(Archive.open(settings.archive, ticking())) as archive:
        services = Services(settings, archive)
        with pytest.raises(BadKey, match=f"has signed {seen.size} entries"):
            services.audit.checkpoint()
        assert f"signed {seen.size}:" in str([*map(str, services.verify().findings)])
        assert "the log was cut off" in str(services.audit.check_extends(seen))


def test_cut_the_log_off(
    audit: AuditLog, signer: Signer, story: Archive, settings: Settings
) -> None:
    first = audit.checkpoint()
    append(story, entry(content(title="Four")))
    last = audit.checkpoint()
    head = story.index.tip("library").head
    story.close()
    ref = next(
        line.split()[1]
        for line in git(
            settings.archive, "for-each-ref", "--format=%(objectname) %(refname)"
        ).splitlines()
        if line.startswith(str(head))
    )
    git(settings.archive, "update-ref", ref, f"{head}^")
    git(settings.archive, "update-ref", "refs/archive/log", first.commit)
    with pytest.raises(StoreError):
        Archive.open(settings.archive, ticking())
    for each in settings.archive.glob("index.db*"):
        each.unlink()
    git(settings.archive, "update-ref", "-d", "refs/archive/log-next")
    with closing(Archive.open(settings.archive, ticking())) as archive:
        services = Services(settings, archive)
        with pytest.raises(BadKey, match=f"signed {last.size} entries .* there are {first.size}"):
            services.audit.checkpoint()


def test_have_the_key_sign_a_forged_log_under_another_name(
    signer: Signer, settings: Settings
) -> None:
    other = LogKey(signer.public.named("other.example/log"))

    def unsigned(size: int, root: bytes) -> str:
        return f"{Checkpoint('other.example/log', size, root).body}\n— x y\n"

    with _forged(settings, *LONG) as services:
        services.archive.checkpoint(unsigned, lambda _: other.line)
        with pytest.raises(BadKey, match=r"this log is called other\.example/log"):
            services.audit.checkpoint()


def test_go_on_under_a_key_of_their_own(
    audit: AuditLog, signer: Signer, key: str, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = Settings(tmp_path / "elsewhere" / "archive")
    shutil.copytree(settings.archive, elsewhere.archive)
    with closing(Archive.open(elsewhere.archive, ticking())) as archive:
        services = Services(elsewhere, archive)
        services.audit.begin_epoch("The key was lost, honestly.")
        path = tmp_path / "forged.zip"
        path.write_bytes(b"".join(services.exports.prepare(ExportRequest()).parts()))
    [fault] = failures(path, key)
    assert f"not vouched for by {key}: The key was lost, honestly." in fault
    shutil.rmtree(settings.archive)
    elsewhere.archive.rename(settings.archive)
    with closing(Archive.open(settings.archive, ticking())) as archive:
        append(archive, entry(content(title="Four")))
        with pytest.raises(BadKey, match="this log's key is"):
            Services(settings, archive).audit.checkpoint()


# The operator, who has the key


def test_rewrite_history_and_make_the_key_forget(
    audit: AuditLog, signer: Signer, settings: Settings
) -> None:
    seen = parse_seen(audit.checkpoint().note)
    forget(signer)
    with _forged(settings, *LONG) as services:
        assert signer.public.verify_note(services.audit.checkpoint().note)
        [fault] = services.audit.check_extends(seen)
        assert "are not the ones that were seen" in fault


def test_show_one_history_to_some_and_another_to_others(
    audit: AuditLog, signer: Signer, settings: Settings
) -> None:
    one = audit.checkpoint().checkpoint
    forget(signer)
    with _forged(settings, *LONG[: one.size]) as services:
        other = services.audit.checkpoint().checkpoint
    assert signer.public.verify_note(one.note)
    assert signer.public.verify_note(other.note)
    assert (one.origin, one.size) == (other.origin, other.size)
    assert one.root != other.root, "both signed: whoever has the two has the proof"


def test_back_date_an_entry(
    audit: AuditLog, signer: Signer, story: Archive, settings: Settings
) -> None:
    seen = parse_seen(audit.checkpoint().note)
    story.close()
    with closing(Archive.open(settings.archive, ticking("2020-01-01T00:00:00"))) as archive:
        append(archive, entry(content(title="Foreseen")))
        last = archive.index.log.of_story("library")[-1]
        assert json.loads(last.body)["time"] < "2020-01-02"
        assert last.number >= seen.size, "after what the witness saw, so later than that"
        leaves = [each.body for each in archive.index.log.leaves(0, last.number + 1)]
    assert merkle.root_of(leaves[: seen.size]) == seen.root
    moved = [leaves[-1], *leaves[:-1]]
    assert merkle.root_of(moved[: seen.size]) != seen.root


def test_pass_off_a_rewrite_as_a_takedown(
    story: Archive, export: Make, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = redaction._commit

    def forged(raw: bytes, *rest: Any) -> bytes:
        return true(raw, *rest).replace(b"Dara Voss", b"Mika Lund")

    with monkeypatch.context() as patch:
        patch.setattr(redaction, "_commit", forged)
        remove(story, removal(1))
    told = "library r1 (version 1): more of it was changed than a removal takes"
    assert told in [*map(str, story.verify().findings)]
    assert failures(export("library"), key)


def test_change_what_an_export_says_beside_its_chains(
    export: Make, signer: Signer, key: str, tmp_path: Path
) -> None:
    """test_forgeries.py does so to each of its files."""
    files = files_of(export("library"))
    name = "data/stories/library/versions.csv"
    changed = files | {name: files[name].replace(b"The sum was wrong.", b"All was well.")}
    assert failures(packed(tmp_path / "true.zip", files, signer), key) == []
    assert "versions.csv" in str(failures(packed(tmp_path / "forged.zip", changed, signer), key))


def test_leave_a_part_of_a_text_out_by_a_layout_of_their_own(
    export: Make, story: Archive, signer: Signer, key: str, tmp_path: Path
) -> None:
    """test_layouts.py tries it in many ways, on both checkers."""
    soup = {"shape": "recipe", "title": "Soup", "steps": ["The mayor is a thief."]}
    steps = '[[part]]\nid = "steps"\nkind = "text"\nlabel = "Method"\n'
    story.declare(f'shape = "recipe"\n{steps}')
    append(story, entry(parse_content(soup, story.shapes), "soup"))
    files = files_of(export("soup"))
    assert failures(packed(tmp_path / "true.zip", files, signer), key) == []
    text = "data/stories/soup/versions/0001"
    forged = {"data/shapes.json": b'{"recipe":[]}', f"{text}.txt": b"Soup\n\nHistory\n"}
    faults = failures(packed(tmp_path / "forged.zip", files | forged, signer), key)
    assert faults == [f"{text}.json has steps, which no part of the shape recipe lays out"]


def test_say_that_less_changed_than_did(export: Make, story: Archive, key: str) -> None:
    """test_counts.py does so in many ways."""
    said = Changes(("title",), 1, 1)
    append(story, entry(content(title="All of it"), "other", base_version=1, changes=said))
    said_less = "that revision 2 of other changed, against version 1, what its entry says (1 word"
    verdict = verify(export("other"), key)
    assert any(each.startswith(said_less) for each in verdict.unproven)


def test_leave_the_newest_versions_of_a_story_out_of_an_export(
    audit: AuditLog, export: Make, signer: Signer, story: Archive, settings: Settings, key: str
) -> None:
    old = export("library")
    append(story, entry(content(title="Four")))
    services = Services(settings, story)
    services.published.checkpoint()
    assert failures(old, key) == []
    proof = services.published.proof("library", 4)
    assert json.loads(proof.head.line)["versions"] == 4
    assert origin_of(signer.public).verify_note(proof.checkpoint.note)


def _exported_again(
    archive: Archive, settings: Settings, signer: Signer, *stories: str
) -> dict[str, bytes]:
    """What an archive exports, of which the operator changed the refs, and made both logs again."""
    archive.close()
    for name in ("log", "log-next", "published", "published-next"):
        git(settings.archive, "update-ref", "-d", f"refs/archive/{name}")
    (settings.archive / "index.db").unlink()
    forget(signer)
    path = settings.archive.with_name("again.zip")
    with closing(Archive.open(settings.archive, ticking("2026-06-01T10:00:00"))) as again:
        made = Services(settings, again).exports.prepare(ExportRequest(stories))
        path.write_bytes(b"".join(made.parts()))
    assert failures(path, signer.public.fingerprint) == [], "all its hashes match"
    return files_of(path)


def _public(files: dict[str, bytes]) -> dict[str, bytes]:
    """Those that the public log has a part in."""
    proofs = re.compile("data/published/|.*tlog-proof")
    return {name: data for name, data in files.items() if proofs.match(name)}


def test_write_the_private_log_again_under_a_public_one_that_was_witnessed(
    export: Make, signer: Signer, story: Archive, settings: Settings, key: str, tmp_path: Path
) -> None:
    true, path, last = files_of(export("library")), settings.archive, ""
    [ref] = git(path, "for-each-ref", "--format=%(refname)", "refs/stories/*/library").split()
    for old in git(path, "rev-list", "--reverse", ref).split():
        raw = re.sub("parent .*\n", "", git(path, "cat-file", "commit", old))
        tree, rest = raw.replace("\n\nNo.\n", "\n\nLegal.\n").split("\n", 1)
        parent = f"parent {last}\n" if last else ""
        last = add_object(path, f"{tree}\n{parent}{rest}", "commit")
    git(path, "update-ref", ref, last)
    forged = _exported_again(story, settings, signer, "library") | _public(true)
    [fault] = failures(packed(tmp_path / "forged.zip", forged, signer), key)
    assert fault == "the log here is not the one that leaf 0 ties in"
    del forged["data/published/ties.ndjson"]
    [fault] = failures(packed(tmp_path / "forged.zip", forged, signer), key)
    assert fault == "what opens leaf 0 of the public log, which ties in the log, is missing"


def test_leave_a_story_out_of_an_export_of_everything_and_of_the_log_in_it(
    export: Make, signer: Signer, story: Archive, settings: Settings, key: str, tmp_path: Path
) -> None:
    true = files_of(export(name="all.zip"))
    refs = git(settings.archive, "for-each-ref", "--format=%(refname)", "refs/stories/*/other")
    git(settings.archive, "update-ref", "-d", refs.strip())
    forged = _exported_again(story, settings, signer) | _public(true)
    faults = failures(packed(tmp_path / "forged.zip", forged, signer), key)
    assert "the public log's leaves here are of other, which is not exported" in faults


def test_unpublish_or_renumber_what_was_published(signer: Signer, settings: Settings) -> None:
    with closing(Archive.open(settings.archive, ticking())) as archive:
        log = archive.public_log
        note = public_tlog.checkpoint(
            lambda name: log.file(name) or b"", origin_of(signer.public).vkey
        )
    forget(signer)
    with _forged(settings, *LONG) as services:
        newest = services.published.checkpoint()
        assert newest.size > note[1]
        assert services.archive.index.public_log.root(note[1]) != note[2]


# Someone who kept the hashes


def test_guess_what_a_removed_text_said(story: Archive) -> None:
    removed = story.index.version("library", 1)
    assert removed
    stored = story.raw("blob", [removed.blob])[0]
    salt = json.loads(stored)["salt"]
    remove(story, removal(1))
    leaf = json.loads(story.index.log.of_story("library")[0].body)
    assert leaf["sha256"] == sha256(stored).hexdigest(), "who has the salt can check it"
    for guess in (b"", salt[::-1].encode()):
        assert sha256(stored.replace(salt.encode(), guess)).hexdigest() != leaf["sha256"]
    assert traces(story.path, salt) == []


def test_guess_what_a_removed_note_said(story: Archive) -> None:
    noted = story.index.version("library", 2)
    assert noted
    assert noted.note
    commit = story.raw("commit", [noted.commit])[0]
    bare = b"\n".join(line for line in commit.split(b"\n") if not line.startswith(b"parent "))
    words = json.loads(story.index.log.of_story("library")[1].body)["words"]
    assert sha256(bare).hexdigest() == words
    salt = str(noted.salt)
    remove(story, removal(2, redacts=(2,), text_stays=True))
    assert words in str([each.body for each in story.index.log.of_story("library")])
    for guess in (b"", salt[::-1].encode()):
        assert sha256(bare.replace(salt.encode(), guess)).hexdigest() != words
    assert traces(story.path, salt) == []
