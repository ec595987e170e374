"""`story-history webhook …`: which systems get events, and how that goes."""

import sys
from dataclasses import asdict
from datetime import datetime
from time import monotonic
from typing import Any

import click

from repo_store import rfc3339
from service.cli.options import archive_option, echo, json_option, opened, print_items
from service.webhooks.delivery import send_test
from service.webhooks.sending import NotDelivered
from service.webhooks.subscriptions import Webhook
from service.wiring import now


@click.group()
def webhook() -> None:
    """Manage webhooks: URLs that receive an event for whatever happens to stories."""


@webhook.command("add")
@archive_option
@click.argument("url")
@click.option("--story", "stories", multiple=True, help="Only events of this story; repeatable.")
@click.option("--allow-private", is_flag=True, help="The URL is on a private network.")
def add(url: str, stories: tuple[str, ...], allow_private: bool) -> None:
    """Add a URL and print the secret that signs its messages. It is shown only once."""
    with opened(create=True) as services:
        _, secret = services.webhooks.add(url, stories, now(), allow_private)
    echo(secret)


@webhook.command("list")
@archive_option
@json_option
def list_webhooks(as_json: bool) -> None:
    """List webhooks: what waits for each, when one was last delivered or failed, and why."""
    with opened() as services:
        webhooks = services.webhooks.all()
    print_items(webhooks, as_json, _json, _line)


def _json(found: Webhook) -> dict[str, Any]:
    return {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in asdict(found).items()
    }


def _line(found: Webhook) -> str:
    stories = ", ".join(found.stories) or "all stories"
    parts = [found.state, f"{found.waiting} waiting", f"{found.failed} given up"]
    if found.missed:
        parts.append(f"{found.missed} missed")
    if found.state == "suspended":
        parts.append(f"go on with “webhook resume {found.id}”")
    if found.delivered_at:
        parts.append(f"last delivered {_minute(found.delivered_at)}")
    if found.failed_at:
        parts.append(f"last failure {_minute(found.failed_at)}: {found.reason}")
    return f"{found.id}  {found.url}  ({stories}; {'; '.join(parts)})"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@webhook.command("test")
@archive_option
@click.argument("webhook_id")
def test(webhook_id: str) -> None:
    """Send a test event now, and print the answer; exit 1 if it did not arrive."""
    with opened() as services:
        receiver = services.webhooks.receiver(webhook_id)
    started = monotonic()
    try:
        answer = f"delivered, answered {send_test(receiver, now())}"
    except NotDelivered as error:
        answer, failed = f"not delivered: {error}", True
    else:
        failed = False
    echo(f"{webhook_id}: {answer} ({(monotonic() - started) * 1000:.0f} ms)")
    if failed:
        sys.exit(1)


@webhook.command("resume")
@archive_option
@click.argument("webhook_id")
def resume(webhook_id: str) -> None:
    """Go on with a suspended webhook, or try a failing one at once."""
    with opened() as services:
        missed = services.webhook_queue.resume(webhook_id, now())
    echo(f"{webhook_id}: resumed; events that were missed and will not be sent: {missed}")


@webhook.command("remove")
@archive_option
@click.argument("webhook_id")
def remove(webhook_id: str) -> None:
    """Remove a webhook; `list` shows the ids."""
    with opened() as services:
        services.webhooks.remove(webhook_id)
    echo(f"{webhook_id}: removed")


@webhook.command("deliver")
@archive_option
def deliver() -> None:
    """Deliver what is due now. `serve` does this by itself; with another server, run it often."""
    with opened() as services:
        delivered = services.deliverer().once()
    echo(f"{delivered} delivered")
