"""Delivers what webhooks are to be told: signed, in its own time, and never in a writer's way."""

import base64
import hmac
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from repo_store import NotFound, locks
from service.webhooks.subscriptions import Delivery, Webhooks

log = logging.getLogger(__name__)

TIMEOUT = 15
"""Seconds that a receiver has for each step of an answer."""
_AT_ONCE = 8
_EVERY = 1.0
GONE = 410


class Refused(Exception):
    """It could not be delivered; the message says why."""


Send = Callable[[Delivery, datetime], int]


def deliver_due(webhooks: Webhooks, now: Callable[[], datetime], send: Send) -> int:
    """Try everything that is due, some at a time; how many were delivered."""
    delivered = 0
    while due := webhooks.due(now(), _AT_ONCE):
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            answers = list(threads.map(lambda each: _answer(each, now(), send), due))
        for delivery, answer in zip(due, answers, strict=True):
            if answer == "":
                webhooks.delivered(delivery)
                delivered += 1
            elif answer == str(GONE):
                log.warning("webhook %s is gone (410): removed", delivery.webhook)
                # Once, of all that were for it.
                with suppress(NotFound):
                    webhooks.remove(delivery.webhook)
            else:
                webhooks.failed(delivery, answer, now())
    return delivered


def _answer(delivery: Delivery, now: datetime, send: Send) -> str:
    """Empty if it was taken, `410` if the receiver is gone, else what went wrong."""
    try:
        status = send(delivery, now)
    except (Refused, OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:500]
    if 200 <= status < 300:
        return ""
    return str(GONE) if status == GONE else f"answered {status}"


def sign(secret: str, message: str, at: int, body: bytes) -> str:
    """The signature of Standard Webhooks, version 1."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%d.%s" % (message.encode(), at, body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def post(delivery: Delivery, now: datetime) -> int:
    """Send it; the status of the answer. Redirects are not followed. Refused, or any OSError."""
    parts = urlsplit(delivery.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, delivery.private)
    body, at = delivery.body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "story-history",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(delivery.secret, delivery.id, at, body),
    }
    connection = _connection(parts.scheme, host, port, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _address(host: str, port: int, private: bool) -> str:
    """One address of the host. Refused if it is none of the public network, unless that is meant:
    else whoever may set a webhook could reach what only this machine can.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not private and not all(ip_address(each).is_global for each in addresses):
        raise Refused(
            f"{host} is on a private network; add it with --allow-private if that is meant"
        )
    return addresses[0]


def _connection(scheme: str, host: str, port: int, address: str) -> HTTPConnection:
    """To the very address that was checked, whatever the name leads to by now."""
    socket_ = socket.create_connection((address, port), TIMEOUT)
    if scheme == "http":
        plain = HTTPConnection(host, port, timeout=TIMEOUT)
        plain.sock = socket_
        return plain
    secure = HTTPSConnection(host, port, timeout=TIMEOUT)
    secure.sock = ssl.create_default_context().wrap_socket(socket_, server_hostname=host)
    return secure


class Deliverer(threading.Thread):
    """Delivers in the background of a server's process; of several processes one at a time."""

    def __init__(self, archive: Path, webhooks: Webhooks, now: Callable[[], datetime]) -> None:
        super().__init__(name="deliverer", daemon=True)
        self._lock = str(archive / "locks" / "deliver")
        self._webhooks, self._now = webhooks, now
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_EVERY):
            try:
                self.once()
            except Exception:
                log.exception("webhooks could not be delivered")

    def once(self) -> int:
        """Deliver what is due, unless another process is at it."""
        if not self._webhooks.due(self._now(), 1):
            return 0
        with locks.locked_if_free(self._lock) as free:
            return deliver_due(self._webhooks, self._now, post) if free else 0

    def stop(self) -> None:
        self._stopped.set()
