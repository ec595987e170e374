"""What still stands, in the API."""

from flask import Response

from repo_store import Action
from service.accounts import Permission
from service.present import inconsistencies as answers
from service.present.schemas import AuthorName
from service.provenance.inconsistencies import Stands
from service.web.api.blueprint import blueprint, json_response
from service.web.api.openapi import Tag, describe
from service.web.http.access import open_to
from service.web.http.services import services, stories


@blueprint.get("/stories/<story>/inconsistencies")
@open_to(Permission.READ_DRAFTS)
@describe(Tag.STORIES, {200: answers.Inconsistencies})
def list_inconsistencies(story: str) -> Response:
    """List the figures, dates and names of the live text that a version corrected elsewhere.

    With those of other stories' live texts that repeat what this one corrected. An item stays until
    the text is fixed, or has `waived` once the action `waive` says why it may stand.
    """
    stories().check_known(story)
    found = services().inconsistencies.of(story)
    items = [_inconsistency(each) for each in found.items]
    return json_response(answers.Inconsistencies(items=items, complete=found.complete))


def _inconsistency(stands: Stands) -> answers.Inconsistency:
    place, change, version, waived = stands
    return answers.Inconsistency(
        story=place.story,
        section=place.section,
        block=place.block,
        field=place.field,
        text=place.text,
        sentence=place.sentence,
        old=change.old.text,
        new=change.new.text,
        corrected_in=place.corrected_in,
        version=place.version,
        at=version and version.live_since,
        recorded_at=version and version.recorded_apart,
        waived=waived and _waiver(waived),
    )


def _waiver(action: Action) -> answers.Waiver:
    return answers.Waiver(
        note=action.note,
        author=AuthorName(name=action.author.name),
        created_at=action.created_at,
        recorded_at=action.recorded_apart,
    )
