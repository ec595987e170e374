"""A revision as other systems take it: an article in one of the `formats`."""

from typing import Any, NamedTuple

from repo_store import BUILT_IN, Content, Revision, State
from repo_store.markdown import writing
from service.diffing.render.labels import counted
from service.formats import WRITERS, Item, Status, article, is_uri
from service.present.article_address import article_address
from service.present.language import named_language
from service.usecases.reading import Stories

_ARTICLE = BUILT_IN["article"]


class Sent(NamedTuple):
    """A file, and what of the revision has no place in it, in words."""

    data: bytes
    dropped: tuple[str, ...]


def written(
    stories: Stories,
    revision: Revision,
    content: Content,
    form: str,
    url: str = "",
    articles: str = "",
) -> Sent:
    """A revision in the format of this name, one of `WRITERS`. `url`, `articles`: where this
    archive is, and where the articles are, as the settings have them.

    What was public and is withdrawn is canceled; what never was public is withheld.
    """
    story = revision.story
    fields, dropped = as_article(content)
    if address := article_address(story, content, articles):
        fields = article(**{**fields, "url": address})
    here = f"{url}/stories/{story}" if url else f"urn:x-story-history:{story}"
    names = [*fields.get("ids", ()), fields.get("url", ""), here]
    public = stories.story(story) if revision.state is State.PUBLISHED else None
    status = Status.WITHHELD
    if public:
        status = Status.CANCELED if public.withdrawn else Status.USABLE
    item = Item(
        content=fields,
        id=next(each for each in names if is_uri(each)),
        version=revision.version,
        at=revision.live_since if public else revision.created_at,
        first=public.published_at if public else None,
        author=revision.author.name,
        note=revision.note,
        kind=revision.kind.value,
        status=status,
    )
    data, more = WRITERS[form](item)
    return Sent(data, (*dropped, *more))


def as_article(content: Content) -> tuple[dict[str, Any], list[str]]:
    """A content's fields in the shape `article`, and the labels of parts that it has no place for.

    Texts that an article does not have follow each other in its body, under their labels.
    """
    if content.shape.name == _ARTICLE.name:
        if content["language"] and not named_language(content):
            known = {name: value for name, value in content.fields.items() if name != "language"}
            return article(**known), [_ARTICLE.by_id["language"].label]
        return article(**content.fields), []
    fields: dict[str, Any] = {}
    body: list[str] = []
    dropped = []
    for part in content.shape.parts:
        blocks = [block for block in part.blocks(content.fields) if any(block)]
        like = _ARTICLE.by_id.get(part.id)
        if not blocks:
            continue
        if part.kind.prose:
            texts = [block[0] for block in blocks]
            body += [] if part.id == "body" else [writing.heading(2, part.label)]
            body += texts if part.format == "markdown" else map(writing.paragraph, texts)
        elif like and like.kind == part.kind:
            fields[part.id] = content[part.id]
        else:
            dropped.append(part.label)
    listed = sum(len(content[part.id]) for part in content.shape.parts if part.kind.cites)
    if content.source_count > listed:
        dropped.append(f"{counted(content.source_count - listed, 'source')} not listed")
    return article(**fields, body=body), dropped
