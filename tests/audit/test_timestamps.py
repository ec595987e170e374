"""What a time stamp proves, to whom, and what false ones are refused for."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from asn1crypto import keys, pem, tsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from repo_store import Malformed
from service.audit.apart import apart
from service.audit.timestamps import (
    BadStamp,
    ask,
    certificates_in,
    read_stamp,
    request_stamp,
    trust_fault,
)
from service.audit.verify.stamps import Stamped, check_stamps, read_authorities
from tests.audit.authority import STAMPING, Authority

NOTE = b"news.example/story-history\n7\n"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "clock")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "other", "Another clock")


@pytest.fixture(scope="module")
def stamp(clock: Authority) -> bytes:
    """By openssl, of the note."""
    return clock.answer(query(NOTE))


def query(data: bytes, name: str = "sha512") -> bytes:
    imprint = {
        "hash_algorithm": {"algorithm": name},
        "hashed_message": hashlib.new(name, data).digest(),
    }
    return bytes(
        tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump()
    )


def stamped_at(authority: Authority, at: datetime, data: bytes = NOTE) -> bytes:
    """A stamp as the authority would have made it then, which openssl makes now only."""
    key = pem.unarmor((authority.folder / "tsa.key").read_bytes())[2]
    stamper = DummyTimeStamper(
        certificates_in((authority.folder / "tsa.pem").read_bytes())[0],
        keys.PrivateKeyInfo.load(key),
        fixed_dt=at,
    )
    imprint = hashlib.sha256(data).digest()
    token = apart(lambda: asyncio.run(stamper.async_timestamp(imprint, "sha256")))
    return bytes(tsp.TimeStampResp({"status": {"status": 0}, "time_stamp_token": token}).dump())


def checked(*responses: bytes, by: tuple[Authority, ...] = (), now: datetime = NOW) -> list[str]:
    """What is found of stamps of the note, each line after what it is."""
    roots = read_authorities([each.certificate for each in by])
    named = {f"{number:02d}.tsr": each for number, each in enumerate(responses, 1)}
    stamped = Stamped("the checkpoint", "when it was recorded", NOTE, named)
    found = check_stamps(stamped, roots, now)
    kinds = zip(("false", "proven", "unproven"), found, strict=True)
    return [f"{kind}: {line}" for kind, lines in kinds for line in lines]


def test_a_stamp_is_proven_to_who_names_its_authority(clock: Authority, stamp: bytes) -> None:
    [line] = checked(stamp, by=(clock,))
    assert line.startswith(f"proven: the checkpoint existed at {NOW:%Y-%m-%d}")
    assert "as Common Name: A clock stamped in 01.tsr" in line
    assert line.endswith("policy 1.2.3.4")


def test_a_stamp_of_nobody_that_the_reader_names_proves_no_time(
    clock: Authority, other: Authority, stamp: bytes
) -> None:
    [line] = checked(stamp)
    assert line.startswith("unproven: that the checkpoint existed at")
    assert "name it: --authority FILE.pem" in line
    [line] = checked(stamp, by=(other,))
    assert line.startswith("unproven: that")
    assert "not of an authority that you named" in line
    assert len(checked(stamp, by=(other, clock))) == 1
    assert checked(stamp, by=(other, clock))[0].startswith("proven")
    [line] = checked()
    none = "no outside authority has time-stamped the checkpoint"
    assert line == f"unproven: when it was recorded: {none}"


FALSE: dict[str, Callable[[bytes], bytes]] = {
    "its signature is false": lambda stamp: stamp[:-40] + bytes(40),
    "it cannot be read": lambda stamp: stamp[:-1],
    "it cannot be read: ValueError": lambda stamp: stamp + b"\0",
    "it cannot be read: Value": lambda _: b"",
    "its signature is": lambda stamp: stamp.replace(
        b"\x06\x03\x2a\x03\x04", b"\x06\x03\x2a\x03\x05"
    ),
}


@pytest.mark.parametrize("why", FALSE)
@pytest.mark.parametrize("named", [False, True])
def test_a_false_stamp_is_refused_whomever_the_reader_names(
    why: str, named: bool, clock: Authority, stamp: bytes
) -> None:
    false = FALSE[why](stamp)
    [line] = checked(false, by=(clock,) if named else ())
    assert line.startswith(f"false: the time stamp 01.tsr is false: {why}")


def test_a_query_that_was_rejected_is_no_stamp(clock: Authority) -> None:
    [line] = checked(clock.answer(query(NOTE, "sha384")), by=(clock,))
    assert line == "false: the time stamp 01.tsr is false: the authority answered “rejection”"


def test_a_time_that_was_changed_is_found(clock: Authority, stamp: bytes) -> None:
    year = f"{NOW:%Y}".encode()
    assert stamp.count(year) == 1
    [line] = checked(stamp.replace(year, b"2001"), by=(clock,))
    assert line.endswith("its signature is false")


def test_a_stamp_of_something_else_is_refused(clock: Authority) -> None:
    [line] = checked(clock.answer(query(b"something else")), by=(clock,))
    assert line == "false: the time stamp 01.tsr is not one of the checkpoint"


@pytest.mark.parametrize(
    ("usage", "critical"),
    [
        ((), True),
        ((STAMPING,), False),
        ((ExtendedKeyUsageOID.SERVER_AUTH,), True),
        ((STAMPING, ExtendedKeyUsageOID.SERVER_AUTH), True),
    ],
    ids=["none", "not critical", "of a website", "of anything"],
)
def test_a_certificate_that_is_not_for_time_stamps_makes_none(
    usage: tuple[ExtendedKeyUsageOID, ...], critical: bool, tmp_path: Path
) -> None:
    made = Authority(tmp_path / "made", usage=usage, critical=critical)  # type: ignore[arg-type]  # as the cases give them
    [line] = checked(stamped_at(made, NOW), by=(made,))
    assert line.endswith("is false: its certificate is not one for time stamps")


@pytest.mark.parametrize("days", [-10, 901])
def test_a_certificate_makes_no_stamp_before_it_is_valid_or_after(
    days: int, clock: Authority
) -> None:
    [line] = checked(stamped_at(clock, NOW + days * DAY), by=(clock,))
    assert "is false: its certificate was not valid at" in line


def test_a_stamp_that_ran_out_is_told_as_it_is(clock: Authority) -> None:
    [line] = checked(stamped_at(clock, NOW), by=(clock,), now=NOW + 1_000 * DAY)
    assert line.startswith("unproven: that the checkpoint existed at")
    assert "was valid then, but ran out on" in line


def test_a_renewal_while_it_was_valid_keeps_a_stamp_proven(
    clock: Authority, other: Authority, tmp_path: Path
) -> None:
    later, stranger = (Authority(tmp_path / each, each, (9, 3_000)) for each in ("a", "b"))
    long_after = NOW + 2_000 * DAY
    first, second = stamped_at(clock, NOW), stamped_at(other, NOW + DAY)
    renewal = stamped_at(later, NOW + 800 * DAY, NOTE + first + second)
    lines = checked(first, second, renewal, by=(clock, other, later), now=long_after)
    assert [line.split(":")[0] for line in lines] == ["proven"] * 3
    assert f"renewed at {NOW + 800 * DAY:%Y-%m-%d}" in lines[0]
    assert "renewed" not in lines[2]

    [only, *rest] = checked(first, second, renewal, by=(clock, later), now=long_after)
    assert only.startswith("proven")
    assert "A clock" in only
    assert [line.split(":")[0] for line in rest] == ["proven", "unproven"], "the second's authority"

    too_late = stamped_at(later, NOW + 901 * DAY, NOTE + first)
    kinds = [
        line.split(":")[0] for line in checked(first, too_late, by=(clock, later), now=long_after)
    ]
    assert kinds == ["proven", "unproven"]
    untrusted = stamped_at(stranger, NOW + 800 * DAY, NOTE + first)
    kinds = [line.split(":")[0] for line in checked(first, untrusted, by=(clock,), now=long_after)]
    assert kinds == ["unproven"] * 2
    of_the_note = stamped_at(later, NOW + 800 * DAY)
    lines = checked(first, of_the_note, by=(clock, later), now=long_after)
    assert [line.split(":")[0] for line in lines] == ["proven", "unproven"], "it does not renew"
    misplaced = checked(renewal, first, second, by=(clock, other, later))
    assert misplaced[0] == "false: the time stamp 01.tsr is not one of the checkpoint"


def test_a_stamp_with_many_certificates_takes_no_time(clock: Authority, stamp: bytes) -> None:
    """Among those that all have one name, the paths to look through are their factorial."""
    [root] = read_authorities([clock.certificate])
    many = read_stamp(stamp)
    many = many._replace(chain=many.chain + 9 * many.chain)
    assert trust_fault(many, [root]) == "it carries 10 certificates, more than are looked through"
    assert trust_fault(many._replace(chain=many.chain[:6]), [root]) == ""


def test_a_file_without_certificates_is_named(tmp_path: Path, clock: Authority) -> None:
    for text in (b"", b"no", (clock.folder / "tsa.key").read_bytes()):
        (tmp_path / "file.pem").write_bytes(text)
        with pytest.raises(Malformed, match=r"file\.pem: must hold certificates"):
            read_authorities([clock.certificate, tmp_path / "file.pem"])


def test_what_is_asked_for_is_what_is_kept(clock: Authority) -> None:
    with clock.serving() as url:
        response, made = request_stamp(NOTE, url)
        assert made.is_of(NOTE)
        assert made.pem == read_stamp(response).pem == (clock.folder / "tsa.pem").read_bytes()
        clock.fail = response
        with pytest.raises(BadStamp, match="stamps something else"):
            request_stamp(b"two", url)
        with pytest.raises(BadStamp, match="stamps something else"):
            request_stamp(NOTE, url)  # a replayed answer has another nonce
        clock.fail = bytes(70_000)
        with pytest.raises(OSError, match="too long"):
            request_stamp(NOTE, url)
        clock.fail = b""
    with pytest.raises(OSError, match="refused"):
        request_stamp(NOTE, url)


def test_a_slow_authority_is_not_waited_for() -> None:
    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Dripping) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match=r"within 0\.3 seconds"):
            ask(f"http://127.0.0.1:{server.server_port}/", b"", seconds=0.3)
        assert time.monotonic() - begun < 1.5
        server.shutdown()
