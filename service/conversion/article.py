"""Which parts of a page are its article's text, and what of the article stands outside them.

Where a page marks its article, that is taken; where it does not, the element that holds the most
paragraphs. What within it is known to be something else is named and left out, and so is what of
the article is not in it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from service.conversion import vocabulary
from service.conversion.losses import Losses
from service.conversion.parsing import Element
from service.conversion.text import is_visible

_BODY_CLASSES = frozenset(
    {"entry-content", "post-content", "article-content", "article-body", "article__body"}
    | {"story-body", "gh-content", "wp-block-post-content", "rich-text-body"}
)
_STORY_TYPE = re.compile(r"schema\.org/\w*(?:Article|Posting)\b")
_STORY_CLASSES = frozenset({"hentry", "h-entry"})
_LIVE = "LiveBlogPosting"
_LIVE_CLASSES = frozenset({"liveblog", "live-blog"})
_AROUND_TAGS = {"nav": "navigation", "aside": "aside", "footer": "footer", "amp-ad": "part"}
_AROUND_CLASSES = frozenset(
    {"sharedaddy", "jp-relatedposts", "related-posts", "related-articles", "share-buttons"}
    | {"social-share", "newsletter-signup", "comments", "comments-area", "advertisement", "ad"}
    | {"post-navigation", "breadcrumbs", "cookie-banner", "story-history", "sidebar", "widget"}
    | {"comment-respond", "comment-list", "respond", "subscription-widget"}
)
"""Classes, and ids."""
_SEVERAL = 2
"""Paragraphs of an element that may be a page's article."""
_PASSAGE = 30
"""Characters of a text that is more than a label or a date, where it is in no paragraph."""
_TEXTS = {
    "p": "paragraph",
    "pre": "paragraph",
    **dict.fromkeys(("li", "dt", "dd"), "list entry"),
    "blockquote": "quotation",
    "table": "table",
    "figure": "figure",
    **dict.fromkeys(vocabulary.HEADINGS, "heading"),
}
"""What holds text of an article, whatever its length."""
_MEDIA = {
    **dict.fromkeys(vocabulary.IMAGES, "image"),
    **dict.fromkeys(vocabulary.PLAYERS, "embed"),
}


class _Place(NamedTuple):
    """An element in a page. `story`, `main`: the outermost article and main part that it is in or
    is; `around`: it is, or is in, what is around an article.
    """

    element: Element
    story: Element | None = None
    main: Element | None = None
    around: bool = False


def article(root: Element, told: Collection[str], losses: Losses) -> Element:
    """What holds the article's text: an element of the page, or one of several in their order.
    Names what of the article is outside it, except what `told` has, the texts taken elsewhere.
    """
    places = list(_places(root))
    sizes = _sizes(places)
    taken, whole = _taken([each for each in places if not each.around], sizes)
    if not taken:
        taken, whole = _taken(places, sizes)
    if not taken:
        return next((each.element for each in places if each.element.tag == "body"), root)
    parts = _outermost(root, {id(each.element) for each in taken})
    stories = {id(each.story) for each in taken}
    others = [
        each
        for each in places
        if each.element is each.story and not each.around and id(each.element) not in stories
    ]
    losses.add("other article of the page", sum(sizes[id(each.element)] > 0 for each in others))
    passed = {id(each.element) for each in others}
    for what in _outside(whole or root, parts, passed, told, sizes):
        losses.add(f"{what} outside the article's text")
    return parts[0] if len(parts) == 1 else Element("#document", {}, [*parts])


def leave_out_what_is_around(article: Element, title: str, losses: Losses) -> None:
    """Take away what is around a text, and its title, which stands apart."""
    untitled = bool(title)
    for element in list(within(article)):
        kept: list[Element | str] = []
        for child in element.children:
            if isinstance(child, Element):
                if what := _around(child):
                    losses.add(f"{what} around the article")
                    continue
                if untitled and child.tag == "h1" and _said(child) == title:
                    untitled = False
                    continue
            kept.append(child)
        element.children[:] = kept


def _taken(
    places: Sequence[_Place], sizes: dict[int, int]
) -> tuple[Sequence[_Place], Element | None]:
    """The places of a page's text, and the element that holds all of its article, if one does."""
    body = next((each.element for each in places if each.element.tag == "body"), None)
    live = any(_is_live(each.element) for each in places)
    for is_marked in (*([_is_story] if live else []), *_MARKS):
        marked = [each for each in places if is_marked(each.element)]
        if marked:
            # The article whose heading is the page's, or else the longest
            headed = _headed(places)
            largest = max(
                marked, key=lambda each: (id(each.story) in headed, sizes[id(each.element)])
            )
            if live and is_marked is _is_story:
                return marked, largest.main or body
            same = [each for each in marked if each.story is largest.story]
            return same, largest.story or largest.main or body
    best = max(places, key=lambda each: _paragraphs(each.element), default=None)
    several = best is not None and _paragraphs(best.element) >= _SEVERAL
    return [best] if best and several else [], body


def _headed(places: Sequence[_Place]) -> set[int]:
    """The articles, by identity, that have the heading of a page."""
    return {id(each.story) for each in places if each.story and each.element.tag == "h1"}


def _is_story(element: Element) -> bool:
    """Whether an element is an article; a page as a whole may say so of itself, and is none."""
    if element.tag in ("html", "body"):
        return False
    typed = _STORY_TYPE.search(element.get("itemtype")) is not None
    return element.tag == "article" or typed or not _STORY_CLASSES.isdisjoint(element.classes)


_MARKS: Sequence[Callable[[Element], bool]] = (
    lambda each: each.get("itemprop") == "articleBody",
    lambda each: not _BODY_CLASSES.isdisjoint(each.classes),
    _is_story,
    lambda each: each.tag == "main" or each.get("role") == "main",
)
"""How a page marks its text, the surest first."""


def _is_live(element: Element) -> bool:
    """Whether it says that the articles of its page are the posts of one live blog."""
    if element.get("type") == "application/ld+json":
        return any(_LIVE in each for each in element.children if isinstance(each, str))
    return (
        _LIVE in element.get("itemtype")
        or element.get("itemprop") == "liveBlogUpdate"
        or not _LIVE_CLASSES.isdisjoint(element.classes)
    )


def _outside(
    whole: Element,
    parts: Sequence[Element],
    others: Collection[int],
    told: Collection[str],
    sizes: dict[int, int],
) -> Iterator[str]:
    """What an element says outside the parts that are taken, in words."""
    taken = {id(each) for each in parts}
    around_parts = _holding(whole, taken)
    ahead = [whole]
    while ahead:
        element = ahead.pop()
        if element is not whole and (
            id(element) in others or _around(element) or vocabulary.left_out(element)
        ):
            continue
        if id(element) in taken or vocabulary.is_hidden(element):
            continue
        if element.tag in _MEDIA:
            yield _MEDIA[element.tag]
            continue
        says = sizes[id(element)] > 0 or element.tag == "figure"
        if says and element.tag in _TEXTS and id(element) not in around_parts:
            said = _said(element)
            yield from [] if said and said in told else [_TEXTS[element.tag]]
            continue
        own = " ".join("".join(map(_words_of, element.children)).split())
        counted = len(own) >= _PASSAGE
        if counted and own not in told:
            yield "passage"
        ahead += [
            each
            for each in reversed(element.children)
            if isinstance(each, Element) and not (counted and _words_of(each))
        ]


def _words_of(child: Element | str) -> str:
    """A text, or that of an element in a line of it which has no others in it."""
    if isinstance(child, str):
        return child
    if child.tag in vocabulary.BLOCKS or any(isinstance(each, Element) for each in child.children):
        return ""
    return "".join(each for each in child.children if isinstance(each, str))


def _holding(whole: Element, taken: Collection[int]) -> set[int]:
    """The elements, by identity, that are or hold one of those that are taken."""
    found = set(taken)
    for element in reversed(list(within(whole))):  # those within an element come after it
        if any(id(each) in found for each in element.children):
            found.add(id(element))
    return found


def _outermost(root: Element, found: Collection[int]) -> list[Element]:
    """Elements, known by identity, that are in none of the others, in the order of the page."""
    parts, ahead = [], [root]
    while ahead:
        element = ahead.pop()
        if id(element) in found:
            parts.append(element)
        else:
            ahead += [each for each in reversed(element.children) if isinstance(each, Element)]
    return parts


def _places(root: Element) -> Iterator[_Place]:
    """All elements, in the order of the page."""
    ahead = [_Place(root)]
    while ahead:
        element, story, main, around = ahead.pop()
        story = story or (element if _is_story(element) else None)
        is_main = element.tag == "main" or element.get("role") == "main"
        main = main or (element if is_main else None)
        around = around or bool(_around(element))
        yield _Place(element, story, main, around)
        ahead += [
            _Place(each, story, main, around)
            for each in reversed(element.children)
            if isinstance(each, Element)
        ]


def _sizes(places: Sequence[_Place]) -> dict[int, int]:
    """How much text each element holds, by its identity."""
    sizes: dict[int, int] = {}
    for element in (each.element for each in reversed(places)):
        sizes[id(element)] = sum(
            sizes[id(each)] if isinstance(each, Element) else len(each) if is_visible(each) else 0
            for each in ([] if element.tag in ("script", "style") else element.children)
        )
    return sizes


def _paragraphs(element: Element) -> int:
    return sum(isinstance(each, Element) and each.tag == "p" for each in element.children)


def _around(element: Element) -> str:
    if element.tag in _AROUND_TAGS:
        return _AROUND_TAGS[element.tag]
    known = {*element.classes, element.get("id")}
    return "" if _AROUND_CLASSES.isdisjoint(known) else "part"


def within(element: Element) -> Iterator[Element]:
    """An element and all in it, in the order of the page."""
    ahead = [element]
    while ahead:
        found = ahead.pop()
        yield found
        ahead += [each for each in reversed(found.children) if isinstance(each, Element)]


def texts(element: Element) -> Iterator[str]:
    """The texts within an element, in their order."""
    ahead: list[Element | str] = [element]
    while ahead:
        found = ahead.pop()
        if isinstance(found, str):
            yield found
        elif found.tag not in ("script", "style"):
            ahead += reversed(found.children)


def _said(element: Element) -> str:
    return " ".join("".join(texts(element)).split())
