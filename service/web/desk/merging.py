"""A draft whose base is live no more: base, live and draft beside each other, and what to do.

Also for text that was typed while someone else published: it is merged as a draft would be.
"""

from typing import Any, cast

from flask import Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from repo_store import Content, InvalidInput, Revision, parse_content
from service.accounts import Permission
from service.comparison import page_of
from service.diffing import Choice, Conflict, Merge, Piece, merge
from service.web.desk.blueprint import blueprint
from service.web.desk.editing import merged_page
from service.web.desk.forms import fields_of, tidied
from service.web.http.access import open_to
from service.web.http.params import number
from service.web.http.services import stories


@blueprint.route("/stories/<story>/revisions/<revision>/merge", methods=["GET", "POST"])
@open_to(Permission.USE_DESK)
def merge_draft(story: str, revision: str) -> Response:
    draft = stories().revision(story, number(revision, "revision"))
    about = {"base_version": str(draft.base_version or ""), "supersedes": str(draft.revision)}
    about |= {"note": draft.note, "kind": draft.kind.value}
    return _merged(story, about, stories().content(draft), f"Draft r{draft.revision}")


@blueprint.post("/stories/<story>/merge")
@open_to(Permission.USE_DESK)
def merge_typed(story: str) -> Response:
    """What was typed into the form, upon a version that was live then."""
    try:
        content = parse_content(tidied(fields_of(request.form)))
    except InvalidInput:
        return merged_page(story, fields_of(request.form), request.form.to_dict())
    names = ("base_version", "supersedes", "note", "kind")
    about = {name: request.form.get(name, "") for name in names}
    return _merged(story, about, content, "Your text")


def _merged(story: str, about: dict[str, str], content: Content, name: str) -> Response:
    live = stories().live(story)
    base = _base(story, about["base_version"])
    pages = (stories().page(base), stories().page(live), page_of(content))
    found = merge(*pages)
    choices = _choices(found)
    if request.form.get("do") == "merge" and len(choices) == len(found.conflicts):
        fields = cast(dict[str, Any], found.page(choices))
        return merged_page(story, fields, about | {"base_version": str(live.version)})
    page = render_template(
        "desk/merge.html",
        story=story,
        title=content.title,
        name=name,
        base=base,
        live=live,
        merge=found,
        changed=[name for name in found.sections if _touched(found.sections[name])],
        choices=choices,
        about=about,
        kept=_kept(),
        undecided=request.form.get("do") == "merge",
        is_conflict=lambda piece: isinstance(piece, Conflict),
    )
    return make_response(page, 422 if request.form.get("do") == "merge" else 200)


def _touched(pieces: tuple[Piece, ...]) -> bool:
    return any(isinstance(each, Conflict) or each.origin != "same" for each in pieces)


def _base(story: str, text: str) -> Revision | None:
    return stories().version(story, number(text)) if text else None


def _choices(found: Merge) -> dict[int, Choice]:
    told = {each.number: request.form.get(f"choice.{each.number}") for each in found.conflicts}
    known = ("live", "draft", "both")
    return {at: cast(Choice, choice) for at, choice in told.items() if choice in known}


def _kept() -> MultiDict[str, str]:
    """The typed text, to be sent along with the choices."""
    return MultiDict(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf", "do") and not name.startswith("choice.")
    )
