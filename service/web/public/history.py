"""The History of a story: one view of its versions, and of what changed between any two."""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, NotFound, Revision, State, StorySummary
from service.diffing import Diff
from service.messages import gettext
from service.present.diff_view import diff_view, only_change
from service.usecases.attribution import Attribution, attributed
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.damage import unless_damaged
from service.web.http.headers import cached
from service.web.http.links import article_address
from service.web.http.memento import as_memento
from service.web.http.params import compared, number, query_choice
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories
from service.web.public.articles import article_of
from service.web.public.blueprint import blueprint
from service.web.public.rail import FILTER, Chosen, address_of, chosen_versions, comparable, rail_of


@dataclass(frozen=True)
class Steps:
    """Addresses of the change before and after the one on show, of the first and of the newest;
    None where there is none, or it is on show.
    """

    older: str | None
    newer: str | None
    first: str | None
    latest: str | None


@blueprint.get("/stories/<story>/history")
@public
@cached(DependsOn.STORY)
@takes("compare", "cursor", "version", *FILTER)
def history(story: str) -> BaseResponse | str:
    """The list of versions, with what the newest of them changed."""
    summary, chosen = stories().story(story), chosen_versions()
    if wanted := request.args.get("version", "").strip():
        shown = stories().version(story, number(wanted))
        return redirect(address_of(shown, _before(shown), chosen))
    newest = stories().versions_where(story, chosen.filter, limit=1).items
    if not newest:
        return _view("history", summary, None, None, chosen)
    shown = newest[0]
    previous = _before(shown)
    old = previous if comparable(shown, previous) else None
    return _view("history", summary, old, shown, chosen)


@blueprint.get("/stories/<story>/diff/<old>..<new>")
@public
@cached(DependsOn.STORY, lasting=True)
@takes("change", "compare", "part", "view", *FILTER)
def diff(story: str, old: str, new: str) -> str:
    before, after = compared(story, old, new, private=False)
    return _view("diff", stories().story(story), before, after, chosen_versions())


@blueprint.get("/stories/<story>/versions/<version>")
@public
@cached(DependsOn.STORY, lasting=True)
@takes("compare", *FILTER)
def version(story: str, version: str) -> Response:
    """A version's text as it stood, without marks."""
    shown = stories().version(story, number(version))
    page = _view("version", stories().story(story), None, shown, chosen_versions())
    return as_memento(make_response(page), shown)


@blueprint.get("/stories/<story>/play/<version>")
@public
@cached(DependsOn.STORY)
@takes("compare", *FILTER)
def play(story: str, version: str) -> str:
    """A version's whole text with its changes marked, nothing folded."""
    shown = stories().version(story, number(version))
    previous = _before(shown)
    if previous and previous.state is State.REMOVED:
        previous = None
    return _view("play", stories().story(story), previous, shown, chosen_versions())


@blueprint.get("/stories/<story>/diff")
@public
@takes("from", "to")
def choose_diff(story: str) -> BaseResponse:
    """The target of forms that choose two versions."""
    old, new = _version_param("from"), _version_param("to")
    compared(story, old, new, private=False)
    return redirect(url_for(".diff", story=story, old=old, new=new))


def _version_param(name: str) -> str:
    text = request.args.get(name, "").strip()
    try:
        return str(number(text))
    except NotFound as error:
        raise Malformed([FieldError(name, str(error))]) from None


def _before(version: Revision) -> Revision | None:
    previous = (version.version or 1) - 1
    return stories().version(version.story, previous) if previous else None


def _view(
    mode: str, story: StorySummary, old: Revision | None, new: Revision | None, chosen: Chosen
) -> str:
    """The page with one text, or with what changed from `old` to `new`; with none if nothing is
    listed. `mode`: history, diff, version or play.
    """
    shown = new.version if new else None
    withdrawal = stories().withdrawal(story)
    text = _text(mode, story, old, new)
    if withdrawal:
        article = None
    elif content := text["content"]:
        article = article_address(story.id, content)
    else:
        article = article_of(stories().live(story.id))
    return render_template(
        "history.html",
        mode=mode,
        story=story,
        withdrawal=withdrawal,
        article_url=article,
        chosen=chosen,
        old=old,
        new=new,
        rail=rail_of(story.id, story.live, shown, chosen, request.args.get("cursor", "")),
        timeline=stories().timeline_of(story.id) if story.live > 1 else None,
        compare=_compared_with(story),
        steps=_steps(story, old, new, chosen),
        sections=_sections(story),
        unfiltered=_unfiltered(story, old, new),
        change_address=_difference_of(new, chosen) if new and not text["view"] else None,
        **text,
    )


def _text(
    mode: str, story: StorySummary, old: Revision | None, new: Revision | None
) -> dict[str, Any]:
    """What is shown of the texts themselves, and under which title."""
    layout = query_choice("view", ("inline", "split"))
    values: dict[str, Any] = {"layout": layout, "view": None, "content": None}
    values |= {"title": story.title, "change": request.args.get("change", "")}
    values["attribution"] = Attribution({})
    if new is None:
        return values
    if mode == "history":  # the list is shown whatever became of its newest text
        name = f"{story.id} version {new.version}"
        content = None
        if new.state is not State.REMOVED:
            content = unless_damaged(name, lambda: stories().content(new))
        if content is None:
            return values
    else:
        content = stories().content(new)
    values |= {"content": content, "title": content.title}
    if old is None:
        return values
    found = _difference(mode, old, new)
    if found is None:
        return values
    view = diff_view(found, number(request.args.get("part", "1"), "part"))
    if view.part > view.parts:
        raise NotFound(gettext("These differences have no part %(number)s.", number=view.part))
    if (change := values["change"]) in view.ids:
        part = view.part_of[view.ids.index(change) + 1]
        view = only_change(view if part == view.part else diff_view(found, part), change)
    values["view"] = view
    if (old.version or 0) + 1 != new.version:
        values["attribution"] = attributed(stories(), old, new, found, view.shown)
    return values


def _difference(mode: str, old: Revision, new: Revision) -> Diff | None:
    if mode != "history":
        return stories().diff(old, new)
    name = f"{old.story} versions {old.version} and {new.version}"
    return unless_damaged(name, lambda: stories().diff(old, new))


def _difference_of(version: Revision, chosen: Chosen) -> str | None:
    """The address of what a version changed, if both texts are there."""
    previous = _before(version)
    return address_of(version, previous, chosen) if comparable(version, previous) else None


def _compared_with(story: StorySummary) -> int | None:
    """The version that is to be compared with the one that is chosen next."""
    text = request.args.get("compare", "").strip()
    return stories().version(story.id, number(text)).version if text else None


def _steps(
    story: StorySummary, old: Revision | None, new: Revision | None, chosen: Chosen
) -> Steps:
    """From a range over several versions, older is the change that made its first text."""
    if new is None:
        return Steps(None, None, None, None)
    ends = sorted({each.version or 1 for each in (old or new, new)})
    low, high = ends[0], ends[-1]
    single = old is None or high - low == 1
    older, _ = stories().neighbours(story.id, high if single else low + 1, chosen.filter)
    _, newer = stories().neighbours(story.id, high, chosen.filter)
    _, first = stories().neighbours(story.id, 0, chosen.filter)
    latest, _ = stories().neighbours(story.id, story.live + 1, chosen.filter)
    return Steps(
        _address(story.id, older, chosen),
        _address(story.id, newer, chosen),
        _address(story.id, first, chosen) if first != high or not single else None,
        _address(story.id, latest, chosen) if latest != high else None,
    )


def _unfiltered(story: StorySummary, old: Revision | None, new: Revision | None) -> str:
    """The address without a filter: a comparison of two that are not neighbours stays on show."""
    if old and new and abs((old.version or 0) - (new.version or 0)) != 1:
        return url_for(".diff", story=story.id, old=old.version, new=new.version)
    return url_for(".history", story=story.id)


def _address(story: str, version: int | None, chosen: Chosen) -> str | None:
    if version is None:
        return None
    shown = stories().version(story, version)
    return address_of(shown, _before(shown), chosen)


def _sections(story: StorySummary) -> list[tuple[str, str]]:
    """The sections by which versions can be chosen, with their labels."""
    live = stories().live(story.id)
    if live.state is State.REMOVED:
        return []
    content = unless_damaged(f"{story.id} version {live.version}", lambda: stories().content(live))
    parts = content.shape.parts if content else ()
    return [(part.id, part.label) for part in parts if part.place != "hidden"]
