"""`story-history monitor`: watching another's public log; needs no archive."""

import json
import sys
import time
from pathlib import Path

import click

from repo_store import FieldError, Malformed
from service.audit.monitoring.memory import BadMemory
from service.audit.monitoring.monitor import Monitor, Report
from service.audit.monitoring.site import Site
from service.audit.monitoring.trust import of_key
from service.audit.witnesses.notes import BadVerifierKey, VerifierKey
from service.audit.witnesses.policies import BadPolicy, Policy
from service.cli.options import echo
from service.outbound.urls import check_url
from service.wiring import now

DIFFERS, COULD_NOT_LOOK = 1, 3


@click.command()
@click.argument("url")
@click.option("--key", help="The log's verifier key, from the publisher's imprint, say.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Or a policy file: logs, witnesses, and how many must have cosigned.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A folder for what was seen.",
)
@click.option("--once", is_flag=True, help="Look once; exit 1 if something differs.")
@click.option("--every", type=click.IntRange(1), default=300, help="Seconds between looks.")
@click.option("--webhook", default="", help="A URL that new findings are sent to, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print each look as a line of JSON.")
def monitor(
    url: str,
    key: str | None,
    policy: Path | None,
    state: Path,
    once: bool,
    every: int,
    webhook: str,
    as_json: bool,
) -> None:
    """Follow the public log of the site at URL: is it signed, does it only grow, does it say what
    the site serves. Exit code 0, 1 if something differs, 3 if not all could be looked at.
    """
    for each in (url, webhook):
        if each:
            check_url(each, private=True)
    monitor = Monitor(Site(url), _trusted(key, policy), state, webhook)
    before: Report | None = None
    while True:
        try:
            report = monitor.look(now())
        except BadMemory as error:
            raise Malformed([FieldError("state", str(error))]) from None
        if as_json:
            echo(json.dumps(report.as_dict(), ensure_ascii=False))
        elif before is None or _said(before) != _said(report):
            _print(report)
        if once:
            sys.exit(DIFFERS if report.faults else COULD_NOT_LOOK if report.incomplete else 0)
        before = report
        time.sleep(every)


def _trusted(key: str | None, policy: Path | None) -> Policy:
    if (key is None) == (policy is None):
        raise click.UsageError("give either --key or --policy")
    try:
        if key is not None:
            return of_key(VerifierKey.parse(key))
        found = Policy.parse(policy.read_bytes() if policy else b"")
    except BadVerifierKey as error:
        raise Malformed([FieldError("key", str(error))]) from None
    except BadPolicy as error:
        raise Malformed([FieldError("policy", str(error))]) from None
    if not found.logs:
        raise Malformed([FieldError("policy", "it names no log")])
    return found


def _said(report: Report) -> object:
    return report.faults, report.notes, report.incomplete


def _print(report: Report) -> None:
    for kind, what in report.faults:
        echo(f"{kind}: {what}", err=True)
    if report.incomplete:
        echo(f"not all could be looked at: {report.incomplete}", err=True)
    for note in report.notes:
        echo(f"note: {note}")
    if not report.faults and not report.incomplete:
        echo(
            f"{report.site}: the log of {report.size} leaves is signed, only grew, and says what is"
            " served"
        )
