"""The pages of an export: redlines of differences, and a report that a court can read and print.

Each page is self-contained: its style is in it, and it needs no script and no network.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import NamedTuple

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from repo_store import Action, Content, Explanation, Revision, StoredCheckpoint, rfc3339
from service.audit.log import key_of
from service.audit.snapshot import StorySnapshot
from service.comparison import page_of
from service.diffing import Block, SpanOp, compare
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import counted, fact_kind, stats_line
from service.present.diff_view import Change, DiffView, diff_view
from service.present.language import language_of
from service.present.rich_diff import pictures, rich_block, unchanged
from service.present.rich_text import Setting, rich_text
from service.present.table_diff import in_tables
from service.present.template_messages import IN_TEMPLATES
from service.present.times import readable
from service.present.unseen import with_unseen
from service.present.wording import describe, ground, note_of, override_of

_ON_PAPER = Setting(loads=False)
_MOST = 12
"""Facts, and changes, that the report names of a version."""
_WORDS, _CHARACTERS = 10, 80
"""How much of a change it quotes."""


@cache
def environment() -> Environment:
    """The templates of this package, and those shared with the web pages."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("service.audit.export"), PackageLoader("service.present")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        counted=counted,
        exact_time=readable,
        time_element=_time,
        when=_when,
        fact_kind=fact_kind,
        folded=lambda spans: spans,  # on paper nothing is
        ground=ground,
        language_of=language_of,
        note=note_of,
        override_reason=override_of,
        describe=describe,
        stats_line=stats_line,
        with_unseen=with_unseen,
        rich_text=partial(rich_text, loads=False),
        pictures=partial(pictures, setting=_ON_PAPER),
        in_tables=in_tables,
        rich_block=partial(rich_block, setting=_ON_PAPER),
        unchanged_text=partial(unchanged, loads=False),
        formatting_lines=formatting_lines,
    )
    style = files("service.audit.export").joinpath("templates/sheet.css").read_text("utf-8")
    environment.globals.update(IN_TEMPLATES)
    environment.globals["css"] = Markup(style)  # noqa: S704 a file of our own
    return environment


@lru_cache(1_000)
def _time(moment: datetime) -> Markup:
    """For the page, as it is read and as machines read it."""
    element = f'<time datetime="{rfc3339(moment)}">{readable(moment)}</time>'
    return Markup(element)  # noqa: S704 digits and names of months


def _when(record: Revision | Action | Explanation, claimed: datetime) -> Markup:
    """When a record says that it was made and, if that is another time, when it was recorded."""
    said = str(_time(claimed))
    if recorded := record.recorded_apart:
        said += f" (recorded {_time(recorded)})"
    if not isinstance(record, Explanation) and record.out_of_order:
        said += " (out of order)"
    return Markup(said)  # noqa: S704 likewise


def _page(name: str, **values: object) -> bytes:
    return environment().get_template(name).render(**values).encode()


class Step(NamedTuple):
    """A version and what it changed.

    `content` is None if it was removed; `view` is None if there is nothing to compare it with.
    """

    before: Revision | None
    version: Revision
    content: Content | None
    view: DiffView | None


Said = tuple[Revision, Content | None]
"""A version and what it says, if that was not removed."""


def steps(versions: Iterable[Said], before: Said | None = None) -> Iterator[Step]:
    """Each version, in order, against the one before it; `before`: that of the first."""
    previous = before and before[0]
    old = page_of(before[1]) if before and before[1] else None
    for version, content in versions:
        new = page_of(content) if content else None
        view = diff_view(compare(old, new), part=None) if old and new else None
        yield Step(previous, version, content, view)
        previous, old = version, new


def redline(step: Step) -> bytes:
    """A difference as a page of its own: the whole text, with every change marked."""
    return _page("redline.html", **step._asdict())


def redline_name(before: Revision, version: Revision) -> str:
    """The name of the redline's file, without its suffix."""
    return f"{before.version:04d}-{version.version:04d}"


class ChangeLine(NamedTuple):
    """A change in short: where it is, the first words that went and that came."""

    where: str
    removed: str
    added: str


def change_lines(view: DiffView) -> list[ChangeLine]:
    return [
        ChangeLine(
            item.label if section.spec.single else f"{section.spec.label}: {item.label}",
            _first_words(item.block, "delete"),
            _first_words(item.block, "insert"),
        )
        for section in view.sections
        for item in section.items
        if isinstance(item, Change)
    ]


def _first_words(block: Block, op: SpanOp) -> str:
    texts = (text for spans in block.texts.values() for each, text in spans if each == op)
    words = next((text for text in texts if text.strip()), "").split(maxsplit=_WORDS)
    first = " ".join(words[:_WORDS])
    # A script may have no spaces.
    return f"{first[:_CHARACTERS]}…" if words[_WORDS:] or len(first) > _CHARACTERS else first


def head(story: StorySnapshot, title: str, checkpoint: StoredCheckpoint) -> bytes:
    """The report as far as the changes of each version, which `section` gives."""
    return _page(
        "report_head.html",
        story=story,
        title=title or story.id,
        size=checkpoint.size,
        root=b64encode(checkpoint.checkpoint.root).decode(),
        key=key_of(checkpoint),
    )


def section(step: Step, until: datetime | None) -> bytes:
    """A version in the report: its facts and changes in short, or its text if it has no redline."""
    lines = change_lines(step.view) if step.view else []
    values = step._asdict() | {"until": until, "lines": lines, "most": _MOST}
    return _page("report_version.html", **values, redline_name=redline_name)


FOOT = b"</main></body></html>\n"
