"""Watching a site and its log: what a publisher could try, and what the monitor says of it."""

import base64
import json
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.audit.keys import rotate
from service.audit.monitoring.memory import BadMemory, Memory
from service.audit.monitoring.monitor import Monitor, Report
from service.audit.monitoring.site import Site
from service.audit.monitoring.trust import of_key
from service.audit.witnesses.notes import Note, VerifierKey
from service.audit.witnesses.policies import Policy
from tests.audit import public_tlog
from tests.audit.test_notes import vkey
from tests.audit.test_policies import key, private
from tests.audit.watched_site import WatchedSite
from tests.redactions import removal, remove
from tests.samples import NOON
from tests.webhooks.receivers import Answering

VERSIONS = "/api/v1/stories/library/versions?limit=100"
Look = Callable[..., Report]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WatchedSite]:
    """With two stories of two versions and of one."""
    with WatchedSite.started(tmp_path) as started:
        started.publish()
        started.publish(title="Two")
        started.publish("airport")
        started.sign()
        yield started


@pytest.fixture
def look(site: WatchedSite, tmp_path: Path) -> Look:
    """One look, now."""

    def once(policy: Policy | None = None, webhook: str = "", state: str = "state") -> Report:
        trusted = policy or of_key(VerifierKey.parse(site.vkey))
        return Monitor(Site(site.url, 5), trusted, tmp_path / state, webhook).look(site.now)

    return once


def whats(report: Report) -> list[str]:
    assert not report.incomplete, report.incomplete
    return [f"{kind}: {what}" for kind, what in report.faults]


def kinds(report: Report) -> list[str]:
    assert not report.incomplete, report.incomplete
    return [kind for kind, _ in report.faults]


def leaf(body: bytes, **changed: Any) -> bytes:
    fields = json.loads(body) | changed
    kept = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


def with_heads(entries: list[bytes], at: datetime) -> list[bytes]:
    """With a last leaf that states the map of the others, as another program reckons it."""
    stories = public_tlog.stories(entries)
    root = base64.b64encode(public_tlog.map_root(stories)).decode()
    time = at.isoformat().replace("+00:00", "Z")
    fields = {"event": "heads", "stories": len(stories), "root": root, "time": time}
    return [*entries, json.dumps(fields, separators=(",", ":")).encode()]


def heads_leaf(entries: list[bytes]) -> bytes:
    return with_heads(entries, NOON)[-1]


def test_a_site_that_does_as_it_says_is_in_order(site: WatchedSite, look: Look) -> None:
    report = look()
    assert (report.faults, report.notes, report.incomplete) == ((), (), "")
    assert report.size == 5
    site.publish(title="Three")
    site.publish("zoo")
    site.sign()
    remove(site.services.archive, removal(1))
    site.sign()
    assert whats(look()) == []
    site.wait(hours=1)
    site.sign()
    assert whats(look()) == []


def test_only_what_is_new_is_read_again(site: WatchedSite, look: Look) -> None:
    look()
    del site.asked[:]
    assert whats(look()) == []
    assert not [path for path in site.asked if "/log/tile" in path]


def test_an_unsigned_checkpoint_and_one_of_another_key_are_refused(
    site: WatchedSite, look: Look
) -> None:
    raw = private("other").public_key().public_bytes_raw()
    other = of_key(VerifierKey.parse(vkey(site.vkey.split("+")[0], 1, raw)))
    [fault] = whats(look(other))
    assert fault.startswith(
        "signature: the checkpoint of 5 leaves: it is not signed by a known key"
    )
    note = site.get("/log/checkpoint")[1]
    site.overrides["/log/checkpoint"] = note.replace(b"\n5\n", b"\n6\n")
    assert "is false" in whats(look(state="other"))[0]
    site.overrides["/log/checkpoint"] = b"<html>"
    assert kinds(look(state="third")) == ["signature"]


def test_a_fork_of_the_same_size_is_found_and_kept_as_evidence(
    site: WatchedSite, look: Look, tmp_path: Path
) -> None:
    look()
    entries = site.leaves()[:-1]
    entries[2] = leaf(entries[2], text=base64.b64encode(bytes(32)).decode())
    forged = site.forge(with_heads(entries, site.now))
    assert whats(look()) == [
        "fork: the signed checkpoint of 5 leaves is of another log than the signed one of 5: nobody"
        " may sign both"
    ]
    [kept] = (tmp_path / "state" / "evidence").iterdir()
    assert kept.read_text() == forged.checkpoint()
    assert kinds(look()) == ["fork"], "as long as it stands"


def test_a_leaf_that_was_rewritten_is_named(site: WatchedSite, look: Look) -> None:
    look()
    entries = site.leaves()[:-1]
    was = entries[2].decode()
    entries[2] = leaf(entries[2], text=base64.b64encode(bytes(32)).decode())
    forged = site.forge(with_heads([*with_heads(entries, site.now)], site.now))
    assert whats(look()) == [
        f"fork: leaf 2 was rewritten: it was {was} and is {entries[2].decode()}"
    ]
    assert forged.entries[2] == entries[2]
    site.overrides.clear()
    assert whats(look()) == [], "what was seen before is kept"


def test_a_checkpoint_that_goes_back_is_found(site: WatchedSite, look: Look) -> None:
    old = site.get("/log/checkpoint")[1]
    site.publish(title="Three")
    site.sign()
    look()
    site.overrides["/log/checkpoint"] = old
    assert look().notes == (
        "an old checkpoint of 5 leaves is served, after one of 7: a cache may have it",
    )
    site.wait(minutes=11)
    assert whats(look()) == ["rollback: an old checkpoint of 5 leaves is served, after one of 7"]


def test_a_smaller_checkpoint_of_another_log_is_a_fork(site: WatchedSite, look: Look) -> None:
    site.publish(title="Three")
    site.sign()
    look()
    site.forge(with_heads([site.leaves()[0]], site.now))
    assert kinds(look()) == ["fork"]


def test_leaves_that_are_not_those_of_the_checkpoint_are_found(
    site: WatchedSite, look: Look
) -> None:
    bundle = site.get("/log/tile/entries/000.p/5")[1]
    site.overrides["/log/tile/entries/000.p/5"] = bundle.replace(b"airport", b"airfare")
    assert whats(look()) == [
        "leaves: the leaves that are served are not those of the checkpoint of 5"
    ]


def test_a_leaf_that_is_served_otherwise_under_the_same_root_is_no_fork(
    site: WatchedSite, look: Look
) -> None:
    look()
    was = site.leaves()[2].decode()
    site.publish(title="Three")
    site.sign()
    path = "/log/tile/entries/000.p/7"
    site.overrides[path] = site.get(path)[1].replace(was.encode(), was.replace("2", "3").encode())
    assert whats(look()) == [
        "leaves: the leaves that are served are not those of the checkpoint of 7; leaf 2 was"
        f" rewritten: it was {was} and is {was.replace('2', '3')}"
    ]


def test_tiles_that_are_not_of_their_leaves_are_found(site: WatchedSite, look: Look) -> None:
    site.overrides["/log/tile/0/000.p/5"] = bytes(5 * 32)
    assert whats(look()) == ["tiles: tile/0/000.p/5 has other hashes than those of its leaves"]


def test_a_stale_checkpoint_is_found(site: WatchedSite, look: Look) -> None:
    look()
    site.wait(hours=2, minutes=1)
    assert whats(look()) == [
        "stale: the newest checkpoint is of 2026-05-01T12:00:00+00:00: what came since is withheld"
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda e: [*e[:1], leaf(e[1], version=2), *e[2:]],
            "leaf 1: version 2 of “library” follows none",
        ),
        (
            lambda e: [*e[:2], leaf(e[2], previous=None), *e[3:]],
            "leaf 2: the leaf before it of “library” is 1, and it says none",
        ),
        (
            lambda e: [*e[:2], leaf(e[2], previous=0), *e[3:]],
            "leaf 2: the leaf before it of “library” is 1, and it says 0",
        ),
        (lambda e: e[1:2], "leaf 0: a log begins with its genesis"),
        (lambda e: [*e, e[0]], "leaf 4: a genesis within the log"),
        (
            lambda e: [*e, leaf(e[3], event="withdrawn", version=7, previous=3)],
            "leaf 4: it is of version 7 of “airport”, which is not there",
        ),
        (
            lambda e: [*e, leaf(e[0], event="tie", time="2026-05-01T13:00:00Z"), heads_leaf(e)],
            "leaf 5: leaves before it are dated after it, up to 2026-05-01T13:00:00Z",
        ),
        (
            lambda e: [*e, leaf(e[0], event="moon")],
            "leaf 4: an event that this release does not know: moon",
        ),
        (lambda e: [*e, leaf(e[3], story="../x")], "leaf 4: its story has no id"),
        (lambda e: [*e, leaf(e[3], time="soon")], "leaf 4: its time is none"),
        (lambda e: [*e, leaf(e[3], version="1")], "leaf 4: it has no version"),
        (lambda e: [*e, leaf(e[3], version=-1)], "leaf 4: it has no version"),
        (lambda e: [*e, b"\xff"], "leaf 4: it is not a line of JSON in ASCII"),
        (lambda e: [*e, b"[1]"], "leaf 4: it is not written as leaves are"),
        (lambda e: [*e, b'{"event": "tie"}'], "leaf 4: it is not written as leaves are"),
        (lambda e: [*e, b"[" * 60_000], "leaf 4: it is not a line of JSON in ASCII"),
    ],
)
def test_a_leaf_that_breaks_the_rules_is_named(
    site: WatchedSite, look: Look, change: Callable[[list[bytes]], list[bytes]], fault: str
) -> None:
    site.forge(change(site.leaves()[:-1]))
    found = whats(look())
    assert f"leaf: {fault}" in found
    assert all(each.isprintable() for each in found)


def test_another_map_of_stories_than_the_one_of_the_leaves_is_found(
    site: WatchedSite, look: Look
) -> None:
    entries = site.leaves()
    entries[-1] = leaf(entries[-1], root=base64.b64encode(bytes(32)).decode())
    site.forge(entries)
    assert whats(look()) == [
        "leaf: leaf 4: its map of 2 stories is not the one of the leaves before it, of 2"
    ]
    entries[-1] = leaf(site.leaves()[-1], stories=3)
    site.forge(entries)
    assert "its map of 3 stories" in whats(look(state="other"))[0]
    site.forge(entries[:-1])
    assert whats(look(state="third")) == [
        "heads: the checkpoint of 4 leaves does not end in a map of stories"
    ]


def test_a_leaf_that_is_dated_before_a_checkpoint_without_it_is_found(
    site: WatchedSite, look: Look
) -> None:
    entries = site.leaves()
    site.wait(minutes=30)
    last = entries[3]
    late = leaf(last, version=2, previous=3, time="2026-05-01T11:40:00Z")
    site.forge(with_heads([*entries, late], site.now))
    assert (
        "leaf: leaf 5: recorded at 2026-05-01T11:40:00Z, before a checkpoint of"
        " 2026-05-01T12:00:00Z without it"
    ) in whats(look())


def served(site: WatchedSite, version: int = 1, **changed: Any) -> None:
    """Have the list of versions say something else of one."""
    page = site.api(VERSIONS)
    page["items"][-version] |= changed
    site.overrides[VERSIONS] = json.dumps(page).encode()


def after_grace(site: WatchedSite, look: Look) -> list[str]:
    """What is found when it has stood for a while, and not before."""
    assert whats(look()) == []
    site.wait(minutes=16)
    return whats(look())


def test_a_version_that_is_served_and_not_in_the_log_is_found(
    site: WatchedSite, look: Look
) -> None:
    site.publish(title="Three")
    site.publish("zoo")
    assert after_grace(site, look) == [
        "site: version 3 of “library” is served, and is not in the log",
        "site: version 1 of “zoo” is served, and is not in the log",
    ]
    site.sign()
    assert whats(look()) == []


def test_a_version_that_is_in_the_log_and_not_served_is_found(
    site: WatchedSite, look: Look
) -> None:
    page = site.api(VERSIONS)
    del page["items"][0]
    site.overrides[VERSIONS] = json.dumps(page).encode()
    assert after_grace(site, look) == [
        "site: version 2 of “library” is in the log, and is not served"
    ]
    site.overrides[VERSIONS] = 404
    assert len(after_grace(site, lambda: look(state="other"))) == 2


def test_a_version_with_another_hash_or_text_than_in_the_log_is_found(
    site: WatchedSite, look: Look
) -> None:
    served(site, sha256="0" * 64)
    assert after_grace(site, look) == [
        "site: version 1 of “library” has another hash than in the log"
    ]


def test_a_text_that_is_not_the_one_of_the_log_is_found_whatever_its_hash_is_said_to_be(
    site: WatchedSite, look: Look
) -> None:
    path = "/api/v1/stories/library/versions/2/stored"
    site.overrides[path] = site.get(path)[1].replace(b"Two", b"Too")
    assert after_grace(site, look) == [
        "site: version 2 of “library” has another text than in the log"
    ]
    site.overrides[path] = 404
    assert "is listed, and its text is not served" in after_grace(site, look)[0]


@pytest.mark.parametrize("state", ["withdrawn", "draft", None])
def test_no_state_but_removed_excuses_another_text(
    site: WatchedSite, look: Look, state: str | None
) -> None:
    served(site, 2, state=state)
    path = "/api/v1/stories/library/versions/2/stored"
    site.overrides[path] = site.get(path)[1].replace(b"Two", b"Too")
    assert after_grace(site, look) == [
        "site: version 2 of “library” has another text than in the log"
    ]


def test_a_removal_that_only_the_site_or_only_the_log_knows_is_found(
    site: WatchedSite, look: Look
) -> None:
    served(site, state="removed")
    assert after_grace(site, look) == [
        "site: version 1 of “library” is removed, and the log does not say so"
    ]
    site.overrides.clear()
    before = site.get(VERSIONS)[1]
    remove(site.services.archive, removal(1))
    site.sign()
    assert whats(look()) == []
    site.overrides[VERSIONS] = before
    assert after_grace(site, look) == [
        "site: version 1 of “library” is served, and the log says that it was removed"
    ]


def test_a_key_that_the_known_key_handed_over_to_is_followed_and_no_other(
    site: WatchedSite, look: Look
) -> None:
    policy = of_key(VerifierKey.parse(site.vkey))
    look(policy)
    site.services.audit.checkpoint()
    rotate(site.services.audit.key_file())
    site.services.audit.checkpoint()
    site.publish(title="Three")
    site.sign()
    assert not policy.accepts(Note.parse(site.get("/log/checkpoint")[1])).accepted
    assert whats(look(policy)) == []
    keys = site.get("/log/keys")[1].decode().splitlines()
    [first, second] = map(json.loads, keys)
    second["signature"] = second["signature"].replace("U1NI", "AAAA", 1)
    site.overrides["/log/keys"] = f"{json.dumps(first)}\n{json.dumps(second)}\n".encode()
    assert kinds(look(policy)) == ["signature"]
    site.overrides["/log/keys"] = b"[]"
    assert look(policy).incomplete == "keys: they cannot be read"


def test_a_key_after_a_lost_one_is_followed_by_nobody_who_does_not_say_so(
    site: WatchedSite, look: Look
) -> None:
    look(policy := of_key(VerifierKey.parse(site.vkey)))
    site.services.audit.checkpoint()
    site.services.settings.signing_key.unlink()
    site.services.audit.begin_epoch("The disk burned.")
    site.publish(title="Three")
    site.sign()
    assert kinds(look(policy)) == ["signature"]
    assert whats(look(of_key(VerifierKey.parse(site.vkey)))) == []


def test_a_checkpoint_that_no_quorum_cosigned_is_found_after_a_while(
    site: WatchedSite, look: Look
) -> None:
    lines = f"log {site.vkey}\nwitness W {key('w')}\nquorum W\n"
    policy = Policy.parse(lines.encode())
    first = look(policy)
    assert first.faults == ()
    assert "is cosigned by no witness, which is not the quorum W, yet" in first.notes[0]
    site.wait(minutes=16)
    assert kinds(look(policy)) == ["quorum"]
    note = Note.parse(site.get("/log/checkpoint")[1])
    own = VerifierKey.parse(key("w"))
    seconds = int(site.now.timestamp())
    value = private("w").sign(f"cosignature/v1\ntime {seconds}\n{note.text}".encode())
    line = f"— w {base64.b64encode(own.key_id + struct.pack('>Q', seconds) + value).decode()}\n"
    site.overrides["/log/checkpoint"] = f"{note.format()}{line}".encode()
    assert whats(look(policy)) == []


def test_a_look_that_was_interrupted_goes_on_where_it_was(
    site: WatchedSite, look: Look, tmp_path: Path
) -> None:
    good = site.leaves()
    ties = [
        leaf(good[0], event="tie", log=None, replayed=None, tie=str(number))
        for number in range(4_500)
    ]
    site.forge(with_heads([*good[:-1], *ties], site.now))
    path = "/log/tile/entries/016"
    bundle = site.overrides[path]
    site.overrides[path] = 500
    report = look()
    assert report.incomplete == "tile/entries/016: answered 500"
    site.overrides[path] = bundle
    del site.asked[:]
    assert whats(look()) == []
    assert "/log/tile/entries/015" not in site.asked


def test_garbage_of_an_interrupted_look_raises_no_alarm_later(
    site: WatchedSite, look: Look
) -> None:
    good = site.leaves()
    ties = [
        leaf(good[0], event="tie", log=None, replayed=None, tie=str(number))
        for number in range(4_500)
    ]
    forged_key = leaf(good[0], event="key", log=None, replayed=None, tie=None, key="SHA256:x")
    site.forge([*good[:3], forged_key, *ties])
    site.overrides["/log/tile/entries/017.p/152"] = 500
    assert look().incomplete
    site.overrides.clear()
    site.forge(with_heads([*good[:-1], *ties], site.now))
    assert whats(look()) == []


def test_a_site_that_cannot_be_looked_at_for_long_is_a_finding(
    site: WatchedSite, look: Look
) -> None:
    look()
    site.overrides["/log/checkpoint"] = 503
    site.wait(minutes=30)
    report = look()
    assert (report.faults, report.incomplete) == ((), "checkpoint: answered 503")
    site.wait(hours=2)
    [(kind, what)] = look().faults
    assert (kind, what) == (
        "unreachable",
        "the site could not be looked at since 2026-05-01T12:00:00Z",
    )


def test_findings_are_told_once_to_a_webhook_and_kept_in_a_feed(
    site: WatchedSite, look: Look, tmp_path: Path
) -> None:
    with Answering.started() as receiver:
        receiver.answers = [500]
        site.wait(hours=3)
        assert look(webhook=receiver.url).notes == ("the webhook was not told: answered 500",)
        for _ in range(2):
            assert kinds(look(webhook=receiver.url)) == ["stale"]
        assert len(receiver.got) == 2, "again after the failure, and then no more"
        body = json.loads(receiver.got[1][1])
    [finding] = body["findings"]
    assert (body["site"], finding["kind"]) == (site.url, "stale")
    feed = (tmp_path / "state" / "findings.atom").read_text()
    assert "stale: the newest checkpoint is of" in feed


def test_the_key_of_the_private_log_is_that_of_the_public_one(
    site: WatchedSite, look: Look
) -> None:
    assert whats(look(of_key(VerifierKey.parse(site.services.audit.signer().public.vkey)))) == []


def test_a_checkpoint_from_the_future_is_found(site: WatchedSite, look: Look) -> None:
    site.wait(minutes=-11)
    assert whats(look()) == [
        "time: the newest checkpoint is dated 2026-05-01T12:00:00+00:00, in the future"
    ]
    site.wait(minutes=2)
    assert whats(look()) == [], "the clock here may have been wrong"


def test_a_log_that_says_to_be_endless_is_not_waited_for(site: WatchedSite, look: Look) -> None:
    look()
    size = 2**62
    root = base64.b64encode(bytes(32)).decode()
    origin = site.vkey.split("+")[0]
    forged = site.forge(site.leaves())
    site.overrides["/log/checkpoint"] = forged.sign(f"{origin}\n{size}\n{root}\n").encode()
    assert look().incomplete == "tile/entries/000: answered 404"


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"[]", b"{}", b'{"items": 1}', b'{"items": [1]}', b'{"items": [{}]}', b"[" * 60_000),
        *(b'{"items": [{"version": [], "story": "x", "event": "published"}]}', 500),
    ],
)
def test_what_is_not_of_the_api_is_no_finding_and_no_crash(
    site: WatchedSite, look: Look, answer: bytes | int
) -> None:
    for path in (VERSIONS, "/api/v1/changes?limit=100"):
        site.overrides = {path: answer}
        report = look(state=str(len(path)))
        assert (report.faults, bool(report.incomplete)) == ((), True)


def test_lists_without_end_are_not_read_for_ever(
    site: WatchedSite, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.monitoring.site._PAGES", 3)
    page = site.api(VERSIONS)
    for path in (VERSIONS, f"{VERSIONS}&cursor=1"):
        site.overrides[path] = json.dumps(page | {"next": "1"}).encode()
    assert look().incomplete == "versions: more than 3 pages of library"


def test_a_folder_is_of_one_monitor_at_a_time(
    site: WatchedSite, look: Look, tmp_path: Path
) -> None:
    look()
    with Memory.opened(tmp_path / "state", site.url), pytest.raises(BadMemory, match="locked"):
        look()


def test_what_is_kept_is_a_copy_of_the_log(site: WatchedSite, look: Look, tmp_path: Path) -> None:
    look()
    with closing(sqlite3.connect(tmp_path / "state" / "monitor.db")) as kept:
        bodies = [row[0] for row in kept.execute("select body from leaf order by number")]
    assert bodies == site.leaves()
