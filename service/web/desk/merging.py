"""Three-way merge of a draft whose base is no longer live: base, live and draft side by side.

Text typed while someone else published is merged in the same way.
"""

from typing import cast

from flask import Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from repo_store import Content, InvalidInput, Revision
from service.accounts import Permission
from service.comparison import fields_from, page_of
from service.diffing import Choice, Conflict, Merge, Piece, merge
from service.web.desk.blueprint import blueprint
from service.web.desk.editing import content_of, merged_page, typed_shape
from service.web.desk.forms import fields_of, tidied
from service.web.desk.resuming import resumable
from service.web.http.access import open_to
from service.web.http.params import number
from service.web.http.services import stories


@blueprint.route("/stories/<story>/revisions/<revision>/merge", methods=["GET", "POST"])
@open_to(Permission.WRITE_DRAFTS)
@resumable("do", {}, "Compare and merge")
def merge_draft(story: str, revision: str) -> Response:
    draft = stories().revision(story, number(revision, "revision"))
    about = {"base_version": str(draft.base_version or ""), "supersedes": str(draft.revision)}
    about |= {"note": draft.note, "kind": draft.kind.value}
    return _merged(story, about, stories().content(draft), f"Draft r{draft.revision}")


@blueprint.post("/stories/<story>/merge")
@open_to(Permission.WRITE_DRAFTS)
@resumable("do", {}, "Compare and merge")
def merge_typed(story: str) -> Response:
    """Merge what was typed into the form, based on a version that was live then."""
    shape = typed_shape()
    fields = fields_of(request.form, shape)
    try:
        content = content_of(tidied(fields, shape))
    except InvalidInput:
        return merged_page(story, fields, shape, request.form.to_dict())
    names = ("base_version", "supersedes", "note", "kind")
    about = {name: request.form.get(name, "") for name in names}
    return _merged(story, about, content, "Your text")


def _merged(story: str, about: dict[str, str], content: Content, name: str) -> Response:
    live = stories().live(story)
    base = _base(story, about["base_version"])
    result = merge(stories().page(base), stories().page(live), page_of(content))
    choices = _choices(result)
    submitted = request.form.get("do") == "merge"
    if submitted and len(choices) == len(result.conflicts):
        fields = fields_from(result.page(choices), content.shape)
        return merged_page(
            story, fields, content.shape, about | {"base_version": str(live.version)}
        )
    page = render_template(
        "desk/merge.html",
        story=story,
        title=content.title,
        name=name,
        base=base,
        live=live,
        merge=result,
        changed=[name for name, pieces in result.sections.items() if _changed(pieces)],
        choices=choices,
        typed=_typed(),
        undecided=submitted,
        is_conflict=lambda piece: isinstance(piece, Conflict),
    )
    return make_response(page, 422 if submitted else 200)


def _changed(pieces: tuple[Piece, ...]) -> bool:
    return any(isinstance(piece, Conflict) or piece.origin != "same" for piece in pieces)


def _base(story: str, text: str) -> Revision | None:
    return stories().version(story, number(text)) if text else None


def _choices(result: Merge) -> dict[int, Choice]:
    """What was chosen for each conflict, by its number."""
    numbers = [conflict.number for conflict in result.conflicts]
    chosen = {number: request.form.get(f"choice.{number}") for number in numbers}
    valid = ("live", "draft", "both")
    return {number: cast(Choice, choice) for number, choice in chosen.items() if choice in valid}


def _typed() -> MultiDict[str, str]:
    """What was typed, to be submitted again with the choices."""
    return MultiDict(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf", "form", "do") and not name.startswith("choice.")
    )
