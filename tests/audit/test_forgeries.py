"""Forgeries of whole exports, each with what makes it look right, and each refused by name.

The forger is the operator, who has the key, or a stranger, who has only a key of their own. Both
checkers look: ours, and the script in the export, which has no differ.
"""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from repo_store import Damaged
from repo_store.archive import Archive
from repo_store.history import redaction
from repo_store.history.records import Kind, State, Verb
from service.audit.export.bag import SEAL
from service.audit.export.exports import ExportRequest, Exports
from service.audit.export.story_files import json_line
from service.audit.export.zip_stream import Zip
from service.audit.keys import Signer, create, rotate
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import Files, files_of
from tests.audit.test_hostile_exports import _sealed
from tests.audit.test_tampering import LEAVES, REMOVALS, _values, packed
from tests.plain_git import add_object, git, mirror
from tests.redactions import removal, remove
from tests.samples import action, append, content, entry, ticking

SCRIPT = Path(standalone.__file__ or "")
STORY = "data/stories/library"
BUNDLE = "data/history.bundle"
CHECKPOINT = "data/log/checkpoint"


class World(NamedTuple):
    """An archive at rest, its key, and the true exports of it."""

    path: Path
    signer: Signer
    all: Files
    one: Files
    older: Files

    @property
    def key(self) -> str:
        return self.signer.public.fingerprint


def _exported(archive: Archive, path: Path, *stories: str, **fields: Any) -> Files:
    """An export made by the product."""
    audit = Services(Settings(path), archive).audit
    made = path.with_name("made.zip")
    request = ExportRequest(stories, **fields)
    made.write_bytes(b"".join(Exports(archive, audit).prepare(request).parts()))
    return files_of(made)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("forgeries") / "archive"
    with closing(Archive.open(path, ticking(), create=True)) as archive:
        append(archive, entry(content(title="One")))
        append(archive, entry(content(title="Two", overview=["Nine of 15."]), note="A wrong sum."))
        append(archive, entry(content(title="Three"), state=State.DRAFT, note="A draft"))
        append(archive, entry(content(title="Never"), state=State.DRAFT))
        with archive.batch() as batch:
            batch.act(action(3, Verb.APPROVE, "Read it."))
            batch.act(action(3, Verb.PUBLISH))
            batch.act(action(4, Verb.REJECT, "No."))
            batch.act(action(2, Verb.EXPLAIN, "It was 51.", kind=Kind.CORRECTION))
        append(archive, entry(content(), "other"))
        append(archive, entry(content(), "airport"), entry(content(title="Open"), "airport"))
        older = _exported(archive, path, "library")
        remove(archive, removal(1, story="airport"))
        append(archive, entry(content(title="Four")))
        whole, one = _exported(archive, path), _exported(archive, path, "library")
    return World(path, Signer(path.with_name("archive.key")), whole, one, older)


@contextmanager
def _copy(world: World, folder: Path) -> Iterator[tuple[Archive, Path]]:
    """The operator's archive, to forge in."""
    shutil.copytree(world.path.parent, folder / "copy")
    path = folder / "copy" / "archive"
    with closing(Archive.open(path, ticking("2026-06-01T10:00:00"))) as archive:
        yield archive, path


def _rewrite(
    archive: Archive, path: Path, change: Callable[[int, str], str], story: str = "library"
) -> None:
    """Rewrite a chain with plain git, and have index and log take it for lawful."""
    ids: list[str] = []
    newest = {leaf.entry: leaf.commit for leaf in archive.index.log.of_story(story)}
    for number, old in sorted(newest.items()):
        raw = git(path, "cat-file", "commit", old)
        raw = change(number, re.sub("parent .*\n", "", raw))
        tree, rest = raw.split("\n", 1)
        parent = f"parent {ids[-1]}\n" if ids else ""
        ids.append(add_object(path, f"{tree}\n{parent}{rest}", "commit"))
    [ref] = git(path, "for-each-ref", "--format=%(refname)", f"refs/stories/*/{story}").split()
    git(path, "update-ref", ref, ids[-1])
    records = [each for each in archive.records(ids) if not isinstance(each, Damaged)]
    archive.index.rewrite(records, archive._contents.read_each)


def _in_entry(number: int, *pairs: tuple[str, str]) -> Callable[[int, str], str]:
    def change(entry: int, raw: str) -> str:
        for old, new in pairs if entry == number else ():
            assert old in raw, raw
            raw = raw.replace(old, new)
        return raw

    return change


Change = Callable[[World, Path], Files]
Case = tuple[Change, str]
"""Makes the files of the forged export; and what both checkers say of it."""


def _history(change: Callable[[int, str], str]) -> Change:
    """The operator rewrites the chain, and exports it with the product."""

    def forge(world: World, folder: Path) -> Files:
        with _copy(world, folder) as (archive, path):
            _rewrite(archive, path, change)
            return _exported(archive, path)

    return forge


def _under_cover(old: str, new: str) -> Change:
    """The operator's own software changes more than the words while it redacts."""

    def forge(world: World, folder: Path) -> Files:
        true = redaction._commit

        def forged(raw: bytes, *rest: Any) -> bytes:
            return true(raw, *rest).replace(old.encode(), new.encode(), 1)

        with _copy(world, folder) as (archive, path), pytest.MonkeyPatch.context() as patch:
            patch.setattr(redaction, "_commit", forged)
            archive.remove(removal(5, redacts=(2,)))
            return _exported(archive, path)

    return forge


def _text(name: str, old: bytes, new: bytes, one: bool = False) -> Change:
    """The operator changes a file of the export, and signs it."""

    def forge(world: World, _: Path) -> Files:
        files = world.one if one else world.all
        assert old in files[name], files[name]
        return files | {name: files[name].replace(old, new, 1)}

    return forge


def _draft_as_version(world: World, folder: Path) -> Files:
    files = world.one
    draft = git(folder_of_bundle(files, folder), "show", f"{_commit(files, 4)}:story.json")
    made = {f"{STORY}/versions/0005.json": draft.encode()}
    table = files[f"{STORY}/versions.csv"]
    row = table.splitlines(keepends=True)[-1].replace(b"4,published", b"5,published", 1)
    return files | made | {f"{STORY}/versions.csv": table + row}


def folder_of_bundle(files: Files, folder: Path) -> Path:
    (folder / "true.bundle").write_bytes(files[BUNDLE])
    mirror(folder / "true.bundle", folder / "repository")
    return folder / "repository"


def _commit(files: Files, number: int, story: str = "library") -> str:
    leaves = [json.loads(str(line["leaf"])) for line in _values(files, LEAVES)]
    [found] = [x["commit"] for x in leaves if (x["story"], x["entry"]) == (story, number)]
    return str(found)


def _bundled(repository: Path) -> bytes:
    """Without deltas, as exports have it."""
    target = repository.with_name("made.bundle")
    git(repository, "-c", "pack.window=0", "bundle", "create", "-q", "--version=2", target, "--all")
    return target.read_bytes()


def _left_out(world: World, folder: Path) -> Files:
    repository = folder_of_bundle(world.all, folder)
    [ref] = git(repository, "for-each-ref", "--format=%(refname)", "refs/stories/*/other").split()
    git(repository, "update-ref", "-d", ref)
    git(repository, "gc", "-q", "--prune=now")
    left = {name: x for name, x in world.all.items() if not name.startswith("data/stories/other/")}
    return left | {BUNDLE: _bundled(repository)}


def _extra(world: World, folder: Path) -> Files:
    repository = folder_of_bundle(world.one, folder)
    git(repository, "update-ref", "refs/stories/00/made-up", _commit(world.one, 1))
    return world.one | {BUNDLE: _bundled(repository)}


def _hidden_object(world: World, folder: Path) -> Files:
    repository = folder_of_bundle(world.one, folder)
    blob = add_object(repository, "what nobody is to see")
    tree = git(repository, "mktree", stdin=f"100644 blob {blob}\tx\n").strip()
    hidden = git(repository, "commit-tree", "-m", "Hidden", tree).strip()
    git(repository, "update-ref", "refs/heads/x", hidden)
    made = _bundled(repository).replace(f"{hidden} refs/heads/x\n".encode(), b"")
    return world.one | {BUNDLE: made}


def _lines_changed(change: Callable[[list[bytes]], list[bytes]], name: str = LEAVES) -> Change:
    def forge(world: World, _: Path) -> Files:
        lines = world.one[name].splitlines(keepends=True)
        return world.one | {name: b"".join(change(lines))}

    return forge


def _leaf_of_another_log(world: World, folder: Path) -> Files:
    path = folder / "another"
    with closing(Archive.open(path, ticking("2020-01-01T00:00:00"), create=True)) as archive:
        append(archive, entry(content(title="Another")))
        other = _exported(archive, path)
    [line] = _values(other, LEAVES)
    first, *rest = world.one[LEAVES].splitlines(keepends=True)
    path_of_first = json.loads(first)["path"]
    return world.one | {LEAVES: b"".join([json_line(line | {"path": path_of_first}), *rest])}


def _truncated(world: World, _: Path) -> Files:
    """The chain as it was at an older checkpoint, with that, under the newer one's date."""
    claimed = {"bag-info.txt": world.one["bag-info.txt"]}
    return world.older | claimed


def _swapped_keys(world: World, folder: Path) -> Files:
    with _copy(world, folder) as (archive, path):
        rotate(Settings(path).signing_key)
        append(archive, entry(content(title="Five")))
        files = _exported(archive, path)
    one, two = "data/log/keys/01.pub", "data/log/keys/02.pub"
    return files | {one: files[two], two: files[one]}


def _epoch(world: World, folder: Path) -> Files:
    with _copy(world, folder) as (archive, path):
        for suffix in ("", ".pub"):
            Path(f"{Settings(path).signing_key}{suffix}").unlink()
        Services(Settings(path), archive).audit.begin_epoch("It burnt.")
        files = _exported(archive, path)
    return files | {"data/log/keys/02.pub.sig": files["data/log/keys/02.epoch.sig"]}


def _consenting_epoch(world: World, folder: Path) -> Files:
    files = _epoch(world, folder)
    del files["data/log/keys/02.pub.sig"]
    said = files["data/log/keys/02.epoch"].replace(b"does not vouch for", b"vouches for")
    new = Signer(folder / "copy" / "archive.key")
    signed = new.sign_file(said).encode()
    return files | {"data/log/keys/02.epoch": said, "data/log/keys/02.epoch.sig": signed}


def _explanation_time(world: World, _: Path) -> Files:
    name = f"{STORY}/entries.ndjson"
    entries = [json.loads(line) for line in world.one[name].splitlines()]
    entries[1]["explanations"][0]["created_at"] = "2026-04-01T09:30:00Z"
    return world.one | {name: b"".join(map(json_line, entries))}


def _claimed_as_recorded(world: World, _: Path) -> Files:
    name = f"{STORY}/versions.csv"
    table = world.one[name].decode()
    changed = re.sub(r"(?m)^(1,.*?,)2026-05-01T10:00:00Z,", r"\g<1>2026-05-01T09:00:00Z,", table)
    assert changed != table
    return world.one | {name: changed.encode()}


REPLACED = "its leaf says something else than the one that it replaces"
COVER = "library entry 5"
FORGED: dict[str, Case] = {
    "a version unpublished after a witness": (
        _history(_in_entry(6, ("Action: publish", "Action: comment"), ("Story-Version: 3\n", ""))),
        REPLACED,
    ),
    "versions renumbered": (
        _history(
            lambda number, raw: raw.replace("Version: 1\n", "Version: 9\n") if number == 1 else raw
        ),
        REPLACED,
    ),
    "an approval made a rejection": (
        _history(_in_entry(5, ("Action: approve", "Action: reject"))),
        REPLACED,
    ),
    "an author exchanged, with an empty register": (
        _history(_in_entry(5, ("author Dara Voss", "author Mika Lund"))),
        "more of it was changed than a removal takes",
    ),
    "a note taken, with an empty register": (
        _history(_in_entry(5, ("\n\nRead it.\n\n", "\n\n"))),
        "it was rewritten, and no removal says so",
    ),
    "a removal that excuses another author": (
        _under_cover("author Dara Voss", "author Mika Lund"),
        "more of it was changed than a removal takes",
    ),
    "a removal that excuses another time": (
        _under_cover("author Dara Voss <> 17", "author Dara Voss <> 16"),
        "more of it was changed than a removal takes",
    ),
    "a removal that excuses another kind": (
        _under_cover("Change-Kind: update", "Change-Kind: minor"),
        "more of it was changed than a removal takes",
    ),
    "a removal that excuses another version": (
        _under_cover("Story-Version: 2", "Story-Version: 7"),
        REPLACED,
    ),
    "a draft claimed to be published": (
        _draft_as_version,
        f"{STORY}/versions.csv is not what the chain says: line 6",
    ),
    "a story left out of all": (
        _left_out,
        "/other does not end where the log says, or one of the two lacks it",
    ),
    "a story added": (
        _extra,
        "refs/stories/00/made-up does not end where the log says, or one of the two lacks it",
    ),
    "an object that no chain reaches": (
        _hidden_object,
        "the bundle has 3 objects that no chain reaches",
    ),
    "a cell of the table changed": (
        _text(f"{STORY}/versions.csv", b"Dara Voss", b"Mika Lund"),
        f"{STORY}/versions.csv is not what the chain says: line 2",
    ),
    "an entry changed": (
        _text(f"{STORY}/entries.ndjson", b'"action":"approve"', b'"action":"reject"'),
        f"{STORY}/entries.ndjson is not what the chain says: line 5",
    ),
    "a readable text changed": (
        _text(f"{STORY}/versions/0002.txt", b"15", b"51"),
        f"{STORY}/versions/0002.txt is not what the chain says: line 4",
    ),
    "a register with a ground that was made up": (
        _text(REMOVALS, b'"reason":"court-order"', b'"reason":"privacy"'),
        "data/removals.ndjson is not what the chain says: line 1",
    ),
    "an empty register": (
        lambda world, _: world.all | {REMOVALS: b""},
        "data/removals.ndjson is not what the chain says: line 1",
    ),
    "a name twice in one object": (
        _text(f"{STORY}/entries.ndjson", b'{"entry":1,', b'{"entry":1,"entry":1,'),
        f"{STORY}/entries.ndjson is not what the chain says: line 1",
    ),
    "a leaf with a name twice": (
        _text(LEAVES, b'{\\"story\\":', b'{\\"story\\":\\"x\\",\\"story\\":', one=True),
        "a JSON object has one name twice",
    ),
    "a leaf twice": (
        _lines_changed(lambda lines: [lines[0], *lines]),
        "leaf 0 is there twice, or in another order than an export's",
    ),
    "leaves in another order": (
        _lines_changed(lambda lines: [lines[1], lines[0], *lines[2:]]),
        "leaf 0 is there twice, or in another order than an export's",
    ),
    "a leaf of another log": (_leaf_of_another_log, "leaf 0 is not in the log of the checkpoint"),
    "a truncated chain with an older checkpoint": (
        _truncated,
        "bag-info.txt says Log-Size: ",
    ),
    "an earlier format claimed, whose pages nobody compares": (
        _text("bag-info.txt", b"Export-Format: 2", b"Export-Format: 1"),
        "bag-info.txt says Export-Format: 1, which has no leaves of version 2",
    ),
    "a field added to what it says of itself": (
        _text("bag-info.txt", b"Log-Size", b"Witnessed-By: Court\nLog-Size"),
        "bag-info.txt says Witnessed-By, which no export says",
    ),
    "keys of the series swapped": (_swapped_keys, "key 2 was not signed by the key before it"),
    "an epoch with a consent that was made up": (
        _epoch,
        "data/log/keys/02.pub.sig does not belong in this series of keys",
    ),
    "an epoch that claims the old key's consent": (
        _consenting_epoch,
        "key 2 has a statement about other keys",
    ),
    "an explanation's time changed": (
        _explanation_time,
        f"{STORY}/entries.ndjson is not what the chain says: line 2",
    ),
    "a claimed time shown as recorded": (
        _claimed_as_recorded,
        f"{STORY}/versions.csv is not what the chain says: line 2",
    ),
}


def _script(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as made:
        made.extractall(folder)
    [root] = folder.iterdir()
    return root


def _signer_of(world: World, folder: Path) -> Signer:
    """The operator's key; a newer one, if the forgery made one."""
    copied = folder / "copy" / "archive.key"
    return Signer(copied) if copied.exists() else world.signer


def test_the_true_exports_verify(world: World, tmp_path: Path) -> None:
    """And as they are packed and signed here; so the forgeries fail for what they change."""
    for number, files in enumerate((world.all, world.one, world.older)):
        path = packed(tmp_path / f"{number}.zip", files, world.signer)
        assert verify(path, world.key).faults == []
        done = _script(_unpacked(path, tmp_path / str(number)), "--key", world.key)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verified"), done.stdout


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_is_refused_by_name(world: World, tmp_path: Path, name: str) -> None:
    refused_by_both(world, tmp_path, FORGED[name])


def refused_by_both(world: World, tmp_path: Path, case: Case) -> list[str]:
    """Refused by both checkers, which say why; the script's faults."""
    forge, fault = case
    files = forge(world, tmp_path)
    signer = _signer_of(world, tmp_path)
    path = packed(tmp_path / "forged.zip", files, signer)
    found = verify(path, signer.public.fingerprint).faults
    assert any(fault in each for each in found), found
    done = _script(_unpacked(path, tmp_path / "out"), "--key", signer.public.fingerprint)
    assert done.returncode == 1
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAILED: ")]
    assert any(fault in line for line in faults), done.stdout + done.stderr
    assert done.stderr == ""
    return faults


def _by_stranger(world: World, stranger: Signer) -> Files:
    """All is signed again, and everything still names the publisher's key but the key itself."""
    note = world.one[CHECKPOINT].decode().rpartition("\n\n")[0] + "\n"
    checkpoint = stranger.sign_note(note).encode()
    genuine = world.signer.public
    return world.one | {
        CHECKPOINT: checkpoint,
        f"{CHECKPOINT}.sig": stranger.sign_file(checkpoint).encode(),
        "data/log/keys/01.pub": f"{stranger.public.line}\n".encode(),
        "data/log/allowed_signers": f"{genuine.name} {genuine.line}\n".encode(),
    }


@pytest.mark.parametrize("form", ["fingerprint", "line", "vkey"])
def test_a_stranger_s_signature_under_the_genuine_fingerprint_is_refused(
    world: World, tmp_path: Path, form: str
) -> None:
    stranger = create(tmp_path / "stranger.key", world.signer.public.name)
    path = packed(tmp_path / "forged.zip", _by_stranger(world, stranger), stranger)
    key = getattr(world.signer.public, form)
    fault = f"it is signed by {stranger.public.fingerprint}, which is not the key that you trust"
    assert verify(path, key).faults == [fault]
    root = _unpacked(path, tmp_path / "out")
    done = _script(root, "--key", key)
    assert (done.returncode, f"FAILED: {fault}" in done.stdout.splitlines()) == (1, True)
    unasked = _script(root)
    assert (unasked.returncode, "FAILED" in unasked.stdout) == (1, True)


def test_a_signature_by_nobody_known_is_not_enough(world: World, tmp_path: Path) -> None:
    root = _unpacked(packed(tmp_path / "true.zip", world.one, world.signer), tmp_path / "out")
    done = _script(root)
    assert (done.returncode, "nobody is known to have signed it" in done.stdout) == (1, True)
    done = _script(root, "--any-signer")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("consistent, but nobody is known")
    done = _script(root, "--key", "SHA256:nonsense")
    assert (done.returncode, done.stdout.startswith("FAILED: --key: ")) == (1, True)


@pytest.mark.parametrize("name", ["json.py", "hashlib.py"])
def test_code_beside_the_script_is_not_run(world: World, tmp_path: Path, name: str) -> None:
    """Not even by who forgets to isolate it; and its file is refused."""
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n".encode()
    path = packed(tmp_path / "forged.zip", world.one, world.signer)
    root = _unpacked(path, tmp_path / "out")
    (root / name).write_bytes(trap)
    for isolated in ([], ["-I"]):
        command = [sys.executable, *isolated, "verify.py", "--key", world.key]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 1
    assert f"FAILED: {name} is not a file that an export has" in done.stdout.splitlines()
    assert not (tmp_path / "ran").exists()
    subprocess.run([sys.executable, "-c", f"import {name[:-3]}"], cwd=root, check=False)
    assert (tmp_path / "ran").exists(), "else the trap is none"
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(f"library/{name}", trap)
    assert verify(path, world.key).faults


def test_two_entries_with_one_name_are_refused(world: World, tmp_path: Path) -> None:
    with Zip() as made:
        out: list[bytes] = []
        for name, data in [*world.one.items(), (f"{STORY}/versions/0001.txt", b"Another.\n")]:
            out += made.add(f"library/{name}", data)
        out += made.end(b"0" * SEAL)
    path = _sealed(tmp_path / "forged.zip", b"".join(out)[:-SEAL])
    assert any("each file once" in each for each in verify(path, world.key).faults)


def test_a_link_is_refused(world: World, tmp_path: Path) -> None:
    root = _unpacked(packed(tmp_path / "true.zip", world.one, world.signer), tmp_path / "out")
    text = root / STORY / "versions" / "0001.txt"
    text.rename(tmp_path / "elsewhere")
    text.symlink_to(tmp_path / "elsewhere")
    done = _script(root, "--key", world.key)
    assert f"FAILED: {STORY}/versions/0001.txt is not a plain file" in done.stdout.splitlines()


HOSTILE = {
    "deep": b"[" * 60_000,
    "huge number": b'{"number":' + b"9" * 60_000 + b"}",
    "not a number": b'{"number":NaN}',
    "fraction": b'{"number":1.5}',
    "no end": b"x" * 10_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_lines_are_refused_at_once(world: World, tmp_path: Path, what: str) -> None:
    for name in (LEAVES, "data/damaged.ndjson"):
        files = world.one | {name: HOSTILE[what] + b"\n"}
        path = packed(tmp_path / "hostile.zip", files, world.signer)
        [fault] = verify(path, world.key).faults
        assert fault.startswith("it cannot be read: ")
        assert len(fault) < 500


def test_both_verifiers_of_ed25519_agree_on_odd_signatures(world: World) -> None:
    """Of RFC 8032's kind, strictly: one encoding of each number, and no small order."""
    public, data = world.signer.public, b"data"
    armor = world.signer.sign_file(data)
    key = standalone.Key(public.line)  # type: ignore[no-untyped-call]  # untyped: shipped as it is
    found = standalone.Found(Path())  # type: ignore[no-untyped-call]  # as above
    seen: list[bytes] = []

    def keep(raw: bytes, message: bytes, signature: bytes) -> bool:
        seen.extend((message, signature))
        return bool(standalone.ed25519(raw, message, signature))  # type: ignore[no-untyped-call]  # as above

    found.ed25519 = keep
    assert key.signed_file(found, data, armor)  # type: ignore[no-untyped-call]  # as above
    message, signature = seen
    order = standalone.ORDER
    more = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    odd = [
        signature[:32] + more,
        signature[:32] + bytes(32),
        bytes(32) + signature[32:],
        signature[:-1],
        signature + b"\0",
        bytes([*signature[:31], signature[31] ^ 128]) + signature[32:],
        b"\xff" * 32 + signature[32:],
    ]
    for each in odd:
        assert not standalone.ed25519(public.raw, message, each)  # type: ignore[no-untyped-call]  # as above
    small = (1).to_bytes(32, "little")
    assert not standalone.ed25519(small, b"", small + bytes(32))  # type: ignore[no-untyped-call]  # as above
    assert standalone.ed25519(public.raw, message, signature)  # type: ignore[no-untyped-call]  # as above
