"""Labels for people: what happened to a block, which fact changed, how much."""

from collections.abc import Collection, Mapping

from service.diffing.characters import named_characters
from service.diffing.cosmetic import cosmetic_edit
from service.diffing.kinds import FactKind
from service.diffing.page import SectionSpec
from service.diffing.reading import read
from service.diffing.types import Block, Cosmetic, Stale, Stats, What

_COSMETIC: dict[Cosmetic, str] = {
    "space": "space",
    "punctuation": "punctuation",
    "case": "capitals",
    "form": "Unicode form",
}
FORMATTING: dict[What, str] = {
    "link": "link",
    "strong": "bold",
    "emphasis": "italics",
    "code": "code",
    "block": "kind",
    "image": "image",
    "alt": "alt text",
    "caption": "caption",
    "embed": "embed",
}
"""What may change under the same words."""
_WORDLESS = {"divider": "Header of a table", "rule": "Rule between paragraphs"}
_NAMED = 3
"""Characters that a label names."""


def counted(number: int, noun: str) -> str:
    """Such as “1 word”, “2,000 words”, “3 stories”, “4 days”, “5 addresses”."""
    ies = noun.endswith("y") and noun[-2] not in "aeiou"
    several = f"{noun[:-1]}ies" if ies else f"{noun}es" if noun.endswith("ss") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else several}"


def stats_line(stats: Stats) -> str:
    """Such as “2 words added, 1 removed, 1 block moved”."""
    moved = f", {counted(stats.blocks_moved, 'block')} moved" if stats.blocks_moved else ""
    return f"{counted(stats.words_added, 'word')} added, {stats.words_removed} removed{moved}"


def cosmetic_words(kinds: Collection[Cosmetic]) -> str:
    """Such as “capitals and punctuation only”."""
    return f"{' and '.join(sorted(_COSMETIC[kind] for kind in kinds))} only"


Specs = Mapping[str, SectionSpec]
"""Of the sections of a diff, by their names."""


def label(block: Block, spec: SectionSpec, specs: Specs) -> str:
    """Such as “Paragraph 3 changed, punctuation only” or “Moved from Overview: was paragraph 3”."""
    noun = spec.noun
    only = cosmetic_edit(block)
    details = f", {cosmetic_words([only])}" if only else _formatting_only(block)
    named = named_characters(block)
    details += "".join(f", {each.words}" for each in named[:_NAMED])
    details += f", and {len(named) - _NAMED} more such" if len(named) > _NAMED else ""
    if block.coarse:
        details += " (marked roughly)"
    if block.op == "moved":
        edited = ", with changes" if block.edited else ""
        origin = f" from {specs[block.from_section].label}" if block.from_section else ""
        was, now = _numbers(block.old), _numbers(block.new)
        return f"Moved{origin}: was {noun} {was}, now {now}{edited}{details}"
    if spec.single:
        return f"{noun.capitalize()} changed{details}"
    if what := _without_words(block):
        return f"{what} {block.op}"
    if len(block.old) > 1 or len(block.new) > 1:
        what = "merged into" if len(block.old) > 1 else "split into"
        plural = "s" if len(block.old) > 1 else ""
        was, now = _numbers(block.old), _numbers(block.new)
        return f"{noun.capitalize()}{plural} {was} {what} {now}{details}"
    return f"{noun.capitalize()} {_numbers(block.new or block.old)} {block.op}{details}"


def _without_words(block: Block) -> str:
    """What a block of Markdown is that was added or removed and shows no words, else nothing."""
    if block.source is None or (block.old and block.new) or block.spans:
        return ""
    return _WORDLESS.get(read(block.source[0].text).blocks[0].kind, "") if block.source else ""


def _formatting_only(block: Block) -> str:
    """Such as “, link and bold only”, of Markdown in which no word changed."""
    if block.source is None or not (block.old and block.new):
        return ""
    if any(op != "equal" for op, _ in block.spans) or all(op == "equal" for op, _ in block.source):
        return ""
    names = dict.fromkeys(FORMATTING[each.what] for each in block.formatting)
    *most, last = list(names) or ["how it is written"]
    return f", {', '.join(most)} and {last} only" if most else f", {last} only"


def departure(block: Block, section: str, now: str, specs: Specs) -> str:
    """Such as “Paragraph 3 moved from here: now paragraph 1 in Analysis”."""
    noun = specs[section].noun
    place = "" if now == section else f" in {specs[now].label}"
    plural = "s" if len(block.old) > 1 else ""
    was, is_now = _numbers(block.old), _numbers(block.new)
    return f"{noun.capitalize()}{plural} {was} moved from here: now {noun} {is_now}{place}"


def _numbers(indexes: tuple[int, ...]) -> str:
    *most, last = (str(index + 1) for index in indexes)
    return f"{', '.join(most)} and {last}" if most else last


def fact_kind(kind: FactKind) -> str:
    """Such as “Source or link”."""
    return kind.label


def stale_line(stale: Stale, specs: Specs) -> str:
    return f"{specs[stale.section].label} still says {stale.text}"
