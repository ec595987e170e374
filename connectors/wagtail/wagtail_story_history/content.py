"""A page as an article: what readers see of it, part by part.

Each part is found by convention, by the mapping in `STORY_HISTORY_PAGES`, or said by the page's own
`story_history_content()`, the later before the earlier.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from django.db.models import Manager, Model
from wagtail.fields import RichTextField
from wagtail.images.models import AbstractImage
from wagtail.images.shortcuts import get_rendition_or_not_found
from wagtail.models import Page, Site
from wagtail.rich_text import RichText, get_text_for_indexing

from wagtail_story_history import conf
from wagtail_story_history.body import html_of, is_html
from wagtail_story_history.text import cleaned, line

_CONVENTION: Mapping[str, tuple[str, ...]] = {
    "summary": ("summary", "standfirst", "introduction", "intro", "excerpt", "search_description"),
    "authors": ("authors", "author", "byline", "bylines"),
    "tags": ("tags",),
    "image": ("image", "main_image", "hero_image", "header_image", "lead_image", "feed_image"),
    "body": ("body", "content"),
}
"""The attributes that a part is taken from: the first that the page has and that says something."""


def article(page: Any) -> dict[str, Any]:
    """What readers see of a page, in the form of the archive's shape `article`; its body as
    `body_html`. Empty parts are left out.

    `page`: of its own class. Raises whatever the page's own methods and templates raise.
    """
    mapping = conf.mapping_of(type(page)) or {}
    base = base_url(page)
    found: dict[str, Any] = {"shape": "article"}
    for part, make in _PARTS.items():
        found[part] = make(page, mapping, base)
    found["ids"] = [f"wagtail:{page.pk}", f"urn:uuid:{page.translation_key}"]
    if own := getattr(page, "story_history_content", None):
        found |= own()
        if found.get("body"):
            del found["body_html"]
    if isinstance(found.get("body_html"), str):
        found["body_html"] = cleaned(found["body_html"])
    return {part: value for part, value in found.items() if value}


def base_url(page: Any) -> str:
    """What addresses within the page are relative to."""
    site = page.get_site() or Site.objects.filter(is_default_site=True).first()
    return str(page.full_url or (site.root_url if site else ""))


def _title(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    return line(" ".join(_texts(page, mapping.get("title", "title"))))


def _summary(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    return " ".join(_by(page, mapping, "summary"))


def _authors(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> list[str]:
    if "authors" in mapping:
        return _texts(page, mapping["authors"])
    if found := _by(page, mapping, "authors"):
        return found
    return [name] if (name := person(page.owner)) else []


def _section(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    if "section" in mapping:
        return " ".join(_texts(page, mapping["section"]))
    parent = page.get_parent()
    if parent is None or parent.is_root() or parent.is_site_root():
        return ""
    return line(parent.title)


def _tags(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> list[str]:
    return list(dict.fromkeys(_by(page, mapping, "tags")))


def _language(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    if "language" in mapping:
        return " ".join(_texts(page, mapping["language"]))
    return str(page.locale.language_code)


def _url(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    if "url" in mapping:
        return " ".join(_texts(page, mapping["url"]))
    return str(page.full_url or "")


def _image(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> dict[str, str]:
    for path in _paths(mapping["image"] if "image" in mapping else _CONVENTION["image"]):
        image = _value(page, path)
        if isinstance(image, AbstractImage):
            rendition = get_rendition_or_not_found(image, conf.image_filter())
            alt = getattr(image, "default_alt_text", image.title)
            found = {
                "url": urljoin(base, rendition.url),
                "alt": line(alt or ""),
                "caption": " ".join(_texts(page, mapping.get("image_caption", f"{path}_caption"))),
                "credit": " ".join(_texts(page, mapping.get("image_credit", f"{path}_credit"))),
            }
            return {name: value for name, value in found.items() if value}
    return {}


def _body(page: Any, mapping: Mapping[str, conf.Paths], base: str) -> str:
    if "body" in mapping:
        paths = _paths(mapping["body"])
    else:
        named = [name for name in _CONVENTION["body"] if is_html(_value(page, name))]
        written = [field.name for field in page._meta.fields if is_html(_value(page, field.name))]
        paths = tuple(named[:1] or [name for name in written if name not in _taken(mapping)])
    return "\n".join(html_of(_value(page, path), base) for path in paths)


def _taken(mapping: Mapping[str, conf.Paths]) -> set[str]:
    """The fields that are another part."""
    summary = _paths(mapping["summary"]) if "summary" in mapping else _CONVENTION["summary"]
    return {*summary, *_CONVENTION["authors"]}


_PARTS: Mapping[str, Callable[[Any, Mapping[str, conf.Paths], str], Any]] = {
    "title": _title,
    "summary": _summary,
    "authors": _authors,
    "section": _section,
    "tags": _tags,
    "language": _language,
    "url": _url,
    "image": _image,
    "body_html": _body,
}


def person(user: Any) -> str:
    """A user's name as readers may see it, or an empty one."""
    name = line(user.get_full_name() or user.get_username()) if user else ""
    return name.translate({ord("<"): None, ord(">"): None})[:200]


def _by(page: Any, mapping: Mapping[str, conf.Paths], part: str) -> list[str]:
    if part in mapping:
        return _texts(page, mapping[part])
    return next(filter(None, (_texts(page, name) for name in _CONVENTION[part])), [])


def _texts(page: Any, paths: conf.Paths) -> list[str]:
    """What these attributes say: a text each, or for a relation one for each object."""
    found = [text for path in _paths(paths) for text in _said(_value(page, path))]
    return [text for each in found if (text := line(each))]


def _paths(paths: conf.Paths) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else tuple(paths or ())


def _value(page: Any, path: str) -> Any:
    """None if there is no such attribute. A method is called."""
    found = page
    for name in path.split("."):
        owner, found = found, getattr(found, name, None)
        if callable(found) and not isinstance(found, Manager | Model | type):
            found = found()
        elif isinstance(found, str) and _is_rich_text(owner, name):
            found = RichText(found)
    return found


def _is_rich_text(owner: Any, name: str) -> bool:
    fields = owner._meta.get_fields() if isinstance(owner, Model) else ()
    return any(field.name == name and isinstance(field, RichTextField) for field in fields)


def _said(value: Any) -> Iterable[str]:
    if value is None or isinstance(value, bool):
        return ()
    if isinstance(value, Page):
        return (value.title,)
    if hasattr(value, "all"):
        return (text for each in value.all() for text in _said(each))
    if is_html(value):
        return (get_text_for_indexing(html_of(value, "")),)
    if isinstance(value, list | tuple | set):
        return (text for each in value for text in _said(each))
    if hasattr(value, "get_full_name"):
        return (person(value),)
    return (str(value),)
