"""What is typed or pasted into the desk's forms: cleaned before any view reads it, and said after.

The page that answers says what was changed, or, after a redirect, the page that it leads to.
"""

from flask import Response, flash, g, request
from werkzeug.datastructures import ImmutableMultiDict

from repo_store import BUILT_IN, Shapes
from service.present.pasting import LINE_END, Breaks, cleaned, notice
from service.web.desk.blueprint import blueprint
from service.web.http.services import services

_SAID = 5
"""Places that are said; the others are counted. What a redirect leads to is told by a cookie."""

_BREAKS = {
    "note": Breaks.LINE,
    "override_reason": Breaks.SPACE,
    "legal_reference": Breaks.SPACE,
}
"""The fields, beside those of a content, that people write text into."""


@blueprint.before_request
def _clean() -> None:
    form: list[tuple[str, str]] = []
    changes: list[str] = []
    shapes = services().archive.shapes if request.form else BUILT_IN
    for name in request.form:
        texts = request.form.getlist(name)
        if breaks := _breaks(name, shapes):
            texts, said = _cleaned(name, texts, breaks, shapes)
            changes += said
        form += [(name, text) for text in texts]
    g.pasted = changes
    if changes:
        request.form = ImmutableMultiDict(form)


def _breaks(name: str, shapes: Shapes) -> Breaks | None:
    """What becomes of a line break in a field; None if no one writes text into it."""
    if part := shapes.parts.get(name.partition(".")[0]):
        lists = part.kind.many and not part.kind.named
        return Breaks.PARAGRAPH if lists else Breaks.SPACE
    return _BREAKS.get(name)


def _cleaned(
    name: str, texts: list[str], breaks: Breaks, shapes: Shapes
) -> tuple[list[str], list[str]]:
    """The texts of the fields of one name, and what was changed, each with its place."""
    section, *field = name.split(".")
    clean, said, number = [], [], 0
    for text in texts:
        lines = [text] if breaks is Breaks.SPACE else LINE_END.split(text)
        for at, line in enumerate(lines):
            lines[at], changes = cleaned(line, breaks)
            if changes and lines[at].strip():
                place = shapes.where([section, number, *field], number + 1)
                said.append(notice(place, changes))
            stay = [each for each in lines[at].split("\n") if each.strip() or section == "note"]
            number += len(stay) if breaks is not Breaks.SPACE else 1
        clean.append("\n".join(lines))
    return clean, said


@blueprint.app_template_global("pasted")
def _notices() -> list[str]:
    """What was changed in the text that the present request sent."""
    changes: list[str] = g.get("pasted", [])
    more = [f"And in {len(changes) - _SAID:,} more places."] if len(changes) > _SAID else []
    return [*changes[:_SAID], *more]


@blueprint.after_request
def _say(response: Response) -> Response:
    if response.status_code == 303:
        for each in _notices():
            flash(each)
    return response
