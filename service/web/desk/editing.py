"""Writing a revision in the browser. Whatever happens, what was typed is shown again."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import (
    Content,
    FieldError,
    InvalidInput,
    Kind,
    NotFound,
    Revision,
    StaleBase,
    State,
    parse,
    parse_content,
    story_id,
)
from service.accounts import Permission
from service.comparison import page_of
from service.diffing import EMPTY_PAGE, compare
from service.present.diff_view import DiffView, diff_view
from service.usecases.commands import NewRevision
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import (
    Fields,
    apply_step,
    fields_of,
    filled,
    form_fields,
    step_of,
    tidied,
)
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.desk.resuming import resumable
from service.web.http.access import known_viewer, open_to
from service.web.http.params import number
from service.web.http.services import publishing, stories

_EMPTY: Fields = {**EMPTY_PAGE, "overview": [""], "source_count": ""}
_DOES = {"draft": "Save as a draft", "publish": "Publish", "preview": "Preview the changes"}
_WAYS = ("do", _DOES, "Go on writing")


@blueprint.route("/new", methods=["GET", "POST"])
@open_to(Permission.WRITE_DRAFTS)
@resumable(*_WAYS)
def new() -> Response | BaseResponse:
    """Write a new story."""
    if request.method == "GET":
        return _page("", _EMPTY, new=True)
    return _submitted(request.form.get("id", "").strip(), new=True)


@blueprint.route("/stories/<story>/edit", methods=["GET", "POST"])
@open_to(Permission.WRITE_DRAFTS)
@resumable(*_WAYS)
def edit(story: str) -> Response | BaseResponse:
    """Edit the live version, or with `?from=7` a draft, which the new revision then replaces."""
    if request.method == "POST":
        stories().check_known(story)
        return _submitted(story)
    draft = _draft(story, request.args.get("from", ""))
    live = stories().live_of(story)
    source = draft or live
    if source is None:
        raise NotFound(f"There is no version of “{story}” to start from.")
    typed = {
        "base_version": str(source.version or source.base_version or ""),
        "supersedes": str(draft.revision) if draft else "",
        "note": draft.note if draft else "",
        "kind": draft.kind if draft else "",
    }
    if source.state is State.REMOVED:
        return _page(story, _EMPTY, typed=typed)
    return _page(story, form_fields({**stories().page(source)}), typed=typed)


def merged_page(story: str, fields: Fields, typed: dict[str, str]) -> Response:
    """The form with the merged text, and a preview of its changes to the live version."""
    fields = form_fields(fields)
    try:
        view = _preview(story, parse_content(tidied(fields)))
    except InvalidInput as error:
        return _page(story, fields, typed=typed, refusal=error)
    return _page(story, fields, typed=typed, view=view)


def _draft(story: str, text: str) -> Revision | None:
    return stories().revision(story, number(text, "revision")) if text else None


def _submitted(story: str, new: bool = False) -> Response | BaseResponse:
    """Handle a submitted form: a step, a preview, or a revision to store."""
    fields, do = fields_of(request.form), request.form.get("do", "")
    if step := step_of(do):
        fields, block = apply_step(fields, step)
        return _page(story, fields, new=new, focus=f"{step.section}-{block}")
    if do not in ("draft", "publish", "preview"):
        return _page(story, fields, new=new)
    tidy = tidied(fields)
    try:
        if new:
            _check_free(story)
        sent = _revision(tidy, State.PUBLISHED if do == "publish" else State.DRAFT)
        if do == "preview":
            return _page(story, form_fields(tidy), new=new, view=_preview(story, sent.content))
        recorded = publishing().record(story, sent, known_viewer(), None)
    except REFUSALS as error:
        view = None if isinstance(error, InvalidInput) else _preview(story, parse_content(tidy))
        return _page(story, form_fields(tidy), new=new, view=view, refusal=error)
    if recorded.unchanged:
        flash("Nothing was saved: the text has not changed.", "saved")
    elif recorded.revision.version:
        flash(f"Published as version {recorded.revision.version}.", "saved")
    else:
        flash("Saved as a draft.", "saved")
    where = url_for(".review", story=story, revision=recorded.revision.revision)
    return redirect(where, 303)


def _revision(tidy: Fields, state: State) -> NewRevision:
    form = request.form
    fields = filled(form, "note", numbers=("base_version", "supersedes"))
    for name in ("kind", "override_reason"):
        if text := form.get(name, "").strip():
            fields[name] = text
    return parse(NewRevision, fields | {"content": tidy, "state": state.value})


def _check_free(story: str) -> None:
    story_id(story)
    try:
        stories().check_known(story)
    except NotFound:
        return
    raise InvalidInput([FieldError("id", "is already taken")])


def _preview(story: str, content: Content) -> DiffView:
    live = stories().live_of(story)
    return diff_view(compare(stories().page(live), page_of(content)))


def _page(
    story: str,
    fields: Fields,
    *,
    new: bool = False,
    typed: dict[str, str] | None = None,
    focus: str = "",
    view: DiffView | None = None,
    refusal: Refusal | None = None,
) -> Response:
    errors = refusal.errors if isinstance(refusal, InvalidInput) else ()
    page = render_template(
        "desk/edit.html",
        story=story,
        new=new,
        fields=fields,
        focus=focus,
        view=view,
        layout="inline",
        errors={error.field: error.message for error in errors},
        stale=refusal if isinstance(refusal, StaleBase) else None,
        kinds=[kind for kind in Kind if kind is not Kind.RESTORE],
        **refusal_context(refusal) | ({} if typed is None else {"typed": typed}),
    )
    return make_response(page, status_of(refusal))
