"""`story-history backup` and `restore`."""

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from repo_store import finding_lines
from service.cli.options import (
    archive_option,
    counting,
    echo,
    json_option,
    mebibytes,
    opened,
    print_json,
    read_settings,
)
from service.diffing.render.labels import counted
from service.usecases.backups import key_advice, restored
from service.wiring import inspected, now, open_services


@click.command()
@archive_option
@click.argument("dest", type=click.Path(path_type=Path))
@json_option
def backup(dest: Path, as_json: bool) -> None:
    """Back up stories and accounts to the folder DEST while they are in use; only what is new.

    Once a week it also reads the whole backup, and copies again what is damaged there. The key that
    signs the log is not in it, nor what it signed last: keep a copy of the key elsewhere.
    """
    with opened() as services:
        report = services.back_up(dest)
        missing = key_advice(services.audit)
        key_file = "" if missing or not report.key else services.audit.key_file()
    if as_json:
        print_json(asdict(report))
        sys.exit(report.removal_under_way)
    accounts = "accounts" if report.accounts else "no accounts"
    echo(
        f"{dest}: {counted(report.files, 'file')}, {mebibytes(report.bytes)} copied"
        f" in {report.seconds:.1f} s, {report.deleted:,} deleted;"
        f" {counted(report.stories, 'story')}, {mebibytes(report.size)} in all, and {accounts}"
    )
    if report.damaged:
        copied = counted(report.damaged, "file")
        echo(f"Damaged in the backup, and copied again: {copied}; is its disk failing?", err=True)
    if key_file:
        echo(f"Not in it: the key {report.key} ({key_file}); keep a copy elsewhere.", err=True)
    elif missing:
        echo(missing, err=True)
    if report.removal_under_way:
        echo("A removal is under way: its text may be in this backup; run it again", err=True)
        sys.exit(1)


@click.command()
@archive_option
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
def restore(source: Path, as_json: bool) -> None:
    """Make an archive of the backup SOURCE where there is none, and verify it."""
    settings = read_settings()
    manifest = restored(source, settings.archive, now)
    with closing(open_services(settings).archive):
        pass  # upgrades it if an older release made the backup
    with inspected(settings) as services, counting("revisions") as show_count:
        report = services.verify(show_count)
        advice = key_advice(services.audit)
    faults = report.findings
    if as_json:
        counts = {"stories": report.stories, "revisions": report.revisions}
        print_json({**manifest, **counts, "faults": [*map(str, faults)], "advice": advice})
    else:
        for line in finding_lines(faults):
            echo(line, err=True)
        result = counted(len(faults), "fault") if faults else "everything verifies"
        echo(
            f"{settings.archive}: restored from the backup of {manifest['at']}:"
            f" {counted(report.stories, 'story')}, {counted(report.revisions, 'revision')};"
            f" {result}"
        )
        for name, value in manifest.get("settings", {}).items():
            if settings.worth_noting.get(name) != value:
                echo(f"The server that was backed up had the setting {name}={value}")
        if advice:
            echo(advice)
    sys.exit(1 if faults else 0)
