"""Inline Markdown by markdown-it's rules, with the place of each run in its source.

markdown-it's own loop forgets where a token began, tries every rule at every character, and takes
quadratic time on some texts. So the loop is ours: it knows which rule a character may begin, notes
places, and counts; the rules (what is a link, a code span, emphasis, an entity) are the library's.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.helpers import parseLinkDestination, parseLinkLabel, parseLinkTitle
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import (
    StateInline,
    autolink,
    backtick,
    emphasis,
    entity,
    escape,
    image,
    link,
    link_pairs,
)
from markdown_it.token import Token

from repo_store.markdown.addresses import may_link, may_show
from repo_store.markdown.values import PLAIN, Image, Link, Run, Runs, Style

MARKS = 32
"""So many characters of a block may begin or end mark-up, and one more for each so many of its
characters; a block that has more is shown as it stands. Of 27,000 blocks of real articles only
formulas as HTML have more, and 1,000 blocks at the limit take less than half a second."""
STEPS = 3
"""So many characters, for each of a block's, may be searched for the end of links,"""
STEPS_OF_ANY = 600
"""and so many more in any block."""
LONGEST_ADDRESS = 4_000
LONGEST_TITLE = 4_000

# Nothing begins with an underscore within a word, or a < or & without an address or entity. The
# characters come first by themselves: so it is searched for ten times as fast.
_MARK = re.compile(
    r"[\\`*\[\]!_<&](?:(?<=[\\`*\[\]])|(?<=!)(?=\[)|(?<=_)(?:(?<![^\W_]_)|(?![^\W_]))"
    r"|(?<=<)(?=[^\s<>]*[:@])|(?<=&)(?=\#[0-9xX]|[A-Za-z][A-Za-z0-9]*;))"
)
_ITS_CHARACTERS = r"\`*[]!_<&"
_RULES: dict[str, Callable[[StateInline, bool], bool]] = {
    "\\": escape,
    "`": backtick,
    "*": emphasis.tokenize,
    "_": emphasis.tokenize,
    "[": link,
    "!": image,
    "<": autolink,
    "&": entity,
}
# Most lines with mark-up have nothing but text, links, code, escapes, and words in asterisks or
# underscores, a link among these or these in a link, which CommonMark reads in one way: a mark next
# to white space or a letter only opens or only closes. One expression does it in a fraction of the
# time.
_TEXT = r"""(?:[^\\`*_\[\]<&!]++|!(?!\[)|(?<=[^\W_])_(?=[^\W_])|\\(?![!-/:-@\[-`{-~])
    |<(?![^\s<>]*[:@])|&(?!\#[0-9xX]|[A-Za-z][A-Za-z0-9]*;))++"""
_ATOM = r"(?:\\[!-/:-@\[-`{-~]|&(?:\#x[a-f0-9]{1,6}|\#[0-9]{1,7}|[a-z][a-z0-9]{1,31});)"
_PHRASE = rf"{_TEXT}|{_ATOM}|`[^`]++`(?!`)"
_ADDRESS = r"""\((?P<href>[^\s\x00-\x1f\x7f()<>\\;\[\]`]*+)
    (?:\ "(?P<title>[^"\\&`<>\[\]]*+)")?\)"""
_BRACKETS = rf"\[(?:{_PHRASE})*+\](?!\()"


def _in_marks(words: str, marks: str) -> str:
    """Words of a kind between marks. `marks`: the name of the group that these are."""
    return rf"""(?:(?<!\*)(?=\*{{1,2}}[^\W_])|(?<!\S)(?=(?:\*{{1,2}}|_{{1,2}})[^\s*_]))
        (?P<{marks}>\*\*?|__?){words}
        (?:(?<=[^\W_])(?P={marks})(?![\w*])|(?<=[^\s*_])(?P={marks})(?!\S))"""


_ANY_ADDRESS = re.sub(r"\?P<\w+>", "?:", _ADDRESS)
_LABEL = rf"(?:{_PHRASE}|{_in_marks(f'(?:{_PHRASE})++', 'within')})++"
_WORDS = rf"(?:{_PHRASE}|\[(?:{_PHRASE})++\]{_ANY_ADDRESS}|{_BRACKETS})++"
_SIMPLE = re.compile(
    rf"""(?P<text>{_TEXT})
    | \[(?P<label>{_LABEL})\]{_ADDRESS}
    | {_in_marks(f"(?P<words>{_WORDS})", "marks")}
    | `(?P<code>[^`]++)`(?!`)
    | (?P<atom>{_ATOM})
    | (?P<brackets>{_BRACKETS})""",
    re.VERBOSE | re.IGNORECASE,
)
_UNESCAPED = re.compile(_ATOM, re.IGNORECASE)


class _TooIntricate(Exception):
    """A text takes more work than is worth it."""


def most_marks(source: str) -> int:
    """How many characters of a block may be mark-up."""
    return MARKS + len(source) // MARKS


def marks(source: str) -> int:
    """About how many characters of a block may be mark-up, and no fewer: what it costs to read."""
    return sum(map(source.count, _ITS_CHARACTERS))


def is_readable(source: str) -> bool:
    """Whether a block has no more mark-up than is looked at."""
    most = most_marks(source)
    return len(source) <= most or marks(source) <= most or len(_MARK.findall(source)) <= most


def runs(source: str, start: int = 0, end: int | None = None) -> Runs:
    """The runs of a part of a block, which is one line."""
    end = len(source) if end is None else end
    part = source[start:end]
    if not is_readable(part):
        return _literal(source, start, end)
    try:
        return _simple(source, start, end) or tuple(_joined(_runs(_parsed(part), start, PLAIN)))
    except _TooIntricate:
        return _literal(source, start, end)


def figure(source: str) -> tuple[Runs, Runs] | None:
    """The alt text and the caption of a block that is an image and nothing else."""
    try:
        parsed = _parsed(source)
        token = parsed.tokens[0]
        if len(parsed.tokens) > 1 or token.type != "image" or not may_show(str(token.attrs["src"])):
            return None
        alt = tuple(_joined(_image(parsed, token, 0, PLAIN)))
    except _TooIntricate:
        return None
    # The caption ends at the last quotation mark before the closing parenthesis.
    place = parsed.work.titles.get(len(source[:-1].rstrip())) if token.attrGet("title") else None
    return alt, tuple(_joined(_unescaped(source, *place))) if place else ()


def _simple(source: str, start: int, end: int, style: Style = PLAIN) -> Runs | None:
    """The runs of a line that has only what `_SIMPLE` knows."""
    found: list[Run] = []
    scan = _SIMPLE.scanner(source, start, end).match  # type: ignore[attr-defined]  # not in its stubs
    in_parts = False
    while part := scan():
        match part.lastgroup:
            case "text":
                found.append(Run(part[0], style, *part.span()))
            case "href" | "title":
                if not may_link(part["href"]):
                    return None
                inner = style._replace(link=Link(part["href"], part["title"] or ""))
                found += _simple(source, part.start("label"), part.end("label"), inner) or ()
            case "words":
                strong = len(part["marks"]) > 1
                inner = style._replace(strong=True) if strong else style._replace(emphasis=True)
                words = _simple(source, part.start("words"), part.end("words"), inner)
                if words is None:
                    return None
                found += words
            case "code":
                first, last = part.span("code")
                if part["code"].strip(" ") and part["code"][0] == part["code"][-1] == " ":
                    first, last = first + 1, last - 1
                found.append(Run(source[first:last], style._replace(code=True), first, last))
            case "atom":
                in_parts = True
                found.append(Run(unescapeAll(part[0]), style, *part.span()))
            case _:
                in_parts = True
                found.append(Run("[", style, part.start(), part.start() + 1))
                found += _simple(source, part.start() + 1, part.end() - 1, style) or ()
                found.append(Run("]", style, part.end() - 1, part.end()))
        if part.end() == end:
            return tuple(_joined(found)) if in_parts else tuple(found)
    return None


def _literal(source: str, start: int, end: int) -> Runs:
    return (Run(source[start:end], PLAIN, start, end),) if start < end else ()


class _Work(MarkdownIt):
    """What the rules ask of the parser, for one text: it counts their work.

    A MarkdownIt with all that it has is too much to make for each text.
    """

    helpers: Any

    def __init__(self, size: int) -> None:
        self.inline = _INLINE
        self.options = _OPTIONS
        self.helpers = self
        self.steps = STEPS_OF_ANY + STEPS * size
        self.titles: dict[int, tuple[int, int]] = {}
        """The place of each title that was found, by where the quotation mark after it ends."""

    def count(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise _TooIntricate

    # The names are those that the rules call.

    def parseLinkLabel(self, state: StateInline, start: int, nested: bool = False) -> int:
        end = parseLinkLabel(state, start, nested)
        self.count((end if end >= 0 else state.posMax) - start)
        return end

    def parseLinkDestination(self, text: str, start: int, stop: int) -> Any:
        stop = min(stop, start + LONGEST_ADDRESS)
        found = parseLinkDestination(text, start, stop)
        self.count(found.pos - start if found.ok else stop - start)
        return found

    def parseLinkTitle(self, text: str, start: int, stop: int, before: None = None) -> Any:
        if text[start : start + 1] not in ('"', "'", "("):
            return _NO_TITLE
        stop = min(stop, start + LONGEST_TITLE)
        found = parseLinkTitle(text, start, stop)
        self.count(found.pos - start if found.ok else stop - start)
        if found.ok:
            self.titles[found.pos] = (start + 1, found.pos - 1)
        return found

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link

    def validateLink(self, url: str) -> bool:
        return may_link(url)


_NO_TITLE = parseLinkTitle("", 0, 0)
_OPTIONS = MarkdownIt("commonmark", {"html": False}).options


class _Inline(ParserInline):
    def tokenize(self, state: StateInline) -> None:
        source, end, tokens = state.src, state.posMax, state.tokens
        while state.pos < end:
            at, before = state.pos, len(tokens)
            rule = _RULES.get(source[at])
            if rule is None or not rule(state, False):
                state.pos = _next_mark(source, at + 1, end)
                state.pending = source[at : state.pos]
            if state.pending:
                state.pushPending()
            _place(tokens, before, at, state.pos)

    def skipToken(self, state: StateInline) -> None:
        at = state.pos
        if at in state.cache:
            state.pos = state.cache[at]
            return
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax
        else:
            rule = _RULES.get(state.src[at])
            state.level += 1
            found = rule is not None and rule(state, True)
            state.level -= 1
            if not found:
                # One character of an opening bracket says that it opens no link.
                bracket = state.src[at] == "["
                state.pos = at + 1 if bracket else _next_mark(state.src, at + 1, state.posMax)
        state.cache[at] = state.pos

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        return tokens  # of an image's alt text, which `_image` reads


_INLINE = _Inline()


def _next_mark(source: str, at: int, end: int) -> int:
    found = _MARK.search(source, at, end)
    return found.start() if found else end


def _place(tokens: list[Token], first: int, start: int, end: int) -> None:
    """Note in the tokens that a rule made, but for those within a link, where they stand."""
    at = start
    for token in tokens[first:]:
        if token.map is None:
            if token.type == "text":
                token.map = [at, at + len(token.content)]
                at += len(token.content)
            else:
                token.map = [start, end]
                at += token.info == "auto"


class _Parsed(NamedTuple):
    source: str
    tokens: list[Token]
    work: _Work


def _parsed(source: str) -> _Parsed:
    """Raises _TooIntricate."""
    if not is_readable(source):
        raise _TooIntricate
    return _tokens(source, _Work(len(source)))


def _tokens(source: str, work: _Work) -> _Parsed:
    state = StateInline(source, work, {}, [])
    _INLINE.tokenize(state)
    link_pairs(state)
    emphasis.postProcess(state)
    return _Parsed(source, state.tokens, work)


def _runs(parsed: _Parsed, offset: int, style: Style) -> Iterator[Run]:
    """The runs of all tokens, placed `offset` further on. An alt text is all in one style."""
    outer, strong, emphasised = style, 0, 0
    for token in parsed.tokens:
        start, end = token.map or (0, 0)
        match token.type:
            case "text" | "text_special":
                if token.content:
                    yield Run(token.content, style, offset + start, offset + end)
                continue
            case "code_inline":
                inner = start + len(token.markup)
                inner += len(token.content) < end - start - 2 * len(token.markup)
                text = parsed.source[inner : inner + len(token.content)]
                place = offset + inner, offset + inner + len(text)
                code = style if style.image else style._replace(code=True)
                yield Run(text, code, *place)
                continue
            case "image":
                if not may_show(str(token.attrs["src"])):
                    yield Run(parsed.source[start:end], style, offset + start, offset + end)
                else:
                    yield from _image(parsed, token, offset, style)
                continue
            case "link_open" if not outer.image:
                href, title = str(token.attrs["href"]), str(token.attrs.get("title", ""))
                style = style._replace(link=Link(href, title))
                continue
            case "link_close":
                style = style._replace(link=outer.link)
                continue
            case "strong_open" | "strong_close":
                strong += token.nesting
            case "em_open" | "em_close":
                emphasised += token.nesting
        if not outer.image:
            style = style._replace(strong=strong > 0, emphasis=emphasised > 0)


def _image(parsed: _Parsed, token: Token, offset: int, style: Style) -> Iterator[Run]:
    start = offset + (token.map or [0])[0] + len("![")
    image = Image(str(token.attrs["src"]), str(token.attrs.get("title", "")))
    style = style if style.image else style._replace(image=image)
    if token.content:
        parsed.work.count(len(token.content))
        yield from _runs(_tokens(token.content, parsed.work), start, style)
    else:
        yield Run("", style, start, start)


def _unescaped(source: str, start: int, end: int) -> Iterator[Run]:
    """The runs of a title, which holds no mark-up but escapes and entities."""
    at = start
    for found in (*_UNESCAPED.finditer(source, start, end), None):
        stop, after = found.span() if found else (end, end)
        if at < stop:
            yield Run(source[at:stop], PLAIN, at, stop)
        if found:
            yield Run(unescapeAll(found[0]), PLAIN, stop, after)
        at = after


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """The same with literal runs of one style as one, where they are adjacent."""
    last: Run | None = None
    for run in runs:
        if last is None:
            last = run
        elif last.end == run.start and last.style == run.style and last.literal and run.literal:
            last = Run(last.text + run.text, last.style, last.start, run.end)
        else:
            yield last
            last = run
    if last is not None:
        yield last
