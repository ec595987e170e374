"""What the commands share: which archive, and how they print values."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from repo_store import Archive
from service.app import now
from service.config import DEFAULT_ARCHIVE, Settings
from service.usecases.paging import Listing
from service.usecases.takedown import beside, settle

Item = TypeVar("Item")
Command = TypeVar("Command", bound=Callable[..., Any])


def _remember_archive(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.find_root().obj = value


def archive_option(command: Command) -> Command:
    """`--archive`, before or after the command's name."""
    return click.option(
        "--archive",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_remember_archive,
        help="The archive's directory; else STORY_HISTORY_ARCHIVE, else ./archive.",
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")(
        command
    )


def read_settings(default: Path = DEFAULT_ARCHIVE) -> Settings:
    return Settings.read(click.get_current_context().find_root().obj, default)


@contextmanager
def opened(create: bool = False) -> Iterator[Archive]:
    settings = read_settings()
    with closing(Archive.open(settings.archive, now, create)) as archive:
        if archive.purge_due():
            settle(archive, beside(settings.archive))
        yield archive


def every(page: Callable[[str], Listing[Item]]) -> Iterator[Item]:
    """All of a list, page by page."""
    cursor: str | None = ""
    while cursor is not None:
        listing = page(cursor)
        yield from listing.items
        cursor = listing.next


def plain_console(stderr: bool = False) -> Console:
    """Colours in a terminal; plain and unwrapped in a pipe."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    return (
        console
        if console.is_terminal
        else Console(file=console.file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    )


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def counting(what: str) -> Progress:
    """Progress of work whose end is not known beforehand; silent but in a terminal."""
    console = plain_console(stderr=True)
    columns = ("{task.completed:,} {task.description}", TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar.add_task(what, total=None)
    return bar
