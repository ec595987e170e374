"""Structured data of a story's page: JSON-LD in the vocabulary of schema.org."""

from collections.abc import Sequence
from typing import Any

from repo_store import Content, Correction, Revision, StorySummary, rfc3339
from service.present.language import Language
from service.present.wording import note_of
from service.web.http.links import absolute


def news_article(
    story: StorySummary,
    content: Content,
    live: Revision,
    corrections: Sequence[Correction],
    language: Language,
    article: str | None,
) -> dict[str, Any]:
    """A `NewsArticle`, or what the story's shape says that it is; each correction is a
    `CorrectionComment` that links to its diff. `article`: its address on its publisher's own site,
    if that is known.
    """
    address = article or absolute("pages.story", story=story.id)
    value: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": content.shape.type,
        "@id": absolute("pages.story", story=story.id),
        "url": address,
        "mainEntityOfPage": address,
        "archivedAt": absolute("pages.history", story=story.id) if article else "",
        "inLanguage": language.tag,
        "datePublished": rfc3339(story.published_at),
        "dateModified": rfc3339(live.live_since),
        "version": live.version,
        "author": {"@type": "Person", "name": live.author.name},
        **_parts(content),
        "correction": [_correction(each) for each in corrections],
    }
    return {name: item for name, item in value.items() if item not in ("", [])}


def _parts(content: Content) -> dict[str, Any]:
    """What the parts of a content say, under the properties that its shape gives them."""
    values: dict[str, Any] = {}
    for part in content.shape.parts:
        blocks = [block for block in part.blocks(content.fields) if any(block)]
        if not (part.schema_org and blocks):
            continue
        if part.kind.prose:
            said = values.get(part.schema_org)
            texts = [] if said is None else [said]
            values[part.schema_org] = "\n\n".join(
                [*texts, *(part.seen(block)[0] for block in blocks)]
            )
        elif part.schema_org == "author":
            values["author"] = [{"@type": "Person", "name": name} for (name,) in blocks]
        elif part.kind.cites:
            values[part.schema_org] = [block[1] for block in blocks]
        elif part.kind.name == "image":
            url, _, caption, credit = blocks[0]
            more = {"caption": caption, "creditText": credit}
            said = {name: text for name, text in more.items() if text}
            values[part.schema_org] = {"@type": "ImageObject", "url": url, **said}
        elif not part.kind.named:
            texts = [block[0] for block in blocks]
            values[part.schema_org] = texts if part.kind.many else texts[0]
    return values


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
