"""`story-history shape`: the shapes that an archive's contents may have."""

from pathlib import Path

import click

from repo_store import FieldError, InvalidInput
from service.cli.options import archive_option, echo, json_option, opened, print_json
from service.present import shape_schemas


@click.group()
@archive_option
def shape() -> None:
    """List the shapes of stories, or declare one."""


@shape.command("list")
@archive_option
@json_option
def list_(as_json: bool) -> None:
    """List the shapes with their parts, in order."""
    with opened() as services:
        shapes = list(services.archive.shapes)
    if as_json:
        items = list(map(shape_schemas.Shape.of, shapes))
        print_json(shape_schemas.ShapeList(items=items, next=None).as_dict())
        return
    for each in shapes:
        parts = (f"{part.id}{' (retired)' if part.retired else ''}" for part in each.parts)
        echo(f"{each.name}: {', '.join(parts)}")


@shape.command()
@archive_option
@click.argument("name")
def show(name: str) -> None:
    """Print the declaration of a shape, to add to it."""
    with opened() as services:
        texts = services.archive.declarations()
    if name not in texts:
        raise click.UsageError(f"there is no declared shape “{name}”")
    echo(texts[name].rstrip("\n"))


@shape.command()
@archive_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(file: Path) -> None:
    """Declare a shape in TOML, or add parts to one: see docs/shapes.md."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput([FieldError(file.name, f"not UTF-8: byte {error.start}")]) from None
    with opened() as services:
        name = services.archive.declare(text)
    echo(f"{file.name}: the shape “{name}” is declared")
