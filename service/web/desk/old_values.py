"""What still stands, as the desk shows it: on a story's page, in review, after publishing."""

from dataclasses import dataclass
from functools import cache

from flask import url_for

from service.accounts import Permission
from service.present.wording import called, place_in_text
from service.provenance.inconsistencies import Standing, Stands
from service.web.http.access import known_viewer
from service.web.http.services import services, stories


@dataclass(frozen=True)
class Shown:
    """An old value that stands somewhere. `before`, `old`, `after`: its sentence. `elsewhere`: the
    title of the other story that says it. `corrected_in`: that of the one that corrected it.
    `act`: where it is waived; empty if it can't be, since it's in a draft.
    """

    stands: Stands
    what: str
    place: str
    before: str
    old: str
    after: str
    url: str
    elsewhere: str
    corrected_in: str
    act: str


@dataclass(frozen=True)
class ShownStanding:
    """Of the story on whose page it is. `of_draft`: it would stand if the draft were published."""

    story: str
    open: list[Shown]
    waived: list[Shown]
    complete: bool
    of_draft: bool


def shown(found: Standing, story: str, of_draft: bool = False) -> ShownStanding:
    """What stands in a story, or would, with links; the person who asks must be known."""
    may_waive = known_viewer().may(Permission.REVIEW) and not of_draft
    archive = services().archive
    title, live = cache(stories().title), cache(stories().live_of)

    def each(stands: Stands) -> Shown:
        place = stands.place
        before, _, after = place.sentence.partition(place.text)
        revision = live(place.story) if may_waive else None
        edit = url_for("desk.edit", story=place.story, _anchor=f"{place.section}-{place.block}")
        act = ""
        if revision:
            act = url_for("desk.act", story=place.story, revision=revision.revision)
        return Shown(
            stands=stands,
            what=called(stands.change.old.kind),
            place=place_in_text(place.section, place.block, place.field, archive.shapes),
            before=before,
            old=place.text,
            after=after,
            url=edit,
            elsewhere="" if place.story == story else title(place.story),
            corrected_in="" if place.corrected_in == story else title(place.corrected_in),
            act=act,
        )

    return ShownStanding(
        story=story,
        open=list(map(each, found.open)),
        waived=list(map(each, found.waived)),
        complete=found.complete,
        of_draft=of_draft,
    )
