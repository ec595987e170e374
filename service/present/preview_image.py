"""The image of a link's preview, as SVG: 1200 × 630, to be read at a third of that. Pure.

It names no file and no address, so that whatever draws it loads nothing. Texts are cut to what
fits, by widths that are estimated for each script; a drawing that knows the letters better has a
little room left.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import regex
from markupsafe import escape

from repo_store.sameness import character_name
from service.diffing import Span, SpanOp, Spans
from service.present.language import is_rtl

WIDTH, HEIGHT = 1200, 630
FACE = "Source Serif Pro"
_MARGIN, _TOP, _BOTTOM = 64, 116, 600
_ROOM = WIDTH - 2 * _MARGIN
_LEADING = 1.25
_LONGEST = 600
"""Characters of a text that are looked at: more than fit."""
_CUT = "…"

_INK, _QUIET, _PAPER, _RULE, _BAND = "#1d1f21", "#5b6066", "#fdfcfa", "#dedad2", "#1d4e6b"
_NORMAL, _BOLD = "normal", "600"
_STYLES: dict[SpanOp, str] = {
    "equal": "",
    "delete": ' fill="#8c1d18" text-decoration="line-through"',
    "insert": ' fill="#0b5a2a" font-weight="600" text-decoration="underline"',
}
"""As the old and the new words are marked: not by colour alone."""

_FACE_HAS = regex.compile(
    r"[\x20-\x7e\xa0-\u024f\u0370-\u052f\u1e00-\u1fff"
    r"\u2010-\u2027\u2030-\u203a\u20ac\u2190-\u2193\u2212]+"
)
"""What the face has: Latin, Greek, Cyrillic, punctuation."""
_RUN = regex.compile(rf"(?P<face>{_FACE_HAS.pattern})|(?P<other>.)", regex.DOTALL)
_UNFIT = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""What XML does not take or what shows nothing; and marks of direction, which a line has itself."""
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_RTL_ISOLATE, _END_OF_ISOLATE = "\u2067", "\u2069"
"""What is drawn has no other way to say that a line runs from right to left."""
_PIECE = regex.compile(rf"\s+|[{_UNSPACED}]\p{{M}}*[\p{{Po}}\p{{Pe}}\p{{Pf}}]*|[^\s{_UNSPACED}]+")
"""Where a line may break: at space, and between the letters of scripts without spaces."""

_WIDTHS = {
    **dict.fromkeys(" '‘’|", 0.24),
    **dict.fromkeys('!,-.:;ijlt()/[]\\f{}I"`·', 0.37),
    **dict.fromkeys("ABCRVXYDGKOQNU&→", 0.74),
    **dict.fromkeys("Hw—", 0.82),
    **dict.fromkeys("Mm…%@W", 1.0),
}
"""In em, of the face at weight 600; others below."""
_CLASSES = (
    (regex.compile(r"[\p{Mn}\p{Me}\p{Cf}]"), 0.0),
    (regex.compile(r"\p{Extended_Pictographic}"), 1.3),
    (regex.compile(r"[\p{East_Asian_Width=W}\p{East_Asian_Width=F}]"), 1.04),
    (regex.compile(r"[\p{Arabic}\p{Hebrew}]"), 0.62),
    (regex.compile(r"\p{Lu}"), 0.8),
    (regex.compile(r"[\p{Latin}\p{Nd}\p{P}]"), 0.58),
    (regex.compile(r"[\p{Cyrillic}\p{Greek}]"), 0.66),
)
_WIDEST = 0.9


class PreviewImage(NamedTuple):
    """`name`: the paper's; `line`: which version, and when; `marked`: what changed; `below`: its
    sentence, a note or a summary. All but the headline may be empty.
    """

    name: str
    line: str
    headline: str
    marked: Spans = ()
    below: Spans = ()

    def svg(self) -> str:
        shapes = [
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
            f'<rect width="{WIDTH}" height="14" fill="{_BAND}"/>',
            *_text(_plain(self.name), 36, 78, 1, _BAND, _BOLD)[0],
        ]
        y: float = _TOP
        for spans, size, most, colour, weight in (
            (_plain(self.line), 34, 1, _QUIET, _NORMAL),
            (_plain(self.headline), 58, 2 if self.marked else 3, _INK, _BOLD),
            (self.marked, 50, 3, _INK, _NORMAL),
            (self.below, 38, 4, _QUIET, _NORMAL),
        ):
            if not any(map(str.strip, _texts(spans))):
                continue
            lines, y = _text(spans, size, y + size, min(most, _lines_left(y, size)), colour, weight)
            shapes += lines
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
            f' font-family="{FACE}">{"".join(shapes)}</svg>'
        )

    @property
    def foreign(self) -> dict[str, str]:
        """The letters that the face lacks, one of each script and each symbol, by what they are."""
        texts = (self.name, self.line, self.headline, *_texts(self.marked), *_texts(self.below))
        lacking = _FACE_HAS.sub("", "".join(map(_clean, texts)))
        return {_kind(letter): letter for letter in reversed(lacking)}

    def without(self, kinds: Collection[str]) -> "PreviewImage":
        """The same without these letters: what is left where no other face has them, since empty
        boxes are worse than nothing.
        """
        name, line, headline = (_drawn(text, kinds) for text in self[:3])
        marked, below = _kept(self.marked, kinds), _kept(self.below, kinds)
        return PreviewImage(name, line, headline, marked, below)


def _texts(spans: Spans) -> list[str]:
    return [text for _, text in spans]


def _kept(spans: Spans, lacking: Collection[str]) -> Spans:
    """What of it can be drawn; nothing if an edit would be lost."""
    kept = tuple(Span(op, _drawn(text, lacking)) for op, text in spans)
    lost = any(op != "equal" and not text.strip() for op, text in kept)
    return () if lost else kept


def _drawn(text: str, lacking: Collection[str]) -> str:
    letters = _clean(text)
    return "".join(
        each for each in letters if _FACE_HAS.fullmatch(each) or _kind(each) not in lacking
    )


def _kind(letter: str) -> str:
    """The script of a letter, such as “Cjk”: a face has all of one or none. A symbol is its own."""
    return character_name(letter).split()[0] if letter.isalpha() else letter


def _plain(text: str) -> Spans:
    return (Span("equal", text),) if text.strip() else ()


def _clean(text: str) -> str:
    return _UNFIT.sub(" ", text[:_LONGEST])


def _lines_left(y: float, size: int) -> int:
    return max(0, int((_BOTTOM - y) / (size * _LEADING)))


Line = list[Span]


def _text(
    spans: Spans, size: int, y: float, most: int, colour: str, weight: str
) -> tuple[list[str], float]:
    """Lines as elements, the first on the base line `y`; and where the next text begins."""
    lines = wrapped(spans, _ROOM / size, most)
    rtl = is_rtl("".join(text for _, text in spans)[:_LONGEST])
    start = f'x="{WIDTH - _MARGIN}" text-anchor="end"' if rtl else f'x="{_MARGIN}"'
    elements = [
        f'<text {start} y="{y + number * size * _LEADING:.0f}" font-size="{size}" fill="{colour}"'
        f' font-weight="{weight}" xml:space="preserve">{_marked(line, rtl)}</text>'
        for number, line in enumerate(lines)
    ]
    return elements, y - size + (len(lines) * _LEADING + 0.45) * size


def _marked(line: Line, rtl: bool) -> str:
    """A line's spans. Letters that the face lacks stand apart, or all others would be drawn in
    another face, too.
    """
    parts: list[str] = []
    for op, text in line:
        runs = "".join(f"<tspan>{escape(run)}</tspan>" for run in _runs(text))
        parts.append(f"<tspan{_STYLES[op]}>{runs}</tspan>")
    said = "".join(parts)
    return f"{_RTL_ISOLATE}{said}{_END_OF_ISOLATE}" if rtl else said


def _runs(text: str) -> Iterator[str]:
    run, was = "", ""
    for found in _RUN.finditer(text):
        kind = found.lastgroup or ""
        if kind != was and run:
            yield run
            run = ""
        run, was = run + found[0], kind
    if run:
        yield run


def wrapped(spans: Spans, width: float, most: int) -> list[Line]:
    """The spans in at most so many lines of a width in em; what does not fit is cut off."""
    lines: list[Line] = [[]]
    left = width
    for op, piece in _pieces(spans, width):
        wide = em(piece)
        if wide > left and not piece.isspace() and lines[-1]:
            if len(lines) == most:
                return [*map(_trimmed, lines[:-1]), _cut(lines[-1], width)]
            lines.append([])
            left = width
        if piece.isspace() and not lines[-1]:
            continue
        lines[-1].append(Span(op, piece))
        left -= wide
    return [line for line in map(_trimmed, lines) if line][:most]


def _pieces(spans: Spans, width: float) -> Iterator[Span]:
    """What a line takes or leaves whole, none of it wider than a line."""
    room, before = _LONGEST, ""
    for op, text in spans:
        cleaned = _clean(text)[:room]
        room -= len(cleaned)
        if {before, op} == {"delete", "insert"}:
            yield Span("equal", " ")  # or they would run together
        before = op
        for found in _PIECE.finditer(cleaned):
            yield from (Span(op, part) for part in _broken(found[0], width))


def _broken(word: str, width: float) -> Iterator[str]:
    if em(word) <= width:
        yield " " if word.isspace() else word
        return
    part = ""
    for letter in regex.findall(r"\X", word):
        if part and em(part + letter) > width:
            yield part
            part = ""
        part += letter
    yield part


def _cut(line: Line, width: float) -> Line:
    """The line with a sign at its end that there is more."""
    kept = list(line)
    while kept and em("".join(text for _, text in kept)) + em(_CUT) > width:
        op, text = kept.pop()
        letters = regex.findall(r"\X", text)[:-1]
        if letters:
            kept.append(Span(op, "".join(letters)))
    op, text = kept[-1] if kept else Span("equal", "")
    return _merged([*kept[:-1], Span(op, text.rstrip() + _CUT)])


def _trimmed(line: Line) -> Line:
    """Without the space at its end, which would set a line from right to left back."""
    while line and line[-1].text.isspace():
        line = line[:-1]
    return _merged(line)


def _merged(line: Iterable[Span]) -> Line:
    """Spans of one kind that follow each other as one."""
    found: Line = []
    for op, text in line:
        if found and found[-1].op == op:
            found[-1] = Span(op, found[-1].text + text)
        else:
            found.append(Span(op, text))
    return found


def em(text: str) -> float:
    """An estimate of the width of a text, in em; rather too wide."""
    return sum(map(_em, text))


def _em(letter: str) -> float:
    known = _WIDTHS.get(letter)
    if known is not None:
        return known
    return next((wide for kind, wide in _CLASSES if kind.match(letter)), _WIDEST)
