"""Delivers events to webhooks in the background: signed, retried, and never delaying a write."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from standardwebhooks import Webhook as Signer

from repo_store import NotFound, StoreError, locks
from service.webhooks.subscriptions import Delivery, Webhooks

log = logging.getLogger(__name__)

TIMEOUT = 15
"""Seconds that a receiver has to connect, and between two reads."""
_AT_ONCE = 8
_POLL_SECONDS = 1.0
_PAUSE_SECONDS = 60.0
GONE = 410


class Refused(Exception):
    """The message may not be sent to this address."""


Send = Callable[[Delivery, datetime], int]


def deliver_due(webhooks: Webhooks, now: Callable[[], datetime], send: Send) -> int:
    """Attempt everything that is due, a few in parallel; returns how many were delivered."""
    delivered = 0
    while due := webhooks.due(now(), _AT_ONCE):
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            results = list(threads.map(lambda each: _attempt(each, now(), send), due))
        for delivery, result in zip(due, results, strict=True):
            if result == GONE:
                log.warning("webhook %s is gone (410): removed", delivery.webhook)
                with suppress(NotFound):  # removed by an earlier delivery of this round
                    webhooks.remove(delivery.webhook)
            elif isinstance(result, str):
                webhooks.failed(delivery, result, now())
            elif 200 <= result < 300:
                webhooks.delivered(delivery)
                delivered += 1
            else:
                webhooks.failed(delivery, f"answered {result}", now())
    return delivered


def _attempt(delivery: Delivery, now: datetime, send: Send) -> int | str:
    """The status of the response, or the error as text."""
    try:
        return send(delivery, now)
    except (Refused, OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:500]


def post(delivery: Delivery, now: datetime, timeout: float = TIMEOUT) -> int:
    """Send the message; returns the response's status. Redirects are not followed.

    Raises Refused, OSError or HTTPException.
    """
    parts = urlsplit(delivery.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, delivery.private)
    sent_at = now.astimezone(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "story-history",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Signer(delivery.secret).sign(delivery.id, sent_at, delivery.body),
    }
    connection = _connect(parts.scheme, host, port, address, timeout)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, delivery.body.encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _address(host: str, port: int, private: bool) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return checked_address(host, [str(each[4][0]) for each in found], private)


def checked_address(host: str, addresses: list[str], private: bool) -> str:
    """One of the host's IP addresses. Refused if any is private and that was not allowed, against
    server-side request forgery (SSRF).
    """
    if not private and not all(ip_address(each).is_global for each in addresses):
        raise Refused(
            f"{host} is on a private network; add it with --allow-private if that is meant"
        )
    return addresses[0]


def _connect(scheme: str, host: str, port: int, address: str, timeout: float) -> HTTPConnection:
    """To the address that was checked: by now, the name may resolve to another (DNS rebinding)."""
    socket_ = socket.create_connection((address, port), timeout)
    if scheme == "http":
        plain = HTTPConnection(host, port, timeout=timeout)
        plain.sock = socket_
        return plain
    secure = HTTPSConnection(host, port, timeout=timeout)
    secure.sock = ssl.create_default_context().wrap_socket(socket_, server_hostname=host)
    return secure


class Deliverer(threading.Thread):
    """Delivers in a background thread; among several processes, one at a time."""

    def __init__(self, archive: Path, webhooks: Webhooks, now: Callable[[], datetime]) -> None:
        super().__init__(name="deliverer", daemon=True)
        self._lock = str(archive / "locks" / "deliver")
        self._webhooks, self._now = webhooks, now
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            try:
                self.once()
            except StoreError as error:
                log.error("webhooks cannot be delivered: %s", error)
                self._stopped.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception("webhooks could not be delivered")

    def once(self) -> int:
        """Deliver what is due, unless another process is doing so; returns how many."""
        if not self._webhooks.due(self._now(), 1):
            return 0
        with locks.locked_if_free(self._lock) as free:
            return deliver_due(self._webhooks, self._now, post) if free else 0

    def stop(self) -> None:
        self._stopped.set()
