"""Jinja filters: times, counts, names of sections and kinds, addresses of static files."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import g, url_for
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from repo_store import NotFound, Revision, rfc3339
from repo_store.markdown import Image
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import (
    added,
    counted,
    part_label,
    removed,
    section_label,
)
from service.diffing.render.labels import capitalized as capitalized  # the desk's, too
from service.messages import figure, gettext
from service.present.diff_view import SectionView
from service.present.fact_view import lead, leads, leads_of
from service.present.language import by_character, language, language_of
from service.present.rich_diff import pictures, rich_block, unchanged
from service.present.rich_text import picture, rich_text
from service.present.stretches import folded
from service.present.table_diff import in_tables
from service.present.times import clock_time, day_name, readable, readable_day
from service.present.unseen import with_unseen
from service.present.wording import (
    PARTS,
    describe,
    field_label,
    ground,
    kind_name,
    note_of,
    outcome,
    override_of,
    place_of,
)
from service.web.http.services import services, stories

STATIC = Path(__file__).parents[2] / "static"


def local_time(moment: datetime) -> str:
    """The value of a datetime-local input."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def waited(since: datetime, now: datetime) -> str:
    """A duration in its largest unit, such as “3 hours”."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, noun)
    return "less than a minute"


def shortened(text: str) -> str:
    """At most 80 characters, for lists."""
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"


def last_part(text: str) -> str:
    """The last 80 characters or so, for what stands before something."""
    return text if len(text) <= 80 else f"…{text[-79:].partition(' ')[2]}"


def rows(text: str) -> int:
    """The height of a textarea, in lines, that shows all of a text."""
    return max(2, min(30, len(text) // 70 + 1))


def field_name(name: str) -> str:
    """Of a form's field, such as “FAQ: answer” or “Base version”."""
    section, _, field = name.partition(".")
    label = section_name(section).replace("_", " ")
    return f"{label}: {field}" if field else label


def host(address: str) -> str:
    """Whose site an address is on, as browsers show it."""
    return urlsplit(address).hostname or ""


def static_url(name: str) -> str:
    """The address of a static file with its hash, so that caches never serve an outdated one."""
    return url_for("static", filename=name, v=_digest(name))


@pass_context
def _asset_url(_: Context, name: str) -> str:
    """The address of the text face, the logo or the paper's style sheet, likewise with its hash."""
    asset = services().look.assets[name]
    return url_for("assets.asset", digest=asset.digest, name=name)


@pass_context
def _static_url(_: Context, name: str) -> str:
    """For this request: a filter without a context is computed when a template is compiled."""
    return static_url(name)


@cache
def _digest(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def code_spans(text: str) -> Markup:
    """Renders text between backticks as code."""
    parts = [
        Markup("<code>{}</code>").format(part) if position % 2 else escape(part)
        for position, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def section_name(section: str) -> str:
    """How a part of a content is called."""
    return part_label(services().archive.shapes_knowing(section).label(section))


class OfStory(Protocol):
    """A version, or another record of a story."""

    @property
    def story(self) -> str: ...


def unit(record: OfStory) -> str:
    """In what pages count the text of a record's story: `word`, or `character` where its script
    has no spaces between words. The counts themselves are the same.
    """
    known: dict[str, str] = g.setdefault("units", {})
    if record.story not in known:
        known[record.story] = "word"
        with suppress(NotFound):
            summary = stories().story(record.story)
            if by_character(f"{summary.title} {summary.summary}"):
                known[record.story] = "character"
    return known[record.story]


def side_name(version: Revision) -> str:
    """What heads a version's column beside another's."""
    time = readable(version.live_since)
    return gettext("Version %(number)s, %(time)s", number=version.version, time=time)


def groupby_change(sections: Iterable[SectionView]) -> list[tuple[bool, list[SectionView]]]:
    """Sections that changed, and runs of those that did not and that readers see."""
    shown = [each for each in sections if each.changed or (each.items and each.is_read)]
    return [(not changed, list(run)) for changed, run in groupby(shown, lambda each: each.changed)]


FILTERS = {
    "asset_url": _asset_url,
    "added": added,
    "language_of": language_of,
    "language_of_listed": lambda story: language(f"{story.summary}\n{story.title}"),
    "capitalized": capitalized,
    "clock_time": clock_time,
    "day_name": day_name,
    "field_label": lambda field: field_label(field, section_name),
    "field_name": field_name,
    "note": note_of,
    "kind_name": kind_name,
    "figure": figure,
    "part_label": part_label,
    "removed": removed,
    "section_label": section_label,
    "unit": unit,
    "outcome": lambda action: outcome(action, section_name),
    "override_reason": override_of,
    "part_name": PARTS.__getitem__,
    "folded": folded,
    "ground": ground,
    "groupby_change": groupby_change,
    "in_tables": in_tables,
    "host": host,
    "isolated": lambda text: Markup("<bdi>{}</bdi>").format(text),
    "local_time": local_time,
    "last_part": last_part,
    "place_of": lambda action: place_of(action, section_name),
    "rows": rows,
    "shortened": shortened,
    "code_spans": code_spans,
    "describe": lambda record: describe(record, section_name),
    "waited": waited,
    "with_unseen": with_unseen,
    "rich_text": rich_text,
    "picture": lambda image: picture(Image(image["url"]), image.get("alt", "")),
    "pictures": pictures,
    "rich_block": rich_block,
    "unchanged_text": unchanged,
    "formatting_lines": formatting_lines,
    "exact_day": readable_day,
    "short_day": partial(readable_day, length="medium"),
    "exact_time": readable,
    "machine_time": rfc3339,
    "counted": counted,
    "lead": lead,
    "leads": leads,
    "leads_of": leads_of,
    "section_name": section_name,
    "side_name": side_name,
    "static_url": _static_url,
}
