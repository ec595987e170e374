"""A difference as a Word document with tracked changes: rejecting them all gives the old text,
accepting them all the new one.

`tracked` makes paragraphs of a diff, `markup` WordprocessingML of those, this module the file (Open
Packaging Conventions). The same difference gives the same bytes on every machine.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO

from repo_store import Revision, rfc3339
from service.diffing import Diff
from service.present.times import readable
from service.present.word.markup import Body, R, W, Xml, quoted, text_run, w
from service.present.word.tracked import Comment, Look, Paragraph, Piece, tracked
from service.present.wording import note_of

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CORE = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DEEPEST_LIST = 9
_PARTS = ("styles", "settings", "numbering", "comments", "header", "footer")
"""What the document itself leads to."""


def word_document(
    diff: Diff, old: Revision, new: Revision, language: str = "", fingerprint: str = ""
) -> bytes:
    """The file. `language`: the new text's tag, if it is known. `fingerprint`: of the key that
    signs the export that this is a part of.
    """
    body = Body(new.author.name, new.live_since)
    first, *items = tracked(diff)
    if isinstance(first, Paragraph):
        first = first._replace(comments=(*_told(new), *first.comments))
    closing = [_colophon(line) for line in _closing(old, new)]
    elements = list(body.elements([first, *items, *closing]))
    parts = {
        "[Content_Types].xml": _fixed("content_types.xml"),
        "_rels/.rels": _fixed("package_relations.xml"),
        "docProps/core.xml": _properties(old, new),
        "word/document.xml": _part("document", w("body", *elements, _page_layout())),
        "word/_rels/document.xml.rels": _relations(body.links),
        "word/styles.xml": _fixed("styles.xml").replace(b"x-none", language.encode() or b"x-none"),
        "word/settings.xml": _fixed("settings.xml"),
        "word/numbering.xml": _part("numbering", *_numbering(body)),
        "word/comments.xml": _part("comments", *_comments(body, new)),
        "word/header.xml": _part("hdr", *_header(old, new)),
        "word/footer.xml": _part("ftr", _footer(fingerprint)),
    }
    return _zip(parts)


def _zip(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in parts.items():
            # Stored, of the earliest time that a zip can tell: the same bytes on every machine.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            packed.writestr(entry, data)
    return out.getvalue()


@cache
def _fixed(name: str) -> bytes:
    return files(__package__).joinpath("parts", name).read_bytes()


def _part(name: str, *children: Xml) -> bytes:
    """A part of the document by its root element."""
    content = "".join(children)
    return f'{_DECLARATION}<w:{name} xmlns:w="{W}" xmlns:r="{R}">{content}</w:{name}>'.encode()


def _name(revision: Revision) -> str:
    return f"version {revision.version}" if revision.version else f"revision {revision.revision}"


def _line(style: str, *runs: Xml) -> Xml:
    return w("p", w("pPr", w("pStyle", val=style)), *runs)


def _header(old: Revision, new: Revision) -> Iterable[Xml]:
    compared = f"{_name(new)} compared with {_name(old)}"
    yield _line("Header", text_run(f"{new.story}: {compared}"))
    for each in (old, new):
        when = "live from" if each.version else "written"
        told = (
            f"{_name(each).capitalize()}: {when} {readable(each.live_since)}, by {each.author.name}"
        )
        yield _line("Header", text_run(told))


def _footer(fingerprint: str) -> Xml:
    signed = f"Export signed with the key {fingerprint}" if fingerprint else ""
    page = [w("fldSimple", text_run("1"), instr=name) for name in ("PAGE", "NUMPAGES")]
    start = text_run(f"{signed}\tPage ")
    return _line("Footer", start, page[0], text_run(" of "), page[1])


def _closing(old: Revision, new: Revision) -> Iterable[str]:
    yield (
        f"End of the text. Rejecting all tracked changes gives {_name(old)}, accepting them"
        f" gives {_name(new)}. What is not marked is the same in both."
    )
    for each in (old, new):
        yield f"{_name(each).capitalize()}: SHA-256 {each.sha256}"


def _told(new: Revision) -> Iterator[Comment]:
    """What was said of the new version."""
    if note := note_of(new):
        yield Comment(note, new.author.name)
    for each in new.explanations:
        yield Comment(f"{each.kind} added {readable(each.created_at)}: {note_of(each)}")


def _colophon(line: str) -> Paragraph:
    return Paragraph("equal", (Piece("equal", line),), Look("Colophon"))


def _page_layout() -> Xml:
    references = [
        Xml(f'<w:{name}Reference w:type="default" r:id="{name}"/>') for name in ("header", "footer")
    ]
    sides = ("top", "right", "bottom", "left")
    margins = dict.fromkeys(sides, "1418") | {"header": "709", "footer": "709", "gutter": "0"}
    margins["top"] = "1814"
    return w("sectPr", *references, w("pgSz", w="11906", h="16838"), w("pgMar", **margins))


def _relations(links: Mapping[str, str]) -> bytes:
    own = [(name, name, f"{name}.xml", "") for name in _PARTS]
    others = [(name, "hyperlink", each, ' TargetMode="External"') for each, name in links.items()]
    lines = [
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{quoted(target)}"{mode}/>'
        for name, kind, target, mode in (*own, *others)
    ]
    # LibreOffice reads this part only if it has no prefixes.
    root = f'<Relationships xmlns="{_RELATIONS}">{"".join(lines)}</Relationships>'
    return f"{_DECLARATION}{root}".encode()


def _numbering(body: Body) -> Iterator[Xml]:
    yield from _forms()
    for each in body.lists:
        start = w("lvlOverride", w("startOverride", val=str(each.start)), ilvl=str(each.level))
        yield w("num", w("abstractNumId", val="1"), start, numId=str(each.number))


@cache
def _forms() -> tuple[Xml, ...]:
    """Of lists: with bullets, which are all numbered alike, and with numbers."""
    bullets, numbers = _form("0", "bullet", "•"), _form("1", "decimal", "%{}.")
    return bullets, numbers, w("num", w("abstractNumId", val="0"), numId="1")


def _form(number: str, form: str, text: str) -> Xml:
    levels = [
        w(
            "lvl",
            w("start", val="1"),
            w("numFmt", val=form),
            w("lvlText", val=text.format(level + 1)),
            w("lvlJc", val="left"),
            w("pPr", w("ind", left=str(360 * (level + 1)), hanging="360")),
            ilvl=str(level),
        )
        for level in range(_DEEPEST_LIST)
    ]
    return w("abstractNum", w("multiLevelType", val="multilevel"), *levels, abstractNumId=number)


def _comments(body: Body, new: Revision) -> Iterator[Xml]:
    at = rfc3339(new.live_since)
    for number, comment in enumerate(body.comments):
        lines = [_line("CommentText", text_run(line)) for line in comment.text.split("\n")]
        author = comment.author or "story-history"
        yield w("comment", *lines, id=str(number), author=author, date=at)


def _properties(old: Revision, new: Revision) -> bytes:
    title = quoted(f"{new.story}: {_name(old)} to {_name(new)}")
    times = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{rfc3339(new.live_since)}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    names = f"<dc:title>{title}</dc:title><dc:creator>{quoted(new.author.name)}</dc:creator>"
    root = f"<cp:coreProperties {_CORE}>{names}{times}</cp:coreProperties>"
    return f"{_DECLARATION}{root}".encode()
