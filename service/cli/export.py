"""`story-history export` and `verify`."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from pathlib import Path

import click
from rich.progress import DownloadColumn, SpinnerColumn, TransferSpeedColumn

from repo_store import FieldError, Malformed, durable, finding_lines, printable
from service.audit.export.exports import ExportRequest
from service.audit.verify.verifier import verify as verify_export
from service.audit.witnesses.policies import BadPolicy, Policy
from service.cli.options import (
    STANDARD_STREAM,
    archive_option,
    counting,
    echo,
    new_file,
    opened,
    print_json,
    progress,
    read_from,
    read_settings,
)
from service.diffing.render.labels import counted
from service.present import times
from service.usecases.ndjson import LeftOut, public_lines
from service.wiring import inspected

_NAMED = 10
"""Numbers that are named in one line."""


@click.command()
@archive_option
@click.argument("stories", nargs=-1)
@click.option("--all", "whole", is_flag=True, help="Every story.")
@click.option("--since", help="Stories changed since this date or time (2026-05-01, or RFC 3339).")
@click.option("--until", help="Stories changed before this date or time.")
@click.option("--drafts", is_flag=True, help="Include the texts of drafts and rejected revisions.")
@click.option("--pdf", is_flag=True, help="Add each report as a PDF; needs Chromium.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["zip", "ndjson"]),
    default="zip",
    show_default=True,
    help="With proof, or the public versions as lines that import reads.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. [ndjson: default, and -: standard output]",
)
def export(
    stories: tuple[str, ...],
    whole: bool,
    since: str | None,
    until: str | None,
    drafts: bool,
    pdf: bool,
    form: str,
    output: Path | None,
) -> None:
    """Export stories with proof: by id, by time, or all of them; or their versions as NDJSON."""
    if not stories and not whole and not since and not until:
        raise click.UsageError("name stories, or a span with --since and --until, or --all")
    if stories and (whole or since or until):
        raise click.UsageError("name stories, or a span, or all: not several of these")
    if form == "ndjson":
        if since or until or drafts or pdf:
            raise click.UsageError("--since, --until, --drafts and --pdf go with --format zip")
        _export_lines(stories, None if output == STANDARD_STREAM else output)
        return
    if output is None or output == STANDARD_STREAM:
        raise click.UsageError("name the zip file to write with -o")
    ends = _moment("since", since), _moment("until", until)
    columns = (SpinnerColumn(), "{task.description}", DownloadColumn(), TransferSpeedColumn())
    with opened() as services, progress(*columns) as bar:
        own = tuple(map(services.archive.index.resolve, stories))
        made = services.exports.prepare(ExportRequest(own, *ends, drafts=drafts, pdf=pdf))
        task = bar.add_task(output.name, total=None)
        size = 0
        with new_file(output) as file:
            for part in read_from(services.archive, made.parts()):
                file.write(part)
                size += len(part)
                bar.update(task, completed=size)
    echo(f"{output}: {size:,} bytes, signed by {made.key.fingerprint}")
    for story, problem in made.damaged.items():
        echo(f"{story}: damaged and left out: {problem}", err=True)
    if made.damaged:
        sys.exit(1)


def _export_lines(stories: tuple[str, ...], output: Path | None) -> None:
    versions = removed = damaged = 0
    with ExitStack() as stack:
        services = stack.enter_context(opened())
        show_count = stack.enter_context(counting("versions"))
        own = [services.archive.index.resolve(each) for each in stories]
        lines = read_from(services.archive, public_lines(services.archive, own))
        first = next(lines, None)  # before a file is begun: a story may be missing
        file = stack.enter_context(new_file(output)) if output else None
        for line in chain([first] if first else [], lines):
            if isinstance(line, LeftOut):
                for problem in _left_out(line):
                    echo(problem, err=True)
                removed, damaged = removed + len(line.removed), damaged + len(line.damaged)
                continue
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
            with durable.errors_at(output or "standard output"):
                if file:
                    file.write(f"{text}\n".encode())
                else:
                    echo(text)
            versions += 1
            show_count(versions)
    said = [counted(versions, "version")]
    said += [f"{removed:,} left out, since they were removed"] if removed else []
    said += [f"{damaged:,} left out, since they are damaged"] if damaged else []
    echo(f"{output or 'standard output'}: {'; '.join(said)}", err=output is None)
    if damaged:
        sys.exit(1)


def _left_out(story: LeftOut) -> Iterator[str]:
    """What is not written of a story, and that the numbers of later versions shift."""
    if story.removed:
        numbers = ", ".join(map(str, story.removed[:_NAMED]))
        more = f" and {len(story.removed) - _NAMED:,} more" if len(story.removed) > _NAMED else ""
        yield f"{story.story}: removed and left out: version {numbers}{more}"
    for number, problem in story.damaged.items():
        yield f"{story.story}: version {number} is damaged and left out: {problem}"
    if story.shifts:
        yield f"{story.story}: later versions get lower numbers where this is imported"


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    if (found := times.parse_day_or_time(text)) is None:
        message = "must be a day, or a time with its zone, such as 2026-05-01T10:00:00Z"
        raise Malformed([FieldError(f"--{name}", message)])
    return found


@click.command()
@archive_option
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--key",
    default="",
    help="The key that must have signed it, as the publisher printed it: its line, its fingerprint,"
    " or a verifier key.",
)
@click.option(
    "--authority",
    "authorities",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A time-stamping authority's certificate, from the authority itself. Repeatable.",
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy file (c2sp.org/tlog-policy): whose log it must be, and who must have cosigned.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(
    file: Path | None,
    key: str,
    authorities: tuple[Path, ...],
    policy_file: Path | None,
    as_json: bool,
) -> None:
    """Check the archive (objects, chains, hashes, log, index), or an export in FILE.

    The archive may be in use meanwhile.
    """
    if file is not None:
        _verify_export(file, key, authorities, policy_file, as_json)
    else:
        _verify_archive(as_json)


def _verify_archive(as_json: bool) -> None:
    begun = time.monotonic()
    with inspected(read_settings()) as services, counting("revisions") as show_count:
        report = services.verify(show_count)
    findings = report.findings
    seconds = time.monotonic() - begun
    if as_json:
        print_json(
            {
                "ok": not findings,
                "stories": report.stories,
                "revisions": report.revisions,
                "seconds": round(seconds, 3),
                "findings": [each.as_dict() for each in findings],
                "out_of_order": [each.as_dict() for each in report.disorder],
            }
        )
        sys.exit(bool(findings))
    for line in finding_lines(findings):
        echo(line, err=True)
    for line in finding_lines(report.disorder):
        echo(line)
    checked = f"{counted(report.stories, 'story')}, {counted(report.revisions, 'revision')}"
    if findings:
        echo(f"{checked}; faults: {len(findings)}", err=True)
        sys.exit(1)
    echo(
        f"{checked}: every chain is unbroken, every hash matches, the index equals git,"
        f" the log says the same ({report.revisions / seconds:,.0f} revisions a second)"
    )


def _verify_export(
    file: Path,
    key: str,
    authorities: tuple[Path, ...],
    policy_file: Path | None,
    as_json: bool,
) -> None:
    try:
        policy = Policy.parse(policy_file.read_bytes()) if policy_file else None
    except BadPolicy as error:
        raise Malformed([FieldError("--policy", str(error))]) from None
    verdict = verify_export(file, key, authorities, policy)
    if as_json:
        print_json({"ok": not verdict.faults, **asdict(verdict)})
        sys.exit(bool(verdict.faults))
    name = printable(str(file))
    for line in verdict.faults:
        echo(f"FAILED: {printable(line.strip())}", err=True)
    if verdict.faults:
        echo(f"{name}: not verified; failures: {len(verdict.faults)}", err=True)
        sys.exit(1)
    parts = {"Proven": verdict.proven, "Not proven": verdict.unproven}
    parts |= {"Not compared": verdict.not_compared} if verdict.not_compared else {}
    for title, lines in parts.items():
        echo("\n".join([f"{title}:", *(f"- {printable(line)}" for line in lines), ""]))
    known = (
        "verified" if verdict.signer_known else "consistent, but nobody is known to have signed it"
    )
    echo(f"{name}: {known}")
