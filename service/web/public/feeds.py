"""For feed readers and search engines: Atom, sitemaps, robots.txt."""

from typing import Any

from feedgenerator import Atom1Feed
from flask import Blueprint, Response, render_template, url_for

from repo_store import Content, NotFound, Revision, State
from service.messages import gettext, strung
from service.present.diff_view import DiffView, diff_view
from service.present.wording import kind_name
from service.web.http.access import public
from service.web.http.damage import unless_damaged
from service.web.http.headers import cached
from service.web.http.links import ATOM, absolute, article_address
from service.web.http.params import number
from service.web.http.response_cache import DependsOn
from service.web.http.services import services, stories
from service.web.public.articles import article_of
from service.web.public.tag_uris import tag_uri

blueprint = Blueprint("feeds", __name__)

ENTRIES = 20
ROOM, PER_ENTRY, PER_BLOCK = 400_000, 10_000, 150
"""Characters of the texts that one feed compares, of which each entry and block counts as so many
more; further entries only link to what changed.
"""
SITEMAP = 5_000
"""Stories in one sitemap; the format allows 50,000."""


class _Feed(Atom1Feed):  # type: ignore[misc]  # it has no types
    """An entry's `article`, if it is known, is the address of the article on its own site."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["article"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": item["article"]})


@blueprint.get("/history.atom")
@public
@cached(DependsOn.ARCHIVE)
def all_feed() -> Response:
    """The newest versions of all stories."""
    feed = _Feed(
        title=gettext("%(paper)s: recent changes", paper=services().look.name),
        link=absolute("pages.front"),
        description=gettext("Every new version of every story, with the words that changed."),
        feed_url=absolute(".all_feed"),
        feed_guid=tag_uri("history"),
    )
    return _atom(feed, stories().newest_changed(ENTRIES))


@blueprint.get("/stories/<story>/history.atom")
@public
@cached(DependsOn.STORY)
def story_feed(story: str) -> Response:
    """A story's newest versions."""
    summary = stories().story(story)
    title, withdrawal = summary.title, stories().withdrawal(summary)
    article = None if withdrawal else article_of(stories().live(story))
    feed = _Feed(
        title=gettext("History of “%(title)s”", title=title),
        link=article or absolute("pages.story", story=story),
        description=gettext("Every new version, with the words that changed."),
        feed_url=absolute(".story_feed", story=story),
        feed_guid=tag_uri("stories", story, "history"),
    )
    if withdrawal:
        feed.add_item(
            title=gettext("%(title)s: withdrawn", title=title),
            link=absolute("pages.story", story=story),
            description=None,
            content=render_template("feed_withdrawal.html", withdrawal=withdrawal),
            author_name=withdrawal.author.name,
            article=None,
            unique_id=tag_uri("stories", story, "withdrawn", str(withdrawal.entry)),
            updateddate=withdrawal.created_at,
            pubdate=withdrawal.created_at,
        )
    return _atom(feed, stories().versions(story, limit=ENTRIES).items)


def _atom(feed: _Feed, versions: list[Revision]) -> Response:
    room = ROOM
    for version in versions:
        story, number = version.story, version.version or 1
        previous = stories().version(story, number - 1) if number > 1 else None
        cut = room <= 0 and version.state is not State.REMOVED
        comparable = previous is not None and previous.state is not State.REMOVED
        title, view, damaged, size = (story, None, False, 0) if cut else _said(version, previous)
        room -= size + PER_ENTRY
        address = absolute("pages.version", story=story, version=number)
        changes = absolute("pages.diff", story=story, old=number - 1, new=number)
        feed.add_item(
            title=_title(title, version, first=previous is None),
            link=changes if view or (cut and comparable) else address,
            description=None,
            content=render_template(
                "feed_entry.html", version=version, view=view, damaged=damaged, cut=cut
            ),
            author_name=version.author.name,
            article=article_address(story, None) if cut else article_of(version),
            unique_id=tag_uri("stories", story, "versions", str(number)),
            updateddate=max(version.live_since, *(each.created_at for each in version.explanations))
            if version.explanations
            else version.live_since,
            pubdate=version.live_since,
        )
    return Response(feed.writeString("utf-8"), content_type=f"{ATOM}; charset=utf-8")


def _title(title: str, version: Revision, first: bool) -> str:
    named = gettext("%(title)s: version %(number)s", title=title, number=version.version)
    return named if first else strung([named, kind_name(version.kind)])


def _said(version: Revision, previous: Revision | None) -> tuple[str, DiffView | None, bool, int]:
    """A version's title; what it changed, if both texts are there; whether one is damaged; how many
    characters its text has.
    """
    if version.state is State.REMOVED:
        return version.story, None, False, 0
    name = f"{version.story} version {version.version}"
    content = unless_damaged(name, lambda: stories().content(version))
    title = content.title if content else version.story
    size = _size(content) if content else 0
    if content is None or previous is None or previous.state is State.REMOVED:
        return title, None, content is None, size
    before = f"{version.story} version {previous.version}"
    view = unless_damaged(before, lambda: diff_view(stories().diff(previous, version)))
    return title, view, view is None, size


def _size(content: Content) -> int:
    blocks = sum(len(part.blocks(content.fields)) for part in content.shape.parts)
    return len(str(content.fields)) + PER_BLOCK * blocks


@blueprint.get("/sitemap.xml")
@public
@cached(DependsOn.ARCHIVE)
def sitemap_index() -> Response:
    pages = -(-stories().last_number() // SITEMAP) or 1
    addresses = [absolute(".sitemap", page=page) for page in range(1, pages + 1)]
    return _xml(render_template("sitemap_index.xml", addresses=addresses))


@blueprint.get("/sitemap/<page>.xml")
@public
@cached(DependsOn.ARCHIVE)
def sitemap(page: str) -> Response:
    """Stories in the order they were first recorded, so that each stays on its page: their
    histories where all articles have a site of their own.
    """
    last = number(page, "sitemap") * SITEMAP
    first = last - SITEMAP + 1
    if first > max(stories().last_number(), 1):
        raise NotFound("There is no such sitemap.")
    shown = "pages.history" if services().settings.articles else "pages.story"
    listed = stories().recorded(first, last)
    return _xml(render_template("sitemap.xml", stories=listed, endpoint=shown))


@blueprint.get("/robots.txt")
@public
@cached(DependsOn.RELEASE)
def robots() -> Response:
    sitemap = absolute(".sitemap_index")
    lines = ("User-agent: *", f"Disallow: {url_for('desk.queue')}", "", f"Sitemap: {sitemap}", "")
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


def _xml(text: str) -> Response:
    return Response(text, content_type="application/xml; charset=utf-8")
