"""The public pages: published versions only, readable without JavaScript."""

from collections.abc import Sequence
from itertools import groupby

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from repo_store import FieldError, Malformed, NotFound, Revision
from service.diffing.render.labels import counted
from service.present.diff_view import diff_view
from service.present.fact_view import Lead, lead
from service.present.language import language_of
from service.usecases.list_diffs import diffs_for_list
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import article_address, with_links
from service.web.http.memento import as_memento, original_links
from service.web.http.params import compared, first_item, number
from service.web.http.response_cache import DependsOn
from service.web.http.services import services, stories
from service.web.public.articles import article_of
from service.web.public.linked_data import news_article
from service.web.public.since import since_requested
from service.web.public.timeline import timeline

blueprint = Blueprint("pages", __name__)

LATEST = 10
"""Versions listed on the story's own page; its history page has them all."""
PAGE = 50


@blueprint.get("/")
@public
@cached(DependsOn.ARCHIVE)
@takes("cursor", "q")
def front() -> str:
    words = request.args.get("q", "").strip()
    listing = stories().recent(words, request.args.get("cursor", ""), 20)
    return render_template("front.html", words=words, listing=listing)


@blueprint.get("/stories/<story>")
@public
@cached(DependsOn.STORY)
@takes("since")
def story(story: str) -> Response:
    summary = stories().standing(story)
    live = stories().version(story, summary.live)
    listing = stories().versions(story, limit=LATEST)
    content = stories().content(live)
    corrections = stories().corrections(story)
    since = since_requested(story, live)
    article = article_address(story, content)
    page = render_template(
        "story.html",
        content=content,
        version=live,
        listing=listing,
        # What changed since a reader's last visit is told instead, by a difference of its own.
        leads={} if since else _leads(listing.items),
        corrections=corrections,
        published=summary.published_at,
        since=since,
        article_url=article,
        data=news_article(summary, content, live, corrections, language_of(content), article),
    )
    return with_links(make_response(page), *original_links(story))


@blueprint.get("/stories/<story>/history")
@public
@cached(DependsOn.STORY)
@takes("cursor")
def history(story: str) -> str:
    summary = stories().story(story)
    listing = stories().versions(story, request.args.get("cursor", ""), PAGE)
    leads = _leads(listing.items)
    withdrawal = stories().withdrawal(summary)
    return render_template(
        "history.html",
        story=summary,
        withdrawal=withdrawal,
        article_url=None if withdrawal else article_of(stories().live(story)),
        listing=listing,
        leads=leads,
        line=timeline(listing.items, leads),
    )


def _leads(versions: Sequence[Revision]) -> dict[int, Lead]:
    """The most important fact that each version changed, by its number, as far as there is room."""
    found = {number: lead(diff) for number, diff in diffs_for_list(stories(), versions).items()}
    return {number: line for number, line in found.items() if line}


@blueprint.get("/stories/<story>/play/<version>")
@public
@cached(DependsOn.STORY)
def play(story: str, version: str) -> str:
    """A version with its changes marked, and links to its neighbours."""
    live = stories().story(story).live
    shown = stories().version(story, number(version))
    previous = stories().version(story, number(version) - 1) if shown.version != 1 else None
    content = stories().content(shown)
    return render_template(
        "play.html",
        version=shown,
        live=live,
        content=content,
        article_url=article_address(story, content),
        view=diff_view(stories().diff(previous, shown)) if previous else None,
    )


@blueprint.get("/stories/<story>/provenance")
@public
@cached(DependsOn.STORY)
@takes("cursor", "phrase", "start")
def provenance(story: str) -> str:
    phrase, cursor = request.args.get("phrase", "").strip(), request.args.get("cursor", "")
    start = first_item()
    origins = services().origins.of(story, phrase, cursor, PAGE, start)
    sections = [
        (name, list(sentences))
        for name, sentences in groupby(origins.sentences, lambda sentence: sentence.section)
    ]
    return render_template(
        "provenance.html",
        story=stories().story(story),
        article_url=article_of(stories().live(story)),
        origins=origins,
        sections=sections,
        phrase=phrase,
        start=start,
    )


@blueprint.get("/stories/<story>/versions/<version>")
@public
@cached(DependsOn.VERSION)
def version(story: str, version: str) -> Response:
    shown = stories().version(story, number(version))
    content = stories().content(shown)
    page = render_template(
        "version.html",
        content=content,
        version=shown,
        article_url=article_address(story, content),
    )
    return as_memento(make_response(page), shown)


@blueprint.get("/stories/<story>/diff")
@public
@takes("from", "to")
def choose_diff(story: str) -> BaseResponse:
    """The target of the form that chooses two versions."""
    old, new = _version_param("from"), _version_param("to")
    compared(story, old, new, private=False)
    return redirect(url_for(".diff", story=story, old=old, new=new))


@blueprint.get("/stories/<story>/diff/<old>..<new>")
@public
@cached(DependsOn.VERSION)
@takes("part", "view")
def diff(story: str, old: str, new: str) -> Response:
    layout = request.args.get("view", "inline")
    if layout not in ("inline", "split"):
        raise Malformed([FieldError("view", "must be inline or split")])
    before, after = compared(story, old, new, private=False)
    content = stories().content(after)
    part = number(request.args.get("part", "1"), "part")
    view = diff_view(stories().diff(before, after), part)
    if part > view.parts:
        raise NotFound(f"These differences have {counted(view.parts, 'part')}.")
    page = render_template(
        "diff.html",
        story=story,
        title=content.title,
        article_url=article_address(story, content),
        old=before,
        new=after,
        view=view,
        layout=layout,
    )
    return make_response(page)


def _version_param(name: str) -> str:
    text = request.args.get(name, "").strip()
    try:
        return str(number(text))
    except NotFound as error:
        raise Malformed([FieldError(name, str(error))]) from None
