"""How values read on a page: times, counts, names of sections and kinds, addresses of files."""

from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import url_for
from markupsafe import Markup, escape

from repo_store import Content
from service.diffing.render.labels import counted, fact_kind, section_name
from service.present.language import Language, language
from service.present.times import readable, rfc3339
from service.present.wording import describe, done, ground, place_of

STATIC = Path(__file__).parents[2] / "static"


def local_time(moment: datetime) -> str:
    """As a form's field for a time takes it."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def waited(since: datetime, now: datetime) -> str:
    """Such as “3 hours”: how long, in its largest unit."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, noun)
    return "less than a minute"


def shortened(text: str) -> str:
    """For a list: the whole of it stands in the text."""
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"


def rows(text: str) -> int:
    """Lines of a text field that shows all of a text."""
    return max(2, min(30, len(text) // 70 + 1))


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def static_url(name: str) -> str:
    """A file's address with its hash, so that a new file is never mistaken for a kept old one."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=name, v=digest)


def ticked(text: str) -> Markup:
    """What stands between backticks as code."""
    parts = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(each) if at % 2 else escape(each)
        for at, each in enumerate(parts)
    ]
    return Markup("").join(marked)


def language_of(content: Content) -> Language:
    """The language that a story is in, as far as can be told."""
    return language("\n".join([content.summary, *content.overview, content.title]))


FILTERS = {
    "language_of": language_of,
    "capitalized": capitalized,
    "done": done,
    "ground": ground,
    "local_time": local_time,
    "place_of": place_of,
    "rows": rows,
    "shortened": shortened,
    "ticked": ticked,
    "describe": describe,
    "waited": waited,
    "exact_time": readable,
    "machine_time": rfc3339,
    "counted": counted,
    "fact_kind": fact_kind,
    "section_name": section_name,
    "static_url": static_url,
}
