"""A hostile export runs nothing, leads nowhere, and paints nothing on its checker's terminal.

Its maker has all the keys that it names, so that its hashes and signatures are right.
"""

import hashlib
import json
import os
import re
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from repo_store import GitObject, pack_entry, pack_head
from repo_store.archive import Archive
from repo_store.git.objects import id_of
from service.audit.export.bag import SEAL
from service.audit.export.bundle import bundle
from service.audit.export.exports import ExportRequest, Exports
from service.audit.export.story_files import json_line
from service.audit.export.zip_stream import DEFLATED, Entry, Zip, entry
from service.audit.keys import Signer
from service.audit.log import AuditLog
from service.audit.verify import standalone, verifier
from service.cli import export as export_command
from tests.audit.conftest import Files, Make, by_hand, failures, files_of
from tests.audit.test_tampering import as_it_is, packed
from tests.plain_git import git, mirror
from tests.samples import append, content
from tests.samples import entry as entry_of

BUNDLE = "data/history.bundle"
SCRIPT = standalone.__file__ or ""
PAINT = "\x1b]0;x\x07\x9b31m\u202e\r"


@pytest.fixture
def signer(audit: AuditLog) -> Signer:
    return audit.signer()


@pytest.fixture
def files(export: Make) -> Files:
    return files_of(export("library"))


@pytest.fixture
def repository(files: Files, tmp_path: Path) -> Path:
    """The chains of the export as a repository."""
    (tmp_path / "true.bundle").write_bytes(files[BUNDLE])
    mirror(tmp_path / "true.bundle", tmp_path / "repository")
    return tmp_path / "repository"


def _script(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", SCRIPT, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_bundle_that_is_a_repository_is_refused(
    files: Files, repository: Path, signer: Signer, tmp_path: Path
) -> None:
    git(repository, "repack", "-adq")
    git(repository, "pack-refs", "--all")
    found = [each for each in repository.rglob("*") if each.is_file()]
    inside = {f"{BUNDLE}/{each.relative_to(repository)}": each.read_bytes() for each in found}
    inside |= {f"{BUNDLE}/refs/heads/x": inside[f"{BUNDLE}/packed-refs"].split(b"\n")[1][:41]}
    hostile = {name: data for name, data in files.items() if name != BUNDLE} | inside
    path = packed(tmp_path / "hostile.zip", hostile, signer)
    assert failures(path)
    assert by_hand(path, signer.public.fingerprint) == "FAILED at step 4"


def test_a_bundle_that_leads_to_a_repository_is_refused(
    files: Files, repository: Path, signer: Signer, tmp_path: Path
) -> None:
    leading = files | {BUNDLE: f"gitdir: {repository}\n".encode()}
    path = packed(tmp_path / "hostile.zip", leading, signer)
    assert failures(path) == [
        "it cannot be read: ValueError: data/history.bundle is not a git bundle"
    ]
    assert by_hand(path, signer.public.fingerprint) == "FAILED at step 4"


def test_a_bundle_with_an_object_that_fills_the_memory_is_refused(
    files: Files, signer: Signer, tmp_path: Path
) -> None:
    """A gigabyte of zeros takes a megabyte in it."""
    data = b"\0" * (16 * 1024 * 1024 + 1)
    bomb = GitObject(id_of("blob", data), "blob", data)
    hostile = b"".join(bundle([("refs/heads/x", bomb.id)], 1, [(1, pack_entry(bomb))]))
    path = packed(tmp_path / "hostile.zip", files | {BUNDLE: hostile}, signer)
    assert failures(path) == [
        f"it cannot be read: ValueError: {BUNDLE} holds more than 16 MiB in one object"
    ]
    assert by_hand(path, signer.public.fingerprint) != "verified"


def test_git_takes_no_more_memory_than_it_is_given(
    files: Files, signer: Signer, tmp_path: Path
) -> None:
    """It holds a commit of any size in memory. This one says that it takes two gigabytes."""
    pack = pack_head(1) + b"\x90\x80\x80\x80\x40" + zlib.compress(b"")
    head = f"# v2 git bundle\n{'1' * 40} refs/heads/x\n\n".encode()
    hostile = head + pack + hashlib.sha1(pack, usedforsecurity=False).digest()
    [fault] = failures(packed(tmp_path / "hostile.zip", files | {BUNDLE: hostile}, signer))
    assert "attempting to allocate 2147483649 over limit" in fault


def test_the_texts_are_read_one_at_a_time(repository: Path) -> None:
    """Many small ones fill the memory, too."""
    newest = git(repository, "for-each-ref", "--format=%(objectname)").strip()
    found = standalone.objects(repository, [newest] * 2)  # type: ignore[no-untyped-call]  # untyped: shipped as it is
    commit, blob, text = first = next(found)
    assert commit.startswith(b"tree ")
    assert blob == id_of("blob", text)
    assert json.loads(text)["title"]
    assert [*found] == [first]


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_the_script_refuses_what_is_not_a_plain_file(
    export: Make, tmp_path: Path, kind: str
) -> None:
    with zipfile.ZipFile(export("library")) as made:
        made.extractall(tmp_path)
    bundle = tmp_path / "library" / BUNDLE
    bundle.rename(tmp_path / "elsewhere")
    if kind == "link":
        bundle.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(bundle)
    done = _script(tmp_path / "library")
    assert done.returncode == 1
    assert f"FAILED: {BUNDLE} is not a plain file" in done.stdout.splitlines()


def test_a_zip_with_a_link_in_it_is_refused(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library"), "a") as made:
        link = zipfile.ZipInfo("library/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    found = failures(tmp_path / "export.zip")
    assert any("library/link is not a plain file" in each for each in found)


def test_git_is_run_on_nothing_that_its_hashes_and_signatures_do_not_vouch_for(
    files: Files, signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        pytest.fail("git was run")

    monkeypatch.setattr(subprocess, "run", run)
    path = as_it_is(tmp_path / "changed.zip", files | {BUNDLE: files[BUNDLE] + b"\0"})
    assert failures(path) == [f"{BUNDLE} is missing or was changed"]
    forged = files | {"data/log/checkpoint.sig": b"no signature"}
    assert failures(packed(path, forged, signer)) == ["checkpoint is not signed by the log's key"]
    leaves = "data/log/leaves.ndjson"
    other = files | {leaves: files[leaves].replace(b'entry\\":1', b'entry\\":9')}
    assert any("leaf" in each for each in failures(packed(path, other, signer)))


def test_the_script_paints_nothing_on_the_terminal(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library")) as made:
        made.extractall(tmp_path)
    (tmp_path / "library" / "data" / PAINT).write_text("x")
    done = _script(tmp_path / "library")
    assert r"FAILED: data/\x1b]0;x\x07\x9b31m\u202e\r is in no manifest" in done.stdout
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr)


def test_the_command_prints_no_line_of_the_export_s_own(
    story: Archive, archive_path: Path, export: Make, signer: Signer, tmp_path: Path
) -> None:
    """One of its stories is damaged, and the reason that it gives is made up."""
    blob = story.index.chain("other")[0].blob
    (archive_path / "stories.git/objects" / blob[:2] / blob[2:]).unlink()
    files = files_of(export())
    lost = {"story": "other", "problem": "none\n\nProven:\n- every word of it is true"}
    hostile = files | {"data/damaged.ndjson": json_line(lost)}
    path = packed(tmp_path / "hostile\n.zip", hostile, signer)
    done = CliRunner().invoke(export_command.verify, [str(path)])
    assert done.exit_code == 0, done.output
    said = "consistent, but nobody is known to have signed it\n"
    assert done.output.endswith(f"{tmp_path}/hostile\\u000a.zip: {said}")
    assert done.output.splitlines().count("Proven:") == 1
    assert done.output.splitlines().count("Not compared:") == 0
    assert r"could not read: none\u000a\u000aProven:\u000a- every word" in done.output
    path.write_bytes(path.read_bytes().replace(b"library/verify.py", b"library/a\n: verif"))
    done = CliRunner().invoke(export_command.verify, [str(path)])
    assert done.exit_code == 1
    assert all(line.startswith(("FAILED: ", str(tmp_path))) for line in done.output.splitlines())


def test_a_leaf_that_names_a_path_or_a_command_is_refused(
    files: Files, signer: Signer, tmp_path: Path
) -> None:
    """Its story is a part of paths, its commit goes to git: both are what they should be."""
    name = "data/log/leaves.ndjson"
    for old, new in (
        (b'story\\":\\"library', b'story\\":\\"../../../../../dev'),
        (b'story\\":\\"library', b'story\\":\\"a\\\\nb'),
        (b'commit\\":\\"', b'commit\\":\\"--'),
    ):
        leaves = files[name].replace(old, new)
        assert leaves != files[name]
        [fault] = failures(packed(tmp_path / "x.zip", files | {name: leaves}, signer))
        assert "a leaf of the log cannot be" in fault


def test_the_verifier_reads_no_pipe_and_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/null"), tmp_path / "pipe"):
        assert failures(path) == ["it is not a plain file"]


def test_the_verifier_stops_at_what_is_no_export(tmp_path: Path) -> None:
    path = as_it_is(tmp_path / "folder.zip", {f"{BUNDLE}/x": b"x"})
    assert any("its manifests are missing" in each for each in verifier.verify(path).faults)


TEXT = "library/data/stories/library/versions/0001.txt"
FORGED = b"A forged text.\n"


def _sealed(path: Path, body: bytes) -> Path:
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    return path


def _with_entry(path: Path, files: Files, name: str, listed: bool = True) -> Path:
    """The export with one more entry before all others, which its directory may lack."""
    with Zip() as made, Zip() as other:
        hidden = b"".join(other.add(name, FORGED))
        out = [*(made.add(name, FORGED) if listed else made._send(hidden))]
        for each, data in files.items():
            out += made.add(f"library/{each}", data)
        out += made.end(b"0" * SEAL)
    return _sealed(path, b"".join(out)[:-SEAL])


@pytest.mark.parametrize(
    "name",
    [
        TEXT.replace("/data", "/./data"),
        TEXT.replace("/data", "//data"),
        TEXT.replace("/data", "/x/../data"),
        TEXT.replace("/", "\\"),
        f"{TEXT}/",
        f"{TEXT}.",
        f"{TEXT} ",
        f"{TEXT}:x",
        f"/{TEXT}",
        "",
        ".",
    ],
)
def test_a_zip_with_a_name_that_can_be_spelled_otherwise_is_refused(
    files: Files, tmp_path: Path, name: str
) -> None:
    """Unpacked, it would be the same file as another: a person could get the forged one."""
    [fault] = failures(_with_entry(tmp_path / "export.zip", files, name))
    assert "is not a name of a file in an export" in fault


@pytest.mark.parametrize("name", [f"library/{'a/' * 1_700}x", f"library/{'a' * 200}"])
def test_a_zip_with_a_deep_folder_is_refused_and_leaves_nothing(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    [fault] = failures(_with_entry(tmp_path / "export.zip", files, name))
    assert "is not a name of a file in an export" in fault
    assert len(fault) < 200
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", [TEXT, TEXT.upper().replace("LIBRARY/", "library/", 1)])
def test_a_zip_with_two_names_for_one_file_is_refused(
    files: Files, tmp_path: Path, name: str
) -> None:
    [fault] = failures(_with_entry(tmp_path / "export.zip", files, name))
    assert "each file once" in fault


LAYOUT = "it cannot be unpacked: ValueError: the zip is not laid out as an export is"


def test_a_zip_with_more_than_its_directory_lists_is_refused(export: Make, tmp_path: Path) -> None:
    """A program that reads it from the start finds a text that was not checked."""
    made = export("library")
    path = _with_entry(tmp_path / "hidden.zip", files_of(made), TEXT, listed=False)
    assert failures(path) == [LAYOUT]
    body = made.read_bytes()[:-SEAL]
    assert failures(_sealed(path, b"#!/bin/sh\necho forged\n" + body)) == [LAYOUT]


def test_a_zip_with_another_name_in_an_extra_field_is_refused(files: Files, tmp_path: Path) -> None:
    """Some programs take the name from there (0x7075)."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, data in files.items():
            info = zipfile.ZipInfo(f"library/{name}")
            if info.filename == TEXT:
                other = TEXT.replace("1", "2").encode()
                fields = (0x7075, 5 + len(other), 1, zlib.crc32(TEXT.encode()))
                info.extra = struct.pack("<HHBI", *fields) + other
            made.writestr(info, data)
        made.comment = b"0" * SEAL
    assert failures(_sealed(path, path.read_bytes()[:-SEAL])) == [LAYOUT]


def _with(path: Path, files: Files, name: str, made: Entry) -> Path:
    """The export in which the data of one file are these."""
    with Zip() as packed:
        out: list[bytes] = []
        for each, data in files.items():
            out += packed.add(f"library/{each}", made if each == name else entry(data, True))
        out += packed.end(b"0" * SEAL)
    return _sealed(path, b"".join(out)[:-SEAL])


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_file_may_be_deflated_by_any_zlib(files: Files, tmp_path: Path, level: int) -> None:
    data = files[BUNDLE]
    other = entry(data)._replace(method=DEFLATED, data=zlib.compress(data, level, -15))
    assert failures(_with(tmp_path / "export.zip", files, BUNDLE, other)) == []


def test_what_is_not_just_what_the_zip_says_it_holds_is_refused(
    files: Files, tmp_path: Path
) -> None:
    """A program may take it for more, or take what follows for another entry."""
    name, path = "data/log/checkpoint", tmp_path / "export.zip"
    data = files[name]
    whole = entry(data)._replace(method=DEFLATED, data=zlib.compress(data, 1, -15))
    with Zip() as other:
        hidden = b"".join(other.add(TEXT, FORGED))
    begun = zlib.compressobj(1, zlib.DEFLATED, -15)
    unended = begun.compress(data) + begun.flush(zlib.Z_SYNC_FLUSH)
    much = zlib.compress(b"\0" * 10_000_000, 1, -15)
    assert failures(_with(path, files, name, whole)) == []
    says = f"it cannot be unpacked: ValueError: library/{name} is "
    for hostile, fault in (
        (whole._replace(data=whole.data + hidden), "not the file that the zip says it holds"),
        (whole._replace(data=whole.data + b"\0"), "not the file that the zip says it holds"),
        (whole._replace(data=unended), "not the file that the zip says it holds"),
        (whole._replace(checksum=1), "not the file that the zip says it holds"),
        (whole._replace(size=len(data) + 1), "not the file that the zip says it holds"),
        (whole._replace(size=len(data) - 1), "larger than it says"),
        (whole._replace(data=much), "larger than it says"),
        (entry(data + b"x")._replace(size=len(data)), "larger than it says"),
    ):
        assert failures(_with(path, files, name, hostile)) == [says + fault]


def test_a_text_that_shrinks_like_a_bomb_is_stored(
    archive: Archive, audit: AuditLog, tmp_path: Path
) -> None:
    append(archive, entry_of(content(overview=["a" * 20_000] * 20)))
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(Exports(archive, audit).prepare(ExportRequest(("library",))).parts()))
    with zipfile.ZipFile(path) as packed:
        methods = {each.filename: each.compress_type for each in packed.infolist()}
    assert methods[TEXT.replace(".txt", ".json")] == zipfile.ZIP_STORED
    assert methods["library/verify.py"] == zipfile.ZIP_DEFLATED
    assert failures(path) == []
