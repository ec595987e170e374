"""The command line: `story-history`. Exit 0 done, 1 a failed check, 2 bad usage or input."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

import click
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
)

from repo_store import Archive, Damaged, NotFound, Revision, StoreError
from service.app import now
from service.audit.log import audit_log
from service.cli.accounts import token, webhook
from service.cli.export import export, verify
from service.cli.log import key, log
from service.cli.options import (
    archive_option,
    counting,
    json_option,
    opened,
    plain_console,
    print_json,
    read_settings,
)
from service.config import ConfigError
from service.demo import DEMO_ARCHIVE, fill
from service.diffing.render.json import diff_json
from service.diffing.render.markdown import redline
from service.diffing.render.unified import unified
from service.present import terminal
from service.present.as_json import revision_json
from service.present.story_text import page_text
from service.server import serve as run_server
from service.usecases.importing import ImportOutcome, import_file
from service.usecases.publishing import Publishing
from service.usecases.reading import Stories


@contextmanager
def _stories() -> Iterator[Stories]:
    with opened() as archive:
        yield Stories(archive)


@click.group()
@archive_option
@click.version_option(package_name="story-history")
def cli() -> None:
    """The version history of news stories."""


@cli.command()
@archive_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Serve the pages and the API; prints the URL when it accepts connections."""
    with opened(create=True):
        pass  # what is wrong with the archive is said here, in one line
    run_server(read_settings(), host, port, lambda url: click.echo(f"Serving on {url}"))


@cli.command()
@archive_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def demo(host: str, port: int) -> None:
    """Fill an archive with sample stories and serve it."""
    settings = read_settings(DEMO_ARCHIVE)
    with closing(Archive.open(settings.archive, now, create=True)) as archive:
        fill(archive, Publishing(archive, now))

    def ready(url: str) -> None:
        click.echo(f"Serving on {url}")
        click.echo(f"A difference to look at: {url}stories/harbour-bridge-closure/diff/2..3")
        click.echo(f"The archive is in {settings.archive}; stop with Ctrl-C.")

    run_server(settings, host, port, ready)


@cli.command("import")
@archive_option
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--id", "named", help="The story's id; else made from its title.")
@click.option("--keep-going", is_flag=True, help="Store the good lines of a file with bad ones.")
def import_(files: tuple[Path, ...], named: str | None, keep_going: bool) -> None:
    """Take in pages as text, JSON contents, or NDJSON with a revision a line."""
    if named and len(files) > 1:
        raise click.UsageError("--id names one story: give one file with it")
    bad = False
    with opened(create=True) as archive:
        writing = Publishing(archive, now)
        for path in files:
            outcome = _import(archive, writing, path, named, keep_going)
            for line in terminal.lines(outcome.bad):
                click.echo(line, err=True)
            if outcome.bad and not keep_going:
                sys.exit(2)
            bad = bad or bool(outcome.bad)
            click.echo(_told(path, outcome))
    sys.exit(2 if bad else 0)


def _import(
    archive: Archive, writing: Publishing, path: Path, named: str | None, keep_going: bool
) -> ImportOutcome:
    columns = (
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        "{task.fields[done]}",
        TimeRemainingColumn(),
    )
    console = plain_console(stderr=True)
    begun = time.monotonic()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size, done="")

        def show(outcome: ImportOutcome) -> None:
            each = (time.monotonic() - begun) or 1
            done = f"{outcome.stored:,} stored, {outcome.stored / each:,.0f} a second"
            if outcome.indexed:
                done += f", {outcome.indexed:,} indexed"
            bar.update(task, completed=outcome.size, done=done)

        return import_file(archive, writing, path, now, named, keep_going, show)


def _told(path: Path, outcome: ImportOutcome) -> str:
    shown = ", ".join(outcome.stories[:3]) + (" …" if len(outcome.stories) > 3 else "")
    told = f"{path.name}: {outcome.stored} stored, {outcome.unchanged} unchanged"
    refused = f", {len(outcome.bad)} refused" if outcome.bad else ""
    return f"{told}{refused} ({shown})" if shown else told + refused


@cli.command()
@archive_option
@click.argument("story")
@click.argument("version", required=False)
@json_option
def show(story: str, version: str | None, as_json: bool) -> None:
    """Print a story as it is, or as it was in a version (3, or r7 for a revision)."""
    with _stories() as stories:
        found = _revision(stories, story, version) if version else stories.live(story)
        content = stories.content(found)
    if as_json:
        private = found.version is None
        print_json(revision_json(found, private=private, content=content))
    else:
        click.echo(page_text(content))


@cli.command()
@archive_option
@click.argument("story")
@click.argument("old")
@click.argument("new")
@json_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["words", "unified", "markdown"]),
    default="words",
    help="Marked words, a patch of the pages' lines, or a redline in Markdown.",
)
def diff(story: str, old: str, new: str, as_json: bool, form: str) -> None:
    """Print what changed between two versions (3, or r7 for a revision)."""
    with _stories() as stories:
        ends = (_revision(stories, story, old), _revision(stories, story, new))
        value = stories.diff(*ends)
    if as_json:
        print_json(diff_json(value))
    elif form == "unified":
        click.echo(unified(value, f"{story} {old}", f"{story} {new}"), nl=False)
    elif form == "markdown":
        click.echo(redline(value, f"{story}: {old} to {new}"), nl=False)
    else:
        console = plain_console()
        console.print(terminal.diff(value, console))


def _revision(stories: Stories, story: str, name: str) -> Revision:
    digits = name.removeprefix("r")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise NotFound(f"“{name}” is not a version (such as 3) or a revision (such as r7).")
    find = stories.revision if name.startswith("r") else stories.version
    return find(story, int(digits))


@cli.command()
@archive_option
def reindex() -> None:
    """Make the index anew from git."""
    bar = counting("revisions")
    with closing(Archive.open_as_found(read_settings().archive, now)) as archive, bar:
        count = archive.reindex(lambda done: bar.update(bar.task_ids[0], completed=done))
    click.echo(f"{count} revisions indexed")


@cli.command("maintain")
@archive_option
@click.option("--full", is_flag=True, help="Everything anew, as after a clone by plain git; slow.")
def maintain_(full: bool) -> None:
    """Pack what is loose and clean up, while the archive is in use; run it daily.

    If there is a signing key, the log gets a checkpoint.
    """
    console = plain_console(stderr=True)
    with opened() as archive, console.status("") as status:
        done = archive.maintain(full, lambda step: status.update(f"{step} …"))
        if (settings := read_settings()).signing_key.exists():
            audit_log(archive, settings).checkpoint()
    before, after = done.before, done.after
    click.echo(
        f"{_size(before.bytes)} before, {_size(after.bytes)} now;"
        f" {before.loose:,} loose objects and {before.packs:,} packs before,"
        f" {after.loose:,} and {after.packs:,} now;"
        f" {before.loose_refs - after.loose_refs:,} refs packed;"
        f" {done.removed} leftovers removed"
    )


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"


cli.add_command(export)
cli.add_command(verify)
cli.add_command(log)
cli.add_command(key)
cli.add_command(token)
cli.add_command(webhook)


def main() -> NoReturn:
    """Run, with every foreseen error as one line on stderr and exit code 2."""
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"story-history: {error.format_message()}", err=True)
        sys.exit(2)
    except Damaged as error:
        click.echo(f"story-history: {error}", err=True)
        sys.exit(1)
    except (StoreError, ConfigError, OSError, sqlite3.Error) as error:
        click.echo(f"story-history: {error}", err=True)
        sys.exit(2)
    sys.exit(0)
