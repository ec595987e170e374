"""Forgeries of the operator in which chains and leaves agree, in a log that was signed again, and
files that differ from true ones only for whoever makes them again from the chains.
"""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repo_store.history import redaction
from service.audit.export.story_files import json_line
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from tests.audit import public_tlog
from tests.audit.conftest import Files
from tests.audit.test_forgeries import (
    BUNDLE,
    CHECKPOINT,
    STORY,
    Case,
    Change,
    World,
    _bundled,
    _copy,
    _epoch,
    _exported,
    _in_entry,
    _signer_of,
    _text,
    _under_cover,
    folder_of_bundle,
    refused_by_both,
)
from tests.audit.test_forgeries import world as world
from tests.audit.test_tampering import LEAVES, REMOVALS, _values, packed
from tests.plain_git import add_object, git
from tests.redactions import removal

Leaf = dict[str, Any]
Commit = Callable[[int, str, Path], str]
"""What an entry's commit becomes, in this repository."""


def _logged_again(
    commit: Commit = lambda _, raw, __: raw,
    log: Callable[[list[Leaf]], None] = lambda _: None,
    files: Callable[[Files], Files] = lambda files: files,
) -> Change:
    """An export of everything, with another chain of the library: its leaves say what its commits
    do, unless `log` changes them, and the key has signed their log. `files` change with it.
    """

    def forge(world: World, folder: Path) -> Files:
        repository = folder_of_bundle(world.all, folder)
        leaves = [json.loads(str(line["leaf"])) for line in _values(world.all, LEAVES)]
        oid = ""
        for said in [each for each in leaves if each["story"] == "library"]:
            raw = git(repository, "cat-file", "commit", said["commit"])
            tree, rest = re.sub("parent .*\n", "", raw, count=1).split("\n", 1)
            parent = f"parent {oid}\n" if oid else ""
            made = commit(said["entry"], f"{tree}\n{parent}{rest}", repository)
            oid = add_object(repository, made, "commit")
            git(repository, "update-ref", f"refs/heads/{said['entry']}", oid)
            said |= {"commit": oid, **_of(made)}
        log(leaves)
        [ref] = git(
            repository, "for-each-ref", "--format=%(refname)", "refs/stories/*/library"
        ).split()
        git(repository, "update-ref", ref, oid)
        texts = [
            json.dumps(
                {name: each[name] for name in standalone.LEAF if each.get(name) is not None},
                separators=(",", ":"),
            )
            for each in leaves
        ]
        root = base64.b64encode(public_tlog.tree_hash([text.encode() for text in texts])).decode()
        body = f"{world.signer.public.name}\n{len(texts)}\n{root}\n"
        note = world.signer.sign_note(body).encode()
        lines = [json_line({"number": n, "leaf": text}) for n, text in enumerate(texts)]
        return files(world.all) | {
            BUNDLE: re.sub(rb"[0-9a-f]{40} refs/heads/\d+\n", b"", _bundled(repository)),
            LEAVES: b"".join(lines),
            CHECKPOINT: note,
            f"{CHECKPOINT}.sig": world.signer.sign_file(note).encode(),
        }

    return forge


def _of(commit: str) -> Leaf:
    """What a leaf says of a commit, if an archive could have written it."""
    try:
        record = standalone.Record(commit.encode())  # type: ignore[no-untyped-call]  # untyped: shipped as it is
    except ValueError:
        return {}
    return {
        "revision": record.revision,
        "action": record.verb,
        "version": record.version,
        "redacted": True if record.gone else None,
        "record": record.bare,
        "words": record.whole,
    }


def _in(number: int, *pairs: tuple[str, str]) -> Commit:
    change = _in_entry(number, *pairs)
    return lambda entry, raw, _: change(entry, raw)


def _as(number: int, verb: str, title: str, *more: str) -> Change:
    """Another action, under the subject that it should have."""

    def change(entry: int, raw: str, _: Path) -> str:
        if entry != number:
            return raw
        raw = re.sub("(?m)^library: .*$", f"library: {title}", raw)
        return re.sub("(?m)^Action: .*$", "\n".join([f"Action: {verb}", *more]), raw)

    return _logged_again(change)


def _versions_swapped() -> Change:
    def change(entry: int, raw: str, _: Path) -> str:
        old, new = {6: (3, 4), 9: (4, 3)}.get(entry, (0, 0))
        raw = raw.replace(f"version {old}", f"version {new}")
        return raw.replace(f"Story-Version: {old}\n", f"Story-Version: {new}\n")

    def swapped(files: Files) -> Files:
        for path in (f"{STORY}/versions/0003.json", f"{STORY}/versions/0003.txt"):
            other = path.replace("0003", "0004")
            files = files | {path: files[other], other: files[path]}
        return files

    return _logged_again(change, files=swapped)


def _holding(*entries: int, more: bool = False) -> Commit:
    """Another text in these entries, or something beside the text."""

    def change(entry: int, raw: str, repository: Path) -> str:
        if entry not in entries:
            return raw
        old, blob = raw.split("\n", 1)[0].removeprefix("tree "), add_object(repository, "Another.")
        text = f"{git(repository, 'ls-tree', old)}100644 blob {blob}\tx\n"
        text = text if more else f"100644 blob {blob}\tstory.json\n"
        return raw.replace(old, git(repository, "mktree", stdin=text).strip(), 1)

    return change


def _another_parent(entry: int, raw: str, repository: Path) -> str:
    """The entry before the last is passed over, and still there."""
    if entry != 9:
        return raw
    other = git(repository, "rev-parse", "refs/heads/7").strip()
    return re.sub("parent .*", f"parent {other}", raw, count=1)


def _twice(**fields: Any) -> Change:
    """A leaf that replaces once more what a removal of another story replaced."""

    def change(leaves: list[Leaf]) -> None:
        *_, last = [each for each in leaves if (each["story"], each["entry"]) == ("airport", 1)]
        leaves.append(last | {"was": last["commit"]} | fields)

    return _logged_again(log=change)


def _said(number: int, **fields: Any) -> Case:
    """A leaf that says something else than its commit."""

    def change(leaves: list[Leaf]) -> None:
        [leaf] = [each for each in leaves if (each["story"], each["entry"]) == ("library", number)]
        leaf |= fields

    [name] = fields
    return _logged_again(log=change), f"library entry {number}: the log says {name} "


def _on_another(leaves: list[Leaf]) -> None:
    """An approval says that it is on another revision; so does its leaf."""
    of_library = {each["entry"]: each for each in leaves if each["story"] == "library"}
    of_library[5]["sha256"] = of_library[4]["sha256"]


def _says_epoch(old: bytes, new: bytes) -> Change:
    """A new epoch, as another statement has it that the new key signed."""

    def forge(world: World, folder: Path) -> Files:
        files = _epoch(world, folder)
        del files["data/log/keys/02.pub.sig"]
        said = re.sub(old, new, files["data/log/keys/02.epoch"])
        signed = _signer_of(world, folder).sign_file(said).encode()
        return files | {"data/log/keys/02.epoch": said, "data/log/keys/02.epoch.sig": signed}

    return forge


def _first_leaf_left_out(world: World, folder: Path) -> Files:
    """Of an entry that a removal rewrote."""
    with _copy(world, folder) as (archive, path):
        files = _exported(archive, path, "airport")
    return files | {LEAVES: files[LEAVES].split(b"\n", 1)[1]}


def _other_tombstone(world: World, folder: Path) -> Files:
    """The operator's own software writes another ground than the removal has."""
    true = redaction.tombstone_of
    with _copy(world, folder) as (archive, path), pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "tombstone_of", lambda *of: true(*of)._replace(reason="other"))
        archive.remove(removal(2))
        return _exported(archive, path)


def _draft(end: str) -> Change:
    def forge(world: World, folder: Path) -> Files:
        with _copy(world, folder) as (archive, path):
            files = _exported(archive, path, "library", drafts=True)
        name = f"{STORY}/drafts/r0004{end}"
        return files | {name: files[name].replace(b"Never", b"Always")}

    return forge


def _without(name: str) -> Change:
    return lambda world, _: {path: data for path, data in world.one.items() if path != name}


def _added(name: str, data: bytes = b"x") -> Change:
    return lambda world, _: world.one | {name: data}


TRACE = "Redacted: court-order 2026-05-01T09:30:00Z note"
FORGED: dict[str, Case] = {
    "a publication of what was rejected": (
        _as(5, "reject", "reject revision 3"),
        "library entry 6: publish of revision 3, which is rejected, no draft",
    ),
    "an explanation of what was never public": (
        _as(7, "explain", "explain revision 4"),
        "library entry 7: explain of revision 4, which was never public",
    ),
    "a removal of what is not there": (
        _as(7, "remove", "remove the text of revision 4", "Removal-Reason: x", "Also-Removed: 9"),
        "library entry 7: it removes revision 9, which is not there",
    ),
    "a removal that removed nothing": (
        _as(7, "remove", "remove the text of revision 4", "Removal-Reason: x"),
        "library entry 4: a removal says that its text is gone, and it is not",
    ),
    "a removal of a note of what is to come": (
        _as(7, "remove", "remove the text of revision 4", "Removal-Reason: x", "Also-Redacted: 7"),
        "library entry 7: a removal says that its note is gone, and it is not",
    ),
    "a state that there is not": (
        _logged_again(_in(3, ("State: draft", "State: secret"))),
        "library entry 3: it is revision 3, secret, after 2",
    ),
    "versions in another order": (
        _versions_swapped(),
        "library entry 6: its version is 4, after version 2",
    ),
    "a note marked as removed": (
        _logged_again(_in(5, ("\n\nRead it.\n\n", "\n\n"), ("Action: ", f"{TRACE}\nAction: "))),
        "library entry 5: its note is marked as removed, and no removal says so",
    ),
    "another subject": (
        _logged_again(_in(5, ("approve revision 3", "approve revision 4"))),
        "library entry 5: its subject is not the one that its trailers make",
    ),
    "a removal of a note that is not there": (
        _as(7, "remove", "remove the text of revision 4", "Removal-Reason: x", "Also-Redacted: 99"),
        "library entry 7: it removes the note of an entry that is not there",
    ),
    "a text replaced without a removal": (
        _logged_again(_holding(4, 7)),
        "library entry 4: its text is gone, and no removal says so",
    ),
    "a decision on another revision's text": (
        _logged_again(_in(5, ("On-Revision: 3", "On-Revision: 4"), ("on 3", "on 4")), _on_another),
        "library entry 5: it is on a revision that is not there, or holds another text than it",
    ),
    "something beside the text": (
        _logged_again(_holding(5, more=True)),
        "library entry 5: its tree holds more than its text",
    ),
    "an entry passed over": (
        _logged_again(_another_parent),
        "library entry 9: its parent is not the commit before it",
    ),
    "a trailer twice": (
        _logged_again(_in(5, ("Action: approve\n", "Action: approve\nAction: approve\n"))),
        "a commit that no archive writes",
    ),
    "a commit that is not there": (
        _logged_again(log=lambda leaves: leaves[4].update(commit="0" * 40)),
        f"the bundle has no {'0' * 40}",
    ),
    "words that a removal left": (
        _under_cover("version 2, update\n\n", "version 2, update\n\nWords.\n\n"),
        "library entry 2: it was rewritten, and has words that no removal left",
    ),
    "a first leaf left out": (
        _first_leaf_left_out,
        "airport entry 2: a leaf before this one is missing",
    ),
    "a leaf that replaces another than the last": (
        _twice(was="0" * 40),
        "airport entry 1: a leaf before this one is missing, or it is there twice",
    ),
    "a leaf that brings a text back": (
        _twice(removed=None),
        "airport entry 1: its leaf brings back what a removal took",
    ),
    "a leaf of an older version": (
        _twice(words=None),
        "airport entry 1: its leaf is of an older version than the one that it replaces",
    ),
    "a leaf of other words than before": (
        _twice(words="0" * 64),
        "airport entry 1: its leaf has another hash of its words than the one that it replaces",
    ),
    "a leaf with a number in quotes": (
        _text(LEAVES, b'\\"entry\\":1,', b'\\"entry\\":\\"1\\",', one=True),
        "a leaf of the log cannot be: ",
    ),
    "a line of a leaf with more": (
        _text(LEAVES, b'{"number":', b'{"time":0,"number":', one=True),
        "a line of leaves.ndjson has other fields",
    ),
    "no leaves": (_added(LEAVES, b""), "it has no leaves of a log"),
    "an epoch of another number": (
        _says_epoch(b"epoch: 2", b"epoch: 3"),
        "key 2 says that it begins epoch 3, and it is another one",
    ),
    "an epoch after another log": (
        _says_epoch(rb"begins after: (\d+):.{43}", rb"begins after: \1:" + b"A" * 43),
        "epoch 2 began after another log than this one",
    ),
    "a damaged story that there is not": (
        _added("data/damaged.ndjson", json_line({"story": "none", "problem": "Lost."})),
        "damaged.ndjson names none, which the log does not have",
    ),
    "a decision that says that a text stays": (
        _logged_again(_in(5, ("Action: ", "Text-Stays: yes\nAction: "))),
        "library entry 5: its subject is not the one that its trailers make",
    ),
    "a leaf on another revision": _said(5, revision=4),
    "a leaf of another action": _said(5, action="comment"),
    "a leaf of another version": _said(6, version=4),
    "a leaf of another time": _said(5, time="2026-05-01T10:00:00Z"),
    "a leaf of a removed text": _said(5, removed=True),
    "a leaf of a removed note": _said(5, redacted=True),
    "a leaf of another text": _said(5, sha256="00" * 32),
    "a leaf of another record": _said(5, record="00" * 32),
    "a leaf of other words": _said(5, words="00" * 32),
    "another tombstone": (
        _other_tombstone,
        "library entry 2: what replaces its text is not what its removal says",
    ),
    "a draft's text changed": (
        _draft(".txt"),
        f"{STORY}/drafts/r0004.txt is not what the chain says: line 1",
    ),
    "a stored draft changed": (
        _draft(".json"),
        f"{STORY}/drafts/r0004.json is not what the chain says: line 2",
    ),
    "a removal that another ordered": (
        _text(REMOVALS, b'"ordered_by":"Ines Marr"', b'"ordered_by":"Dara Voss"'),
        "data/removals.ndjson is not what the chain says: line 1",
    ),
    "a removal of other commits": (
        _text(REMOVALS, b'"commits":[{"entry":1,', b'"commits":[{"entry":2,'),
        "data/removals.ndjson is not what the chain says: line 1",
    ),
    "a file that no export has": (
        _added(f"{STORY}/notes.txt"),
        f"{STORY}/notes.txt is not a file that an export has",
    ),
    "a redline of no versions": (
        _added(f"{STORY}/differences/0001-0004.html"),
        f"{STORY}/differences/0001-0004.html is of no story, version or draft in the chains",
    ),
    "a report left out": (_without(f"{STORY}/report.html"), f"{STORY}/report.html is missing"),
    "a line in bag-info.txt that is no field": (
        _text("bag-info.txt", b"Log-Size", b"Nonsense\nLog-Size"),
        "bag-info.txt has a line that is no field, or one twice: Nonsense",
    ),
    "another bagit.txt": (_added("bagit.txt"), "bagit.txt is not that of an export"),
    "a Word document left out": (
        _without(f"{STORY}/differences/0001-0002.docx"),
        f"{STORY}/differences/0001-0002.docx is missing",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_from_the_ground_up_is_refused(world: World, tmp_path: Path, name: str) -> None:
    assert FORGED[name][1] in refused_by_both(world, tmp_path, FORGED[name])[0]


def test_a_log_that_is_only_signed_anew_verifies(world: World, tmp_path: Path) -> None:
    """So those above fail for what they change."""
    path = packed(tmp_path / "true.zip", _logged_again()(world, tmp_path), world.signer)
    assert verify(path, world.key).faults == []
