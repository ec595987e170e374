"""Stories, versions, revisions and their differences in the API."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from flask import Response, jsonify, request, url_for

from repo_store import (
    Action,
    FieldError,
    Malformed,
    Revision,
    StaleBase,
    Unwritable,
    Verb,
    parse,
    reading,
)
from service.accounts import Permission
from service.audit.keys import BadKey
from service.conversion import Dropped
from service.diffing.render.markdown import redline
from service.diffing.render.unified import unified
from service.paging import Listing
from service.present import diff_schemas, schemas, times
from service.present.provenance_schemas import Provenance, UnwrittenProvenance
from service.provenance.origins import LONGEST_PHRASE
from service.usecases.commands import NewAction, NewRevision, Restore
from service.usecases.errors import (
    Gone,
    SecondPersonNeeded,
    SilentEdit,
    Withdrawn,
    WrongState,
)
from service.usecases.html_parts import without_html
from service.usecases.publishing import Recorded
from service.usecases.takedown import TakedownResult
from service.web.api.blueprint import blueprint, json_body, json_response
from service.web.api.mentions import mentions_of
from service.web.api.openapi import CURSOR, LIMIT, Tag, current_document, describe
from service.web.http.access import (
    known_viewer,
    open_to,
    public,
    viewer,
)
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import absolute, link, with_links
from service.web.http.memento import as_memento
from service.web.http.params import compared, first_item, number, page_limit
from service.web.http.response_cache import DependsOn
from service.web.http.services import publishing, services, stories

T = TypeVar("T")
A = TypeVar("A")

_WITH_CONTENT = (schemas.RevisionWithContent, schemas.VersionWithContent)
_RECORDED = {201: schemas.Recorded, 200: schemas.Recorded}
_WORDS = {"type": "string"}
_PHRASE = {"type": "string", "maxLength": LONGEST_PHRASE}
_START = {"type": "integer", "minimum": 0, "default": 0}
_MOMENT = {"type": "string", "format": "date-time"}
_FORMAT = {"type": "string", "enum": ["unified", "markdown"], "default": "unified"}
_PUBLISHING = (StaleBase, SilentEdit, WrongState)


@blueprint.get("/openapi.json")
@public
@cached(DependsOn.SHAPES)
def openapi() -> Response:
    return jsonify(current_document())


@blueprint.get("/stories")
@public
@cached(DependsOn.ARCHIVE)
@describe(Tag.STORIES, {200: schemas.Stories}, query={"q": _WORDS} | CURSOR | LIMIT)
def list_stories() -> Response:
    """List published stories, last changed first; with `q`, those that contain all its words."""
    words, cursor = request.args.get("q", ""), request.args.get("cursor", "")
    page = stories().recent(words, cursor, page_limit())
    return _listed(schemas.Stories, page, schemas.Story.of)


@blueprint.get("/stories/<story>")
@public
@cached(DependsOn.STORY)
@describe(Tag.STORIES, {200: _WITH_CONTENT}, raises=(Gone, Withdrawn))
def get_story(story: str) -> Response:
    """Get the live version with its content."""
    stories().standing(story)
    return json_response(_with_content(stories().live(story)))


@blueprint.get("/stories/<story>/versions")
@public
@cached(DependsOn.STORY)
@describe(Tag.VERSIONS, {200: schemas.Versions}, query=CURSOR | LIMIT | {"live_at": _MOMENT})
def list_versions(story: str) -> Response:
    """List a story's versions, newest first; with `live_at`, the one live at that time, if any."""
    if (at := _live_at()) is not None:
        live = stories().live_at(story, at)
        page = Listing([live] if live else [], None)
    else:
        page = stories().versions(story, request.args.get("cursor", ""), page_limit())
    if viewer():
        return _listed(schemas.Revisions, page, schemas.Revision.of)
    return _listed(schemas.Versions, page, schemas.Version.of)


@blueprint.get("/stories/<story>/versions/<version>")
@public
@cached(DependsOn.VERSION)
@describe(Tag.VERSIONS, {200: _WITH_CONTENT}, raises=(Gone,))
def get_version(story: str, version: str) -> Response:
    """Get one version with its content."""
    shown = stories().version(story, number(version))
    return as_memento(json_response(_with_content(shown)), shown)


@blueprint.get("/stories/<story>/versions/<version>/proof")
@public
@cached(DependsOn.LOG)
@describe(Tag.VERSIONS, {200: ()}, texts=("text/plain",), raises=(Gone,))
def get_proof(story: str, version: str) -> Response:
    """Prove that a version was published, and how many versions the story has.

    A proof as in https://c2sp.org/tlog-proof, from the public log at its newest checkpoint. A
    version is in the log within a minute of its publication.
    """
    shown = stories().version(story, number(version))
    proof = services().published.proof(shown.story, shown.version or 0)
    name = f"{shown.story}-{shown.version}.tlog-proof"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(proof.text, content_type="text/plain; charset=utf-8", headers=disposition)


@blueprint.get("/stories/<story>/versions/<version>/stored")
@public
@cached(DependsOn.VERSION)
@describe(Tag.VERSIONS, {200: ()}, texts=("application/json",), raises=(Gone,))
def get_stored(story: str, version: str) -> Response:
    """Get the bytes of a version as they are stored, salt included: those that are hashed."""
    shown = stories().version(story, number(version))
    return Response(stories().stored(shown), content_type="application/json")


@blueprint.get("/stories/<story>/revisions")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.REVISIONS, {200: schemas.Revisions}, query=CURSOR | LIMIT)
def list_revisions(story: str) -> Response:
    """List a story's revisions, newest first, drafts included."""
    page = stories().revisions(story, request.args.get("cursor", ""), page_limit())
    return _listed(schemas.Revisions, page, schemas.Revision.of)


@blueprint.get("/stories/<story>/revisions/<revision>")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.REVISIONS, {200: schemas.RevisionWithContent}, raises=(Gone,))
def get_revision(story: str, revision: str) -> Response:
    """Get one revision with its content."""
    return json_response(_with_content(stories().revision(story, number(revision, "revision"))))


@blueprint.post("/stories/<story>/revisions")
@open_to(Permission.WRITE_DRAFTS)
@describe(Tag.REVISIONS, _RECORDED, body=NewRevision, raises=_PUBLISHING)
def record_revision(story: str) -> Response:
    """Record a draft, or publish at once.

    To publish, `base_version` must be the live version; of an integration, it may be absent. 200 if
    the content is there already; 201 with `explained` if a new note or kind came with it. Where the
    content may have a Markdown text such as `body`, `body_html` may stand in its place: `dropped`
    then names what of the HTML was not kept.
    """
    writer = known_viewer()
    shapes, body = services().archive.shapes, json_body()
    sent = without_html(body.get("content") if isinstance(body, dict) else None, shapes)
    with sent.errors_as_sent():
        command = parse(NewRevision, sent.within(body), reading(shapes))
    recorded = publishing().record(story, command, writer, _idempotency_key())
    return _recorded(recorded, sent.dropped)


@blueprint.post("/stories/<story>/restore/<version>")
@open_to(Permission.PUBLISH)
@describe(Tag.VERSIONS, _RECORDED, body=Restore, raises=_PUBLISHING)
def restore_version(story: str, version: str) -> Response:
    """Publish an old version's content again. 200 if it is live already."""
    editor = known_viewer()
    command = parse(Restore, json_body())
    recorded = publishing().restore(story, number(version), command, editor, _idempotency_key())
    return _recorded(recorded)


@blueprint.get("/stories/<story>/revisions/<revision>/actions")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.REVISIONS, {200: schemas.Actions})
def list_actions(story: str, revision: str) -> Response:
    """List the actions on a revision, first to last."""
    known = stories().revision(story, number(revision, "revision"))
    actions = stories().actions(story, known.revision)
    return _listed(schemas.Actions, Listing(actions, None), schemas.RecordedAction.of)


@blueprint.post("/stories/<story>/revisions/<revision>/actions")
@open_to(Permission.PUBLISH, Permission.REVIEW, Permission.REMOVE)
@describe(
    Tag.REVISIONS,
    {201: schemas.Acted, 202: schemas.RemovalRequested},
    body=NewAction,
    raises=(*_PUBLISHING, SecondPersonNeeded, BadKey),
)
def act_on_revision(story: str, revision: str) -> Response:
    """Publish, approve, reject, comment on, explain or remove a revision, withdraw the story, give
    it an alias, or let an old value stand.

    Returns the revision after the action, and the action. 202: a removal that a second editor must
    confirm.
    """
    editor = known_viewer()
    command = parse(NewAction, json_body())
    arguments = story, number(revision, "revision"), command, editor, _idempotency_key()
    if command.action is Verb.REMOVE:
        return _removed(services().takedown.remove(*arguments), command.phrase)
    return _acted(*publishing().act(*arguments))


def _removed(result: TakedownResult, phrase: str | None) -> Response:
    if (pending := result.waits) is None:
        left = None
        if phrase:
            story, viewing = result.revision.story, known_viewer()
            left = mentions_of(services().mentions.in_story(story, phrase, viewing))
        return _acted(result.revision, result.action, left)
    waits = schemas.RemovalRequest(
        revisions=list(pending.targets.revisions),
        also_notes=list(pending.targets.entries) or None,
        ordered_by=pending.name,
        note=pending.note,
        reason=pending.removal.ground,
        legal_reference=pending.removal.reference,
        created_at=pending.at,
    )
    return json_response(schemas.RemovalRequested.of(result.revision, waits=waits), 202)


def _acted(
    revision: Revision, action: Action | None, left: schemas.Mentions | None = None
) -> Response:
    answer = schemas.Acted.of(
        revision, action=action and schemas.RecordedAction.of(action), left=left
    )
    return json_response(answer, 201)


def _recorded(recorded: Recorded, dropped: Iterable[Dropped] = ()) -> Response:
    revision, unchanged = recorded.revision, recorded.unchanged
    answer = schemas.Recorded.of(
        revision,
        unchanged=unchanged,
        explained=recorded.explained,
        dropped=list(map(schemas.Dropped.model_validate, dropped)),
    )
    if unchanged:
        return json_response(answer)
    response = json_response(answer, 201)
    response.headers["Location"] = url_for(
        ".get_revision", story=revision.story, revision=revision.revision
    )
    return response


@blueprint.get("/stories/<story>/diff/<old>..<new>")
@public
@cached(DependsOn.VERSION)
@takes("format")
@describe(Tag.VERSIONS, {200: diff_schemas.Diff}, raises=(Gone,))
def get_diff(story: str, old: str, new: str) -> Response:
    """Compare two versions; `r7` names a revision, for token holders."""
    if request.args.get("format", "json") != "json":
        return get_diff_text(story, old, new)  # as before it had an address of its own
    diff = stories().diff(*compared(story, old, new, private=viewer() is not None))
    return json_response(diff_schemas.Diff.of(diff))


@blueprint.get("/stories/<story>/diff/<old>..<new>/text")
@public
@cached(DependsOn.VERSION)
@describe(
    Tag.VERSIONS,
    {200: ()},
    query={"format": _FORMAT},
    texts=("text/plain", "text/markdown"),
    raises=(Gone,),
)
def get_diff_text(story: str, old: str, new: str) -> Response:
    """Compare two versions as text: a patch of the pages' lines, or a redline in Markdown."""
    form = request.args.get("format", "unified")
    if form not in _FORMAT["enum"]:
        raise Malformed([FieldError("format", "must be unified or markdown")])
    diff = stories().diff(*compared(story, old, new, private=viewer() is not None))
    if form == "unified":
        return _plain(unified(diff, f"{story} {old}", f"{story} {new}"), "plain")
    return _plain(redline(diff, f"{story}: {old} to {new}"), "markdown")


@blueprint.get("/stories/<story>/provenance")
@public
@cached(DependsOn.STORY)
@describe(
    Tag.STORIES,
    {200: Provenance, 202: UnwrittenProvenance},
    query={"phrase": _PHRASE, "start": _START} | CURSOR | LIMIT,
    raises=(Unwritable,),
)
def get_provenance(story: str) -> Response:
    """Get the origin of each sentence of the live version, and the removed sentences.

    With `phrase`, also when that was in the text. 202: the history is being gone through; ask again
    after `Retry-After`.
    """
    phrase, cursor = request.args.get("phrase", ""), request.args.get("cursor", "")
    found = services().origins.of(story, phrase, cursor, page_limit(), first_item())
    return json_response(found)


def _listed(
    shape: type[schemas.ListAnswer[A]], listing: Listing[T], item: Callable[[T], A]
) -> Response:
    """One page of a list; the next one's address is in its `Link` header (RFC 8288) too."""
    response = json_response(shape(items=[item(each) for each in listing.items], next=listing.next))
    if listing.next:
        query = {name: request.args[name] for name in ("q", "limit") if name in request.args}
        query |= (request.view_args or {}) | {"cursor": listing.next}
        with_links(response, link(absolute(request.endpoint or "", **query), "next"))
    return response


def _live_at() -> datetime | None:
    text = request.args.get("live_at")
    if text is None:
        return None
    if moment := times.parse(text):
        return moment
    message = "must be a time with its zone (RFC 3339), such as 2026-05-01T10:00:00Z"
    raise Malformed([FieldError("live_at", message)])


def _plain(text: str, subtype: str) -> Response:
    return Response(text, content_type=f"text/{subtype}; charset=utf-8")


def _with_content(revision: Revision) -> schemas.Version:
    shape = schemas.RevisionWithContent if viewer() else schemas.VersionWithContent
    return shape.of(revision, content=stories().content(revision))


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 0 < len(key.strip()) <= 255):
        message = "must be 1 to 255 printable ASCII characters"
        raise Malformed([FieldError("Idempotency-Key", message)])
    return key.strip()
