"""Small texts, old and new, for each kind of block and each way in which it can differ."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from repo_store import Content, parse_content
from service.comparison import page_of
from service.diffing import Diff, Section, compare
from service.present.diff_view import DiffView, diff_view

Fields = Mapping[str, Any]
"""Of an article, as JSON values."""

_FIRST = "The bridge will be closed to lorries from Monday, the council said."
_SECOND = "Buses turn at the market and go back by way of the station."
_THIRD = "The work is to take eleven weeks if the weather holds."


class Way(NamedTuple):
    """How a block differs: its name, and the words of the blocks before and after."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]


WAYS = (
    Way("changed", ("It carries 1,200 cars a day.",), ("It carries 1,400 cars a day.",)),
    Way("added", (_FIRST,), (_FIRST, _SECOND)),
    Way("removed", (_FIRST, _SECOND), (_FIRST,)),
    Way("moved", (_FIRST, _SECOND, _THIRD), (_SECOND, _THIRD, _FIRST)),
    Way(
        "moved with edits",
        (_FIRST, _SECOND, _THIRD),
        (_SECOND, _THIRD, _FIRST.replace("Monday", "Tuesday")),
    ),
    Way("split", (f"{_FIRST} {_SECOND}",), (_FIRST, _SECOND)),
    Way("merged", (_FIRST, _SECOND), (f"{_FIRST} {_SECOND}",)),
    Way("formatting only", ("The *old* bridge is shut.",), ("The **old** bridge is shut.",)),
    Way(
        "cosmetic only",
        ("The bridge that is old is shut.",),
        ("The bridge, that is old, is shut.",),
    ),
    Way("coarse", ("The bridge is old and shut.",), ("The bridge was new and open.",)),
    Way("characters that show nothing", ("The bridge is shut.",), ("The bri\u200bdge is shut.",)),
    Way("space alone", ("The bridge is shut.",), ("The bridge is  shut.",)),
    Way("line break", (_FIRST, _SECOND, _THIRD), (f"{_FIRST} {_SECOND} {_THIRD}",)),
)
_COARSE = "coarse"
_OF_PROSE = frozenset({"split", "merged", "formatting only", "line break"})
"""What happens to paragraphs alone, and not to records or pictures."""


def _markdown(form: str) -> Callable[[Sequence[str]], Fields]:
    return lambda words: {"body": [form.format(each, _slug(each)) for each in words]}


def _rows(words: Sequence[str]) -> Fields:
    rows = [f"| {each} | 2019 |" for each in words]
    return {"body": ["| What | Since |", "| --- | --- |", *rows]}


def _sources(words: Sequence[str]) -> Fields:
    names = [{"name": each, "url": f"https://gazette.example/{_slug(each)[:8]}"} for each in words]
    return {"sources": names}


def _entries(words: Sequence[str]) -> Fields:
    return {"faq": [{"question": f"{each.split()[1]}?", "answer": each} for each in words]}


def _rules(words: Sequence[str]) -> Fields:
    """One of the texts is the rule: of three the first, which moves."""
    rule = _FIRST if len(words) == 3 else _SECOND
    return {"body": ["---" if each == rule else each for each in words]}


class Kind(NamedTuple):
    """A kind of block: its name, what makes an article's fields of its words, and the ways in which
    it cannot differ.
    """

    name: str
    fields: Callable[[Sequence[str]], Fields]
    lacks: frozenset[str] = frozenset()


KINDS = (
    Kind("paragraph", _markdown("{}")),
    Kind("source", _sources, _OF_PROSE),
    Kind("FAQ entry", _entries, _OF_PROSE),
    Kind("heading", _markdown("## {}")),
    Kind("quote", _markdown("> {}")),
    Kind("item", _markdown("- {}")),
    Kind("table row", _rows),
    Kind(
        "image",
        _markdown('![{0}](https://images.example/{1}.jpg "Photo: Dara Voss")'),
        _OF_PROSE | {"cosmetic only", "space alone"},
    ),
    Kind(
        "embed",
        _markdown("https://video.example/{1}"),
        frozenset(each.name for each in WAYS) - {"changed", "added", "removed", "moved", "coarse"},
    ),
    Kind("rule", _rules, frozenset(each.name for each in WAYS) - {"added", "removed", "moved"}),
    Kind("code", _markdown("Type `{}` first."), frozenset({"formatting only"})),
)


class Difference(NamedTuple):
    """`id`: of its pattern, within those of its layout."""

    id: str
    way: str
    view: DiffView


def differences(kind: Kind) -> Iterator[Difference]:
    """Each way in which a kind of block can differ."""
    for way in WAYS:
        if way.name not in kind.lacks:
            name = f"{_slug(kind.name)}-{_slug(way.name)}"
            yield Difference(name, way.name, difference_of(kind, way))


def difference_of(kind: Kind, way: Way) -> DiffView:
    old, new = kind.fields(way.old), kind.fields(way.new)
    diff = compared(old, new)
    return diff_view(_roughly(diff) if way.name == _COARSE else diff)


def article(**fields: Any) -> Content:
    return parse_content({"shape": "article", "title": "The old bridge", **fields})


def compared(old: Fields, new: Fields) -> Diff:
    """Two articles."""
    return compare(page_of(article(**old)), page_of(article(**new)))


def _roughly(diff: Diff) -> Diff:
    """As if the budget had run out, which takes a longer text than a page of patterns has."""
    sections = tuple(
        Section(
            each.spec,
            tuple(run._replace(coarse=True) if run in each.changes else run for run in each.runs),
        )
        for each in diff.sections
    )
    return diff._replace(sections=sections)


def _slug(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")


class Language(NamedTuple):
    """A text in a language, before and after a number in it changed."""

    tag: str
    name: str
    old: str
    new: str


def _in(tag: str, name: str, text: str, *numbers: str) -> Language:
    return Language(tag, name, *map(text.format, numbers))


_COMMAS, _PLAIN = ("1,200", "1,400"), ("1200", "1400")
LANGUAGES = (
    _in("ar", "Arabic", "يعبر الجسر {} سيارة في اليوم. وهو مغلق الآن.", "١٢٠٠", "١٤٠٠"),
    _in("de", "German", "Die Brücke trägt täglich {} Autos. Sie bleibt gesperrt.", *_PLAIN),
    _in("en", "English", "The bridge carries {} cars a day. It is closed for now.", *_COMMAS),
    _in("es", "Spanish", "El puente soporta {} coches al día. Sigue cerrado.", *_PLAIN),
    _in("fa", "Persian", "روزانه {} خودرو از پل می‌گذرد. پل فعلاً بسته است.", "۱۲۰۰", "۱۴۰۰"),
    _in("fr", "French", "Il passe {} voitures par jour. Le pont reste fermé.", "1 200", "1 400"),
    _in("he", "Hebrew", "על הגשר עוברות {} מכוניות ביום. הוא סגור לפי שעה.", *_COMMAS),
    _in("hi", "Hindi", "पुल से रोज़ {} गाड़ियाँ गुज़रती हैं। वह अभी बंद है।", *_COMMAS),
    _in(
        "id", "Indonesian", "Jembatan itu dilewati {} mobil sehari. Kini ditutup.", "1.200", "1.400"
    ),
    _in("ja", "Japanese", "この橋は一日に{}台の車が通る。今は閉鎖されている。", *_PLAIN),
    _in("ko", "Korean", "다리에는 하루 {}대의 차가 다닌다. 지금은 닫혀 있다.", *_COMMAS),
    _in("pt", "Portuguese", "Pela ponte passam {} carros por dia. Está fechada.", *_PLAIN),
    _in("ru", "Russian", "По мосту проезжает {} машин в день. Пока он закрыт.", *_PLAIN),
    _in("th", "Thai", "สะพานมีรถผ่านวันละ {} คัน ขณะนี้ปิดอยู่", *_COMMAS),
    _in("tr", "Turkish", "Köprüden günde {} araç geçiyor. Şimdilik kapalı.", *_PLAIN),
    _in("uk", "Ukrainian", "Мостом проїжджає {} автівок на день. Він закритий.", *_PLAIN),
    _in("vi", "Vietnamese", "Mỗi ngày có {} xe qua cầu. Cầu hiện bị đóng.", "1.200", "1.400"),
    _in("zh-Hans", "Chinese, simplified", "这座桥每天有{}辆汽车通过。目前已经关闭。", *_PLAIN),
    _in("zh-Hant", "Chinese, traditional", "這座橋每天有{}輛汽車通過。目前已經關閉。", *_PLAIN),
)
