"""The command line: `story-history`. Exits 0 on success, 1 on a failed check, 2 on bad input."""

import logging
import sqlite3
import sys
import time
from pathlib import Path
from typing import NoReturn

import click
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn

from repo_store import STORY, Damaged, NotFound, Revision, Run, StoreError
from service.audit.keys import BadKey
from service.cli.accounts import accounts, token
from service.cli.backups import backup, restore
from service.cli.export import export, verify
from service.cli.log import key, log
from service.cli.monitor import monitor
from service.cli.options import (
    LineFormatter,
    archive_option,
    counting,
    echo,
    json_option,
    mebibytes,
    new_file,
    opened,
    plain_console,
    print_json,
    progress,
    read_settings,
    readable_twice,
)
from service.cli.shapes import shape
from service.cli.webhooks import webhook
from service.config import ConfigError
from service.demo import DEMO_ARCHIVE, fill
from service.diffing.render.markdown import redline
from service.diffing.render.unified import unified
from service.formats import FORMATS, WRITERS
from service.present import diff_schemas, schemas, terminal
from service.present.language import language_of
from service.present.story_text import page_text, shown
from service.present.word import word_document
from service.server import serve as run_server
from service.usecases.foreign_files import import_articles
from service.usecases.importing import ImportOutcome, import_file
from service.usecases.reading import Stories
from service.usecases.sending import written
from service.wiring import Services, inspected


@click.group()
@archive_option
@click.version_option(package_name="story-history")
def cli() -> None:
    """Version history for news stories."""


@cli.command()
@archive_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Serve the pages and the API; print the URL once connections are accepted."""
    with opened(create=True) as services:
        pass  # reports a fault in the archive here, in one line, before any process is started
    run_server(services.settings, host, port, lambda url: echo(f"Serving on {url}"))


@cli.command()
@archive_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def demo(host: str, port: int) -> None:
    """Fill an archive with sample stories and serve it."""
    with opened(create=True, default=DEMO_ARCHIVE) as services:
        fill(services.archive, services.publishing)
    settings = services.settings

    def ready(url: str) -> None:
        echo(f"Serving on {url}")
        echo(f"A difference to look at: {url}stories/harbour-bridge-closure/diff/2..3")
        echo(f"The archive is in {settings.archive}; stop with Ctrl-C.")

    run_server(settings, host, port, ready)


@cli.command("import")
@archive_option
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--from",
    "form",
    type=click.Choice(list(FORMATS)),
    help="The format of another system's file, of articles with their versions.",
)
@click.option("--id", "named", help="The story's id. [default: made from its title]")
@click.option(
    "--new", is_flag=True, help="Make a new story, even if the text looks like another's."
)
@click.option("--shape", help=f"Of a page's text. [default: {STORY.name}]")
@click.option("--keep-going", is_flag=True, help="Store the valid lines of a file with bad ones.")
@click.option(
    "--out-of-order",
    is_flag=True,
    help="Take times that run backwards or are ahead of the clock, and mark each such version.",
)
def import_(
    files: tuple[Path, ...],
    form: str | None,
    named: str | None,
    new: bool,
    shape: str | None,
    keep_going: bool,
    out_of_order: bool,
) -> None:
    """Import pages: text, JSON content, or NDJSON with one revision per line; or, with --from,
    articles as other systems send them.

    - is standard input.
    """
    if named and len(files) > 1:
        raise click.UsageError("--id names one story: give one file with it")
    if form and new:
        raise click.UsageError("--new is for pages: what comes --from elsewhere has an id")
    if form and shape:
        raise click.UsageError("--shape is for pages: what comes --from elsewhere is an article")
    bad = False
    with opened(create=True) as services:
        for given in files:
            with readable_twice(given) as path:
                outcome = _import(services, path, form, named, new, shape, keep_going, out_of_order)
            left_out = [
                f"{path.name}: left out: {what} ({count:,})"
                for what, count in outcome.left_out.items()
            ]
            for line in terminal.lines([*outcome.bad, *outcome.changed, *left_out]):
                echo(line, err=True)
            if outcome.bad and not keep_going:
                sys.exit(2)
            bad = bad or bool(outcome.bad)
            echo(_summary(path, outcome))
    sys.exit(2 if bad else 0)


def _import(
    services: Services,
    path: Path,
    form: str | None,
    named: str | None,
    new: bool,
    shape: str | None,
    keep_going: bool,
    out_of_order: bool,
) -> ImportOutcome:
    begun = time.monotonic()
    columns = (
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        "{task.fields[done]}",
        TimeRemainingColumn(),
    )
    with progress(*columns) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size, done="")

        def show(outcome: ImportOutcome) -> None:
            seconds = (time.monotonic() - begun) or 1
            done = f"{outcome.stored:,} stored, {outcome.stored / seconds:,.0f} a second"
            if outcome.indexed:
                done += f", {outcome.indexed:,} indexed"
            bar.update(task, completed=outcome.size, done=done)

        if form:
            return import_articles(
                services.archive,
                services.publishing,
                path,
                form,
                services.clock,
                named,
                keep_going,
                show,
                out_of_order,
            )
        return import_file(
            services.archive,
            services.publishing,
            path,
            services.clock,
            named,
            keep_going,
            show,
            out_of_order=out_of_order,
            new=new,
            shape=shape,
        )


def _summary(path: Path, outcome: ImportOutcome) -> str:
    shown = ", ".join(outcome.stories[:3]) + (" …" if len(outcome.stories) > 3 else "")
    text = f"{path.name}: {outcome.stored} stored, {outcome.unchanged} unchanged"
    if outcome.bad:
        text += f", {len(outcome.bad)} refused"
    return f"{text} ({shown})" if shown else text


@cli.command()
@archive_option
@click.argument("story")
@click.argument("version", required=False)
@json_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(WRITERS)),
    help="As other systems take it, as an HTML page, or as Markdown.",
)
def show(story: str, version: str | None, as_json: bool, form: str | None) -> None:
    """Print a story as it is now, or a version of it (3, or r7 for a revision)."""
    if as_json and form:
        raise click.UsageError("give --json or --format")
    with opened() as services:
        stories, story = services.stories, services.archive.index.resolve(story)
        revision = _revision(stories, story, version) if version else stories.live(story)
        content = stories.content(revision)
        where = services.settings.url, services.settings.articles
        sent = written(stories, revision, content, form, *where) if form else None
    if sent:
        echo(sent.data.decode(), nl=False)
        if sent.dropped:
            echo(f"not in {form}: {', '.join(sent.dropped)}", err=True)
    elif as_json:
        shape = schemas.VersionWithContent if revision.version else schemas.RevisionWithContent
        print_json(shape.of(revision, content=content).as_dict())
    else:
        echo(shown(page_text(content)))


@cli.command()
@archive_option
@click.argument("story")
@click.argument("old")
@click.argument("new")
@json_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["words", "unified", "markdown", "docx"]),
    default="words",
    show_default=True,
    help="Marked words, a patch of the pages' lines, a redline in Markdown, or a Word document"
    " with tracked changes.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The Word document to write.",
)
def diff(story: str, old: str, new: str, as_json: bool, form: str, output: Path | None) -> None:
    """Print what changed between two versions (3, or r7 for a revision)."""
    if (form == "docx") != (output is not None) or (output and as_json):
        raise click.UsageError("--format docx and -o go together: name the file to write")
    with opened() as services:
        stories, story = services.stories, services.archive.index.resolve(story)
        ends = (_revision(stories, story, old), _revision(stories, story, new))
        value = stories.diff(*ends)
        language = language_of(stories.content(ends[1])).tag if output else ""
    if output:
        with new_file(output) as file:
            file.write(word_document(value, *ends, language))
        echo(f"{output}: {story}, {old} to {new}, with tracked changes")
    elif as_json:
        print_json(diff_schemas.Diff.of(value).as_dict())
    elif form == "unified":
        echo(unified(value, f"{story} {old}", f"{story} {new}"), nl=False)
    elif form == "markdown":
        echo(redline(value, f"{story}: {old} to {new}"), nl=False)
    else:
        plain_console().print(terminal.diff(value))


def _revision(stories: Stories, story: str, name: str) -> Revision:
    digits = name.removeprefix("r")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise NotFound(f"“{name}” is not a version (such as 3) or a revision (such as r7).")
    find = stories.revision if name.startswith("r") else stories.version
    return find(story, int(digits))


@cli.command()
@archive_option
def reindex() -> None:
    """Rebuild the index from git."""
    with inspected(read_settings()) as services, counting("revisions") as show_count:
        count = services.archive.reindex(show_count)
    echo(f"{count} revisions indexed")


@cli.command()
@archive_option
@click.option("--full", is_flag=True, help="Repack everything, as after a plain git clone; slow.")
def maintain(full: bool) -> None:
    """Garbage-collect and repack the archive while it is in use; run it daily.

    If there is a signing key, the log also gets a checkpoint.
    """
    console = plain_console(stderr=True)
    with opened() as services, console.status("") as status:
        report = services.archive.maintain(full, lambda step: status.update(f"{step} …"))
        unsigned = ""
        if services.audit.is_set_up:
            try:
                services.audit.checkpoint()
                services.archive.note_run(Run.CHECKPOINT)
            except BadKey as error:
                unsigned = str(error)
    if unsigned:
        echo(f"no checkpoint was signed: {unsigned}", err=True)
    before, after = report.before, report.after
    echo(
        f"{mebibytes(before.bytes)} before, {mebibytes(after.bytes)} now;"
        f" {before.loose:,} loose objects and {before.packs:,} packs before,"
        f" {after.loose:,} and {after.packs:,} now;"
        f" {before.loose_refs - after.loose_refs:,} refs packed;"
        f" {report.removed} stale files removed"
    )


for _command in (
    *(export, verify, backup, restore, log, key, accounts, shape, token, webhook),
    monitor,
):
    cli.add_command(_command)


def main() -> NoReturn:
    """Run a command. Every expected error is one line on standard error."""
    if logging.lastResort:
        logging.lastResort.setFormatter(LineFormatter())
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        echo(f"story-history: {error.format_message()}", err=True)
        sys.exit(2)
    except UnicodeEncodeError as error:  # of an argument that is not the name of a file
        echo(f"story-history: “{error.object}” is not UTF-8", err=True)
        sys.exit(2)
    except Damaged as error:
        echo(f"story-history: {error}", err=True)
        sys.exit(1)
    except (StoreError, ConfigError, OSError, sqlite3.Error) as error:
        echo(f"story-history: {error}", err=True)
        sys.exit(2)
    sys.exit(0)
