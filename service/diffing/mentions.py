"""The facts that a text mentions: values, names, links, negations and attributions.

Rules, not language understanding: precision before recall. English first; numbers and links in
every script. Quotations are found by `quotations`, since they reach far.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress

from repo_store.sameness import caseless, same_address, small_letters, value_words, values
from service.diffing.kinds import FactKind, Mention, Range
from service.diffing.names import names
from service.diffing.thresholds import LONGEST_LINK, VALUE_REACH
from service.diffing.vocabulary import COMMON, NEGATIONS, SAYING, SPEAKERS

_LINK = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[^\s<>\"“”|\]\[{}，。、）」*]*[\w/)]"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
    r"|(?<![\w.@/-])(?:[A-Za-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|gov|edu|mil|int|info|eu|uk|de|fr|se|no|dk|fi|nl|es|it|ch|at|be|ca|au|nz|jp"
    r"|cn|ru|in|br|mx|ie|io|tv|co|me|ly|pl|us|za|xyz|news|app|dev)(?:/[\w/.?=&%#~-]*[\w/])?(?![\w@-]|\.\w)"
    r"|(?<![\w.])[\w.+-]{1,64}\s?[\[(]at[\])]\s?[\w.-]{1,64}"
)
_HAS_LINK = re.compile(r"\.[a-z]{2}|://|@|\(at\)|\[at\]")
_KINDS = {str(kind): kind for kind in (FactKind.NUMBER, FactKind.DATE, FactKind.TIME)}
_CODE = re.compile(r"`[^`\n]{1,200}`")
_PATH = re.compile(r"[\w.-]*+/[\w.-]*+/[\w./-]*+")
_WORD = re.compile(r"(?<![\w/=])[^\W\d_]+(?:['’-][^\W\d_]+)*(?![\w/])")
_SPEAKER_BEFORE = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,15}) \Z")
_LONGEST_SPEAKER = 17
_SPEAKER_REACH = 20
"""Characters beyond an edit in which who speaks, or the verb, may stand."""
_ACCORDING_TO = re.compile(r" to (?:(?:the|a|an) )?([a-z]+)\b")
_SPEAKER_AFTER = re.compile(r" (he|she|they|we|I)\b")
_CHINESE_NEGATION = re.compile("没有|沒有|不是|不会|不會|不能|并非|並非|未能|没|未(?=[^来來必])")


def mentions(
    text: str, edits: Sequence[Range] | None = None, telling: Sequence[bool] = ()
) -> list[Mention]:
    """Those near `edits`, or all; in the order of the text. `telling`: which edits `may_mention`
    a value, a name or a link; near the others only words are looked at.

    A number within a date, or any value or name within a link, isn't one.
    """
    near = [(0, len(text))] if edits is None else edits
    found = list(_negations_and_attributions(text, near))
    near = list(compress(near, telling)) if telling else near
    for start, end in near if edits is None else _widened(text, near):
        found += _values_and_names(text, start, end, near)
    return sorted(found, key=_in_order)


def may_mention(text: str, start: int, end: int) -> bool:
    """Whether an edit there may touch a value, a name or a link: quick."""
    if _TELLING.search(text, start, end):
        return True
    before = max(0, start - _GAP_BEFORE)
    if _BESIDE.search(text, before, end + _GAP):
        return True
    if not value_words().keys().isdisjoint(_LOWER.findall(text, before, end)):
        return True
    return _HAS_LINK.search(text, *_unbroken(text, start, end)) is not None


_TELLING = re.compile(r"[^\W_a-zß-öø-ÿ]")
_BESIDE = re.compile(r"[^\W_a-zA-ZÀ-ÖØ-öø-ÿ]")
_LOWER = re.compile(r"[^\W\d_A-Z]+")
_LETTER = re.compile(r"[^\W\d_]")
_GAP, _GAP_BEFORE = 2, 14
"""Characters beside an edit of a unit: its number stands before it, “million” between them."""


def _in_order(mention: Mention) -> tuple[int, int, str]:
    return mention.start, mention.end, mention.kind


def _widened(text: str, ranges: Iterable[Range]) -> Iterator[Range]:
    """The ranges with what a mention may reach beyond them, by whole words, joined where they
    meet.
    """
    first = last = -1
    for start, end in ranges:
        low, high = start - VALUE_REACH, end + VALUE_REACH
        # By whole words, unless the text has no spaces
        start = text.rfind(" ", max(0, low - VALUE_REACH), max(0, low)) + 1 or max(0, low)
        end = text.find(" ", high, high + VALUE_REACH)
        end = high if end < 0 else end
        if first >= 0 and start <= last:
            last = max(last, end)
            continue
        if first >= 0:
            yield first, last
        first, last = start, end
    if first >= 0:
        yield first, last


def _values_and_names(text: str, start: int, end: int, near: Sequence[Range]) -> Iterator[Mention]:
    taken: list[Range] = []
    for link in _links(text, *_unbroken(text, start, end)):
        taken.append((link.start, link.end))
        yield link
    if text.count("/", start, end) > 1:
        paths = _PATH.finditer(text, start, end)
        taken += [match.span() for match in paths if _LETTER.search(match[0])]
    if text.find("`", start, end) >= 0:
        taken += [match.span() for match in _CODE.finditer(text, start, end)]
    named = list(names(text, start, end, near))
    if taken:
        named = [each for each in named if not _overlap(each.start, each.end, taken)]
    for value in values(text, start, end):
        if taken and _overlap(value.start, value.end, taken):
            continue
        if not named:
            yield Mention(_KINDS[value.kind], *value[1:])
            continue
        within = [each for each in named if each.start < value.end and value.start < each.end]
        # First Avenue
        if value.weak and any(" " in each.value for each in within):
            continue
        for name in within:
            named.remove(name)
            # 4 May Mirela Dusk
            if value.start <= name.start and value.end < name.end:
                named += names(text, value.end, name.end, near)
        yield Mention(_KINDS[value.kind], *value[1:])
    yield from named


def _overlap(first: int, last: int, taken: list[Range]) -> bool:
    return any(start < last and first < end for start, end in taken)


def _unbroken(text: str, start: int, end: int) -> Range:
    """The range with what stands before and after it up to a space: a link may be long."""
    first = text.rfind(" ", max(0, start - LONGEST_LINK), start) + 1
    last = text.find(" ", end, end + LONGEST_LINK)
    return first or max(0, start - LONGEST_LINK), len(text) if last < 0 else last


def _links(text: str, start: int, end: int) -> Iterator[Mention]:
    if not _HAS_LINK.search(text, start, end):
        return
    for match in _LINK.finditer(text, start, end):
        link = _balanced(match[0]) if ")" in match[0] else match[0]
        yield Mention(FactKind.SOURCE, match.start(), match.start() + len(link), _address(link))


def _balanced(link: str) -> str:
    """Up to a closing parenthesis that doesn't open in the link."""
    depth = 0
    for at, character in enumerate(link):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return link[:at].rstrip(".,;:!?")
    return link


@lru_cache(1024)
def _address(link: str) -> str:
    if "@" in link and "://" not in link:
        return caseless(link)
    return same_address(link if "://" in link else f"http://{link}")


def _negations_and_attributions(text: str, near: Sequence[Range]) -> Iterator[Mention]:
    for start, end in near:
        if not _LETTER.search(text, start, end):
            continue
        part = small_letters(text[max(0, start - _SPEAKER_REACH) : end + _SPEAKER_REACH])
        if _CUES.isdisjoint(_LOWER.findall(part)):
            continue
        first = min(start, _SPEAKER_REACH)
        last = first + end - start
        # “according to the” before who says so, or the verb after it
        near_words = _LOWER.findall(part, 0, first)[-3:]
        near_words += _LOWER.findall(part, first, last)
        near_words += _LOWER.findall(part, last)[:1]
        if not _CUES.isdisjoint(near_words):
            yield from _near_cues(text, start, end)
    if not text.isascii():
        for start, end in near:
            for match in _CHINESE_NEGATION.finditer(text, start, end):
                yield Mention(FactKind.NEGATION, *match.span(), "not")


def _near_cues(text: str, start: int, end: int) -> Iterator[Mention]:
    for match in _WORD.finditer(text, max(0, start - _SPEAKER_REACH), end + _SPEAKER_REACH):
        word = small_letters(match[0])
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            mention = Mention(FactKind.NEGATION, *match.span(), "not")
        elif word in SAYING:
            mention = _attribution(text, *match.span())
        else:
            continue
        if mention.start <= end and start <= mention.end:
            yield mention


_CUES = NEGATIONS | SAYING.keys() | {"t"}
"""The last one of didn't."""


def _attribution(text: str, start: int, end: int) -> Mention:
    """With who says so, unless it's a name: that is a fact of its own."""
    verb = SAYING[small_letters(text[start:end])]
    if verb == "according":
        if whom := _ACCORDING_TO.match(text, end):
            return Mention(FactKind.ATTRIBUTION, start, whom.end(), verb, whom[1])
        return Mention(FactKind.ATTRIBUTION, start, end, verb)
    before = _SPEAKER_BEFORE.search(text, max(0, start - _LONGEST_SPEAKER), start)
    if before and ((who := small_letters(before[1])) in SPEAKERS or _is_noun(before[1])):
        return Mention(FactKind.ATTRIBUTION, before.start(1), end, verb, who)
    if after := _SPEAKER_AFTER.match(text, end):
        return Mention(FactKind.ATTRIBUTION, start, after.end(), verb, small_letters(after[1]))
    return Mention(FactKind.ATTRIBUTION, start, end, verb)


def _is_noun(word: str) -> bool:
    return word.islower() and word not in COMMON and not word.endswith("ly")
