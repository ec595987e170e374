"""One message to one receiver: an HTTP request that as a whole has one deadline."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

from service.outbound.exchange import Request, Unreachable, exchange

SECONDS = 10.0
"""From resolving the name to the last header of the answer."""
GONE = 410


@dataclass(frozen=True)
class Receiver:
    """Where a webhook's messages go. `private`: the URL may be on a private network."""

    webhook: str
    url: str
    secret: str = field(repr=False)
    private: bool


@dataclass(frozen=True)
class Message:
    """What is sent; each retry has the same `id`."""

    id: str
    body: str


class NotDelivered(Exception):
    """In words of ours: nothing that a receiver sent is repeated. `gone`: it asks for no more."""

    def __init__(self, reason: str, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


Send = Callable[[Receiver, Message, datetime], int]
"""Sends a message; returns the status of the answer, from 200 to 299. Raises NotDelivered."""


def send(receiver: Receiver, message: Message, now: datetime, seconds: float = SECONDS) -> int:
    """Send a message; returns the status of the answer, from 200 to 299. Raises NotDelivered.

    Redirects are not followed, and nothing of the answer's body is read.
    """
    sent_at = now.astimezone(UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Signer(receiver.secret).sign(message.id, sent_at, message.body),
    }
    body = message.body.encode()
    try:
        status = exchange(
            Request("POST", receiver.url, body, headers, receiver.private), seconds
        ).status
    except Unreachable as error:
        raise NotDelivered(str(error)) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}", gone=status == GONE)
    return status
