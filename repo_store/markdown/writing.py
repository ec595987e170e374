"""Text and its styles as Markdown that reads back as exactly that.

Every function gives one line, which CommonMark reads as `parse` does. Only two things are not read
back: white space at the border of a style stands outside of it, and a line break is a space.

How emphasis is made unambiguous: strong is `**`; emphasis is `*`, or `_` where it would touch a
`**`. So no run of asterisks is longer than 2, and by CommonMark's rule of three none of length 1
closes one of length 2. What is left are the rules of flanking, which ask for the characters on both
sides of a delimiter. Where these do not let it open or close, the one outside is written as an
entity, since `&` and `;` are punctuation, next to which every delimiter does.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.entities import html5
from itertools import groupby
from typing import NamedTuple, TypeAlias

from repo_store.markdown.inline import (
    LONGEST_ADDRESS,
    LONGEST_TITLE,
    MARKS,
    is_readable,
    most_marks,
)
from repo_store.markdown.values import PLAIN, Image, Style

Styled: TypeAlias = tuple[str, Style]
Inline: TypeAlias = str | Iterable[Styled]
"""What stands in a block: plain text, or texts each with its style."""

RULE = "---"

_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_PUNCTUATION = r"!-/:-@\[-`{-~"
# What would begin mark-up where it stands: a backslash before punctuation, an asterisk that touches
# something, an underscore that is not within a word, an entity, an address in angle brackets.
_SPECIAL = rf"""\\(?=[{_PUNCTUATION}\s]|$)
    | [`\[\]]
    | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | &(?=\#[0-9]+;|\#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)
    | <(?!\s)"""
_IN_TEXT = re.compile(_SPECIAL, re.VERBOSE)
_IN_CELL = re.compile(rf"{_SPECIAL} | \|", re.VERBOSE)
_IN_TARGET = re.compile(
    rf"\\(?=[{_PUNCTUATION}]|$)|&(?=#[0-9xX]|(?P<entity>[A-Za-z][A-Za-z0-9]*;))|[<>\"]"
)
_ADDRESS_ALONE = re.compile(r"(https?)(:\S*)", re.IGNORECASE)
_BEGINNING = re.compile(
    r"(?:#{1,6}|[-+])(?=\s|$)|-{3,}\s*$|[>|]|~{3}|(?P<number>\d{1,9})[.)](?=\s|$)"
)
_CLOSING_MARKS = re.compile(r"(?<!\S)#+$")


def inline(content: Inline) -> str:
    """Inline Markdown; of plain text, what shows exactly that. If it had more marks than `parse`
    looks at, what matters least is left out: first emphasis and code, then links.
    """
    return _inline(content, _IN_TEXT, str)


def paragraph(content: Inline) -> str:
    """A paragraph, whatever its text begins with. A single image is a block of its own kind."""
    return _inline(content, *_FORMS[paragraph])


def heading(level: int, content: Inline) -> str:
    """`level`: 2 to 4."""
    return f"{'#' * level} {_inline(content, *_FORMS[heading])}"


def quote(content: Inline) -> str:
    """A paragraph of a block quotation."""
    return f"> {_inline(content, *_FORMS[quote])}"


def item(content: Inline, level: int = 0, number: int | None = None) -> str:
    """An item of a list. `level`: how deep it is nested, from 0. `number`: of an ordered list."""
    mark = "-" if number is None else f"{number}."
    return f"{'  ' * level}{mark} {_inline(content, *_FORMS[item])}"


def row(cells: Iterable[Inline]) -> str:
    """A row of a table."""
    written = [_inline(cell, *_FORMS[row]) for cell in cells]
    source = f"| {' | '.join(written)} |"
    # So many columns are read as such if they have room for it.
    missing = max(0, source.count("|") - most_marks(source))
    return f"{source[:-1]}{' ' * MARKS * missing}|"


def divider(columns: int) -> str:
    """What makes the row above it the header of a table."""
    return f"|{' --- |' * columns}"


def image(href: str, alt: str = "", caption: str = "") -> str:
    """An image as a block."""
    image = Image(_in_one_line(href), _in_one_line(caption))
    source = ""
    for entities in (False, True):
        source = _Writer(_IN_TEXT, entities).image(image, _in_one_line(alt))
        if is_readable(source):
            break
    return source


def is_too_intricate(content: Inline, write: Callable[..., str]) -> bool:
    """Whether what `write` makes of it does not say it all: styles have to be left out, or a mark
    shows that is to make its beginning text. `write`: one of the functions above; of `row`, what
    it makes of a cell.
    """
    special, finished = _FORMS[write]
    runs = list(_normal([(content, PLAIN)] if isinstance(content, str) else content))
    text = "".join([text for text, _ in runs])
    if finished(text) == text and all(style == PLAIN for _, style in runs):
        return False
    written = (finished(_Writer(special, each).source(runs)) for each in (False, True))
    return not any(map(is_readable, written))


def _inline(content: Inline, special: re.Pattern[str], finished: Callable[[str], str]) -> str:
    """`finished`: what makes of inline Markdown that of a kind of block. Its marks count too."""
    styled = [(content, PLAIN)] if isinstance(content, str) else list(content)
    if special is _IN_CELL:
        styled = list(_without_bars_in_code(styled))
    if all(style == PLAIN for _, style in styled):
        plain = _in_one_line("".join([text for text, _ in styled]))
        if special.search(plain) is None:
            return finished(plain)
    for kept in (_all, _links, _none):
        runs = list(_normal((text, kept(style)) for text, style in styled))
        for entities in (False, True):
            source = finished(_Writer(special, entities).source(runs))
            if is_readable(source):
                return source
    # So much that would be mark-up is read as text in any case.
    return finished("".join(text for text, _ in runs))


def _all(style: Style) -> Style:
    return style


def _links(style: Style) -> Style:
    return Style(link=style.link, image=style.image)


def _none(style: Style) -> Style:
    return PLAIN


def _in_one_line(text: str) -> str:
    return _BREAKS.sub(" ", text)


def _edged(source: str) -> str:
    """With white space at its edges that is read as such."""
    if source[:1].isspace():
        source = f"{_entity(source[0])}{source[1:]}"
    return f"{source[:-1]}{_entity(source[-1])}" if source[-1:].isspace() else source


def _begun(source: str) -> str:
    """With a beginning that makes it no other kind of block."""
    source = _edged(source)
    found = _BEGINNING.match(source)
    at = len(found["number"] or "") if found else 0
    return f"{source[:at]}\\{source[at:]}" if found else source


def _alone(source: str) -> str:
    """As a paragraph of its own, which an address alone would not be."""
    source = _begun(source)
    return _ADDRESS_ALONE.sub(r"\1\\\2", source) if _ADDRESS_ALONE.fullmatch(source) else source


def _headed(source: str) -> str:
    return _CLOSING_MARKS.sub(r"\\\g<0>", _edged(source))


def _celled(source: str) -> str:
    source = _edged(source)
    return f"\\{source}" if re.fullmatch(":?-+:?", source) else source


_FORMS: Mapping[Callable[..., str], tuple[re.Pattern[str], Callable[[str], str]]] = {
    paragraph: (_IN_TEXT, _alone),
    heading: (_IN_TEXT, _headed),
    quote: (_IN_TEXT, _begun),
    item: (_IN_TEXT, _begun),
    row: (_IN_CELL, _celled),
}
"""What has to be escaped in each kind of block, and how it is finished."""


def _without_bars_in_code(styled: Iterable[Styled]) -> Iterator[Styled]:
    """A code span has no escapes, and a row ends its cell at every bar without one."""
    for text, style in styled:
        for part in re.split(r"(\|)", text) if style.code else [text]:
            yield part, style._replace(code=False) if part == "|" else style


def _normal(styled: Iterable[Styled]) -> Iterator[Styled]:
    """Adjacent texts of one style as one, and white space at a style's border outside of it."""
    pieces = [piece for text, style in styled for piece in _pieces(_in_one_line(text), style)]
    styles = iter(list(_with_borders(style for _, style in pieces if style)))
    before, after = None, next(styles, None)
    spread: list[Styled] = []
    for text, style in pieces:
        spread.append((text, style or _common(before, after)))
        if style:
            before, after = after, next(styles, None)
    for style, group in groupby(spread, key=lambda styled: styled[1]):
        if style.image:
            yield from group
        else:
            yield "".join([text for text, _ in group]), style


def _pieces(text: str, style: Style) -> Iterator[tuple[str, Style | None]]:
    """A text, and apart from it, without a style, the white space around it."""
    if style.link and max(len(style.link.href), len(style.link.title)) > LONGEST_ADDRESS:
        style = style._replace(link=None)
    if style.image:
        style = style._replace(code=False)
    core = text if style.image or (style.code and text.strip()) else text.strip()
    if not core and not style.image:
        yield from [(text, None)] if text else []
        return
    at = text.index(core)
    around = text[:at], text[at + len(core) :]
    yield from [(around[0], None)] if around[0] else []
    yield core, style
    yield from [(around[1], None)] if around[1] else []


class _Bordered(NamedTuple):
    """A style, and what of it holds at the border of its link: what all of the link has."""

    style: Style
    border: Style


def _with_borders(styles: Iterable[Style]) -> Iterator[_Bordered]:
    for link, group in groupby(styles, key=lambda style: style.link):
        found = list(group)
        shared = Style(all(each.strong for each in found), all(each.emphasis for each in found))
        yield from (_Bordered(style, shared if link else style) for style in found)


def _common(before: _Bordered | None, after: _Bordered | None) -> Style:
    """The style of white space between two texts."""
    if before is None or after is None:
        return PLAIN
    inside = before.style.link == after.style.link
    one, other = (before.style, after.style) if inside else (before.border, after.border)
    link = one.link if inside else None
    return Style(one.strong and other.strong, one.emphasis and other.emphasis, link=link)


_Marks = frozenset[str]
_STRONG, _EMPHASIS = "strong", "emphasis"


def _marks(style: Style) -> _Marks:
    return frozenset(
        name for name, on in ((_STRONG, style.strong), (_EMPHASIS, style.emphasis)) if on
    )


class _Text(NamedTuple):
    text: str


class _Source(NamedTuple):
    """Markdown that begins and ends with punctuation: a code span, a link's brackets, an image."""

    source: str


class _Delimiter(NamedTuple):
    mark: str
    opens: bool


_Token: TypeAlias = _Text | _Source | _Delimiter


class _Unit(NamedTuple):
    """What is within a set of marks: a text, a code span, an image or a whole link."""

    marks: _Marks
    tokens: list[_Token]


class _Writer:
    """Writes inline Markdown with backslashes, or with entities, which are fewer marks."""

    def __init__(self, special: re.Pattern[str], entities: bool) -> None:
        self.special = special
        self.entities = entities

    def source(self, runs: list[Styled]) -> str:
        tokens = list(_delimited(self._units(runs)))
        underscored = _underscored(tokens)
        first, last = _encoded(tokens, underscored)
        return "".join(
            self._text(token.text, at in first, at in last)
            if isinstance(token, _Text)
            else token.source
            if isinstance(token, _Source)
            else "**"
            if token.mark == _STRONG
            else "_"
            if at in underscored
            else "*"
            for at, token in enumerate(tokens)
        )

    def image(self, image: Image, alt: str) -> str:
        return f"![{self._text(alt)}]{self._target(image.href, image.title)}"

    def _units(self, runs: list[Styled]) -> list[_Unit]:
        """The runs, with all of a link as one. Its marks go around the link if what is next to it
        has them too, else into it.
        """
        groups = [(link, list(group)) for link, group in groupby(runs, lambda run: run[1].link)]
        common = [frozenset.intersection(*(_marks(run[1]) for run in runs)) for _, runs in groups]
        units: list[_Unit] = []
        for number, (link, group) in enumerate(groups):
            if link is None:
                units += [_Unit(_marks(style), self._token(text, style)) for text, style in group]
                continue
            beside = units[-1].marks if units else frozenset()
            if number + 1 < len(groups):
                _, following = groups[number + 1]
                beside |= (
                    _marks(following[0][1]) if not groups[number + 1][0] else common[number + 1]
                )
            around = common[number] & beside
            inner = [
                _Unit(_marks(style) - around, self._token(text, style)) for text, style in group
            ]
            target = _Source(f"]{self._target(link.href, link.title)}")
            units.append(_Unit(around, [_Source("["), *_delimited(inner), target]))
        return units

    def _token(self, text: str, style: Style) -> list[_Token]:
        if style.image:
            return [_Source(self.image(style.image, text))]
        return [_Source(_code(text)) if style.code else _Text(text)]

    def _text(self, text: str, first: bool = False, last: bool = False) -> str:
        """Text escaped, with its first or last character as an entity."""
        if len(text) == 1 and (first or last):
            return _entity(text)
        start, end = int(first), len(text) - int(last)
        inner = self.special.sub(self._escape, text[start:end])
        return f"{_entity(text[:start])}{inner}{_entity(text[end:])}"

    def _escape(self, found: re.Match[str]) -> str:
        return _entity(found[0]) if self.entities else f"\\{found[0]}"

    def _target(self, href: str, title: str) -> str:
        """The address of a link or an image, in parentheses, with its title."""
        address = _IN_TARGET.sub(_escape_in_target, _in_one_line(href)[:LONGEST_ADDRESS])
        if not address or " " in address:
            address = f"<{address}>"
        elif not _balanced(address):
            address = re.sub(r"[()]", r"\\\g<0>", address)
        title = _IN_TARGET.sub(_escape_in_target, _in_one_line(title)[:LONGEST_TITLE])
        target = f'({address} "{title}")' if title else f"({address})"
        return target.replace("|", r"\|") if self.special is _IN_CELL else target


def _escape_in_target(found: re.Match[str]) -> str:
    # Addresses are full of ampersands; few begin an entity.
    known = not found["entity"] or found["entity"] in html5
    return f"\\{found[0]}" if known else found[0]


def _delimited(units: Iterable[_Unit]) -> Iterator[_Token]:
    """The units' tokens, with delimiters that nest properly. Of several marks that begin together,
    the one that lasts longer is the outer one.
    """
    units = list(units)
    open_marks: list[str] = []
    lasts = _lengths(units)
    for at, unit in enumerate(units):
        kept = 0
        while kept < len(open_marks) and open_marks[kept] in unit.marks:
            kept += 1
        yield from [_Delimiter(mark, False) for mark in reversed(open_marks[kept:])]
        del open_marks[kept:]
        new = sorted(unit.marks - set(open_marks), key=lambda mark: (-lasts[at][mark], mark))
        space, tokens = _led_by_space(unit.tokens) if new else ([], unit.tokens)
        yield from space
        yield from [_Delimiter(mark, True) for mark in new]
        open_marks += new
        yield from tokens
    yield from [_Delimiter(mark, False) for mark in reversed(open_marks)]


def _led_by_space(tokens: list[_Token]) -> tuple[list[_Token], list[_Token]]:
    """The white space that tokens begin with, and the rest."""
    first = tokens[0]
    if not isinstance(first, _Text) or not first.text[:1].isspace():
        return [], tokens
    core = first.text.lstrip()
    space = first.text[: len(first.text) - len(core)]
    return [_Text(space)], [*([_Text(core)] if core else []), *tokens[1:]]


def _lengths(units: list[_Unit]) -> list[dict[str, int]]:
    """For each unit and mark, over how many units from there on the mark lasts."""
    found: list[dict[str, int]] = []
    after: dict[str, int] = {}
    for unit in reversed(units):
        after = {mark: after.get(mark, 0) + 1 for mark in unit.marks}
        found.append(after)
    return found[::-1]


def _underscored(tokens: list[_Token]) -> set[int]:
    """Which delimiters are underscores: those of emphasis that touch another at either end."""
    found: set[int] = set()
    opened = 0
    for at, token in enumerate(tokens):
        if not isinstance(token, _Delimiter) or token.mark != _EMPHASIS:
            continue
        if token.opens:
            opened = at
        elif any(_is_delimiter(tokens, each + by) for each in (opened, at) for by in (-1, 1)):
            found |= {opened, at}
    return found


def _is_delimiter(tokens: list[_Token], at: int) -> bool:
    return 0 <= at < len(tokens) and isinstance(tokens[at], _Delimiter)


def _encoded(tokens: list[_Token], underscored: set[int]) -> tuple[set[int], set[int]]:
    """The texts whose first, and whose last, character is to be written as an entity, so that all
    delimiters open and close, and no exclamation mark makes a link an image.
    """
    first: set[int] = set()
    last: set[int] = set()

    def character(at: int, before: bool) -> str:
        """The one of a token that touches what comes after it, or before it."""
        token = tokens[at] if 0 <= at < len(tokens) else _Text(" ")
        if not isinstance(token, _Text):
            return "*"
        encoded = at in (first if before else last) or (
            len(token.text) == 1 and (at in first or at in last)
        )
        return "&" if encoded else token.text[0 if before else -1]

    for at, token in enumerate(tokens[:-1]):
        if isinstance(token, _Text) and token.text.endswith("!") and tokens[at + 1] == _Source("["):
            last.add(at)
    # A text of one character that becomes an entity may ask the same of the one beyond it.
    openers, closers = _delimiters(tokens, opens=True), _delimiters(tokens, opens=False)
    for opens, delimiters in ((True, openers[::-1]), (False, closers)):
        for at in delimiters:
            outside, inside = (at - 1, at + 1) if opens else (at + 1, at - 1)
            beyond = character(outside, not opens)
            if beyond.isspace() or _is_punctuation(beyond):
                continue
            if at in underscored or not character(inside, opens).isalnum():
                (last if opens else first).add(outside)
    return first, last


def _delimiters(tokens: list[_Token], opens: bool) -> list[int]:
    return [
        at
        for at, token in enumerate(tokens)
        if isinstance(token, _Delimiter) and token.opens is opens
    ]


def _is_punctuation(character: str) -> bool:
    """What every reader of CommonMark takes for it: elsewhere in Unicode, their versions differ."""
    return character.isascii() and character.isprintable() and not character.isalnum()


def _entity(character: str) -> str:
    return f"&#{ord(character)};" if character else ""


def _code(text: str) -> str:
    """A code span: with more backticks around it than stand together in it."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    spaced = text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " ")
    return f"{fence} {text} {fence}" if spaced else f"{fence}{text}{fence}"


def _balanced(address: str) -> bool:
    depth = 0
    for parenthesis in re.findall("[()]", address):
        depth += 1 if parenthesis == "(" else -1
        if not 0 <= depth < 16:
            return False
    return depth == 0
