"""`story-history token …`: who has access."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from repo_store import rfc3339
from service.accounts import Gate, Role, Token
from service.cli.options import archive_option, echo, json_option, opened, print_items
from service.wiring import now


@click.group()
def accounts() -> None:
    """Replace a lost or damaged accounts.db: a new one, or the one of a backup."""


@accounts.command("new")
@archive_option
def new_accounts() -> None:
    """Begin with an empty accounts.db; a faulty one is kept beside it. Everyone needs a new token.

    Refused if there is nothing wrong with the present one.
    """
    with opened() as services:
        _replaced(services.begin_accounts_anew())
    echo(
        "A new, empty accounts.db is in place: create tokens with “story-history token create”, and"
        " webhooks anew. Restart the server, so that people can sign in."
    )


@accounts.command("restore")
@archive_option
@click.argument("backup", type=click.Path(exists=True, path_type=Path))
def restore_accounts(backup: Path) -> None:
    """Put the accounts.db of BACKUP (its folder, or the file) in place; a faulty one is kept.

    Refused if there is nothing wrong with the present one.
    """
    with opened() as services:
        _replaced(services.restore_accounts(backup / "accounts.db" if backup.is_dir() else backup))
    echo("The accounts of the backup are in place. Restart the server.")


def _replaced(moved: Path | None) -> None:
    if moved:
        echo(f"The faulty file is now {moved}; delete it when you no longer need it.")


@click.group()
def token() -> None:
    """Manage tokens for the API and the desk."""


@token.command("create")
@archive_option
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", required=True, help="The holder's name: the author of what they write.")
@click.option("--person", default="", help="The holder, by id or name, if --name is a mere label.")
@click.option("--days", type=click.IntRange(1, 36_500), help="Days until it expires.")
@click.option(
    "--gate",
    type=click.Choice([gate.value for gate in Gate]),
    help="What happens to facts that it changes without a note: held back, flagged or unchecked."
    " By default as STORY_HISTORY_GATE says; an integration's are flagged.",
)
def create(role: str, name: str, person: str, days: int | None, gate: str | None) -> None:
    """Create a token and print it. It is shown only once.

    Tokens with the same name are those of one person, who cannot confirm what they requested.
    """
    with opened(create=True) as services:
        expires = now() + timedelta(days=days) if days else None
        chosen = Gate(gate) if gate else None
        echo(services.tokens.create(Role(role), name, now(), expires, person, chosen))


@token.command("list")
@archive_option
@json_option
def list_(as_json: bool) -> None:
    """List tokens, newest first: id, role, state, holder, last use and expiry."""
    with opened() as services:
        tokens = services.tokens.all()
    print_items(tokens, as_json, _token_json, _token_line)


def _token_json(found: Token) -> dict[str, Any]:
    person = {"id": found.person.id, "name": found.person.name}
    fields = asdict(found) | {"person": person, "role": found.person.role}
    fields |= {"gate": found.person.gate}
    return {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
    } | {"state": found.state(now())}


def _token_line(found: Token) -> str:
    used = f"used {_minute(found.used_at)}" if found.used_at else "never used"
    ends = f", ends {_minute(found.expires_at)}" if found.expires_at else ""
    state = found.state(now())
    person, about = found.person, f"{used}{ends}; person {found.person.id}"
    about += f", gate {person.gate}" if person.gate else ""
    label = f", “{found.name}”" if found.name != person.name else ""
    return f"{found.id}  {person.role:<11}  {state:<7}  {person.name}{label}  ({about})"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@token.command("revoke")
@archive_option
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Revoke a token and end its sessions at once; `list` shows the ids."""
    with opened() as services:
        revoked = services.tokens.revoke(token_id, now())
    echo(f"{revoked.id}: the token of {revoked.person.name} is revoked")
