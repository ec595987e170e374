"""Removing texts for legal reasons: what says a phrase, on what ground, confirmed where required.

The list is paged. What is selected on one page is carried to the next by the form itself, so it
works without scripts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Ground, InvalidInput, Revision, State, parse
from service.accounts import Permission
from service.accounts.removal_requests import Targets
from service.paging import MAX_LIMIT
from service.present.wording import Part, counted_parts
from service.usecases.commands import NewAction
from service.usecases.errors import WrongState
from service.usecases.mentions import Mention, MentionPage
from service.web.desk.blueprint import blueprint
from service.web.desk.forms import filled, whole
from service.web.desk.refusals import REFUSALS, Refusal, refusal_context, status_of
from service.web.http.access import known_viewer, open_to
from service.web.http.services import services, stories

_MAX_SEARCH_PAGES = 50
"""What “Search all revisions” reads at most: 10,000 texts. The page then offers to go on."""
_IN_TEXTS = (Part.TEXT, Part.SOURCE_ADDRESS)
_IN_NOTES = (
    *(Part.NOTE, Part.COMMENT, Part.EXPLANATION),
    *(Part.OVERRIDE_REASON, Part.WAIVED_VALUE),
)


@dataclass(frozen=True)
class Found:
    """What a search has found in a story. `pages`: those of the scan, in order."""

    pages: list[MentionPage]

    @property
    def mentions(self) -> list[Mention]:
        return [each for page in self.pages for each in page.mentions]

    @property
    def last(self) -> MentionPage:
        return self.pages[-1]

    @property
    def by_author(self) -> int:
        return sum(page.by_author for page in self.pages)

    @property
    def summary(self) -> str:
        """Such as “2 texts and 1 note”; empty if nothing says it for sure."""
        return counted_parts(each.part for each in self.mentions if each.is_sure)

    @property
    def possible(self) -> str:
        return counted_parts(each.part for each in self.mentions if not each.is_sure)

    @property
    def notes(self) -> list[list[Mention]]:
        """What is in words beside the texts, by entries."""
        return self._by_entry(lambda part: part in _IN_NOTES)

    @property
    def staying(self) -> list[list[Mention]]:
        """What no removal takes out."""
        return self._by_entry(lambda part: part not in _IN_TEXTS and part not in _IN_NOTES)

    def _by_entry(self, takes: Callable[[Part], bool]) -> list[list[Mention]]:
        found: dict[int, list[Mention]] = {}
        for each in self.mentions:
            if takes(each.part):
                found.setdefault(each.entry, []).append(each)
        return list(found.values())


@dataclass(frozen=True)
class Listed:
    """A revision of the list, and what its text has of the phrase."""

    revision: Revision
    mentions: list[Mention] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page of the list. `found` is None without a search."""

    listed: list[Listed]
    next: str | None
    found: Found | None = None

    @property
    def shown(self) -> "Selected":
        """All that can be selected on it."""
        notes = self.found.notes if self.found else []
        return Selected(
            frozenset(each.revision.revision for each in self.listed),
            frozenset(mentions[0].entry for mentions in notes),
        )

    @property
    def suggested(self) -> "Selected":
        """What says the phrase beyond doubt."""
        notes = self.found.notes if self.found else []
        return Selected(
            frozenset(
                each.revision.revision
                for each in self.listed
                if any(mention.is_sure for mention in each.mentions)
            ),
            frozenset(some[0].entry for some in notes if any(each.is_sure for each in some)),
        )


class Selected(NamedTuple):
    """Revisions whose texts are to go, and entries whose notes are."""

    revisions: frozenset[int] = frozenset()
    entries: frozenset[int] = frozenset()

    @classmethod
    def of_form(cls) -> Self:
        return cls(_numbers("revision"), _numbers("note_of"))

    @property
    def targets(self) -> Targets:
        return Targets(tuple(sorted(self.revisions)), tuple(sorted(self.entries)))

    @property
    def size(self) -> int:
        return len(self.revisions) + len(self.entries)

    def with_(self, more: "Selected") -> "Selected":
        return Selected(self.revisions | more.revisions, self.entries | more.entries)

    def without(self, some: "Selected") -> "Selected":
        return Selected(self.revisions - some.revisions, self.entries - some.entries)


@blueprint.route("/stories/<story>/remove", methods=["GET", "POST"])
@open_to(Permission.REMOVE)
def remove(story: str) -> Response | BaseResponse:
    stories().check_known(story)
    words = request.values.get("words", "").strip()
    if request.method == "GET":
        page = _listed(story, words)
        return _shown(story, words, page, page.suggested)
    selected = Selected.of_form()
    do, _, cursor = request.form.get("do", "").partition("/")
    if do == "page":
        page = _listed(story, words, cursor)
        return _shown(story, words, page, selected.with_(page.suggested), cursor)
    if do == "all":
        page = _all_found(story, words)
        return _shown(story, words, page, selected.with_(page.suggested))
    if do == "withdraw":
        try:
            services().takedown.withdraw(story, selected.targets, known_viewer())
        except WrongState as error:
            return _shown(story, words, _listed(story, words), Selected(), "", error)
        flash("The request was withdrawn. Nothing was removed.")
        return redirect(url_for(".remove", story=story), 303)
    try:
        number, action = _requested(story, selected.targets)
        result = services().takedown.remove(story, number, action, known_viewer(), None)
    except REFUSALS as error:
        cursor = request.form.get("cursor", "")
        return _shown(story, words, _listed(story, words, cursor), selected, cursor, error)
    if result.waits:
        flash("Requested. It takes effect once another person requests the same removal.", "saved")
        return redirect(url_for(".remove", story=story), 303)
    flash("Removed from the archive and from the disk.", "saved")
    if words:  # shows what still says it
        return redirect(url_for(".remove", story=story, words=words), 303)
    return redirect(url_for(".timeline", story=story), 303)


def _requested(story: str, selected: Targets) -> tuple[int, NewAction]:
    """The revision and the action that the form describes, as the API takes them."""
    fields = filled(request.form, "note", "reason", "legal_reference", "scope")
    revisions, entries = selected
    if fields.get("scope") == "story":
        left = (each for each in stories().chain(story) if each.state is not State.REMOVED)
        revisions, entries = tuple(each.revision for each in left)[:1], ()
    if not revisions and entries:
        fields["scope"] = "notes"
        revisions = tuple(each.revision for each in stories().chain(story))[:1]
    if not revisions:
        raise InvalidInput([FieldError("revision", "select at least one")])
    action = {"action": "remove", "also": revisions[1:], "also_notes": entries}
    return revisions[0], parse(NewAction, fields | action)


def _listed(story: str, words: str, cursor: str = "") -> Page:
    if words:
        return _found_page([services().mentions.in_story(story, words, known_viewer(), cursor)])
    page = services().takedown.candidates(story, cursor)
    return Page([Listed(each) for each in page.items], page.next)


def _all_found(story: str, words: str) -> Page:
    """Everything that says the words, as one page."""

    def search(cursor: str) -> MentionPage:
        return services().mentions.in_story(story, words, known_viewer(), cursor, MAX_LIMIT)

    return _found_page(pages_of(search, _MAX_SEARCH_PAGES))


def pages_of(
    search: Callable[[str], MentionPage], most: int, cursor: str = ""
) -> list[MentionPage]:
    """The next pages of a scan, at most so many."""
    pages = [search(cursor)]
    while pages[-1].next is not None and len(pages) < most:
        pages.append(search(pages[-1].next))
    return pages


def _found_page(pages: list[MentionPage]) -> Page:
    found = Found(pages)
    listed: dict[int, Listed] = {}
    for each in found.mentions:
        if each.part in _IN_TEXTS:
            number = each.revision.revision
            listed.setdefault(number, Listed(each.revision)).mentions.append(each)
    return Page(list(listed.values()), found.last.next, found)


def _shown(
    story: str,
    words: str,
    page: Page,
    selected: Selected,
    cursor: str = "",
    refusal: Refusal | None = None,
) -> Response:
    takedown = services().takedown
    response = render_template(
        "desk/remove.html",
        story=story,
        title=stories().title(story),
        words=words,
        page=page,
        found=page.found,
        cursor=cursor,
        selected=selected,
        selected_elsewhere=selected.without(page.shown).targets,
        grounds=list(Ground),
        two_persons=takedown.two_persons,
        requests=[each for each in takedown.pending_requests() if each.story == story],
        withdrawn=takedown.withdrawn_requests(story),
        **refusal_context(refusal),
    )
    return make_response(response, status_of(refusal))


def _numbers(name: str) -> frozenset[int]:
    """The numbers that the form has under this name."""
    found = (whole(text) for text in request.form.getlist(name))
    return frozenset(each for each in found if isinstance(each, int) and each > 0)
