"""Every way to tamper with an export is found, by common tools and by our checker.

The attackers have all that they can have: they repack, recompute manifests and the seal and, in the
last tests, re-sign with a key of their own, or rewrite the archive as only its operator can.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.audit.epochs import Epoch
from service.audit.export.bag import SEAL, Bag, File
from service.audit.export.exports import ExportRequest
from service.audit.export.story_files import json_line
from service.audit.keys import PublicKey, Signer, create, rotate
from service.audit.log import AuditLog, parse_seen
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import SEVERAL, Files, Make, by_hand, failures, files_of, forget
from tests.redactions import removal, remove
from tests.samples import append, content, entry, ticking


def packed(path: Path, files: Files, signer: Signer | None = None) -> Path:
    """An export of these files with new manifests and seal, and a new signature if given a key."""
    made = ("data/", "manifest-sha256.txt", "tagmanifest-sha256.txt")
    with Bag("library") as bag:
        out: list[bytes] = []
        for name, data in files.items():
            if name.startswith("data/"):
                out += bag.add(File(name, data))
        size = f"Payload-Oxum: {bag.octets}.{bag.files}".encode()
        info = re.sub(rb"Payload-Oxum: .*", size, files["bag-info.txt"])
        for name, data in files.items():
            if not name.startswith(made):
                out += bag.tag(name, info if name == "bag-info.txt" else data)
        out += bag.manifest()
        listed = bag.tag_manifest()
        out += bag.unlisted("tagmanifest-sha256.txt", listed)
        signature = files["tagmanifest-sha256.txt.sig"]
        if signer:
            signature = signer.sign_file(listed).encode()
        out += bag.unlisted("tagmanifest-sha256.txt.sig", signature)
        out += bag.end()
    path.write_bytes(b"".join(out))
    return path


@pytest.fixture
def signer(audit: AuditLog) -> Signer:
    return audit.signer()


@pytest.fixture
def key(signer: Signer) -> str:
    return signer.public.fingerprint


def test_an_export_repacked_without_changes_verifies(
    export: Make, signer: Signer, key: str, tmp_path: Path
) -> None:
    """So the tests below fail because of what they change, and nothing else."""
    path = packed(tmp_path / "again.zip", files_of(export("library")), signer)
    assert by_hand(path, key) == "verified"
    assert failures(path, key) == []


def test_the_seal_covers_every_byte(export: Make, key: str, tmp_path: Path) -> None:
    """Bytes all over a small export flipped in turn; `make torture` flips every one."""
    data = export("other").read_bytes()
    body, seal = data[:-SEAL], data[-SEAL:]
    assert hashlib.sha256(body).hexdigest().encode() == seal
    step = len(data) // 40
    path = tmp_path / "flipped.zip"
    for at in [*range(0, len(data), step), *range(len(data) - SEAL, len(data), 9)]:
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        assert by_hand(path, key) == "FAILED at step 1", at
        assert failures(path, key), at


def test_a_manifest_or_signature_covers_every_byte_of_every_file(
    export: Make, key: str, signer: Signer, tmp_path: Path
) -> None:
    """The same for the unpacked files, which have no seal."""
    files = files_of(export("other"))
    listed = {
        path: digest
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt")
        for digest, path in (line.split("  ") for line in files[name].decode().splitlines())
    }
    signed = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    assert files.keys() == listed.keys() | signed
    for name in signed:
        for at in range(len(files[name])):
            flipped = bytearray(files[name])
            flipped[at] ^= 1 << at % 8
            changed = files | {name: bytes(flipped)}
            armor = changed["tagmanifest-sha256.txt.sig"].decode("latin-1")
            assert not signer.public.verify_file(changed["tagmanifest-sha256.txt"], armor), (
                name,
                at,
            )
            if at % 40 == 0:
                path = as_it_is(tmp_path / "flipped.zip", changed)
                assert by_hand(path, key) != "verified", (name, at)
                assert failures(path, key), (name, at)
    for name, digest in listed.items():
        assert hashlib.sha256(files[name]).hexdigest() == digest, name


def as_it_is(path: Path, files: Files) -> Path:
    """An export of these files with a new seal but the manifests as they are."""
    with Bag("library") as bag:
        out = [part for name, data in files.items() for part in bag.unlisted(name, data)]
        out += bag.end()
    path.write_bytes(b"".join(out))
    return path


Values = list[dict[str, object]]


def _values(files: Files, name: str) -> Values:
    return [json.loads(line) for line in files[name].splitlines()]


def _lines(values: Values) -> bytes:
    return b"".join(map(json_line, values))


LEAVES = "data/log/leaves.ndjson"
REMOVALS = "data/removals.ndjson"
STORY = "data/stories/library"


def _drop_version(files: Files) -> Files:
    dropped = (f"{STORY}/versions/0002", f"{STORY}/differences/")
    return {name: data for name, data in files.items() if not name.startswith(dropped)}


def _swap_versions(files: Files) -> Files:
    one, two = (f"{STORY}/versions/000{number}" for number in (1, 2))
    swapped = {f"{a}{end}": files[f"{b}{end}"] for a, b in ((one, two), (two, one)) for end in ENDS}
    return files | swapped


ENDS = (".json", ".txt")


def _change_text(files: Files) -> Files:
    name = f"{STORY}/versions/0002.txt"
    return files | {name: files[name].replace(b"15", b"51")}


def _change_stored(files: Files) -> Files:
    name = f"{STORY}/versions/0002.json"
    return files | {name: files[name].replace(b"15", b"51")}


def _leaves(files: Files) -> tuple[Values, Values]:
    """All leaves of an export, and those of the story that the test tampers with."""
    leaves = _values(files, LEAVES)
    return leaves, [each for each in leaves if '"story":"library"' in str(each["leaf"])]


def _back_date(files: Files) -> Files:
    leaves, own = _leaves(files)
    own[1]["leaf"] = re.sub(r'"time":"\d{4}', '"time":"1999', str(own[1]["leaf"]))
    return files | {LEAVES: _lines(leaves)}


def _drop_leaf(files: Files) -> Files:
    leaves, own = _leaves(files)
    leaves.remove(own[1])
    return files | {LEAVES: _lines(leaves)}


def _drop_last_leaf(files: Files) -> Files:
    leaves, own = _leaves(files)
    leaves.remove(own[-1])
    return files | {LEAVES: _lines(leaves)}


def _reorder_leaves(files: Files) -> Files:
    leaves, own = _leaves(files)
    own[0]["leaf"], own[1]["leaf"] = own[1]["leaf"], own[0]["leaf"]
    return files | {LEAVES: _lines(leaves)}


def _own_removal(files: Files) -> Files:
    """A text is left out, and the register claims that it was removed."""
    _, own = _leaves(files)
    leaf = json.loads(str(own[1]["leaf"]))
    entry = {"story": "library", "revision": 2, "sha256": leaf["sha256"]}
    less = {name: data for name, data in files.items() if name != f"{STORY}/versions/0002.txt"}
    return less | {REMOVALS: _lines([entry])}


def _older_checkpoint(files: Files) -> Files:
    name = "data/log/checkpoint"
    lines = files[name].decode().split("\n")
    lines[1] = str(int(lines[1]) - 1)
    return files | {name: "\n".join(lines).encode()}


def _add_file(files: Files) -> Files:
    return files | {f"{STORY}/versions/0009.txt": b"A forged text.\n"}


def _drop_manifested(files: Files) -> Files:
    return {name: data for name, data in files.items() if not name.endswith("report.html")}


TAMPERED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a version dropped": (_drop_version, "0002"),
    "versions reordered": (_swap_versions, "is not what the chain says"),
    "a text changed": (_change_text, "versions/0002.txt is not what the chain says"),
    "a stored text changed": (_change_stored, "versions/0002.json is not what the chain says"),
    "a version back-dated": (_back_date, "leaf 1 is not in the log"),
    "a leaf dropped": (_drop_leaf, "a leaf before this one is missing"),
    "the last leaf dropped": (_drop_last_leaf, "does not end where the log says"),
    "leaves reordered": (_reorder_leaves, "is not in the log of the checkpoint"),
    "a removal made up": (_own_removal, "removals.ndjson is not what the chain says"),
    "another checkpoint": (_older_checkpoint, "is not signed by the log's key"),
    "a file added": (_add_file, "0009.txt is of no story, version or draft"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_repacking_without_the_key_fails_at_the_signature(
    export: Make, key: str, tmp_path: Path, name: str
) -> None:
    """A third party can recompute manifests and seal, but not the signature."""
    change, _ = TAMPERED[name]
    path = packed(tmp_path / "tampered.zip", change(files_of(export(*SEVERAL))))
    assert by_hand(path, key) == "FAILED at step 3"
    assert "tagmanifest-sha256.txt is not signed by the log's key" in failures(path, key)


@pytest.mark.parametrize("name", TAMPERED)
def test_re_signing_with_the_log_s_key_fails_at_the_log(
    export: Make, signer: Signer, key: str, tmp_path: Path, name: str
) -> None:
    """The operator, who has the key, changes the export but not the log. The story is one of
    several, neither the first nor the last.
    """
    change, fault = TAMPERED[name]
    path = packed(tmp_path / "tampered.zip", change(files_of(export(*SEVERAL))), signer)
    step = 3 if name == "another checkpoint" else 6
    assert by_hand(path, key) == f"FAILED at step {step}"
    assert any(fault in each for each in failures(path, key)), failures(path, key)


@pytest.mark.parametrize("change", [_back_date, _drop_leaf, _drop_last_leaf, _reorder_leaves])
def test_the_leaves_of_an_export_of_all_must_match_the_checkpoint(
    export: Make, signer: Signer, key: str, tmp_path: Path, change: Callable[[Files], Files]
) -> None:
    """It has no audit paths: its leaves are hashed to the root."""
    path = packed(tmp_path / "tampered.zip", change(files_of(export())), signer)
    assert by_hand(path, key) == "FAILED at step 6"
    assert "the leaves are not those of the checkpoint" in failures(path, key)


def test_a_file_changed_without_its_manifest_is_named(
    export: Make, key: str, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    for change, named in (
        (_change_text, "versions/0002.txt is missing or was changed"),
        (_drop_manifested, "report.html is missing or was changed"),
        (_add_file, "versions/0009.txt is in no manifest"),
    ):
        path = as_it_is(tmp_path / "tampered.zip", change(files))
        assert by_hand(path, key) == "FAILED at step 2"
        assert any(named in each for each in failures(path, key))


def test_another_key_is_found_by_its_fingerprint(export: Make, key: str, tmp_path: Path) -> None:
    """A forger makes an archive with a key of their own: only the fingerprint differs."""
    files = files_of(export("library"))
    other = create(tmp_path / "forger.key", "localhost/story-history")
    with closing(Archive.open(tmp_path / "forged", ticking(), create=True)) as forged:
        append(forged, entry(content(title="One")), entry(content(title="Forged")))
        exports = Services(Settings(forged.path, key=other.path), forged).exports
        path = tmp_path / "tampered.zip"
        path.write_bytes(b"".join(exports.prepare(ExportRequest(("library",))).parts()))
    assert files_of(path).keys() <= files.keys()
    assert by_hand(path, other.public.fingerprint) == "verified", "to who trusts the forger"
    assert by_hand(path, key) == "FAILED at step 3"
    assert failures(path, key) == [
        f"it is signed by {other.public.fingerprint}, which is not the key that you trust"
    ]
    assert any("whose key that is" in each for each in verify(path).unproven)


def test_a_key_swapped_in_one_place_is_found(export: Make, key: str, tmp_path: Path) -> None:
    files = files_of(export("library"))
    other = create(tmp_path / "forger.key", "localhost/story-history").public
    for change in (
        {"data/log/keys/01.pub": f"{other.line}\n".encode()},
        {"data/log/keys/02.pub": f"{other.line}\n".encode()},
    ):
        path = packed(tmp_path / "tampered.zip", files | change)
        assert by_hand(path, key) == "FAILED at step 3"
        assert failures(path, key)


def _forgeries(files: Files, forger: Signer, genuine: PublicKey) -> dict[str, Files]:
    """Exports that a stranger signed throughout, and that name the publisher's key, too."""
    note = forger.sign_note(files["data/log/checkpoint"].decode().rpartition("\n\n")[0] + "\n")
    own = {
        "data/log/checkpoint": note.encode(),
        "data/log/checkpoint.sig": forger.sign_file(note.encode()).encode(),
    }
    keys, line, true = "data/log/keys", f"{forger.public.line}\n", f"{genuine.line}\n"
    after = forger.sign_file(line.encode()).encode()
    epoch = Epoch(2, 1, bytes(32), (), genuine.fingerprint, forger.public.fingerprint, "Lost.")
    lost = {
        f"{keys}/02.epoch": epoch.statement.encode(),
        f"{keys}/02.epoch.sig": forger.sign_file(epoch.statement.encode()).encode(),
    }
    made: dict[str, dict[str, str | bytes]] = {
        "its key alone": {f"{keys}/01.pub": line},
        "two keys in one file": {f"{keys}/01.pub": true + line},
        "the same the other way": {f"{keys}/01.pub": line + true},
        "a tab between": {f"{keys}/01.pub": true.replace(" ", "\t") + line},
        "as the next key": {f"{keys}/02.pub": line, f"{keys}/02.pub.sig": after},
        "as the key before": {f"{keys}/01.pub": line, f"{keys}/02.pub": true},
        "as a key out of order": {f"{keys}/001.pub": line, f"{keys}/0.pub": line},
        "as a new epoch": {f"{keys}/02.pub": line, **lost},
        "as a signer": {"data/log/allowed_signers": f"* {line}publisher {line}"},
    }
    return {
        name: files
        | own
        | {path: each if isinstance(each, bytes) else each.encode() for path, each in some.items()}
        for name, some in made.items()
    }


def test_no_stranger_signs_under_the_publisher_s_name(
    export: Make, signer: Signer, tmp_path: Path
) -> None:
    forger = create(tmp_path / "forger.key", signer.public.name)
    for name, files in _forgeries(files_of(export("library")), forger, signer.public).items():
        path = packed(tmp_path / "forged.zip", files, forger)
        for printed in (signer.public.line, signer.public.fingerprint):
            assert by_hand(path, printed) == "FAILED at step 3", name
        assert failures(path, signer.public.fingerprint), name


def test_nothing_in_an_export_is_run(export: Make, signer: Signer, tmp_path: Path) -> None:
    """Python would load json.py from the folder of the script, and from where it is run."""
    files = files_of(export("library"))
    ran = tmp_path / "ran"
    hostile = {name: f"open({str(ran)!r}, 'w')\n".encode() for name in ("json.py", "re.py")}
    added = as_it_is(tmp_path / "x.zip", files | hostile)
    assert by_hand(added, signer.public.fingerprint) == "FAILED at step 2"
    listed = packed(tmp_path / "x.zip", files | hostile, signer)
    assert by_hand(listed, signer.public.fingerprint) == "FAILED at step 6"
    assert "json.py is not a file that an export has" in failures(listed)
    assert not ran.exists()


def test_a_chain_rewritten_with_matching_hashes_is_found(
    story: Archive, export: Make, signer: Signer, key: str, archive_path: Path, tmp_path: Path
) -> None:
    """The operator substitutes another chain for the one in the log, with files that match it."""
    true = files_of(export("library"))
    other = tmp_path / "elsewhere"
    forget(signer)
    forged = Archive.open(other, ticking(), create=True)
    append(forged, entry(content(title="One")), entry(content(title="Forged")))
    settings = Settings(other, key=archive_path.with_name("archive.key"))
    made = Services(settings, forged).exports.prepare(ExportRequest(("library",)))
    fake = tmp_path / "fake.zip"
    fake.write_bytes(b"".join(made.parts()))
    forged.close()
    kept = {name: data for name, data in true.items() if name.startswith("data/log/")}
    path = packed(tmp_path / "tampered.zip", files_of(fake) | kept, signer)
    assert by_hand(path, key) == "FAILED at step 6"
    assert failures(path, key)


def test_a_witness_finds_a_forked_or_truncated_log(
    story: Archive, audit: AuditLog, archive_path: Path, tmp_path: Path
) -> None:
    """Another log under the same key looks as genuine; a witness's checkpoint tells them apart."""
    seen = parse_seen(audit.checkpoint().note)
    assert audit.check_extends(seen) == []
    append(story, entry(content(title="Later")))
    audit.checkpoint()
    assert audit.check_extends(seen) == [], "it was only added to"
    forget(audit.signer())
    fork = Archive.open(tmp_path / "fork", ticking("2026-05-02T10:00:00"), create=True)
    for number in range(12):
        append(fork, entry(content(title=f"Title {number}")))
    forked = Services(
        Settings(tmp_path / "fork", key=archive_path.with_name("archive.key")), fork
    ).audit
    forked.checkpoint()
    assert forked.check_extends(seen) == [
        f"the first {seen.size} leaves are not the ones that were seen"
    ]
    fork.close()
    forget(audit.signer())
    short = Archive.open(tmp_path / "short", ticking(), create=True)
    append(short, entry(content(title="One")))
    shortened = Services(
        Settings(tmp_path / "short", key=archive_path.with_name("archive.key")), short
    ).audit
    shortened.checkpoint()
    assert shortened.check_extends(seen) == [
        f"the log was cut off: it has 1 of the {seen.size} leaves that were seen"
    ]
    short.close()


def test_the_register_must_list_exactly_the_removed_texts(
    export: Make, story: Archive, audit: AuditLog, signer: Signer, key: str, tmp_path: Path
) -> None:
    """Several texts, removed by several orders."""
    audit.checkpoint()
    remove(story, removal(2, (4,)))
    remove(story, removal(1, story="airport"))
    files = files_of(export(*SEVERAL))
    assert failures(packed(tmp_path / "true.zip", files, signer), key) == []
    register = _values(files, REMOVALS)
    assert len(register) == 3
    other = {"story": "other", "revision": 1, "sha256": ""}
    for lines in (
        [],
        *([each for each in register if each is not dropped] for dropped in register),
        [*register, other],
        [*register[:-1], register[-1] | {"sha256": "0" * 64}],
    ):
        path = packed(tmp_path / "tampered.zip", files | {REMOVALS: _lines(lines)}, signer)
        assert by_hand(path, key) == "FAILED at step 6"
        [fault] = failures(path, key)
        assert fault.startswith("data/removals.ndjson is not what the chain says")


@pytest.mark.parametrize("number", ["02", "03"])
def test_each_key_must_be_signed_by_the_one_before(
    export: Make, audit: AuditLog, settings: Settings, tmp_path: Path, number: str
) -> None:
    for _ in range(2):
        audit.checkpoint()
        rotate(settings.signing_key)
    signer = audit.signer()
    key = signer.public.fingerprint
    files = files_of(export("library"))
    assert by_hand(packed(tmp_path / "true.zip", files, signer), key) == "verified"
    name = f"data/log/keys/{number}.pub"
    forged = create(tmp_path / "forger.key", signer.public.name).sign_file(files[name]).encode()
    path = packed(tmp_path / "tampered.zip", files | {f"{name}.sig": forged}, signer)
    assert by_hand(path, audit.public_keys()[0].fingerprint) == "FAILED at step 3"
    assert failures(path, key) == [f"key {int(number)} was not signed by the key before it"]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"not a zip at all" * 99, b"\0" * 300],
    ids=["empty", "pk", "text", "zeros"],
)
def test_a_file_that_is_no_export_fails_without_a_traceback(
    tmp_path: Path, key: str, data: bytes
) -> None:
    path = tmp_path / "none.zip"
    path.write_bytes(data)
    assert any("cannot be unpacked" in each for each in failures(path))
    assert by_hand(path, key) == "FAILED at step 1"


def test_a_zip_that_would_write_elsewhere_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("library/../../outside.txt", "x")
    assert any("cannot be unpacked" in each for each in failures(path))
    assert not (tmp_path / "outside.txt").exists()


def test_a_zip_that_would_fill_the_disk_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("library/data/zeros", b"\0" * 10_000_000)
    assert any("would be over 100 times as large" in each for each in failures(path))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("library/data/zeros", b"\0" * 10_000_000)
    assert any("must be stored or deflated" in each for each in failures(path))
