"""Settings that are wrong are named by `manage.py check`."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import FieldDoesNotExist
from wagtail.models import Page

from wagtail_story_history import conf

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_PREFIX = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-")


def connect() -> None:
    register(check_settings, Tags.compatibility)


def check_settings(**_: Any) -> list[CheckMessage]:
    if not conf.url():
        said = "STORY_HISTORY_URL is not set: nothing is recorded."
        return [Caution(said, hint="Set it to the archive's address.", id="story_history.W001")]
    return [*_addresses(), *_pages()]


def _addresses() -> Iterable[CheckMessage]:
    addresses = {conf.public_url(): "STORY_HISTORY_PUBLIC_URL", conf.url(): "STORY_HISTORY_URL"}
    for url, name in addresses.items():
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            hint = "It is like https://history.example.org"
            yield Error(f"{name} is no web address: {url!r}.", hint=hint, id="story_history.E001")
        elif parts.path.rstrip("/").endswith("/api/v1"):
            hint = "Leave out /api/v1."
            yield Error(f"{name} is the API's address.", hint=hint, id="story_history.E001")
    parts = urlsplit(conf.url())
    host = parts.hostname or ""
    if parts.scheme == "http" and "." in host and host not in _LOCAL:
        said = "STORY_HISTORY_URL is http: the token goes over the network for all to read."
        yield Caution(said, hint="Use https.", id="story_history.W002")
    if not conf.token():
        hint = "Set it to what `story-history token create --role integration` printed."
        yield Error("STORY_HISTORY_TOKEN is not set.", hint=hint, id="story_history.E002")
    if not _PREFIX.fullmatch(conf.prefix()):
        hint = "It is words of a–z and 0–9, each followed by a hyphen, such as page-."
        said = f"STORY_HISTORY_PREFIX cannot begin an id: {conf.prefix()!r}."
        yield Error(said, hint=hint, id="story_history.E003")


def _pages() -> Iterable[CheckMessage]:
    pages = conf.pages()
    if not isinstance(pages, dict) or not all(isinstance(each, dict) for each in pages.values()):
        hint = 'It is like {"news.ArticlePage": {}}, or {"news.ArticlePage": {"summary": "intro"}}.'
        yield Error("STORY_HISTORY_PAGES is no mapping.", hint=hint, id="story_history.E004")
        return
    if not pages:
        hint = 'Such as {"news.ArticlePage": {}}.'
        said = "STORY_HISTORY_PAGES names no page models: nothing is recorded."
        yield Caution(said, hint=hint, id="story_history.W003")
    for label, mapping in pages.items():
        model = conf.model_of(label)
        if model is None or not issubclass(model, Page):
            said = f"STORY_HISTORY_PAGES: {label} is no page model."
            hint = "Name it as app_label.ModelName."
            yield Error(said, hint=hint, id="story_history.E005")
            continue
        for part, paths in mapping.items():
            yield from _part(label, model, part, paths)


def _part(label: str, model: type[Any], part: str, paths: conf.Paths) -> Iterable[CheckMessage]:
    if part not in conf.PARTS:
        said = f"STORY_HISTORY_PAGES: {label} maps {part!r}, which is no part of an article."
        yield Error(said, hint=f"Parts: {', '.join(conf.PARTS)}.", id="story_history.E006")
        return
    for each in (paths,) if isinstance(paths, str) else paths or ():
        name = each.partition(".")[0]
        if not hasattr(model, name) and not _is_field(model, name):
            said = f"STORY_HISTORY_PAGES: {label} has no {name!r}, which its {part} is taken from."
            yield Error(said, hint="Name a field, property or method.", id="story_history.E007")


def _is_field(model: type[Any], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
