"""Writing a revision in the browser. Whatever happens, what was typed is shown again."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import (
    SHAPE,
    STORY,
    Content,
    FieldError,
    InvalidInput,
    Kind,
    NotFound,
    Revision,
    Shape,
    StaleBase,
    State,
    parse,
    parse_content,
    reading,
    story_id,
)
from service.accounts import Permission
from service.comparison import page_of
from service.diffing import compare
from service.present.diff_view import DiffView, diff_view
from service.usecases.commands import NewRevision
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import (
    Fields,
    apply_step,
    blank_fields,
    fields_of,
    filled,
    form_fields,
    parts_of,
    step_of,
    tidied,
)
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.desk.resuming import resumable
from service.web.http.access import known_viewer, open_to
from service.web.http.params import number
from service.web.http.services import publishing, services, stories

_DOES = {"draft": "Save as a draft", "publish": "Publish", "preview": "Preview the changes"}
_WAYS = ("do", _DOES, "Go on writing")


@blueprint.route("/new", methods=["GET", "POST"])
@open_to(Permission.WRITE_DRAFTS)
@resumable(*_WAYS)
def new() -> Response | BaseResponse:
    """Write a new story."""
    if request.method == "GET":
        shape = _shape(request.args.get(SHAPE) or STORY.name)
        return _page("", blank_fields(shape), shape, new=True)
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
        return _page(story, blank_fields(STORY), STORY, typed=typed)
    content = stories().content(source)
    return _page(story, form_fields({**content.fields}, content.shape), content.shape, typed=typed)


def merged_page(story: str, fields: Fields, shape: Shape, typed: dict[str, str]) -> Response:
    """The form with the merged text, and a preview of its changes to the live version."""
    fields = form_fields(fields, shape)
    try:
        view = _preview(story, content_of(tidied(fields, shape)))
    except InvalidInput as error:
        return _page(story, fields, shape, typed=typed, refusal=error)
    return _page(story, fields, shape, typed=typed, view=view)


def typed_shape() -> Shape:
    """The shape of the content that a form sends."""
    return _shape(request.form.get(SHAPE) or STORY.name)


def content_of(tidy: Fields) -> Content:
    return parse_content(tidy, services().archive.shapes)


def _shape(name: str) -> Shape:
    return services().archive.shapes[name]


def _draft(story: str, text: str) -> Revision | None:
    return stories().revision(story, number(text, "revision")) if text else None


def _submitted(story: str, new: bool = False) -> Response | BaseResponse:
    """Handle a submitted form: a step, a preview, or a revision to store."""
    shape, do = typed_shape(), request.form.get("do", "")
    fields = fields_of(request.form, shape)
    if step := step_of(do, shape):
        fields, block = apply_step(fields, step, shape)
        return _page(story, fields, shape, new=new, focus=f"{step.section}-{block}")
    if do not in ("draft", "publish", "preview"):
        return _page(story, fields, shape, new=new)
    tidy = tidied(fields, shape)
    try:
        if new:
            _check_free(story)
        sent = _revision(tidy, State.PUBLISHED if do == "publish" else State.DRAFT)
        if do == "preview":
            shown = _preview(story, sent.content)
            return _page(story, form_fields(tidy, shape), shape, new=new, view=shown)
        recorded = publishing().record(story, sent, known_viewer(), None)
    except REFUSALS as error:
        view = None if isinstance(error, InvalidInput) else _preview(story, content_of(tidy))
        return _page(story, form_fields(tidy, shape), shape, new=new, view=view, refusal=error)
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
    sent = fields | {"content": tidy, "state": state.value}
    return parse(NewRevision, sent, reading(services().archive.shapes))


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
    shape: Shape,
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
        shape=shape,
        shapes=[each.name for each in services().archive.shapes] if new else [],
        parts=parts_of(shape),
        focus=focus,
        view=view,
        layout="inline",
        errors={error.field: error.message for error in errors},
        stale=refusal if isinstance(refusal, StaleBase) else None,
        kinds=[kind for kind in Kind if kind is not Kind.RESTORE],
        **refusal_context(refusal) | ({} if typed is None else {"typed": typed}),
    )
    return make_response(page, status_of(refusal))
