"""Asking witnesses to cosign: a real one in a process of its own, and some that misbehave."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from repo_store import NotFound
from repo_store.errors import Damaged, InvalidInput
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from service.audit.witnesses.appointed import Appointed, Witnesses
from service.audit.witnesses.client import Address, NotCosigned, cosignature
from service.audit.witnesses.cosigner import Cosigner
from service.audit.witnesses.notes import Note, Signature, VerifierKey
from service.wiring import now
from tests.audit.test_notes import WITNESS, vkey
from tests.audit.witness_processes import WitnessProcesses
from tests.audit.written_log import WrittenLog
from tests.webhooks.receivers import Behave, Raw, babble, drip, flood, hang

FAST = 0.5
Start = Callable[..., Address]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a witness of logs, with what it saw before if it ran before."""
    with WitnessProcesses.started(tmp_path) as processes:
        yield lambda *logs, **more: processes.start(*(each.vkey for each in logs), **more)


@pytest.fixture
def raw() -> Iterator[Callable[[Behave], Address]]:
    """Starts a witness that does this to each connection."""
    key = VerifierKey.parse(vkey("w.example", 4, WITNESS.public_key().public_bytes_raw()))
    with ExitStack() as stack:
        yield lambda behave: Address(stack.enter_context(Raw.started(behave)).url, key, True)


@pytest.fixture
def log() -> WrittenLog:
    made = WrittenLog()
    made.entries = [f"leaf {number}".encode() for number in range(5)]
    return made


def note_of(log: WrittenLog, size: int | None = None) -> Note:
    return Note.parse(log.checkpoint(size).encode())


def ask(witness: Address, log: WrittenLog, seen: int = 0, size: int | None = None) -> Note:
    """The checkpoint with what the witness signed."""
    found = cosignature(witness, note_of(log, size), log.consistency, seen)
    return note_of(log, size).signed_also(found.signatures)


def test_a_witness_cosigns_a_log_and_then_what_extends_it(start: Start, log: WrittenLog) -> None:
    witness = start(log)
    assert witness.key.verify(ask(witness, log))
    log.entries += [b"more", b"and more"]
    signed = ask(witness, log, seen=5)
    assert witness.key.verify(Note.parse(signed.format().encode()))
    assert witness.key.verify(ask(witness, log, seen=7)), "the same again"


def test_a_witness_that_has_seen_another_size_is_told_from_there(
    start: Start, log: WrittenLog
) -> None:
    witness = start(log)
    ask(witness, log, size=3)
    assert witness.key.verify(ask(witness, log, seen=0))
    log.entries.append(b"more")
    assert witness.key.verify(ask(witness, log, seen=1))
    witness = start(log)
    assert witness.key.verify(ask(witness, log, seen=0)), "after a kill"


def test_a_fork_is_not_cosigned(start: Start, log: WrittenLog) -> None:
    witness = start(log)
    ask(witness, log)
    log.entries[1] = b"rewritten"
    log.entries.append(b"more")
    with pytest.raises(NotCosigned, match="seen another log") as caught:
        ask(witness, log, seen=5)
    assert caught.value.conflict


def test_a_log_that_was_put_back_is_not_cosigned(start: Start, log: WrittenLog) -> None:
    witness = start(log)
    ask(witness, log)
    with pytest.raises(NotCosigned, match="seen 5 leaves of this log, which has 3") as caught:
        ask(witness, log, size=3)
    assert caught.value.conflict


def test_a_witness_that_does_not_know_the_log_or_its_key_says_so(
    start: Start, log: WrittenLog
) -> None:
    with pytest.raises(NotCosigned, match=r"does not know this log \(404\)"):
        ask(start(WrittenLog(origin="other.example")), log)
    with pytest.raises(NotCosigned, match=r"signature \(403\)"):
        ask(start(WrittenLog("another key")), log)


def answer(status: str, body: bytes) -> Behave:
    def behave(_: Raw, connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):  # closed with something unread, it would be reset
            pass

    return behave


def signature(log: WrittenLog, name: str = "w.example", changed: str = "") -> bytes:
    """A line by that witness on the log's checkpoint, or on a changed one."""
    key_id = bytes.fromhex(vkey(name, 4, WITNESS.public_key().public_bytes_raw()).split("+")[1])
    text = (changed or note_of(log).text).encode()
    value = (1_790_000_000).to_bytes(8) + WITNESS.sign(b"cosignature/v1\ntime 1790000000\n" + text)
    return Signature(name, key_id, value).line.encode()


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (hang, "no answer within"),
        (drip(b"HTTP/1.1 200 OK\r\n\r\n"), "no answer within"),
        (flood, "more than 65536 bytes"),
        (babble, "not HTTP"),
        (answer("200 OK", b""), "no cosignature by the key"),
        (answer("200 OK", "— w.example".encode()), "no cosignature of"),
        (answer("200 OK", b"\xff\n"), "no cosignature of"),
        (answer("200 OK", b"<html>\n"), "no cosignature of"),
        (answer("302 Found\r\nLocation: http://127.0.0.1:9/", b""), "answered 302"),
        (answer("500 No\x1b[31m", b"x"), "answered 500"),
        (answer("409 Conflict", b"many\n"), "no size"),
        (answer("409 Conflict", b"-1\n"), "no size"),
        (answer("409 Conflict", b"0003\n"), "no size"),
        (answer("409 Conflict", b"9" * 5_000), "no size"),
        (answer("409 Conflict", b"6\n"), "seen 6 leaves"),
        (answer("409 Conflict", b"2\n"), "another size 3 times"),
    ],
)
def test_what_a_witness_should_not_answer_is_no_cosignature(
    raw: Callable[[Behave], Address], log: WrittenLog, behave: Behave, message: str
) -> None:
    with pytest.raises(NotCosigned, match=message) as caught:
        cosignature(raw(behave), note_of(log), log.consistency, 0, FAST)
    assert str(caught.value).isprintable()


def test_only_verified_lines_of_the_known_key_are_kept(
    raw: Callable[[Behave], Address], log: WrittenLog
) -> None:
    known, foreign = signature(log), signature(log, "other.example")
    found = cosignature(raw(answer("200 OK", foreign + known)), note_of(log), log.consistency)
    assert [each.line.encode() for each in found.signatures] == [known]
    with pytest.raises(NotCosigned, match="no cosignature by the key"):
        cosignature(raw(answer("200 OK", foreign)), note_of(log), log.consistency)
    false = signature(log, changed="another text\n")
    with pytest.raises(NotCosigned, match="no cosignature of"):
        cosignature(raw(answer("200 OK", known + false)), note_of(log), log.consistency)


def test_a_witness_on_a_private_network_is_asked_only_if_that_was_allowed(
    start: Start, log: WrittenLog
) -> None:
    witness = start(log)
    with pytest.raises(NotCosigned, match="private network"):
        ask(Address(witness.url, witness.key), log)


class Kept:
    """The checkpoints of a log, as the archive keeps them."""

    def __init__(self, log: WrittenLog) -> None:
        self._log, self._note = log, ""

    def newest(self) -> StoredCheckpoint | None:
        if not self._note.startswith(f"{self._log.origin}\n{len(self._log.entries)}\n"):
            self._note = self._log.checkpoint()
        return StoredCheckpoint(self._note, Checkpoint.parse(self._note), ())

    def consistency(self, old: int, size: int) -> list[bytes]:
        return self._log.consistency(old, size)

    def cosign(self, stored: StoredCheckpoint, note: str) -> None:
        if stored.commit == self._note:
            self._note = note

    @property
    def note(self) -> Note:
        return Note.parse(self._note.encode())


@pytest.fixture
def witnesses(tmp_path: Path) -> Witnesses:
    return Witnesses(tmp_path)


@pytest.fixture
def kept(log: WrittenLog) -> Kept:
    return Kept(log)


@pytest.fixture
def cosigner(tmp_path: Path, kept: Kept, witnesses: Witnesses) -> Cosigner:
    return Cosigner(tmp_path, kept, witnesses, now)


def test_the_newest_checkpoint_gets_the_cosignatures_of_all_witnesses(
    start: Start, log: WrittenLog, kept: Kept, witnesses: Witnesses, cosigner: Cosigner
) -> None:
    addresses = [start(log, name=name) for name in ("w1.example", "w2.example")]
    for each in addresses:
        witnesses.add(each.url, str(each.key), private=True)
    assert cosigner.once() == 2
    assert all(each.key.verify(kept.note) for each in addresses)
    assert cosigner.once() == 0, "each once"
    log.entries.append(b"more")
    assert cosigner.once() == 2
    assert [each.seen for each in witnesses.all()] == [6, 6]


def test_a_witness_that_fails_is_asked_again_later_and_holds_up_no_other(
    start: Start,
    raw: Callable[[Behave], Address],
    log: WrittenLog,
    kept: Kept,
    witnesses: Witnesses,
    cosigner: Cosigner,
) -> None:
    good, bad = start(log), raw(answer("500 No", b""))
    for each in (bad, good):
        witnesses.add(each.url, str(each.key), private=True)
    assert cosigner.once() == 1
    assert good.key.verify(kept.note)
    failed, cosigned = witnesses.all()
    assert (failed.failures, failed.reason, failed.cosigned_at) == (1, "answered 500", None)
    assert (cosigned.failures, cosigned.reason, cosigned.seen) == (0, None, 5)
    log.entries.append(b"more")
    assert cosigner.once() == 1
    assert witnesses.all()[0].failures == 1, "not before its pause is over"


def test_pauses_grow_to_an_hour_and_end_with_a_success() -> None:
    key = VerifierKey.parse(vkey("w", 4, b"k" * 32))
    at, witness, pauses = now(), Appointed(Address("https://9.9.9.9", key)), []
    for _ in range(12):
        witness = witness.failed("no", False, at)
        due = (each for each in range(100) if witness.is_due(at + timedelta(minutes=each)))
        pauses.append(next(due))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
    assert witness.cosigned(7, at).is_due(at)


def test_witnesses_are_kept_in_the_archive_and_removed_by_name(
    witnesses: Witnesses, tmp_path: Path
) -> None:
    key = vkey("w.example/1", 4, b"k" * 32)
    witnesses.add("https://9.9.9.9/w", key)
    [found] = Witnesses(tmp_path).all()
    assert (found.name, found.address.url, str(found.address.key)) == (
        "w.example/1",
        "https://9.9.9.9/w",
        key,
    )
    assert (tmp_path / "witnesses.json").stat().st_mode & 0o077 == 0
    with pytest.raises(NotFound, match="no witness “x”"):
        witnesses.remove("x")
    witnesses.remove("w.example/1")
    assert witnesses.all() == []


@pytest.mark.parametrize(
    ("url", "key", "message"),
    [
        ("ftp://w.example", vkey("w", 4, b"k" * 32), "http or https"),
        ("http://127.0.0.1:1", vkey("w", 4, b"k" * 32), "private network"),
        ("https://9.9.9.9", vkey("w", 1, b"k" * 32), "no cosignatures"),
        ("https://9.9.9.9", "w", "a verifier key is"),
        ("https://9.9.9.9", vkey("known", 4, b"x" * 32), "known is a witness already"),
        ("https://9.9.9.9", vkey("w", 4, b"o" * 32), "its key is another's"),
    ],
)
def test_what_cannot_be_a_witness_is_refused(
    witnesses: Witnesses, url: str, key: str, message: str
) -> None:
    witnesses.add("https://9.9.9.9", vkey("known", 4, b"o" * 32))
    with pytest.raises(InvalidInput, match=message):
        witnesses.add(url, key)
    assert len(witnesses.all()) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"witnesses": [{"url": "x"}]}'])
def test_a_damaged_file_of_witnesses_is_named(
    witnesses: Witnesses, tmp_path: Path, text: str
) -> None:
    (tmp_path / "witnesses.json").write_text(text)
    with pytest.raises(Damaged, match=re.escape("witnesses.json cannot be read")):
        witnesses.all()
    with pytest.raises(Damaged):
        witnesses.add("https://9.9.9.9", vkey("w", 4, b"k" * 32))
