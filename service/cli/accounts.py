"""`story-history token …` and `webhook …`: who may use it, and who is told."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from service.accounts import Role, Token, Tokens
from service.accounts.database import Database
from service.app import now
from service.cli.options import archive_option, json_option, opened, print_json, read_settings
from service.webhooks.delivery import Deliverer
from service.webhooks.subscriptions import Webhook, Webhooks


@click.group()
def token() -> None:
    """Tokens for the API and the desk."""


def _tokens() -> Tokens:
    return Tokens(Database(read_settings().archive))


@token.command("create")
@archive_option
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", required=True, help="Who holds it; stands as author on what they write.")
@click.option("--days", type=click.IntRange(1, 36_500), help="It ends after so many days.")
def create(role: str, name: str, days: int | None) -> None:
    """Make a token and print it; it is not kept and cannot be shown again."""
    with opened(create=True):
        expires = now() + timedelta(days=days) if days else None
        click.echo(_tokens().create(Role(role), name, now(), expires))


@token.command("list")
@archive_option
@json_option
def list_(as_json: bool) -> None:
    """List the tokens, newest first: ids, names, roles, when they were used and when they end."""
    with opened():
        found = _tokens().all()
    if as_json:
        print_json([_json(each) for each in found])
        return
    for each in found:
        used = f"used {_day(each.used_at)}" if each.used_at else "never used"
        ends = f", ends {_day(each.expires_at)}" if each.expires_at else ""
        state = each.state(now())
        click.echo(f"{each.id}  {each.role:<11}  {state:<7}  {each.name}  ({used}{ends})")


def _json(found: Token) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(found).items()
    } | {"state": found.state(now())}


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


@token.command("revoke")
@archive_option
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """End a token and its sessions at once; `list` gives the ids."""
    with opened():
        done = _tokens().revoke(token_id, now())
    click.echo(f"{done.id}: the token of {done.name} is revoked")


@click.group()
def webhook() -> None:
    """Webhooks: addresses that are told of what happens to stories."""


def _webhooks() -> Webhooks:
    return Webhooks(Database(read_settings().archive))


@webhook.command("add")
@archive_option
@click.argument("url")
@click.option("--story", "stories", multiple=True, help="Only of this story; may be repeated.")
@click.option("--allow-private", is_flag=True, help="It is on a private network.")
def add(url: str, stories: tuple[str, ...], allow_private: bool) -> None:
    """Add an address, and print the secret that signs what it gets; it is not shown again."""
    with opened(create=True):
        _, secret = _webhooks().add(url, stories, now(), allow_private)
    click.echo(secret)


@webhook.command("list")
@archive_option
@json_option
def list_webhooks(as_json: bool) -> None:
    """List the addresses, and what is still to be delivered or was given up."""
    with opened():
        found = _webhooks().all()
    if as_json:
        print_json([_json_webhook(each) for each in found])
        return
    for each in found:
        stories = ", ".join(each.stories) or "all stories"
        click.echo(
            f"{each.id}  {each.url}  ({stories}; {each.waiting} waiting, {each.failed} given up)"
        )


def _json_webhook(found: Webhook) -> dict[str, Any]:
    return asdict(found) | {"created_at": found.created_at.isoformat()}


@webhook.command("remove")
@archive_option
@click.argument("webhook_id")
def remove(webhook_id: str) -> None:
    """Remove an address; `list` gives the ids."""
    with opened():
        _webhooks().remove(webhook_id)
    click.echo(f"{webhook_id}: removed")


@webhook.command("deliver")
@archive_option
def deliver() -> None:
    """Deliver what is due now. `serve` does so by itself; beside another server, run it often."""
    with opened():
        done = Deliverer(read_settings().archive, _webhooks(), now).once()
    click.echo(f"{done} delivered")
