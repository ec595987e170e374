"""What the commands share: which archive they work on, and how they page and print."""

import json
import logging
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import Progress, ProgressColumn, TimeElapsedColumn
from rich.segment import Segment

from repo_store import Archive, durable, printable
from service.config import DEFAULT_ARCHIVE, Settings
from service.paging import Listing
from service.wiring import Services, open_services

STANDARD_STREAM = Path("-")
"""Names standard input, or output, in place of a file."""

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
        help="The archive's directory. [default: STORY_HISTORY_ARCHIVE, or ./archive]",
    )(command)


def json_option(command: Command) -> Command:
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, as the API returns it."
    )(command)


def read_settings(default: Path = DEFAULT_ARCHIVE) -> Settings:
    return Settings.read(click.get_current_context().find_root().obj, default)


@contextmanager
def opened(create: bool = False, default: Path = DEFAULT_ARCHIVE) -> Iterator[Services]:
    """The services on the chosen archive; `default`: the one to use if none was chosen."""
    services = open_services(read_settings(default), create=create)
    with closing(services.archive), _explained(services.archive):
        yield services


@contextmanager
def _explained(archive: Archive) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise archive.explained(error, patience=None) from error


def read_from(archive: Archive, items: Iterator[Item]) -> Iterator[Item]:
    """What the archive gives, for one who writes it elsewhere: an error here is the archive's."""
    with _explained(archive):
        yield from items


@contextmanager
def readable_twice(path: Path) -> Iterator[Path]:
    """A file, or a temporary copy of standard input (`-`) or of a pipe, which is read only once."""
    if path.is_file() and path != STANDARD_STREAM:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder, "standard input" if path == STANDARD_STREAM else path.name)
        with durable.errors_of_temporary_files(), copied.open("wb") as copy:
            if path == STANDARD_STREAM:
                shutil.copyfileobj(sys.stdin.buffer, copy)
            else:
                with path.open("rb") as pipe:
                    shutil.copyfileobj(pipe, copy)
        yield copied


def all_pages(page: Callable[[str], Listing[Item]]) -> Iterator[Item]:
    """The items of every page; `page` takes a cursor."""
    cursor: str | None = ""
    while cursor is not None:
        listing = page(cursor)
        yield from listing.items
        cursor = listing.next


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """Print lines of text or JSON, with every other control character in them made visible."""
    click.echo(_safe(text), err=err, nl=nl)


class LineFormatter(logging.Formatter):
    """Of what the store logs while a command runs."""

    def format(self, record: logging.LogRecord) -> str:
        return _safe(super().format(record))


def _safe(text: str) -> str:
    return re.sub(r"[^\n\t]+", lambda part: printable(part[0]), text)


class _Console(Console):
    """Whatever it shows, its own colours are the only control characters."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_safe(segment.text), segment.style)


def plain_console(stderr: bool = False) -> Console:
    """Colours in a terminal; plain and unwrapped in a pipe."""
    console = _Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    return (
        console
        if console.is_terminal
        else _Console(file=console.file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    )


def print_json(value: object) -> None:
    echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_items(
    items: Iterable[Item],
    as_json: bool,
    to_json: Callable[[Item], dict[str, Any]],
    to_line: Callable[[Item], str],
) -> None:
    """As one JSON list, or a line for each."""
    if as_json:
        print_json([to_json(item) for item in items])
    else:
        for item in items:
            echo(to_line(item))


def progress(*columns: str | ProgressColumn) -> Progress:
    """A progress display on standard error; nothing unless that is a terminal."""
    console = plain_console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def counting(what: str) -> Iterator[Callable[..., None]]:
    """Progress of work: call the function with the count so far, and the total if it is known."""
    begun = time.monotonic()
    with progress("{task.description}", TimeElapsedColumn()) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int | None = None) -> None:
            of = f" of {total:,}" if total else ""
            rate = done / ((time.monotonic() - begun) or 1)
            shown = f"{done:,}{of} {what}, {rate:,.0f} a second"
            bar.update(task, completed=done, total=total, description=shown)

        yield show


def mebibytes(count: int) -> str:
    """A number of bytes, such as “1.5 MiB”."""
    return f"{count / 2**20:,.1f} MiB"


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is at this path once it is complete; a pipe or a device is written as it is."""
    with durable.errors_at(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        unfinished = path.with_name(f".{path.name}.part")
        try:
            with unfinished.open("wb") as file:
                yield file
            durable.flush([str(unfinished)])
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
