"""Structured data of a story's page: JSON-LD in the vocabulary of schema.org."""

from collections.abc import Sequence
from typing import Any

from repo_store import Content, Revision, StorySummary, rfc3339
from service.diffing import PARAGRAPHS
from service.present.language import Language
from service.present.wording import note_of
from service.usecases.reading import Correction
from service.web.http.links import absolute


def news_article(
    story: StorySummary,
    content: Content,
    live: Revision,
    corrections: Sequence[Correction],
    language: Language,
) -> dict[str, Any]:
    """A `NewsArticle`; each correction is a `CorrectionComment` that links to its diff."""
    value: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": absolute("pages.story", story=story.id),
        "url": absolute("pages.story", story=story.id),
        "mainEntityOfPage": absolute("pages.story", story=story.id),
        "inLanguage": language.tag,
        "headline": content.title,
        "description": content.summary,
        "datePublished": rfc3339(story.published_at),
        "dateModified": rfc3339(live.live_since),
        "version": live.version,
        "author": {"@type": "Person", "name": live.author.name},
        "articleBody": "\n\n".join(text for name in PARAGRAPHS for text in getattr(content, name)),
        "citation": [source.url for source in content.sources],
        "correction": [_correction(each) for each in corrections],
    }
    return {name: item for name, item in value.items() if item not in ("", [])}


def _correction(correction: Correction) -> dict[str, Any]:
    value: dict[str, Any] = {
        "@type": "CorrectionComment",
        "text": note_of(correction),
        "datePublished": rfc3339(correction.at),
    }
    story, number = correction.story, correction.version
    if number > 1:
        value["url"] = absolute("pages.diff", story=story, old=number - 1, new=number)
    elif correction.added:
        value["url"] = absolute("pages.version", story=story, version=number)
    return value
