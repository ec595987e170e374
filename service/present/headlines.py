"""What a version changed, in one line: the most important fact, else the first words."""

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

import regex

from repo_store.markdown import SEPARATOR
from repo_store.sameness import looks_alike
from service.diffing import (
    Block,
    Cosmetic,
    Diff,
    Section,
    SectionSpec,
    Spans,
    What,
    cosmetic_edit,
    named_characters,
    text_without,
)
from service.diffing.render.fact_lines import Words, verdict
from service.diffing.render.labels import (
    Specs,
    capitalized,
    character_words,
    label,
    row_name,
    section_label,
)
from service.diffing.tokenizer import is_word, tokenize
from service.messages import gettext, pgettext
from service.present.fact_view import Lead, lead

_LONGEST = 60
"""Characters of a side."""
_ALONE = 16
"""Words of so many characters need none beside them to be understood."""
_BESIDE = 16
"""Characters that are quoted on either side of shorter ones."""
_SENTENCE_ENDS = frozenset(".!?…。！？؟۔।")
_ONE_LINE = str.maketrans({"\n": " ", SEPARATOR: " "})
_GRAPHEME = regex.compile(r"\X")


def headline(diff: Diff) -> Lead | None:
    """The fact, or the passage that is new or gone, that `lead` puts first; else the first words
    that changed; else what changed under the same words. None if nothing differs.
    """
    return (None if verdict(diff) else lead(diff)) or _without_facts(diff)


def _without_facts(diff: Diff) -> Lead | None:
    changes = [(section, block) for section in diff.sections for block in section.told]
    if diff.recounted:
        old, new = (f"{count:,}" for count in diff.source_count)
        return Lead(gettext("Number of sources:"), Words(old, " → ", new), (), len(changes))
    for sort in (_words, _formatting, _move):
        for section, block in changes:
            if found := sort(section, block, diff.specs):
                return found._replace(more=len(changes) - 1)
    kinds = {cosmetic_edit(block) for _, block in changes}
    if changes and None not in kinds:
        return Lead(_cosmetic({kind for kind in kinds if kind}), Words(), ())
    for section, block in changes:
        return Lead(label(block, section.spec, diff.specs), Words(), (), len(changes) - 1)
    return None


def _words(section: Section, block: Block, _: Specs) -> Lead | None:
    """Of text that stays, what words were and are."""
    if not (block.old and block.new) or cosmetic_edit(block) or not (edit := _first_edit(block)):
        return None
    heading = _place(section, block)
    if unseen := _unseen(block, edit):
        return Lead(heading, Words(rest=unseen), ())
    old, new = edit.old.strip(), edit.new.strip()
    if min(map(len, filter(None, (old, new))), default=0) < _ALONE:
        old, new = (f"{edit.before}{side}{edit.after}".strip() for side in (edit.old, edit.new))
    if not old:
        rest = f" {pgettext('words of a text', 'added')}"
        return Lead(heading, Words(new=_quoted(new.lstrip(",;:")), rest=rest), ())
    if not new:
        rest = f" {pgettext('words of a text', 'removed')}"
        return Lead(heading, Words(old=_quoted(old.lstrip(",;:")), rest=rest), ())
    return Lead(heading, Words(_quoted(old), " → ", _quoted(new)), ())


def _formatting(section: Section, block: Block, _: Specs) -> Lead | None:
    if not (block.formatting and block.old and block.new):
        return None
    first = block.formatting[0]
    heading = _formatted(first.what, section_label(section.spec))
    return Lead(heading, Words(rest=_quoted(first.text) if first.text else ""), ())


def _move(section: Section, block: Block, specs: Specs) -> Lead | None:
    if block.op != "moved":
        return None
    texts = [text_without(spans, "delete") for spans in block.texts.values()]
    origin = section_label(specs[block.from_section]) if block.from_section else ""
    heading = _moved(section.spec, origin)
    return Lead(heading, Words(rest=_quoted(" ".join(filter(None, texts)))), ())


class _Edit(NamedTuple):
    """What was replaced by what, and a few words that stay before and after it."""

    before: str
    old: str
    new: str
    after: str


def _first_edit(block: Block) -> _Edit | None:
    """The first that has words, else the first."""
    edits = [edit for spans in block.texts.values() for edit in _edits(spans)]
    worded = (edit for edit in edits if any(map(is_word, (edit.old, edit.new))))
    return next(worded, edits[0] if edits else None)


def _edits(spans: Spans) -> Iterator[_Edit]:
    runs = [(same, tuple(run)) for same, run in groupby(spans, lambda span: span.op == "equal")]
    for at, (same, run) in enumerate(runs):
        if not same:
            before = runs[at - 1][1][0].text if at else ""
            after = runs[at + 1][1][0].text if at + 1 < len(runs) else ""
            old, new = (text_without(run, drop) for drop in ("insert", "delete"))
            yield _Edit(_end(before), old, new, _beginning(after))


def _end(text: str) -> str:
    """The last words, of the same sentence."""
    kept = ""
    # Of the first token a part may be missing.
    for token in reversed(tokenize(text[-_LONGEST:])[len(text) > _LONGEST :]):
        if token in _SENTENCE_ENDS or "\n" in token or len(token + kept) > _BESIDE:
            break
        kept = token + kept
    return kept


def _beginning(text: str) -> str:
    kept = ""
    for token in _whole_tokens(text, _LONGEST):
        if "\n" in token or len(kept + token) > _BESIDE:
            break
        kept += token
        if token in _SENTENCE_ENDS:
            break
    return kept


def _whole_tokens(text: str, most: int) -> list[str]:
    """The tokens that are in the first `most` characters."""
    tokens = tokenize(text[: most + 1])
    return tokens[:-1] if len(text) > most else tokens


def _quoted(text: str) -> str:
    """In quotation marks, on one line, cut where a word or at least a grapheme ends."""
    text = text.translate(_ONE_LINE).strip()
    if len(text) <= _LONGEST:
        return gettext("“%(text)s”", text=text)
    kept = "".join(_whole_tokens(text, _LONGEST - 2)).rstrip()
    if len(kept) < _LONGEST // 2:
        kept = "".join(_GRAPHEME.findall(text[:_LONGEST])[:-1])
    gap = " " if text[len(kept)].isspace() else ""
    return gettext("“%(text)s”", text=f"{kept}{gap}…")


def _unseen(block: Block, edit: _Edit) -> str:
    """What is to be named since both sides would look the same."""
    alike = looks_alike(edit.old) == looks_alike(edit.new)
    for each in named_characters(block):
        if alike or (each.word and each.word in edit.new):
            return character_words(each)
    return ""


# Messages


def _place(section: Section, block: Block) -> str:
    """Such as “Paragraph 3 of Overview:”, or “Summary:” where it has but one block."""
    spec = section.spec
    values = {"number": (block.new or block.old)[0] + 1, "section": section_label(spec)}
    if spec.single or (len(section.runs) == 1 and len(block.old) == len(block.new) == 1):
        return gettext("%(section)s:", section=section_label(spec))
    if row := row_name(block):
        return gettext("%(heading)s:", heading=capitalized(row))
    match spec.noun:
        case "paragraph":
            return gettext("Paragraph %(number)s of %(section)s:", **values)
        case "source":
            return gettext("Source %(number)s:", number=values["number"])
        case _:
            return gettext("Entry %(number)s of %(section)s:", **values)


def _moved(spec: SectionSpec, origin: str) -> str:
    if origin:
        return gettext(
            "Paragraph moved from %(origin)s to %(section)s:",
            origin=origin,
            section=section_label(spec),
        )
    match spec.noun:
        case "paragraph":
            return gettext("Paragraph moved in %(section)s:", section=section_label(spec))
        case "source":
            return gettext("Source moved:")
        case _:
            return gettext("Entry moved in %(section)s:", section=section_label(spec))


def _formatted(what: What, section: str) -> str:
    messages: dict[What, str] = {
        "link": gettext("Link changed in %(section)s", section=section),
        "strong": gettext("Bold changed in %(section)s", section=section),
        "emphasis": gettext("Italics changed in %(section)s", section=section),
        "code": gettext("Code changed in %(section)s", section=section),
        "block": gettext("Kind of a paragraph changed in %(section)s", section=section),
        "image": gettext("Image changed in %(section)s", section=section),
        "alt": gettext("Alternative text of an image changed in %(section)s", section=section),
        "caption": gettext("Caption changed in %(section)s", section=section),
        "embed": gettext("Embed changed in %(section)s", section=section),
    }
    return messages[what]


def _cosmetic(kinds: Collection[Cosmetic]) -> str:
    if len(kinds) > 1:
        return gettext("Only punctuation, capitals or spaces changed")
    messages: dict[Cosmetic, str] = {
        "space": gettext("Spaces only"),
        "punctuation": gettext("Punctuation only"),
        "case": gettext("Capitals only"),
        "form": gettext("Unicode form only"),
    }
    [kind] = kinds
    return messages[kind]
