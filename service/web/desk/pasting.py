"""What is typed or pasted into the desk's forms: cleaned before any view reads it, and said after.

The page that answers says what was changed, or, after a redirect, the page that it leads to.
"""

from flask import Response, flash, g, request
from werkzeug.datastructures import ImmutableMultiDict

from repo_store import place_of_field
from service.diffing import LINES, PARAGRAPHS, RECORDS, SECTION_SPECS
from service.present.pasting import LINE_END, Breaks, cleaned, notice
from service.web.desk.blueprint import blueprint

_SAID = 5
"""Places that are said; the others are counted. What a redirect leads to is told by a cookie."""

_BREAKS = {
    **dict.fromkeys(PARAGRAPHS, Breaks.PARAGRAPH),
    **dict.fromkeys((*LINES, "override_reason", "legal_reference"), Breaks.SPACE),
    **{f"{name}.{field}": Breaks.SPACE for name in RECORDS for field in SECTION_SPECS[name].fields},
    "note": Breaks.LINE,
}
"""The fields that people write text into, by their names in the forms."""


@blueprint.before_request
def _clean() -> None:
    form: list[tuple[str, str]] = []
    changes: list[str] = []
    for name in request.form:
        texts = request.form.getlist(name)
        if breaks := _BREAKS.get(name):
            texts, said = _cleaned(name, texts, breaks)
            changes += said
        form += [(name, text) for text in texts]
    g.pasted = changes
    if changes:
        request.form = ImmutableMultiDict(form)


def _cleaned(name: str, texts: list[str], breaks: Breaks) -> tuple[list[str], list[str]]:
    """The texts of the fields of one name, and what was changed, each with its place."""
    section, *field = name.split(".")
    clean, said, number = [], [], 0
    for text in texts:
        lines = [text] if breaks is Breaks.SPACE else LINE_END.split(text)
        for at, line in enumerate(lines):
            lines[at], changes = cleaned(line, breaks)
            if changes and lines[at].strip():
                place = place_of_field([section, number, *field], number + 1)
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
