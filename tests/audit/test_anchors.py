"""Anchors: several authorities stamp checkpoints, every hour, and again before stamps run out."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp

from repo_store.archive import Archive
from repo_store.last_runs import Run
from repo_store.log import checkpoint_commits
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from service.audit.anchors import Anchors, Timer, name_of
from service.audit.export.exports import ExportRequest, Exports
from service.audit.keys import Signer
from service.audit.log import AuditLog
from service.audit.timestamps import read_stamp, request_stamp
from service.audit.verify.verifier import verify
from service.config import ConfigError, Settings
from service.wiring import Services
from tests.audit.authority import Authority
from tests.audit.conftest import by_hand, files_of
from tests.audit.test_tampering import packed
from tests.cli.conftest import Run as Command
from tests.cli.conftest import run as run
from tests.redactions import removal, remove
from tests.samples import append, content, entry

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clocks(tmp_path: Path) -> Iterator[tuple[list[Authority], list[str]]]:
    """Two authorities and their URLs."""
    folder = tmp_path / "authorities"
    made = [Authority(folder / name, name) for name in ("First", "Second")]
    with ExitStack() as stack:
        yield made, [stack.enter_context(each.serving()) for each in made]


@pytest.fixture
def services(
    story: Archive, settings: Settings, clocks: tuple[list[Authority], list[str]]
) -> Services:
    return Services(replace(settings, authorities=tuple(clocks[1])), story, lambda: NOW)


@pytest.fixture
def log_of(services: Services) -> AuditLog:
    return services.audit


def exported(archive: Archive, audit: AuditLog, path: Path) -> Path:
    export = Exports(archive, audit).prepare(ExportRequest(("library",)))
    path.write_bytes(b"".join(export.parts()))
    return path


def names_of_stamps(path: Path) -> list[str]:
    return [name for name in files_of(path) if name.startswith("data/log/stamps/")]


def test_each_authority_stamps_a_checkpoint_once_and_its_export_has_all_stamps(
    story: Archive,
    services: Services,
    log_of: AuditLog,
    clocks: tuple[list[Authority], list[str]],
    tmp_path: Path,
) -> None:
    made, _ = clocks
    path = exported(story, log_of, tmp_path / "export.zip")
    stamps = [f"data/log/stamps/{each}" for each in ("01.tsr", "01.pem", "02.tsr", "02.pem")]
    assert names_of_stamps(path) == stamps
    key = log_of.public_keys()[-1].fingerprint
    roots = [each.certificate for each in made]
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join(each.read_bytes() for each in roots))
    assert by_hand(path, key, both) == "verified"
    assert by_hand(path, key, roots[0]) == "FAILED at step 5"

    def proven(*named: Path) -> list[str]:
        verdict = verify(path, key, named)
        assert verdict.faults == []
        return [line for line in verdict.proven if line.startswith("the checkpoint existed at")]

    assert len(proven()) == 0
    assert ["Second" in line for line in proven(roots[1])] == [True]
    assert len(proven(*roots)) == 2
    assert [each.log.endswith("/published") for each in services.anchor()] == [True, True]
    stamped = exported(story, log_of, tmp_path / "stamped.zip").read_bytes()
    assert services.anchor() == [], "nothing is due"
    assert exported(story, log_of, tmp_path / "again.zip").read_bytes() == stamped


def test_an_export_with_a_stamp_whose_signature_is_zeroed_is_refused(
    story: Archive,
    audit: AuditLog,
    clocks: tuple[list[Authority], list[str]],
    tmp_path: Path,
    run: Command,
) -> None:
    """By an operator who has the key and puts it into the archive."""
    made, urls = clocks
    note = audit.checkpoint().note
    anchors = Anchors(story, urls[1:], lambda: NOW)
    anchors.stamp(note)
    [good] = story.stamps(note)
    story.add_stamps(note, [good._replace(response=good.response[:-64] + bytes(64))])
    path = exported(story, audit, tmp_path / "export.zip")
    for named in ((), ("--authority", made[1].certificate)):
        done = run("verify", path, *named)
        assert done.returncode == 1
        false = "the time stamp data/log/stamps/02.tsr is false: its signature is false"
        assert f"FAILED: {false}" in done.stderr
        assert "existed" not in done.stdout
    assert run("verify", path, "--authority", tmp_path / "no.pem").returncode == 2


def test_an_authority_that_fails_is_logged_and_asked_again_the_others_go_on(
    story: Archive,
    services: Services,
    log_of: AuditLog,
    clocks: tuple[list[Authority], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (first, _), urls = clocks
    for answer in (b"no", bytes(100_000), _rejection(first)):
        first.fail = answer
        append(story, entry(content(title=answer[:9].hex())))
        note = log_of.checkpoint().note
        assert [each.authority for each in story.stamps(note)] == [name_of(urls[1])]
    assert caplog.text.count(f"{urls[0]}: no time stamp could be obtained") == 3
    private, *public = services.anchor()
    assert (private.log, private.authority, private.at) == (note.split("\n")[0], urls[0], None)
    assert [each.at is None for each in public] == [True, False]
    assert Run.ANCHOR not in story.last_runs()
    first.fail = b""
    assert [each.problem for each in services.anchor()] == ["", ""]
    assert [each.authority for each in story.stamps(note)] == [name_of(each) for each in urls[::-1]]
    assert Run.ANCHOR in story.last_runs()


def _rejection(authority: Authority) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha384"}, "hashed_message": bytes(48)}
    query = tsp.TimeStampReq({"version": 1, "message_imprint": imprint})
    return authority.answer(query.dump())


def test_stamps_that_run_out_are_renewed_in_time_and_exported_in_order(
    story: Archive, log_of: AuditLog, clocks: tuple[list[Authority], list[str]], tmp_path: Path
) -> None:
    """The first authority's certificate runs out within 90 days: only the second's renews it."""
    made, urls = clocks
    soon = Authority(tmp_path / "soon", "Soon", days=(9, 30))
    (made[0].folder / "tsa.pem").write_bytes((soon.folder / "tsa.pem").read_bytes())
    made[0].certificate.write_bytes(soon.certificate.read_bytes())
    note = log_of.checkpoint().note
    assert [(each.authority, each.renews) for each in story.stamps(note)] == [
        (name_of(url), False) for url in urls
    ]
    assert log_of.anchors.renew() == 1
    stamps = story.stamps(note)
    assert [(each.authority, each.renews) for each in stamps[2:]] == [(name_of(urls[1]), True)]
    data = note.encode() + stamps[0].response + stamps[1].response
    assert read_stamp(stamps[2].response).is_of(data)
    assert log_of.anchors.renew() == 0, "a renewal is enough"
    path = exported(story, log_of, tmp_path / "export.zip")
    key = log_of.public_keys()[-1].fingerprint
    roots = [each.certificate for each in made]
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join(each.read_bytes() for each in roots))
    assert by_hand(path, key, both) == "verified"
    proven = [line for line in verify(path, key, roots).proven if "01.tsr" in line]
    assert len(proven) == 1
    assert "renewed at" in proven[0]
    later = Anchors(story, urls, lambda: NOW + 850 * DAY)
    assert later.renew() == 0, "not by a certificate that runs out as soon"


def test_the_log_is_anchored_every_hour_and_by_one_process(
    story: Archive, settings: Settings
) -> None:
    now, ran = [NOW], []
    timers = [Timer(story, lambda: ran.append(1), lambda: now[0]) for _ in range(2)]
    assert [each.once() for each in timers] == [True, True], "neither was noted to end well"
    assert not timers[0].once()
    now[0] += timedelta(minutes=59)
    assert not timers[0].once()
    now[0] += timedelta(minutes=1)
    assert timers[0].once(), "tried again after an hour, though it failed"
    services = Services(replace(settings, authorities=()), story, lambda: now[0])
    services.audit.anchors.run([])
    last = story.last_runs()[Run.ANCHOR]
    now[0] = last + timedelta(minutes=59)
    fresh = Timer(story, lambda: ran.append(1), lambda: now[0])
    assert not fresh.once(), "another process has done it"
    now[0] = last + timedelta(minutes=60)
    assert fresh.once()


def test_the_command_anchors_and_says_what_each_authority_did(
    story: Archive, clocks: tuple[list[Authority], list[str]], run: Command
) -> None:
    made, urls = clocks
    assert run("log", "anchor").returncode == 2, "there are no authorities"
    environ = {"STORY_HISTORY_TIMESTAMPS": " ".join(urls), "STORY_HISTORY_ARCHIVE": str(story.path)}
    made[0].fail = b"no"
    done = run("log", "anchor", environ=environ)
    assert done.returncode == 1
    assert f"{urls[0]}: no stamp: it cannot be read" in done.stderr
    made[0].fail = b""
    answer = run("log", "anchor", "--json", environ=environ)
    assert answer.returncode == 0
    private, public = answer.json["stamps"]
    assert (private["authority"], private["problem"]) == (urls[0], "")
    assert private["at"].startswith(f"{NOW:%Y-%m-%d}")
    assert public == private | {"log": private["log"] + "/published", "at": public["at"]}
    assert "has stamped the newest" in run("log", "anchor", environ=environ).stdout


def test_cosignatures_make_no_other_checkpoint(
    story: Archive, services: Services, log_of: AuditLog
) -> None:
    note = log_of.checkpoint().note
    cosigned = f"{note}— witness.example AAAA\n"
    assert log_of.anchors.stamp(cosigned) == [], "it was stamped as the log signed it"
    stored = log_of.checkpoint()
    cosigned_too = stored._replace(checkpoint=stored.checkpoint._replace(note=cosigned))
    assert log_of.anchors.of(cosigned_too) == log_of.anchors.of(stored) != []


def test_an_empty_archive_is_not_signed_for_an_anchor(archive: Archive, settings: Settings) -> None:
    services = Services(settings, archive)
    assert services.anchor() == []
    assert services.audit.known_key() is None


def test_a_stamp_that_an_older_release_kept_is_exported_and_renewed(
    story: Archive,
    services: Services,
    log_of: AuditLog,
    clocks: tuple[list[Authority], list[str]],
    tmp_path: Path,
) -> None:
    made, urls = clocks
    note, stamp = _older_checkpoint(story, log_of.signer(), urls[1])
    path = exported(story, log_of, tmp_path / "export.zip")
    assert names_of_stamps(path) == ["data/log/stamps/01.tsr", "data/log/stamps/01.pem"]
    assert log_of.checkpoint().note == note, "it is the newest"
    proven = verify(path, "", [made[1].certificate]).proven
    assert len([each for each in proven if "01.tsr" in each]) == 1
    files = files_of(path)
    files["data/log/timestamp.tsr"] = files.pop("data/log/stamps/01.tsr")
    older = packed(tmp_path / "older.zip", files, log_of.signer())
    proven = verify(older, "", [made[1].certificate]).proven
    assert len([each for each in proven if "timestamp.tsr" in each]) == 1, "as it was exported then"
    append(story, entry(content(title="Later")))
    services.anchor()
    stamps = story.stamps(note)
    assert stamps[0].response == stamp
    assert [each.renews for each in stamps] == [False, True, True]
    assert story.verify().findings == ()


def _older_checkpoint(archive: Archive, signer: Signer, url: str) -> tuple[str, bytes]:
    """A checkpoint with its stamp in one commit."""
    log = archive.index.log
    size = log.size()
    note = signer.sign_checkpoint(Checkpoint(signer.public.name, size, log.root(size)), log.root)
    stamp, _ = request_stamp(note.encode(), url)
    leaves = tuple(leaf.body for leaf in log.leaves(0, size))
    keys = json.dumps({"key": signer.public.line, "signature": ""}) + "\n"
    made = StoredCheckpoint("", Checkpoint.parse(note), leaves, stamp, keys)
    stored, objects = checkpoint_commits.encode(None, made, NOW)
    archive._git.write(objects)
    archive._refs.set(checkpoint_commits.LOG_REF, stored.commit)
    assert archive.index.add_checkpoint(stored)
    return note, stamp


def test_stamps_survive_backups_repacking_and_removals(
    story: Archive, services: Services, log_of: AuditLog, tmp_path: Path
) -> None:
    note = log_of.checkpoint().note
    kept = story.stamps(note)
    remove(story, removal(2))
    story.maintain()
    assert story.stamps(note) == kept
    services.back_up(tmp_path / "backup")
    restored = tmp_path / "restored"
    Archive.restore(tmp_path / "backup", restored, lambda: NOW)
    with closing(Archive.open(restored, lambda: NOW)) as again:
        assert again.stamps(note) == kept
    assert story.verify().findings == ()


def test_the_setting_is_a_list_of_addresses() -> None:
    given = {"STORY_HISTORY_TIMESTAMPS": " https://a.example/tsr\nhttp://b.example/?policy=2 "}
    settings = Settings.read(environ=given)
    assert settings.authorities == ("https://a.example/tsr", "http://b.example/?policy=2")
    assert settings.worth_noting["STORY_HISTORY_TIMESTAMPS"] == " ".join(settings.authorities)
    for wrong in (
        "file:///etc/passwd",
        "https://a.example/tsr a.example",
        "https://a:b@c.example/",
    ):
        with pytest.raises(ConfigError, match="STORY_HISTORY_TIMESTAMPS"):
            Settings.read(environ={"STORY_HISTORY_TIMESTAMPS": wrong})
