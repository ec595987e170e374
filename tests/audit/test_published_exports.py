"""What an export says of the public log: true exports, forged ones, and who must have cosigned."""

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from repo_store.archive import Archive
from repo_store.history.records import State, Verb
from service.audit.export import published_files
from service.audit.export.exports import ExportRequest
from service.audit.export.story_files import json_line
from service.audit.keys import Signer, rotate
from service.audit.published import origin_of
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from service.audit.witnesses.cosigner import Cosigner
from service.audit.witnesses.policies import Policy
from service.config import Settings
from service.wiring import Services
from tests.audit import public_tlog
from tests.audit.conftest import GUIDE, Files, by_hand, files_of
from tests.audit.test_tampering import packed
from tests.audit.witness_processes import WitnessProcesses
from tests.redactions import removal, remove
from tests.samples import action, append, content, entry

PUBLIC = "data/published"
SCRIPT = str(Path(standalone.__file__ or ""))


class World(NamedTuple):
    """True exports by their names, the operator's key, and a policy that takes them."""

    made: dict[str, Files]
    signer: Signer
    policy: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("published")
    now = [datetime(2026, 5, 1, 12, tzinfo=UTC)]
    with (
        closing(Archive.open(folder / "archive", lambda: now[0], create=True)) as archive,
        WitnessProcesses.started(folder) as processes,
    ):
        services = Services(Settings(archive.path), archive, lambda: now[0])
        made: dict[str, Files] = {}

        def export(name: str, *stories: str) -> None:
            parts = services.exports.prepare(ExportRequest(stories)).parts()
            path = folder / f"{name}.zip"
            path.write_bytes(b"".join(parts))
            made[name] = files_of(path)

        append(archive, entry(content(title="One"), note="First."), entry(content(title="Two")))
        append(archive, entry(content(), "airport"))
        export("older", "library")
        now[0] += timedelta(hours=3)
        append(archive, entry(content(title="Three"), state=State.DRAFT, note="Draft's own."))
        append(archive, entry(content(title="Four"), state=State.DRAFT))
        with archive.batch() as batch:
            batch.act(action(3, Verb.PUBLISH))
            batch.act(action(4, Verb.PUBLISH, "With its own note."))
            batch.act(action(2, Verb.EXPLAIN, "A wrong sum."))
            batch.act(action(1, Verb.EXPLAIN, "Another."))
            batch.act(action(4, Verb.WITHDRAW, "It was wrong."))
            batch.act(action(4, Verb.ALIAS, alias="bibliotheca"))
        append(archive, entry(content(title="Only a draft"), "secret", state=State.DRAFT))
        remove(archive, removal(2, also=(3,)))
        remove(archive, removal(4, redacts=(6, 8), text_stays=True))
        vkey = origin_of(services.audit.signer().public).vkey
        witness = processes.start(vkey)
        services.witnesses.add(witness.url, str(witness.key), private=True)
        services.published.checkpoint()
        cosigner = Cosigner(archive.path, services.published, services.witnesses, lambda: now[0])
        assert cosigner.once() == 1
        export("one", "library")
        export("two", "airport", "library")
        export("never public", "secret")
        export("all")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(published_files, "MOST_PROOFS", 1)
            export("some of many", "airport", "secret")
        policy = f"log {vkey}\nwitness w {witness.key}\nquorum w\n"
        yield World(made, services.audit.signer(), policy)


def _script(path: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(folder)
    [root] = folder.iterdir()
    command = [sys.executable, "-I", SCRIPT, str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["older", "one", "two", "never public", "all", "some of many"])
def test_a_true_export_verifies_and_says_as_of_when(
    world: World, tmp_path: Path, name: str
) -> None:
    path = packed(tmp_path / "true.zip", world.made[name], world.signer)
    found = verify(path, world.signer.public.fingerprint)
    assert found.faults == []
    assert any("has these versions of each and no other" in each for each in found.proven)
    assert any("of this log were tied into the public log" in each for each in found.proven)
    dated = [each for each in found.proven if re.search(r"\d{4}-\d\d-\d\d", each)]
    assert [each for each in dated if "by the publisher's clock" not in each] == []
    assert len(dated) == 3
    replayed = "the first 3 events of the public log were not witnessed before it began"
    assert any(each.endswith(replayed) for each in found.unproven)
    done = _script(path, tmp_path / "out", "--key", world.signer.public.line)
    assert done.stdout.endswith("verified\n"), done.stdout + done.stderr
    assert by_hand(path, world.signer.public.line) == "verified"


def test_what_a_record_said_that_lost_words_is_not_proven(world: World, tmp_path: Path) -> None:
    """Its digest is of the words, too, and so vouches for nothing that is left."""
    path = packed(tmp_path / "true.zip", world.made["one"], world.signer)
    told = [each for each in verify(path).unproven if "public record" in each]
    names = [each.partition(", said what")[0].rpartition("library ")[2] for each in told]
    assert names == [
        "version 1, explained",
        "version 2, explained",
        "version 3, published",
        "version 4, published",
    ]
    assert "kind, author and claimed time: it had words that were removed" in told[0]
    older = packed(tmp_path / "older.zip", world.made["older"], world.signer)
    assert not [each for each in verify(older).unproven if "public record" in each]


def test_what_was_published_meanwhile_is_not_proven_to_be_in_the_public_log(
    archive: Archive, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services(settings, archive)
    append(archive, entry(content(title="One")))
    exports, left = services.exports, [entry(content(title="Two"))]
    true = exports._scope

    def scope(request: ExportRequest) -> Any:
        if left:
            append(archive, left.pop())
        return true(request)

    monkeypatch.setattr(exports, "_scope", scope)
    path = tmp_path / "all.zip"
    path.write_bytes(b"".join(exports.prepare(ExportRequest()).parts()))
    found = verify(path)
    assert found.faults == []
    [public] = [each for each in found.proven if "no other" in each]
    assert public.endswith("these versions of each and no other, but for what is newer (see below)")
    assert "that the public log has library version 2, published: it is newer" in found.unproven


@pytest.mark.parametrize("since", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_nothing_is_proven_of_stories_that_are_all_damaged(
    archive: Archive, settings: Settings, tmp_path: Path, since: datetime | None
) -> None:
    append(archive, entry(content(title="One")))
    damaged = archive.index.version("library", 1)
    assert damaged
    (archive.path / "stories.git/objects" / damaged.blob[:2] / damaged.blob[2:]).unlink()
    exports, path = Services(settings, archive).exports, tmp_path / "all.zip"
    path.write_bytes(b"".join(exports.prepare(ExportRequest(since=since)).parts()))
    found = verify(path)
    assert found.faults == []
    assert not [each for each in found.proven if "version" in each or "missing texts" in each]
    assert any(each.startswith("anything of library") for each in found.unproven)


def test_what_ties_in_the_private_log_is_opened_whatever_became_of_keys_and_index(
    tmp_path: Path,
) -> None:
    path, now = tmp_path / "archive", [datetime(2026, 5, 1, 12, tzinfo=UTC)]
    settings, numbers = Settings(path), []

    def services(archive: Archive) -> Services:
        return Services(settings, archive, lambda: now[0])

    def opened() -> Archive:
        return Archive.open(path, lambda: now[0], create=True)

    def check(*stories: str) -> None:
        with closing(opened()) as archive:
            exports = services(archive).exports
            made = tmp_path / "made.zip"
            made.write_bytes(b"".join(exports.prepare(ExportRequest(stories)).parts()))
        assert verify(made, Signer(settings.signing_key).public.fingerprint).faults == []
        ties = files_of(made)[f"{PUBLIC}/ties.ndjson"].splitlines()
        numbers.append([json.loads(line)["number"] for line in ties])

    with closing(opened()) as archive:
        append(archive, entry(content()), entry(content(title="Two")))
        services(archive).published.checkpoint()
    check("library")
    for story in ("airport", "bridge", "canal"):
        now[0] += timedelta(hours=3)
        with closing(opened()) as archive:
            append(archive, entry(content(), story))
            log = services(archive).published
            if story == "airport":
                rotate(settings.signing_key)
            if story == "bridge":
                settings.signing_key.unlink()
                services(archive).audit.begin_epoch("It burnt.")
            newest = log.checkpoint()
            assert newest
            log.cosign(newest, f"{newest.note}— w.example/w AAAA\n")
        if story == "canal":
            (path / "index.db").unlink()
        check()
        check("library")
        check("airport", "library")
    assert [first for first, *_ in numbers] == [0] * len(numbers)
    assert numbers[-1] == numbers[-2] == numbers[-3]
    lasts = [rest for _, *rest in numbers]
    assert lasts[0] == []
    assert lasts[1] < lasts[4] < lasts[7]


@pytest.mark.parametrize(("kept", "seen"), [((0, 1), 0), ((0,), 1), ((), 2)])
def test_a_reader_sees_by_hand_which_ties_are_closed(
    world: World, tmp_path: Path, kept: tuple[int, ...], seen: int
) -> None:
    steps = GUIDE.read_text().partition("\nWHAT IS PROVEN")[0]
    command = re.findall(r"(?:^     .*\n)+", steps, re.MULTILINE)[-1]
    files = _untied(*kept)(world)
    (tmp_path / PUBLIC).mkdir(parents=True)
    for name in ("leaves", "ties"):
        (tmp_path / PUBLIC / f"{name}.ndjson").write_bytes(files[f"{PUBLIC}/{name}.ndjson"])
    done = subprocess.run(
        ["dash", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"OUT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    closed = [line for line in done.stdout.splitlines() if line.startswith("< ")]
    assert (len(closed), done.stderr) == (seen, "")


def test_a_policy_says_whose_log_it_is_and_who_must_have_cosigned(
    world: World, tmp_path: Path
) -> None:
    path = packed(tmp_path / "true.zip", world.made["one"], world.signer)
    file = tmp_path / "policy"
    file.write_text(world.policy)
    found = verify(path, policy=Policy.parse(world.policy.encode()))
    assert found.faults == []
    assert any(each.startswith("w cosigned the public log at") for each in found.proven)
    done = _script(path, tmp_path / "out", "--policy", str(file))
    assert "w cosigned the public log at" in done.stdout
    assert done.stdout.endswith("verified\n"), done.stdout + done.stderr


def test_an_export_without_the_cosignature_that_a_policy_demands_is_refused(
    world: World, tmp_path: Path
) -> None:
    path = packed(tmp_path / "true.zip", world.made["older"], world.signer)
    file = tmp_path / "policy"
    file.write_text(world.policy)
    [fault] = verify(path, policy=Policy.parse(world.policy.encode())).faults
    assert "cosigned by no witness" in fault
    done = _script(path, tmp_path / "out", "--policy", str(file))
    assert done.returncode == 1
    assert "is not cosigned as your policy demands" in done.stdout


Forge = Callable[[World], Files]


def _changed(name: str, change: Callable[[Any], Any], which: str = "one") -> Forge:
    """An export of which the values in one file are others."""

    def forge(world: World) -> Files:
        files = dict(world.made[which])
        values = [json.loads(line) for line in files[f"{PUBLIC}/{name}"].splitlines()]
        lines = [
            json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in change(values)
        ]
        files[f"{PUBLIC}/{name}"] = "".join(f"{line}\n" for line in lines).encode()
        return files

    return forge


def _spliced(world: World) -> Files:
    """A history as it was before the last versions, under what the public log says now."""
    old, new = world.made["older"], world.made["one"]
    kept = {name: data for name, data in old.items() if not name.startswith(PUBLIC)}
    kept = {name: data for name, data in kept.items() if not name.endswith(".tlog-proof")}
    return kept | {name: data for name, data in new.items() if name.startswith(PUBLIC)}


def _without(*names: str) -> Forge:
    return lambda world: {
        name: data for name, data in world.made["one"].items() if name not in names
    }


def _untied(*numbers: int, which: str = "one") -> Forge:
    """The operator opens only some of what ties in the private log, and could change the rest."""
    return _changed("ties.ndjson", lambda values: [values[number] for number in numbers], which)


def _last_tie_left_out(world: World) -> Files:
    """Neither the last leaf that ties in the private log, nor what opens it."""
    files = _untied(0)(world)
    lines = files[f"{PUBLIC}/leaves.ndjson"].splitlines(keepends=True)
    kept = [line for line in lines if b'\\"event\\":\\"tie\\"' not in line]
    assert len(kept) == len(lines) - 1
    return files | {f"{PUBLIC}/leaves.ndjson": b"".join(kept)}


def _all_with_some_of_it(world: World) -> Files:
    """Everything, with the leaves of the public log as an export of one story has them."""
    files = world.made["one"]
    return world.made["all"] | {name: x for name, x in files.items() if name.startswith(PUBLIC)}


def _proof_of_another(world: World) -> Files:
    files, folder = dict(world.made["one"]), "data/stories/library/versions"
    return files | {f"{folder}/0001.tlog-proof": files[f"{folder}/0002.tlog-proof"]}


def _fewer(values: Any) -> Any:
    head = json.loads(values[0]["head"]) | {"versions": 2}
    return [{**values[0], "head": json.dumps(head, separators=(",", ":"))}]


def _public(change: Callable[[list[Any]], Any]) -> Forge:
    """Everything, with other leaves of the public log: its map, root and signature fit."""

    def forge(world: World) -> Files:
        files = dict(world.made["all"])
        lines = files[f"{PUBLIC}/leaves.ndjson"].splitlines()
        leaves = [json.loads(json.loads(line)["leaf"]) for line in lines]
        change(leaves)
        heads: dict[str, tuple[int, int]] = {}
        for number, leaf in enumerate(leaves):
            if "story" in leaf:
                versions = heads.get(leaf["story"], (0, 0))[0] + (leaf["event"] == "published")
                heads[leaf["story"]] = versions, number
        root = base64.b64encode(public_tlog.map_root(heads)).decode()
        leaves[-1] |= {"stories": len(heads), "root": root}
        texts = [json.dumps(leaf, separators=(",", ":")) for leaf in leaves]
        made = [json_line({"number": n, "leaf": text}) for n, text in enumerate(texts)]
        files[f"{PUBLIC}/leaves.ndjson"] = b"".join(made)
        top = base64.b64encode(public_tlog.tree_hash([text.encode() for text in texts])).decode()
        name = f"{world.signer.public.name}/published"
        note = world.signer.sign_note(f"{name}\n{len(texts)}\n{top}\n", name)
        return files | {f"{PUBLIC}/checkpoint": note.encode()}

    return forge


def _each(event: str, **fields: Any) -> Forge:
    """The same with other values in each leaf of an event."""

    def change(leaves: list[Any]) -> None:
        for leaf in leaves:
            if leaf["event"] == event:
                leaf |= fields

    return _public(change)


def _last(**fields: Any) -> Forge:
    return _public(lambda leaves: leaves[-1].update(fields))


def _added(**leaf: Any) -> Forge:
    time = "2026-05-01T15:00:00Z"
    return _public(lambda leaves: leaves.insert(len(leaves) - 1, {**leaf, "time": time}))


def _backwards(leaves: list[Any]) -> None:
    """The versions of a story the other way round."""
    places = [n for n, leaf in enumerate(leaves) if leaf.get("event") == "published"]
    own = [n for n in places if leaves[n]["story"] == "library"]
    previous = [leaves[n].get("previous") for n in own]
    turned = [dict(leaves[n]) for n in reversed(own)]
    for place, leaf, before in zip(own, turned, previous, strict=True):
        leaf.pop("previous", None)
        names = ("event", "story", "version", "text", "record", "previous", "time")
        leaf |= {"previous": before} if before is not None else {}
        leaves[place] = {name: leaf[name] for name in names if name in leaf}


def _another_story(world: World) -> Files:
    name = f"{PUBLIC}/leaves.ndjson"
    one, two = (world.made[each][name].splitlines(keepends=True) for each in ("one", "two"))
    lines = sorted({*one, *two}, key=lambda line: int(json.loads(line)["number"]))
    return world.made["one"] | {name: b"".join(lines)}


def _shortened(values: list[Any]) -> list[Any]:
    last = [n for n, each in enumerate(values) if '"story":"library"' in each["leaf"]][-1]
    return values[:last] + values[last + 1 :]


def _unsigned_tie(world: World) -> Files:
    [tie, *rest] = map(json.loads, world.made["all"][f"{PUBLIC}/ties.ndjson"].splitlines())
    tie["checkpoint"] = tie["checkpoint"].rpartition("\n\n")[0] + "\n\n"
    digest = sha256(bytes.fromhex(tie["blind"]) + tie["checkpoint"].encode()).digest()
    opens = base64.b64encode(digest).decode()
    files = _public(lambda leaves: leaves[0].update(tie=opens))(world)
    return files | {f"{PUBLIC}/ties.ndjson": b"".join(map(json_line, [tie, *rest]))}


FORGED: dict[str, tuple[Forge, str]] = {
    "the last versions left out": (_spliced, "the public log has"),
    "fewer versions in the map": (
        _changed("heads.ndjson", _fewer),
        "what the public log's map says of library is not in it",
    ),
    "a story that is said not to be there": (
        _changed("heads.ndjson", lambda values: [{**values[0], "head": ""}]),
        "what the public log's map says of library is not in it",
    ),
    "the map of another story": (
        _changed("heads.ndjson", lambda values: [{**values[0], "story": "airport"}]),
        "what the public log's map says of airport is of another place in it",
    ),
    "a leaf left out": (
        _changed("leaves.ndjson", lambda values: [*values[:2], *values[3:]]),
        "a leaf of it is missing from the public log's leaves here",
    ),
    "a leaf changed": (
        _changed(
            "leaves.ndjson",
            lambda values: [
                *values[:1],
                {**values[1], "leaf": values[1]["leaf"].replace("2026-05-01T12", "2026-05-01T11")},
                *values[2:],
            ],
        ),
        "is not in the public log",
    ),
    "leaves of everything, cut short": (
        _changed("leaves.ndjson", lambda values: values[:-1], "all"),
        "the leaves of the public log are not those of its checkpoint",
    ),
    "a record changed": (
        _changed(
            "records.ndjson",
            lambda values: [
                {**values[0], "record": values[0]["record"].replace("update", "correction")},
                *values[1:],
            ],
        ),
        "records.ndjson is not what the chain says",
    ),
    "a tie opened to another log": (
        _changed("ties.ndjson", lambda values: [{**values[0], "blind": "00" * 32}]),
        "what is said to open leaf 0 of the public log does not",
    ),
    "no tie opened": (_untied(), "what opens leaf 0 of the public log"),
    "the first tie closed": (_untied(1), "what opens leaf 0 of the public log"),
    "the last tie closed": (_untied(0), "which ties in the log, is missing"),
    "all, with the last tie closed": (
        _untied(0, which="all"),
        "which ties in the log, is missing",
    ),
    "no file of ties": (
        _without(f"{PUBLIC}/ties.ndjson"),
        "what opens leaf 0 of the public log, which ties in the log, is missing",
    ),
    "the last tie left out": (
        _last_tie_left_out,
        "the last leaf of the public log that ties in the log is missing",
    ),
    "all, with some of the public log": (
        _all_with_some_of_it,
        "an export of everything has all leaves of the public log",
    ),
    "a proof of another version": (_proof_of_another, "0001.tlog-proof is not what"),
    "no public log": (
        _without(*(f"{PUBLIC}/{name}" for name in ("checkpoint",))),
        "what was published is in the public log",
    ),
    "a log that ends before its leaves": (
        _last(time="2026-05-01T12:00:00Z"),
        "is later than the log's last leaf",
    ),
    "a log of the future": (_last(time="2199-12-31T23:59:59Z"), "which is in the future"),
    "a day that there is not": (_last(time="2026-99-99T99:99:99Z"), "it cannot be read"),
    "an older beginning": (
        _each("genesis", time="2001-01-01T00:00:00Z"),
        "ties in entries that were recorded after it",
    ),
    "nothing of before the beginning": (
        _each("genesis", replayed=0, time="2026-05-01T12:30:00Z"),
        "is of before the log began, which says nothing of it",
    ),
    "a story that runs backwards": (
        _public(_backwards),
        "the public log has its versions in another order than their numbers",
    ),
    "a map before that denies the stories": (
        _each("heads", stories=1, root="A" * 43 + "="),
        "is not the map that the leaves before it make",
    ),
    "the beginning of another log": (
        _each("genesis", log="another.example/log"),
        "the public log's first leaf is of another log",
    ),
    "a key that is not there": (
        _added(event="key", key="SHA256:" + "A" * 43),
        "is none that a log has: key",
    ),
    "an event that there is not": (_added(event="certified"), "is none that a log has: certified"),
    "the record of a removal": (
        _each("removed", record="A" * 43 + "="),
        "the chain says it otherwise",
    ),
    "the map of fewer stories": (
        _changed("heads.ndjson", lambda values: values[:1], "two"),
        "the public log's map is not asked of just the stories that are here",
    ),
    "a leaf twice": (
        _changed("leaves.ndjson", lambda values: [*values, values[0]]),
        "or is there twice",
    ),
    "no beginning": (
        _changed("leaves.ndjson", lambda values: values[1:]),
        "the public log does not begin and end as one does",
    ),
    "a leaf of another story": (
        _another_story,
        "the public log's leaves here are of airport, which is not exported",
    ),
    "a proof of no version": (
        lambda world: world.made["one"] | {"data/stories/library/versions/0009.tlog-proof": b"x"},
        "0009.tlog-proof is of no version in the public log's leaves here",
    ),
    "the last leaf of a story left out": (
        _changed("leaves.ndjson", _shortened),
        "some are missing, or are made up",
    ),
    "a tie to a log that others signed": (
        _unsigned_tie,
        "the checkpoint that leaf 0 ties in is not signed by the log's key",
    ),
    "a tie to a log of which this is no part": (
        _changed("ties.ndjson", lambda ties: [ties[0] | {"consistency": ["00" * 32]}, *ties[1:]]),
        "the log here is not the one that leaf 0 ties in",
    ),
    "no map": (_without(f"{PUBLIC}/heads.ndjson"), "leaves"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_of_the_operator_is_refused(world: World, tmp_path: Path, name: str) -> None:
    forge, fault = FORGED[name]
    path = packed(tmp_path / "forged.zip", forge(world), world.signer)
    key = world.signer.public.fingerprint
    found = verify(path, key).faults
    assert any(fault in each for each in found), found
    done = _script(path, tmp_path / "out", "--key", key)
    assert done.returncode == 1
    assert fault in done.stdout, done.stdout + done.stderr
