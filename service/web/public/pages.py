"""The public pages: published versions only, readable without JavaScript."""

from flask import Response, make_response, render_template, request

from service.present.headlines import headline
from service.present.language import language_of
from service.usecases.article_head import article_head
from service.usecases.list_diffs import diffs_with_previous
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import article_address, with_links
from service.web.http.memento import original_links
from service.web.http.response_cache import DependsOn
from service.web.http.services import stories
from service.web.public.blueprint import blueprint
from service.web.public.leads import leads_of_versions
from service.web.public.linked_data import news_article
from service.web.public.since import since_requested

LATEST = 10
"""Versions listed on the story's own page; its history page has them all."""
IN_LINKED_DATA = 20
"""Corrections that its JSON-LD has."""


@blueprint.get("/")
@public
@cached(DependsOn.ARCHIVE)
@takes("cursor", "q")
def front() -> str:
    words = request.args.get("q", "").strip()
    listing = stories().recent(words, request.args.get("cursor", ""), 20)
    changed = [stories().version(each.id, each.live) for each in listing.items if each.live > 1]
    diffs = diffs_with_previous(stories(), changed)
    return render_template(
        "front.html",
        words=words,
        listing=listing,
        changed={version.story: version for version in changed},
        leads={story: line for (story, _), diff in diffs.items() if (line := headline(diff))},
    )


@blueprint.get("/stories/<story>")
@public
@cached(DependsOn.STORY)
@takes("since")
def story(story: str) -> Response:
    summary = stories().standing(story)
    head = article_head(stories(), summary)
    live = head.version
    listing = stories().versions(story, limit=LATEST)
    content = stories().content(live)
    corrections = head.corrections[:IN_LINKED_DATA]
    since = since_requested(story, live)
    article = article_address(story, content)
    page = render_template(
        "story.html",
        content=content,
        version=live,
        listing=listing,
        # What changed since a reader's last visit is told instead, by a difference of its own.
        leads={} if since else leads_of_versions(listing.items),
        head=head,
        since=since,
        article_url=article,
        data=news_article(summary, content, live, corrections, language_of(content), article),
    )
    return with_links(make_response(page), *original_links(story))
