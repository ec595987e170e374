"""`story-history export` and `verify`."""

import re
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TransferSpeedColumn

from repo_store import Archive, FieldError, Malformed, durable
from service.app import now
from service.audit.export.exports import Exports, Wanted
from service.audit.log import audit_log
from service.audit.verify.verifier import verify as verify_export
from service.cli.options import archive_option, counting, opened, plain_console, read_settings


@click.command()
@archive_option
@click.argument("stories", nargs=-1)
@click.option("--all", "whole", is_flag=True, help="Every story.")
@click.option("--since", help="Stories changed since this day or time (2026-05-01, RFC 3339).")
@click.option("--until", help="Stories changed before this day or time.")
@click.option("--drafts", is_flag=True, help="The texts of drafts and rejected revisions too.")
@click.option("--pdf", is_flag=True, help="Each report as PDF too; needs Chromium.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, a zip.",
)
def export(
    stories: tuple[str, ...],
    whole: bool,
    since: str | None,
    until: str | None,
    drafts: bool,
    pdf: bool,
    output: Path,
) -> None:
    """Export stories with proof: by their ids, by a span of time, or all."""
    if not stories and not whole and not since and not until:
        raise click.UsageError("name stories, or a span with --since and --until, or --all")
    if stories and (whole or since or until):
        raise click.UsageError("name stories, or a span, or all: not several of these")
    ends = _moment("since", since), _moment("until", until)
    wanted = Wanted(tuple(stories), *ends, drafts=drafts, pdf=pdf)
    console = plain_console(stderr=True)
    columns = (SpinnerColumn(), "{task.description}", DownloadColumn(), TransferSpeedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with opened() as archive, bar:
        settings = read_settings()
        made = Exports(archive, audit_log(archive, settings)).of(wanted)
        task = bar.add_task(output.name, total=None)
        unfinished = output.with_name(f".{output.name}.part")
        size = 0
        try:
            with unfinished.open("wb") as file:
                for part in made.parts():
                    file.write(part)
                    size += len(part)
                    bar.update(task, completed=size)
            durable.flush([str(unfinished)])
            unfinished.replace(output)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    click.echo(f"{output}: {size:,} bytes, signed by {made.key.fingerprint}")


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00:00Z"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not found.tzinfo:
        message = "must be a day, or a time with its zone, such as 2026-05-01T10:00:00Z"
        raise Malformed([FieldError(f"--{name}", message)])
    return found.astimezone(UTC)


@click.command()
@archive_option
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--key", default="", help="The fingerprint that the export's key must have.")
def verify(file: Path | None, key: str) -> None:
    """Check the archive: every object, chain and hash, the log, the index. Or an export's FILE."""
    if file is not None:
        _verify_export(file, key)
        return
    bar = counting("revisions")
    begun = time.monotonic()
    settings = read_settings()
    with closing(Archive.open_as_found(settings.archive, now)) as archive, bar:
        report = archive.verify(lambda done: bar.update(bar.task_ids[0], completed=done))
        found = list(map(str, report.findings))
        if not found:
            found += audit_log(archive, settings).unsigned()
    rate = report.revisions / (time.monotonic() - begun)
    for finding in found:
        click.echo(finding, err=True)
    checked = f"{report.stories} stories, {report.revisions} revisions"
    if found:
        click.echo(f"{checked}: {len(found)} faults", err=True)
        sys.exit(1)
    click.echo(
        f"{checked}: every chain is unbroken, every hash matches, the index equals git,"
        f" the log says the same ({rate:,.0f} revisions a second)"
    )


def _verify_export(file: Path, key: str) -> None:
    verdict = verify_export(file, key)
    for line in verdict.wrong:
        click.echo(f"FAILED: {line}", err=True)
    if verdict.wrong:
        click.echo(f"{file}: not verified, {len(verdict.wrong)} failures", err=True)
        sys.exit(1)
    click.echo(f"{file}: verified\n\nProven:")
    for line in verdict.proven:
        click.echo(f"- {line}")
    click.echo("\nNot proven:")
    for line in verdict.open:
        click.echo(f"- {line}")
