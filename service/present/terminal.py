"""Histories and diffs for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from repo_store import Revision, State, printable, rfc3339
from service.diffing import Block, Diff, SectionSpec
from service.diffing.render.fact_lines import fact_lines, line_text, verdict
from service.diffing.render.labels import Specs, departure, label, stale_line, stats_line
from service.diffing.render.signs import SIGNS, on_one_line
from service.present.wording import note_of

_STYLES = {"equal": "", "insert": "green underline", "delete": "red strike"}


def log(revisions: list[Revision]) -> RenderableType:
    return Group(*map(_entry, revisions))


def _entry(revision: Revision) -> Text:
    changes = revision.changes
    name = f"version {revision.version}" if revision.version else f"r{revision.revision} (draft)"
    text = Text.assemble(
        (name, "bold"),
        f"  {when(revision)}  {revision.kind}  by {revision.author.name}",
        f"  +{changes.words_added} −{changes.words_removed}  {', '.join(changes.sections)}",
    )
    if revision.state is State.REMOVED:
        text.append("\n    text removed for legal reasons")
    for line in note_of(revision).splitlines():
        text.append(f"\n    {line}")
    for each in revision.explanations:
        note = " ".join(note_of(each).split())
        text.append(f"\n    {each.kind} added {rfc3339(each.created_at)}: {note}")
    return text


def when(revision: Revision) -> str:
    """When it says that it was written or published; what else is to be said of that time."""
    parts = [rfc3339(revision.live_since)]
    if recorded := revision.recorded_apart:
        parts.append(f"recorded {rfc3339(recorded)}")
    if revision.out_of_order:
        parts.append("out of order")
    return ", ".join(parts)


def diff(value: Diff) -> RenderableType:
    parts: list[RenderableType] = []
    if said := verdict(value):
        parts.append(Text(said))
    if lines := fact_lines(value):
        rule = "facts changed" if value.facts else "in short"
        parts.append(Rule(rule, align="left", style="dim"))
        parts += [Text(line_text(line, value.specs)) for line in lines]
    parts += [Text(stale_line(each, value.specs), "yellow") for each in value.stale]
    changed, departures = set(value.changed_sections()), value.departures()
    for section in value.sections:
        if section.section not in changed:
            continue
        parts.append(Rule(section.section, align="left", style="dim"))
        if section.spec.cites and value.recounted:
            parts.append(Text(f"count: {value.source_count[0]} → {value.source_count[1]}"))
        parts += [
            Text(departure(block, section.section, now, value.specs), "dim")
            for block, now in departures.get(section.section, ())
            if now != section.section
        ]
        parts += [_block(block, section.spec, value.specs) for block in section.changes]
    return Group(*parts, Text(stats_line(value.stats), "dim"))


def _block(block: Block, spec: SectionSpec, specs: Specs) -> Text:
    text = Text(f"{label(block, spec, specs)}\n", "dim")
    for name, spans in block.stored.items():
        if spans:
            text.append(f"  {name}: " if name else "  ", "dim")
            for span in spans:
                before, after = SIGNS[span.op]
                text.append(f"{before}{on_one_line(span.text)}{after}", _STYLES[span.op])
            text.append("\n")
    return text


def lines(messages: list[str], most: int = 20) -> Iterator[str]:
    """The first `most` messages, a line each, and how many more there are."""
    yield from map(printable, messages[:most])
    if len(messages) > most:
        yield f"… and {len(messages) - most} more"
