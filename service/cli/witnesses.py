"""`story-history log witness …`: who cosigns the public log, and how that goes."""

from datetime import datetime

import click

from repo_store import FieldError, Malformed, printable
from service.audit.published import origin_of
from service.audit.witnesses.appointed import Appointed
from service.audit.witnesses.notes import VerifierKey
from service.audit.witnesses.policies import Group, KnownLog, Policy, Witness
from service.cli.options import archive_option, echo, json_option, opened, print_items


@click.group()
@archive_option
def witness() -> None:
    """Manage witnesses: others who cosign each checkpoint of the public log."""


@witness.command("add")
@archive_option
@click.argument("url")
@click.option("--key", required=True, help="The witness's verifier key, name+hex+base64.")
@click.option("--allow-private", is_flag=True, help="The URL is on a private network.")
def add(url: str, key: str, allow_private: bool) -> None:
    """Add a witness: its submission URL, without /add-checkpoint. It must know the log's key."""
    with opened() as services:
        added = services.witnesses.add(url, key, allow_private)
        own = origin_of(services.audit.signer().public).vkey
    echo(f"{added.name} is asked to cosign; its operator must know this key of the log:\n{own}")


@witness.command("list")
@archive_option
@json_option
def list_witnesses(as_json: bool) -> None:
    """List witnesses: how far each has cosigned, since when it fails, and why."""
    with opened() as services:
        found = services.witnesses.all()
    print_items(found, as_json, Appointed.as_dict, _line)


@witness.command("remove")
@archive_option
@click.argument("name")
def remove(name: str) -> None:
    """Remove a witness by the name of its key; `list` shows it."""
    with opened() as services:
        services.witnesses.remove(name)
    echo(f"{printable(name)}: removed")


@witness.command("policy")
@archive_option
@click.option("--quorum", type=click.IntRange(0), help="How many must cosign. [default: most]")
def policy(quorum: int | None) -> None:
    """Print a policy for whoever checks the log: its key, and its witnesses."""
    with opened() as services:
        log = KnownLog(VerifierKey.parse(origin_of(services.audit.signer().public).vkey))
        found = services.witnesses.all()
    needed = len(found) // 2 + 1 if quorum is None and found else quorum or 0
    if needed > len(found):
        raise Malformed([FieldError("quorum", f"the log has {len(found)} witnesses")])
    witnesses = tuple(
        Witness(f"w{number}", each.address.key, each.address.url)
        for number, each in enumerate(found, 1)
    )
    if not needed:
        made = Policy((log,), witnesses)
    else:
        group = Group("witnesses", needed, tuple(each.name for each in witnesses))
        made = Policy((log,), witnesses, (group,), group.name)
    echo(made.format(), nl=False)


@witness.command("ask")
@archive_option
def ask() -> None:
    """Ask them now to cosign the newest checkpoint. `serve` does this by itself."""
    with opened() as services:
        services.published.checkpoint()
        cosigned = services.cosigner().once(patient=False)
    echo(f"{cosigned} cosigned")


def _line(found: Appointed) -> str:
    parts = ["has not cosigned yet"]
    if found.cosigned_at:
        parts = [f"cosigned {found.seen} leaves at {_minute(found.cosigned_at)}"]
    if found.failed_at:
        parts.append(f"failed {found.failures} times since, at {_minute(found.failed_at)}")
        parts.append(found.reason or "")
    return f"{found.name}  {found.address.url}  ({'; '.join(parts)})"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
