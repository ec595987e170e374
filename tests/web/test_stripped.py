"""Old and new words stay apart and can be told from each other where tags or colours are lost."""

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree
from rich.console import Console

import service
from service.accounts import Role
from service.comparison import page_of
from service.diffing import compare
from service.present import terminal
from tests.audit.conftest import files_of
from tests.samples import content, story
from tests.web.conftest import Desk, Writer, draft

GONE = "Nobody asked the ferrymen."
OLD: dict[str, Any] = {
    "overview": ["Turnout was 52 percent.", "The mayor is Berg.", "It opens on 3 May.", GONE],
    "source_count": 2,
}
NEW: dict[str, Any] = {
    "overview": ["Turnout was 58 percent.", "The mayor is Dahl.", "It opens on 4 May."],
    "source_count": 5,
}
MARKED = (("52", "58"), ("Berg", "Dahl"), ("3", "4"), ("2", "5"))
FACTS = (("52", "58 percent"), ("Berg", "Dahl"), ("3", "4 May"))
WHOLE_FACTS = (("52 percent", "58 percent"), ("Berg", "Dahl"), ("3 May", "4 May"))
RUN_TOGETHER = ("5258", "BergDahl", "34 May", "25)")

_TEXT = MARKED[:3]
WORDS = (MARKED, r"removed: {} \(end\) added: {} \(end\)")
_OLD, _NEW = r"(?:Before|Version 1, [^\n]*UTC): ", r"(?:After|Version 2, [^\n]*UTC): "
SIDES = (_TEXT, _OLD + r"[^\n]*removed: {} \(end\)[\s\S]*?" + _NEW + r"[^\n]*added: {} \(end\)")
SIGNS = (MARKED, r"\[-{}-\]{{\+{}\+}}")
ARROW = (FACTS, r"(?<!\d){}\s*→\s*{}\b")
WHOLE_ARROW = (WHOLE_FACTS, ARROW[1])
LINES = (_TEXT, r"\n-[^\n]*\b{}\b[^\n]*\n(?:-.*\n)*(?:\+.*\n)*?\+[^\n]*\b{}\b")
SENTENCES = (((GONE, "removed in version 2"),), r"Removed sentences[\s\S]*\b{}\s[\s\S]*{}")
"""Pairs that are told apart, and how: a pattern of an old and a new text."""


class Newspaper(NamedTuple):
    """Two versions of a story, a draft that takes the changes back, and who may read them."""

    editor: Writer
    auditor: Writer
    desk: Desk
    draft: int
    folder: Path
    cms: Writer

    def page(self, path: str) -> str:
        answer = self.editor.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def change(self, old: str) -> str:
        """The name of the change that took out these words."""
        changes = self.page("/stories/library/diff/1..2").split(' id="')
        return next(each[:9] for each in changes if f"<del>{old}</del>" in each and each[0] == "c")

    def at_desk(self, path: str, **form: Any) -> str:
        return (self.desk.post(path, **form) if form else self.desk.get(path)).text

    def feed(self, path: str) -> str:
        entries = etree.fromstring(self.page(path).encode()).iter("{*}content")
        return next(each.text or "" for each in entries)

    def exported(self, name: str) -> str:
        path = self.folder / "export.zip"
        path.write_bytes(self.auditor.get("/api/v1/stories/library/export").data)
        return files_of(path)[f"data/stories/library/{name}"].decode()

    def to_explain(self) -> str:
        assert self.cms.post(content=story(**OLD), note="").status_code == 201
        return self.at_desk("/desk/to-explain")

    def in_a_terminal(self, colours: bool) -> str:
        out = io.StringIO()
        value = compare(page_of(content(**OLD)), page_of(content(**NEW)))
        Console(file=out, force_terminal=colours, width=200).print(terminal.diff(value))
        return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


@pytest.fixture
def paper(
    writer: Callable[[Role], Writer], desk: Callable[[Role], Desk], editor: Writer, tmp_path: Path
) -> Newspaper:
    editor.publish(**OLD)
    editor.publish(base=1, **NEW)
    number = draft(editor, 2, **OLD)
    return Newspaper(
        editor,
        writer(Role.AUDITOR),
        desk(Role.EDITOR),
        number,
        tmp_path,
        writer(Role.INTEGRATION),
    )


def _edited(paper: Newspaper, do: str) -> str:
    made = story(**NEW) | {"overview": ["Turnout was 52 percent.", *NEW["overview"][1:]]}
    form = {
        **{name: made[name] for name in ("title", "summary", "overview", "analysis")},
        **{f"sources.{name}": made["sources"][0].get(name, "") for name in ("name", "url")},
        **{
            name: [each[name[4:]] for each in made["faq"]]
            for name in ("faq.question", "faq.answer")
        },
        **{"sources.title": "", "sources.leaning": "", "source_count": "5", "base_version": "2"},
    }
    return paper.at_desk("/desk/stories/library/edit", **form, note="", kind="minor", do=do)


def _corrections(paper: Newspaper) -> str:
    assert paper.editor.act(2, action="explain", note="Counted again.").status_code == 201
    return paper.page("/corrections")


DIFF, API = "/stories/library/diff/1..2", "/api/v1/stories/library/diff/1..2"
_Form = tuple[tuple[tuple[str, str], ...], str]


def _back(form: _Form) -> _Form:
    """The same for a draft that restores the old text."""
    return tuple((new, old) for old, new in form[0]), form[1]


ARROW_BACK = ((("58", "52 percent"), ("Dahl", "Berg"), ("4", "3 May")), ARROW[1])
_ONE_BACK = ((("58", "52"),), WORDS[1])
PLACES: dict[str, tuple[str, _Form, Callable[[Newspaper], str]]] = {
    "diff": ("_stage.html", WORDS, lambda paper: paper.page(DIFF)),
    "facts of a diff": ("_stage.html", ARROW, lambda paper: paper.page(DIFF)),
    "side by side": ("_stage.html", SIDES, lambda paper: paper.page(f"{DIFF}?view=split")),
    "play": (
        "_stage.html",
        (_TEXT, WORDS[1]),
        lambda paper: paper.page("/stories/library/play/2"),
    ),
    "history": (
        "",
        ((FACTS[0],), ARROW[1]),
        lambda paper: paper.page("/stories/library/history"),
    ),
    "front page": ("front.html", ((FACTS[0],), ARROW[1]), lambda paper: paper.page("/")),
    "corrections": ("corrections.html", ((FACTS[0],), ARROW[1]), _corrections),
    "fact in play": (
        "_stage.html",
        ((FACTS[0],), ARROW[1]),
        lambda paper: paper.page("/stories/library/play/2"),
    ),
    "embedded history": (
        "embed.html",
        ((FACTS[0],), ARROW[1]),
        lambda paper: paper.page("/stories/library/history/embed"),
    ),
    "embedded change": (
        "embed_change.html",
        ((("52", "58"),), r"removed: {} \(end\)\s+added: {} \(end\)"),
        lambda paper: paper.page(
            f"/stories/library/history/embed?change={paper.change('52')}&versions=1..2"
        ),
    ),
    "since": ("story.html", ARROW, lambda paper: paper.page("/stories/library?since=1")),
    "removed sentences": (
        "provenance.html",
        SENTENCES,
        lambda paper: paper.page("/stories/library/provenance"),
    ),
    "one sentence": (
        "provenance_sentence.html",
        (_TEXT[:1], WORDS[1]),
        lambda paper: paper.page("/stories/library/provenance?sentence=3&view=sentence"),
    ),
    "feed": ("feed_entry.html", SIGNS, lambda paper: paper.feed("/stories/library/history.atom")),
    "feed of all": ("feed_entry.html", SIGNS, lambda paper: paper.feed("/history.atom")),
    "review": (
        "desk/review.html",
        _back(WORDS),
        lambda paper: paper.at_desk(f"/desk/stories/library/revisions/{paper.draft}"),
    ),
    "facts of a review": (
        "desk/review.html",
        ARROW_BACK,
        lambda paper: paper.at_desk(f"/desk/stories/library/revisions/{paper.draft}"),
    ),
    "review side by side": (
        "desk/review.html",
        _back(SIDES),
        lambda paper: paper.at_desk(f"/desk/stories/library/revisions/{paper.draft}?view=split"),
    ),
    "queue": ("desk/queue.html", ARROW_BACK, lambda paper: paper.at_desk("/desk")),
    "to explain": (
        "desk/to_explain.html",
        ARROW_BACK,
        lambda paper: paper.to_explain(),
    ),
    "restore": (
        "desk/restore.html",
        _back(WORDS),
        lambda paper: paper.at_desk("/desk/stories/library/restore/1"),
    ),
    "preview": ("desk/edit.html", _ONE_BACK, lambda paper: _edited(paper, "preview")),
    "held back": (
        "desk/edit.html",
        ((("58", "52 percent"),), ARROW[1]),
        lambda paper: _edited(paper, "publish"),
    ),
    "redline": (
        "redline.html",
        WORDS,
        lambda paper: paper.exported("differences/0001-0002.html"),
    ),
    "facts of a redline": (
        "redline.html",
        WHOLE_ARROW,
        lambda paper: paper.exported("differences/0001-0002.html"),
    ),
    "report": ("report_version.html", WHOLE_ARROW, lambda paper: paper.exported("report.html")),
    "Markdown": ("", SIGNS, lambda paper: paper.page(f"{API}?format=markdown")),
    "patch": ("", LINES, lambda paper: paper.page(f"{API}?format=unified")),
    "terminal": ("", (_TEXT, SIGNS[1]), lambda paper: paper.in_a_terminal(colours=True)),
    "pipe": ("", (_TEXT, SIGNS[1]), lambda paper: paper.in_a_terminal(colours=False)),
}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said = ""

    def handle_data(self, data: str) -> None:
        self.said += data


def _parsed(page: str) -> str:
    text = _Text()
    text.feed(page)
    return text.said


def _crude(page: str) -> str:
    return re.sub("<[^>]+>", "", page)


@pytest.mark.parametrize("strip", [_crude, _parsed])
@pytest.mark.parametrize("place", PLACES)
def test_a_text_without_its_tags_tells_old_from_new(
    paper: Newspaper, place: str, strip: Callable[[str], str]
) -> None:
    _, (pairs, pattern), read = PLACES[place]
    text = strip(read(paper))
    for run in RUN_TOGETHER:
        assert run not in text
    for old, new in pairs:
        assert re.search(pattern.format(re.escape(old), re.escape(new)), text), (old, new, text)


_SHOWS = re.compile(
    r"<(?:del|ins)\b|class=\"was\"|(?:^|[^.\w])(?:text|sides|items|spans|changed_count"
    r"|facts_changed|fact_words|lead_line|version_list|chips|fact_list|difference|changes)\("
)
_SHARED = {
    *("_diff.html", "macros.html", "parts.html", "desk/macros.html", "gone.html"),
    *("withdrawn.html", "patterns.html"),
}
"""Macros of other templates."""


def test_every_template_that_shows_a_difference_is_among_the_places() -> None:
    folder = Path(service.__file__).parent
    showing = {
        str(path.relative_to(templates))
        for templates in folder.rglob("templates")
        for path in templates.rglob("*.html")
        if _SHOWS.search(path.read_text())
    }
    assert showing - _SHARED == {name for name, _, _ in PLACES.values()} - {""}
