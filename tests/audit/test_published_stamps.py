"""Time stamps of the public log's checkpoint in exports: true ones, and false ones by name.

The checkpoint has a cosignature, which was not there yet when it was stamped.
"""

import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from repo_store.archive import Archive
from repo_store.history.records import State
from service.audit.export.exports import ExportRequest
from service.audit.keys import Signer
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.authority import Authority
from tests.audit.conftest import Files, by_hand, files_of
from tests.audit.test_tampering import packed
from tests.audit.test_timestamps import query
from tests.samples import append, content, entry

CHECKPOINT, STAMPS = "data/published/checkpoint", "data/published/stamps"
EXISTED = "the public log's checkpoint existed at"
NONE = "no outside authority has time-stamped the public log's checkpoint"


class World(NamedTuple):
    """True exports by their names, the operator's key, the authorities, and a file with the
    certificates of both.
    """

    made: dict[str, Files]
    etags: dict[str, str]
    signer: Signer
    authorities: list[Authority]
    certificates: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Each checkpoint has three stamps: the first one's certificate runs out soon, so it is renewed
    by the second authority.
    """
    folder = tmp_path_factory.mktemp("stamped")
    now = datetime.now(UTC)
    authorities = [Authority(folder / "a", "First", (9, 30)), Authority(folder / "b", "Second")]
    with (
        closing(Archive.open(folder / "archive", lambda: now, create=True)) as archive,
        ExitStack() as stack,
    ):
        urls = tuple(stack.enter_context(each.serving()) for each in authorities)
        settings = replace(Settings(archive.path), authorities=urls)
        services = Services(settings, archive, lambda: now)
        made: dict[str, Files] = {}
        etags: dict[str, str] = {}

        def export(name: str, *stories: str) -> None:
            prepared = services.exports.prepare(ExportRequest(stories))
            path = folder / f"{name}.zip"
            path.write_bytes(b"".join(prepared.parts()))
            made[name], etags[name] = files_of(path), prepared.etag

        append(archive, entry(content(title="One")), entry(content(), "airport"))
        services.audit.anchors.run([services.audit.checkpoint().note])
        export("too early", "library")
        services.anchor()
        export("stamped", "library")
        published = services.published.newest()
        assert published
        cosignature = b64encode(bytes(76)).decode()
        services.published.cosign(published, f"{published.note}— witness.example {cosignature}\n")
        export("one", "library")
        export("all")
        both = folder / "both.pem"
        both.write_bytes(b"".join(each.certificate.read_bytes() for each in authorities))
        yield World(made, etags, services.audit.signer(), authorities, both)


@pytest.mark.parametrize(("name", "shell"), [("stamped", "dash"), ("one", "bash"), ("all", "zsh")])
def test_the_stamps_are_exported_and_prove_a_time_to_who_names_the_authorities(
    world: World, tmp_path: Path, name: str, shell: str
) -> None:
    files, key = world.made[name], world.signer.public.fingerprint
    assert files[CHECKPOINT].count("—".encode()) == (1 if name == "stamped" else 2)
    numbers = ("01", "02", "03")
    assert [each for each in files if each.startswith(STAMPS)] == [
        f"{STAMPS}/{number}.{suffix}" for number in numbers for suffix in ("tsr", "pem")
    ]
    path = packed(tmp_path / "true.zip", files, world.signer)
    found = verify(path, key, [world.certificates])
    assert found.faults == []
    lines = [each for each in found.proven if each.startswith(EXISTED)]
    named = [f"{STAMPS}/{number}.tsr" for number in numbers]
    assert [name for name in named for line in lines if name in line] == named
    assert ["renewed at" in line for line in lines] == [True, True, False]
    private = [each for each in found.proven if each.startswith("the checkpoint existed at")]
    assert ["data/log/stamps/" in each for each in private] == [True] * 3
    assert by_hand(path, key, world.certificates, shell=shell) == "verified"


def test_whose_they_are_is_proven_to_nobody_who_names_no_authority(
    world: World, tmp_path: Path
) -> None:
    path = packed(tmp_path / "true.zip", world.made["one"], world.signer)
    found = verify(path, world.signer.public.fingerprint)
    assert found.faults == []
    assert [each for each in found.proven if EXISTED in each] == []
    unproven = [each for each in found.unproven if each.startswith(f"that {EXISTED}")]
    assert ["--authority" in each for each in unproven] == [True] * 3


def test_a_checkpoint_that_nobody_has_stamped_yet_is_said_to_be_one(
    world: World, tmp_path: Path
) -> None:
    files, key = world.made["too early"], world.signer.public.fingerprint
    assert [each for each in files if each.startswith(STAMPS)] == []
    path = packed(tmp_path / "true.zip", files, world.signer)
    found = verify(path, key, [world.certificates])
    assert found.faults == []
    assert [each.endswith(f": {NONE}") for each in found.unproven].count(True) == 1
    assert not any(EXISTED in each for each in found.proven)
    assert by_hand(path, key, world.certificates) == "verified"
    later = {each: data for each, data in world.made["stamped"].items() if STAMPS not in each}
    assert {
        each for each in files if each.startswith("data/") and files[each] != later[each]
    } == set()
    assert world.etags["too early"] != world.etags["stamped"], "nothing else tells them apart"


def test_the_script_names_them_as_files_that_it_does_not_compare(
    world: World, tmp_path: Path
) -> None:
    path = packed(tmp_path / "true.zip", world.made["one"], world.signer)
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(tmp_path / "out")
    [root] = (tmp_path / "out").iterdir()
    script = [sys.executable, "-I", str(standalone.__file__), str(root)]
    command = [*script, "--key", world.signer.public.line]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [line] = [each for each in done.stdout.splitlines() if "openssl ts -verify" in each]
    assert line.startswith("- data/log/stamps/01.pem and 11 more: check it with openssl ts")


Forge = Callable[[World], bytes]
"""A false stamp."""


def _stamp_of(world: World, data: bytes) -> bytes:
    return world.authorities[1].answer(query(data))


def _of_another_note(world: World) -> bytes:
    """Signed by the log's own key."""
    note = world.made["one"][CHECKPOINT].decode().partition("\n\n")[0]
    name, size, root = note.split("\n")
    other = world.signer.sign_note(f"{name}\n{int(size) + 1}\n{root}\n", name)
    return _stamp_of(world, other.encode())


ANOTHER = f"{STAMPS}/01.tsr is not one of the public log's checkpoint"
FORGED: dict[str, tuple[Forge, str]] = {
    "another note": (_of_another_note, ANOTHER),
    "the private log's checkpoint": (
        lambda world: world.made["one"]["data/log/stamps/01.tsr"],
        ANOTHER,
    ),
    "the note with its cosignatures": (
        lambda world: _stamp_of(world, world.made["one"][CHECKPOINT]),
        ANOTHER,
    ),
    "a zeroed signature": (
        lambda world: world.made["one"][f"{STAMPS}/01.tsr"][:-64] + bytes(64),
        f"{STAMPS}/01.tsr is false: its signature is false",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_false_stamp_is_refused_by_name(world: World, tmp_path: Path, name: str) -> None:
    forge, fault = FORGED[name]
    files = {each: data for each, data in world.made["one"].items() if STAMPS not in each}
    files |= {
        f"{STAMPS}/01.tsr": forge(world),
        f"{STAMPS}/01.pem": (world.authorities[1].folder / "tsa.pem").read_bytes(),
    }
    path = packed(tmp_path / "forged.zip", files, world.signer)
    key = world.signer.public.fingerprint
    for named in ([], [world.certificates]):
        assert verify(path, key, named).faults == [f"the time stamp {fault}"]
    assert by_hand(path, key, world.certificates) == "FAILED at step 5"


def test_a_stamp_of_a_public_log_that_is_not_there_is_refused(
    world: World, archive: Archive, settings: Settings, tmp_path: Path
) -> None:
    append(archive, entry(content(), state=State.DRAFT))
    services = Services(settings, archive)
    true = tmp_path / "true.zip"
    true.write_bytes(b"".join(services.exports.prepare(ExportRequest(("library",))).parts()))
    signer = services.audit.signer()
    key = signer.public.fingerprint
    assert verify(true, key).faults == []
    files = files_of(true) | {f"{STAMPS}/01.tsr": _stamp_of(world, b"")}
    [fault] = verify(packed(tmp_path / "forged.zip", files, signer), key).faults
    assert fault.startswith(f"{CHECKPOINT} is missing")
