"""Previews of links: what other sites show of a page that someone shares, in words and an image.

Templates make them in their heads: `{{ preview(*story_preview(…)) }}` (`_preview.html`). An image
is drawn when it is first asked for, and kept as long as its page.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import font_source_serif_pro
import resvg_py
from flask import Blueprint, Response, make_response, render_template, request, url_for

from repo_store import Content, Kind, Revision
from service.diffing import Diff, Span
from service.messages import gettext
from service.present.diff_view import DiffView, diff_view
from service.present.fact_view import Lead
from service.present.one_change import in_words, marked, one_change
from service.present.preview_image import HEIGHT, WIDTH, PreviewImage
from service.present.times import readable_day
from service.present.wording import note_of
from service.usecases.list_diffs import diffs_for_list
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import absolute
from service.web.http.params import compared, number
from service.web.http.response_cache import DependsOn
from service.web.http.services import services, stories
from service.web.public.changes import NoSuchChange, found_change

blueprint = Blueprint("previews", __name__)

_FONTS = [font_source_serif_pro.SourceSerifPro, font_source_serif_pro.SourceSerifProSemibold]
_LONGEST = 300
"""Characters of a description; other sites show fewer."""
_MOST_KINDS = 12
"""Of letters that are looked for in the machine's fonts, for one image."""
_NOBODYS = "\U0010fffd"
"""A letter that no font has."""


class Image(NamedTuple):
    """Its address, and its size in pixels."""

    url: str
    width: int = WIDTH
    height: int = HEIGHT


class Preview(NamedTuple):
    """`address`: of the page; `image_alt`: what the image says; `oembed`: the address of its oEmbed
    answer, empty if it has none.
    """

    title: str
    description: str
    address: str
    image: Image
    image_alt: str
    oembed: str = ""


def paper_name() -> str:
    """What the site is called."""
    return services().settings.name


# The heads of pages


def story_preview(
    version: Revision, content: Content, address: str, leads: Mapping[int, Lead]
) -> Preview:
    """Of a story's page. `version`: the live one; `address`: the page's canonical one; `leads`: by
    version the most important fact that it changed.
    """
    changed = _newest_change(version, leads.get(version.version or 0))
    return Preview(
        content.title,
        _joined(changed, content.summary),
        address,
        Image(absolute("previews.story_image", story=version.story)),
        _joined(content.title, changed),
        oembed_address("pages.story", story=version.story),
    )


def history_preview(version: Revision, title: str, leads: Mapping[int, Lead]) -> Preview:
    """Of the page with all versions. `version`: the live one; `title`: the story's."""
    changed = _newest_change(version, leads.get(version.version or 0))
    return Preview(
        gettext("History of “%(title)s”", title=title),
        changed or gettext("This story does not have any previous versions."),
        absolute("pages.history", story=version.story),
        Image(absolute("previews.story_image", story=version.story)),
        _joined(title, changed),
        oembed_address("pages.history", story=version.story),
    )


def version_preview(version: Revision, content: Content, live: int | None = None) -> Preview:
    """Of one version's page. `live`: how many versions there are, where the page says so."""
    stood = _as_it_stood(version, live)
    return Preview(
        content.title,
        _joined(stood, content.summary),
        absolute("pages.version", story=version.story, version=version.version),
        Image(absolute("previews.version_image", story=version.story, version=version.version)),
        _joined(content.title, stood),
    )


def diff_preview(
    old: Revision, new: Revision, view: DiffView, title: str, change: str = ""
) -> Preview:
    """Of a difference, or with the name of a change of that. `title`: the story's."""
    found = one_change(view.diff, change) if change else None
    names = {"story": new.story, "old": old.version, "new": new.version}
    if found:
        names["change"] = change
    words = found.words if found else in_words(view.diff)
    return Preview(
        gettext("One change in “%(title)s”", title=title)
        if found
        else gettext("What changed in “%(title)s”", title=title),
        _joined(words, note_of(new), _between(old, new)),
        absolute("pages.diff", **names),
        Image(absolute("previews.diff_image", **names)),
        _joined(title, words),
        oembed_address("pages.diff", **names),
    )


def oembed_address(endpoint: str, **values: object) -> str:
    """Where the oEmbed answer of a page is."""
    return absolute("oembed.oembed", url=absolute(endpoint, **values), format="json")


blueprint.add_app_template_global(story_preview)
blueprint.add_app_template_global(history_preview)
blueprint.add_app_template_global(version_preview)
blueprint.add_app_template_global(diff_preview)


_CHANGED: Mapping[Kind, Callable[[str], str]] = {
    Kind.CORRECTION: lambda day: gettext("Corrected %(day)s", day=day),
    Kind.CLARIFICATION: lambda day: gettext("Clarified %(day)s", day=day),
    Kind.RETRACTION: lambda day: gettext("Retracted %(day)s", day=day),
}


def _updated(version: Revision) -> str:
    """Such as “Updated 3 May 2026”; of a first version nothing."""
    if version.version == 1:
        return ""
    said = _CHANGED.get(version.kind, _ordinary)
    return said(readable_day(version.live_since))


def _ordinary(day: str) -> str:
    return gettext("Updated %(day)s", day=day)


def _newest_change(version: Revision, lead: Lead | None) -> str:
    """Such as “Updated 3 May 2026: Number 431 → 455 cm”."""
    words = str(lead) if lead else note_of(version)
    updated = _updated(version)
    if updated and words:
        return gettext("%(updated)s: %(words)s", updated=updated, words=words)
    return updated


def _as_it_stood(version: Revision, live: int | None = None) -> str:
    day = readable_day(version.live_since)
    if live is None:
        return gettext(
            "Version %(number)s, as it stood on %(day)s", number=version.version, day=day
        )
    return gettext(
        "Version %(number)s of %(live)s, as it stood on %(day)s",
        number=version.version,
        live=live,
        day=day,
    )


def _between(old: Revision, new: Revision) -> str:
    return gettext(
        "Versions %(old)s to %(new)s, %(day)s",
        old=old.version,
        new=new.version,
        day=readable_day(new.live_since),
    )


def _joined(*sentences: str) -> str:
    """Sentences side by side, on one line, as long as a description may be."""
    text = " · ".join(" ".join(each.split()) for each in sentences if each.strip())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


# The images


@blueprint.get("/stories/<story>/preview.png")
@public
@cached(DependsOn.STORY)
def story_image(story: str) -> Response:
    summary = stories().standing(story)
    live = stories().version(story, summary.live)
    content = stories().content(live)
    diff = diffs_for_list(stories(), [live]).get(summary.live)
    line = _updated(live) or gettext("Published %(day)s", day=readable_day(live.live_since))
    return _image(line, content.title, diff, note_of(live) if diff else content.summary)


@blueprint.get("/stories/<story>/versions/<version>/preview.png")
@public
@cached(DependsOn.VERSION)
def version_image(story: str, version: str) -> Response:
    shown = stories().version(story, number(version))
    content = stories().content(shown)
    return _image(_as_it_stood(shown), content.title, None, content.summary)


@blueprint.get("/stories/<story>/diff/<old>..<new>/preview.png")
@public
@cached(DependsOn.VERSION)
@takes("change")
def diff_image(story: str, old: str, new: str) -> Response:
    before, after = compared(story, old, new, private=False)
    title = stories().content(after).title
    line = _between(before, after)
    if name := request.args.get("change", ""):
        change = found_change(story, old, new, name).change
        drawn = PreviewImage(paper_name(), line, title, change.excerpt, _note(after))
        return _png(drawn)
    return _image(line, title, stories().diff(before, after), note_of(after))


@blueprint.app_errorhandler(NoSuchChange)
def _no_such_change(error: NoSuchChange) -> Response:
    whole = url_for("pages.diff", story=error.story, old=error.old, new=error.new)
    response = make_response(render_template("no_such_change.html", error=error, whole=whole), 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _image(line: str, title: str, diff: Diff | None, otherwise: str) -> Response:
    """`otherwise`: what stands at the end where nothing else has to."""
    words, within = marked(diff_view(diff)) if diff else ((), ())
    below = within or ((Span("equal", otherwise),) if otherwise else ())
    return _png(PreviewImage(paper_name(), line, title, words, below))


def _note(version: Revision) -> tuple[Span, ...]:
    return (Span("equal", note_of(version)),) if note_of(version) else ()


def _png(image: PreviewImage) -> Response:
    kinds = image.foreign
    known = [kind for kind, letter in islice(kinds.items(), _MOST_KINDS) if _is_drawn(letter)]
    image = image.without(kinds.keys() - known)
    return Response(_drawn(image.svg(), bool(image.foreign)), content_type="image/png")


def _drawn(svg: str, other_fonts: bool) -> bytes:
    """`other_fonts`: whether letters are needed that the face lacks: reading the machine's fonts
    takes a while.
    """
    return resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=not other_fonts, font_files=_FONTS
    )


@lru_cache(1024)
def _is_drawn(letter: str) -> bool:
    """Whether any font of this machine has the letter: else it is drawn as any other is that none
    has.
    """
    drawings = (PreviewImage(each, "", "").svg() for each in (letter, _NOBODYS))
    one, nobodys = (_drawn(svg, other_fonts=True) for svg in drawings)
    return one != nobodys
