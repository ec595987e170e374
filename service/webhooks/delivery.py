"""Delivers events in the background: each receiver in its turn, none waiting for another."""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from repo_store import StoreError, locks
from service.periodic import Periodic
from service.webhooks.events import AboutTest, Event, WebhookTest
from service.webhooks.queue import Delivery, Queue
from service.webhooks.sending import Message, NotDelivered, Receiver, Send, send

log = logging.getLogger(__name__)

_AT_ONCE = 16
"""Receivers that are sent something at the same time; half of them may be failing ones."""
_POLL_SECONDS = 1.0


class Deliverer(Periodic):
    """Delivers in a background thread; among several processes, one at a time."""

    def __init__(
        self,
        archive: Path,
        queue: Queue,
        make: Callable[[str, int], Event | None],
        now: Callable[[], datetime],
        sender: Send = send,
    ) -> None:
        super().__init__("deliverer", _POLL_SECONDS, "webhooks cannot be delivered")
        self._lock = str(archive / "locks" / "deliver")
        self._queue, self._make, self._now, self._send = queue, make, now, sender

    def once(self) -> int:
        """Deliver until nothing is due, unless another process does; returns how many were."""
        if not self._queue.ready(self._now()):
            return 0
        with locks.locked_if_free(self._lock) as free:
            return self._all() if free else 0

    def _all(self) -> int:
        """A thread for each receiver, as long as something is due for it."""
        ended: SimpleQueue[tuple[str, int | None]] = SimpleQueue()
        running: dict[str, bool] = {}
        broken: set[str] = set()
        delivered = 0

        def serve(webhook: str) -> None:
            count = None
            try:
                count = self._one(webhook)
            except Exception:
                log.exception("webhook %s: its messages could not be delivered", webhook)
            finally:
                ended.put((webhook, count))

        while not self._stopped.is_set():
            for webhook, failing in self._queue.ready(self._now()):
                taken = sum(running.values()) if failing else len(running)
                free = taken < (_AT_ONCE // 2 if failing else _AT_ONCE)
                if free and webhook not in running and webhook not in broken:
                    running[webhook] = failing
                    # Not of a pool, which the end of the process would wait for.
                    threading.Thread(target=serve, args=[webhook], daemon=True).start()
            if not running:
                break
            try:
                webhook, count = ended.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            del running[webhook]
            delivered += count or 0
            if count is None:
                broken.add(webhook)
        return delivered

    def _one(self, webhook: str) -> int:
        """Deliver what is due for a webhook, one message after another; returns how many were."""
        delivered = 0
        while not self._stopped.is_set() and (due := self._queue.next(webhook, self._now())):
            delivered += self._attempt(due)
        return delivered

    def _attempt(self, due: Delivery) -> bool:
        try:
            event = self._make(due.story, due.entry)
            if event is None:
                log.warning("%s: its entry %d is not in this archive", due.story, due.entry)
                self._queue.drop(due, self._now())
                return False
            self._send(due.receiver, Message(due.id, event.as_json()), self._now())
        except NotDelivered as error:
            self._queue.failed(due, str(error), self._now())
            if error.gone:
                self._queue.suspend(due.receiver.webhook, "answered 410 Gone", self._now())
            return False
        except StoreError as error:
            self._queue.failed(due, f"the event could not be read: {error}", self._now())
            return False
        self._queue.delivered(due, self._now())
        return True


def send_test(receiver: Receiver, now: datetime, sender: Send = send) -> int:
    """Send a test event, whatever waits; returns the status. Raises NotDelivered."""
    event = WebhookTest.at(now, AboutTest(webhook=receiver.webhook))
    return sender(receiver, Message(f"msg_{secrets.token_urlsafe(18)}", event.as_json()), now)
