"""Labels for people: what happened to a block, which fact changed, how much."""

from collections.abc import Collection, Mapping, Sequence

from service.diffing.characters import NamedCharacter, named_characters
from service.diffing.cosmetic import cosmetic_edit
from service.diffing.kinds import FactKind
from service.diffing.page import SectionSpec
from service.diffing.reading import read
from service.diffing.types import Block, BlockOp, Cosmetic, Stale, Stats, What
from service.messages import (
    current,
    figure,
    gettext,
    listed,
    marked,
    marked_forms,
    marked_in,
    ngettext,
    pgettext,
    strung,
)

_COSMETIC: dict[Cosmetic, str] = {
    "space": marked_in("what changed", "space"),
    "punctuation": marked_in("what changed", "punctuation"),
    "case": marked_in("what changed", "capitals"),
    "form": marked_in("what changed", "Unicode form"),
}
_FORMATTING: dict[What, str] = {
    "link": marked_in("what changed", "link"),
    "strong": marked_in("what changed", "bold"),
    "emphasis": marked_in("what changed", "italics"),
    "code": marked_in("what changed", "code"),
    "block": marked_in("what changed", "kind"),
    "image": marked_in("what changed", "image"),
    "alt": marked_in("what changed", "alt text"),
    "caption": marked_in("what changed", "caption"),
    "embed": marked_in("what changed", "embed"),
}
"""What may change under the same words."""
_HEADER = marked("header of a table")
_RULE = marked("Rule between paragraphs")
_HAPPENED: dict[BlockOp, str] = {
    "added": marked("%(what)s added"),
    "removed": marked("%(what)s removed"),
    "changed": marked("%(what)s changed"),
}
_CHARACTERS = {
    "added": marked("%(character)s added"),
    "removed": marked("%(character)s removed"),
    "moved": marked("%(character)s moved"),
}
_NUMBERED = {
    "paragraph": marked_forms("paragraph %(numbers)s", "paragraphs %(numbers)s"),
    "entry": marked_forms("entry %(numbers)s", "entries %(numbers)s"),
    "source": marked_forms("source %(numbers)s", "sources %(numbers)s"),
}
"""Blocks of a section by their numbers."""
_COUNTED = {
    "block": marked_forms("%(number)s block", "%(number)s blocks"),
    "change": marked_forms("%(number)s change", "%(number)s changes"),
    "character": marked_forms("%(number)s character", "%(number)s characters"),
    "earlier wording": marked_forms("%(number)s earlier wording", "%(number)s earlier wordings"),
    "more change": marked_forms("%(number)s more change", "%(number)s more changes"),
    "more fact": marked_forms("%(number)s more fact", "%(number)s more facts"),
    "more place": marked_forms("%(number)s more place", "%(number)s more places"),
    "new version": marked_forms("%(number)s new version", "%(number)s new versions"),
    "part": marked_forms("%(number)s part", "%(number)s parts"),
    "story": marked_forms("%(number)s story", "%(number)s stories"),
    "unchanged block": marked_forms("%(number)s unchanged block", "%(number)s unchanged blocks"),
    "version": marked_forms("%(number)s version", "%(number)s versions"),
    "word": marked_forms("%(number)s word", "%(number)s words"),
}
"""What pages count; what only commands and exports count is English."""
_ADDED = {
    "word": marked_forms("%(number)s word added", "%(number)s words added"),
    "character": marked_forms("%(number)s character added", "%(number)s characters added"),
}
_REMOVED = {
    "word": marked_forms("%(number)s word removed", "%(number)s words removed"),
    "character": marked_forms("%(number)s character removed", "%(number)s characters removed"),
}
_PARTS = (
    marked_in("part of a story", "Title"),
    marked_in("part of a story", "Summary"),
    marked_in("part of a story", "Overview"),
    marked_in("part of a story", "Analysis"),
    marked_in("part of a story", "Sources"),
    marked_in("part of a story", "FAQ"),
    marked_in("part of a story", "Authors"),
    marked_in("part of a story", "Section"),
    marked_in("part of a story", "Tags"),
    marked_in("part of a story", "Language"),
    marked_in("part of a story", "Address"),
    marked_in("part of a story", "Image"),
    marked_in("part of a story", "Text"),
    marked_in("part of a story", "Other IDs"),
    marked_in("part of a story", "Question"),
    marked_in("part of a story", "Answer"),
    marked_in("part of a story", "Name"),
    marked_in("part of a story", "Link"),
    marked_in("part of a story", "Leaning"),
    marked_in("part of a story", "Alternative text"),
    marked_in("part of a story", "Caption"),
    marked_in("part of a story", "Credit"),
)
"""Of the built-in shapes; declared ones are in whatever language their paper gave them."""
_NAMED = 3
"""Characters that a label names."""


def part_label(label: str) -> str:
    """Of a part of a story, or of a field in one, in the interface's language."""
    return pgettext("part of a story", label)


def section_label(spec: SectionSpec) -> str:
    """Such as “Overview”."""
    return part_label(spec.label)


def counted(number: int, noun: str) -> str:
    """Such as “1 word”, “2,000 words”, “3 stories”, “4 days”, “5 addresses”."""
    if forms := _COUNTED.get(noun):
        return ngettext(*forms, number)
    return f"{figure(number)} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    ies = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{noun[:-1]}ies" if ies else f"{noun}es" if noun.endswith("ss") else f"{noun}s"


def added(number: int, unit: str) -> str:
    """Such as “2 words added”. `unit`: `word`, or `character` where no spaces separate words."""
    return ngettext(*_ADDED[unit], number)


def removed(number: int, unit: str) -> str:
    """Such as “1 word removed”; the same."""
    return ngettext(*_REMOVED[unit], number)


def stats_line(stats: Stats) -> str:
    """Such as “2 words added, 1 removed, 1 block moved”, in English."""
    moved = f", {counted(stats.blocks_moved, 'block')} moved" if stats.blocks_moved else ""
    return f"{counted(stats.words_added, 'word')} added, {stats.words_removed} removed{moved}"


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def cosmetic_words(kinds: Collection[Cosmetic]) -> str:
    """Such as “capitals and punctuation only”."""
    return _only(sorted(pgettext("what changed", _COSMETIC[kind]) for kind in kinds))


def formatting_word(what: What) -> str:
    """Such as “link” or “bold”."""
    return pgettext("what changed", _FORMATTING[what])


def _only(kinds: Sequence[str]) -> str:
    return gettext("%(kinds)s only", kinds=listed(kinds))


Specs = Mapping[str, SectionSpec]
"""Of the sections of a diff, by their names."""


def label(block: Block, spec: SectionSpec, specs: Specs) -> str:
    """Such as “Paragraph 3 changed, punctuation only” or “Moved from Overview: was paragraph 3”."""
    only = cosmetic_edit(block)
    details = [cosmetic_words([only])] if only else _formatting_only(block)
    named = named_characters(block)
    details += map(character_words, named[:_NAMED])
    if (further := len(named) - _NAMED) > 0:
        more = ngettext("and %(number)s more such", "and %(number)s more such", further)
        details.append(more)
    if block.op == "moved" and block.edited:
        details.insert(0, gettext("with changes"))
    text = strung([_happened(block, spec, specs), *details])
    return gettext("%(label)s (marked roughly)", label=text) if block.coarse else text


def _happened(block: Block, spec: SectionSpec, specs: Specs) -> str:
    was, now = _numbers(block.old), _numbers(block.new)
    if block.op == "moved":
        if row_name(block):
            what, now = map(_row, block.rows)
        else:
            what = block_name(spec, 1, was)
        if not block.from_section:
            return gettext("Moved: was %(what)s, now %(now)s", what=what, now=now)
        origin = section_label(specs[block.from_section])
        return gettext(
            "Moved from %(section)s: was %(what)s, now %(now)s", section=origin, what=what, now=now
        )
    if spec.single:
        return gettext(_HAPPENED["changed"], what=capitalized(_single(spec)))
    if what := _without_words(block) or row_name(block):
        return gettext(_HAPPENED[block.op], what=capitalized(what))
    old = capitalized(block_name(spec, len(block.old), was))
    if len(block.old) > 1:
        return gettext("%(what)s merged into %(now)s", what=old, now=now)
    if len(block.new) > 1:
        return gettext("%(what)s split into %(now)s", what=old, now=now)
    at = capitalized(block_name(spec, 1, _numbers(block.new or block.old)))
    return gettext(_HAPPENED[block.op], what=at)


def row_name(block: Block) -> str:
    """Such as “row 2 of a table”, of what is a row wherever it is; else nothing."""
    sides = zip((block.old, block.new), block.rows, strict=True)
    numbers = [number for at, number in sides if at]
    return "" if None in numbers else _row(numbers[-1])


def _row(number: int | None) -> str:
    return gettext("row %(number)s of a table", number=number) if number else gettext(_HEADER)


def block_name(spec: SectionSpec, count: int, numbers: str) -> str:
    """Such as “paragraph 3” or “paragraphs 3 and 4”."""
    if forms := _NUMBERED.get(spec.noun):
        return ngettext(*forms, count, numbers=numbers)
    return f"{_single(spec)} {numbers}"


def _single(spec: SectionSpec) -> str:
    """What the one block of a section is called: in English by its noun."""
    return spec.noun if current().tag == "en" else section_label(spec)


def character_words(each: NamedCharacter) -> str:
    """Such as “soft hyphen removed” or “Cyrillic small letter a in “mаyor””."""
    if each.word:
        return gettext("%(character)s in “%(word)s”", character=each.name, word=each.word)
    return gettext(_CHARACTERS[each.change], character=each.name)


def _without_words(block: Block) -> str:
    """What a block of Markdown is that shows no words, such as “Rule between paragraphs”."""
    if block.divides:
        return gettext(_HEADER)
    if not block.source or (block.old and block.new) or block.spans:
        return ""
    return gettext(_RULE) if read(block.source[0].text).blocks[0].kind == "rule" else ""


def _formatting_only(block: Block) -> list[str]:
    """Such as “link and bold only”, of Markdown in which no word changed."""
    if block.source is None or not (block.old and block.new):
        return []
    if any(op != "equal" for op, _ in block.spans) or all(op == "equal" for op, _ in block.source):
        return []
    names = dict.fromkeys(formatting_word(each.what) for each in block.formatting)
    return [_only(list(names) or [gettext("how it is written")])]


def departure(block: Block, section: str, now: str, specs: Specs) -> str:
    """Such as “Paragraph 3 moved from here: now paragraph 1 in Analysis”."""
    spec = specs[section]
    if row_name(block):
        was, is_now = map(_row, block.rows)
    else:
        was = block_name(spec, len(block.old), _numbers(block.old))
        is_now = block_name(spec, 1, _numbers(block.new))
    was = capitalized(was)
    if now == section:
        return gettext("%(what)s moved from here: now %(now)s", what=was, now=is_now)
    return gettext(
        "%(what)s moved from here: now %(now)s in %(section)s",
        what=was,
        now=is_now,
        section=section_label(specs[now]),
    )


def _numbers(indexes: tuple[int, ...]) -> str:
    return listed([str(index + 1) for index in indexes])


def fact_kind(kind: FactKind) -> str:
    """Such as “Source or link”."""
    return gettext(kind.label)


def stale_line(stale: Stale, specs: Specs) -> str:
    section = section_label(specs[stale.section])
    return gettext("%(section)s still says %(value)s", section=section, value=stale.text)
