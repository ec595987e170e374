"""Which addresses a webhook may have: in every spelling, when it is added and when it is called."""

import socket
import threading
from typing import Any

import pytest

from repo_store import InvalidInput
from service.accounts.database import Database
from service.outbound.addresses import Refused, checked, is_public, resolve
from service.webhooks.queue import Queue
from service.webhooks.sending import Message, NotDelivered, Receiver, send
from service.webhooks.subscriptions import Webhooks
from tests.samples import NOON
from tests.webhooks.receivers import Answering

PRIVATE = [
    *("127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "198.18.0.1"),  # noqa: S104 not bound
    *(
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1"),
    *("64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:a00:1::1", "2002:7f00:1::"),
    *("2001:0:a00:1::f5ff:fffe", "2001:db8::1", "100::1", "2a00:1450::1%eth0"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_form_of_a_private_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["9.9.9.9", "2620:fe::fe", "2a00:1450:4001:80b::200e", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9"],
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


SPELLINGS = [
    *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),
    *(
        "017700000001",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
    ),
    *("10.0.0.7", "[fe80::1]", "[64:ff9b::7f00:1]", "LOCALHOST", "169.254.169.254"),
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_nothing_private_is_added_or_called_in_any_spelling(
    database: Database, queue: Queue, host: str
) -> None:
    webhooks = Webhooks(database)
    with pytest.raises(InvalidInput, match=r"private network .* --allow-private"):
        webhooks.add(f"http://{host}:9/", (), NOON)
    assert webhooks.all() == []
    receiver = Receiver("wh_1", f"http://{host}:9/", "whsec_c2VjcmV0", private=False)
    with pytest.raises(NotDelivered, match=r"private network .* --allow-private"):
        send(receiver, Message("msg_1", "{}"), NOON)


@pytest.mark.parametrize(
    "addresses", [["9.9.9.9", "10.0.0.7"], ["10.0.0.7", "9.9.9.9"], ["2620:fe::fe", "fd00::1"]]
)
def test_a_host_with_a_public_and_a_private_address_is_private(addresses: list[str]) -> None:
    with pytest.raises(Refused, match="private network"):
        checked("a.example", addresses, private=False)
    assert checked("a.example", addresses, private=True) == addresses


def test_a_name_that_does_not_resolve_yet_is_added_and_says_so_when_called(
    database: Database,
) -> None:
    def unknown(host: str, *_: object) -> list[str]:
        raise Refused(f"{host} has no address")

    made, _ = Webhooks(database, unknown).add("http://not-yet.invalid/", (), NOON)
    receiver = Webhooks(database).receiver(made.id)
    with pytest.raises(NotDelivered, match=r"^not-yet.invalid has no address"):
        send(receiver, Message("msg_1", "{}"), NOON)


def test_the_connection_is_made_to_the_address_that_was_checked(
    receiver: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name resolves to another address the second time it is asked for: DNS rebinding."""
    asked: list[object] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *arguments: Any, **more: Any) -> Any:
        if host != "a.example":
            return real(host, port, *arguments, **more)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://a.example:{receiver.server_port}/"
    assert send(Receiver("wh_1", url, "whsec_c2VjcmV0", True), Message("m", "{}"), NOON) == 200
    assert len(asked) == 1
    [(headers, _)] = receiver.got
    assert headers["Host"] == f"a.example:{receiver.server_port}"


def test_the_next_address_is_tried_if_the_first_does_not_answer(
    receiver: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *arguments: Any, **more: Any) -> Any:
        if host != "a.example":
            return real(host, port, *arguments, **more)
        found = [("::1", port, 0, 0), ("127.0.0.1", port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    url = f"http://a.example:{receiver.server_port}/"
    assert send(Receiver("wh_1", url, "whsec_c2VjcmV0", True), Message("m", "{}"), NOON) == 200


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def hanging(*_: object, **__: object) -> None:
        ended.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with pytest.raises(TimeoutError):
        resolve("a.example", 80, 0.05)
    ended.set()
