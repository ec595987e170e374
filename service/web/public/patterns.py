"""The patterns of the public pages, each made by their own templates from values that stand here.

For whoever works on them, and for tests; the route exists where `STORY_HISTORY_PATTERNS=1`.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, make_response
from jinja2 import Environment
from markupsafe import Markup

from repo_store import (
    CORRECTING,
    Action,
    Author,
    Bucket,
    Changes,
    Correction,
    CorrectionCounts,
    Explanation,
    Ground,
    Kind,
    Redacted,
    Revision,
    State,
    StorySummary,
    Verb,
    VersionFilter,
    corrections_of,
)
from service.diffing import Diff
from service.present.corrections import Step, figures_view, kind_label
from service.present.diff_view import diff_view
from service.present.extracts import Extract
from service.present.headlines import headline
from service.present.sentence_text import Ages, Sentence, SentenceText
from service.present.timeline import TimelineView, timeline
from service.provenance.ledger import Form
from service.provenance.past import past_of
from service.usecases.article_head import ArticleHead
from service.usecases.attribution import Attribution, Brought
from service.usecases.corrections import BOUNDS, ListedCorrection, Period
from service.web.http.access import public
from service.web.public.history import Steps
from service.web.public.pattern_texts import KINDS, LANGUAGES, article, compared, differences
from service.web.public.rail import Chosen, Rail, Row
from service.web.public.since import Since

blueprint = Blueprint("patterns", __name__)

_STORY = "the-old-bridge"
_DAY = datetime(2026, 5, 4, 8, tzinfo=UTC)
_LIVE = 14
_LONG = (
    "We said that the bridge carries 1,200 cars a day. That was the count of 2019; the newest,"
    " of which the council told us on Friday, is 1,400. We also named the wrong engineer: cables"
    " were inspected by Jörg Petersen, and not by his brother, who works for the harbour. We regret"
    " both mistakes, which readers pointed out to us."
)
_SHORT = "We gave the number of cars as 1,200; it is 1,400."


@blueprint.get("/patterns")
@public
def patterns() -> Response:
    """Nothing of it is a story's, and no cache may keep it."""
    templates = _templates()

    def main(template: str, **values: Any) -> Markup:
        """What a whole page has in its main part."""
        return _main(templates, template, values)

    page = _rendered(templates, "patterns.html", values() | {"main": main})
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def values() -> dict[str, Any]:
    """What the page of patterns shows."""
    return {
        "story": STORY,
        "kinds": [(each.name, list(differences(each))) for each in KINDS],
        "languages": [
            (each, diff_view(compared({"body": [each.old]}, {"body": [each.new]})))
            for each in LANGUAGES
        ],
        "versions": VERSIONS,
        "heads": HEADS,
        "folded": diff_view(compared(*FOLDED)),
        "facts": diff_view(compared(*FACTS)),
        "one_fact": diff_view(compared(FACTS[0], {**FACTS[0], "summary": FACTS[1]["summary"]})),
        "no_fact": diff_view(compared({"body": ["It is shut."]}, {"body": ["It's shut."]})),
        "no_change": diff_view(compared(FACTS[0], FACTS[0])),
        "rail": RAIL,
        "timelines": {each: _timeline(each) for each in (2, 14, 120)},
        "steps": STEPS,
        "chosen": Chosen(),
        "filtered": FILTERED,
        "sections": [("title", "Title"), ("body", "Text"), ("sources", "Sources")],
        "history": _history,
        "story_page": _story_page,
        "removed_page": _removed_page,
        "corrections_page": _corrections_page,
        "figures_page": _figures_page,
        "sentences_page": _sentences_page,
        "front_page": _front_page,
        "withdrawal": _withdrawal(),
    }


# --- Versions, and what was said of them


def _at(minutes: int) -> datetime:
    return _DAY + timedelta(minutes=minutes)


def version(number: int, kind: str = "update", note: str = "", **fields: Any) -> Revision:
    """A version of the story; three hours apart."""
    at = _at(180 * number)
    given: dict[str, Any] = {
        "story": _STORY,
        "entry": number,
        "revision": number,
        "version": number,
        "base_version": number - 1 or None,
        "state": State.PUBLISHED,
        "kind": Kind(kind),
        "note": note,
        "author": Author("Dara Voss"),
        **dict.fromkeys(("created_at", "recorded_at"), at),
        **dict.fromkeys(("published_at", "publication_recorded_at"), at),
        "published_entry": number,
        "commit": f"{number:040x}",
        "blob": f"{number:040x}",
        "sha256": f"{number:064x}",
        "digest": "",
        "bare": "",
        "changes": Changes(("body",), 3 * number, number) if number > 1 else Changes(),
    }
    return Revision(**given | fields)


def _explained(number: int, kind: Kind, note: str) -> Explanation:
    at = _at(180 * number + 45)
    return Explanation(number, note, kind, "Mika Lund", at, at)


def _correction(number: int, kind: str = "correction", note: str = _SHORT) -> Correction:
    return next(iter(corrections_of(version(number, kind, note))))


def _action(verb: Verb, minutes: int, note: str = "", **fields: Any) -> Action:
    at = _at(minutes)
    given: dict[str, Any] = {
        "story": _STORY,
        "entry": 90,
        "revision": 9,
        "verb": verb,
        "version": None,
        "kind": None,
        "note": note,
        "author": Author("Dara Voss"),
        **dict.fromkeys(("created_at", "recorded_at"), at),
        **dict.fromkeys(("commit", "blob", "digest", "bare"), ""),
    }
    return Action(**given | fields)


REMOVAL = _action(
    Verb.REMOVE, 4000, ground=Ground.COURT_ORDER, reference="", confirmed_by="Mika Lund"
)
STORY = StorySummary(
    _STORY, _LIVE, "The old bridge", "It is closed to lorries.", _DAY, _at(2520), _at(2520)
)
VERSIONS = {
    each.version or 0: each
    for each in (
        version(14, "update", _SHORT),
        version(13, "correction", _LONG),
        version(12, "clarification"),
        version(11, "minor", "A typo."),
        version(10, "restore", "Version 8 again, which was right."),
        version(9, "update", state=State.REMOVED),
        version(8, "retraction", "", redacted=Redacted(Ground.PRIVACY, _at(4000))),
        version(7, "update", explanations=(_explained(7, Kind.CORRECTION, _SHORT),)),
        version(6, "update", out_of_order=True),
        version(5, "update", publication_recorded_at=_at(3000)),
        *(version(number) for number in range(4, 0, -1)),
    )
}

# --- Texts

_BODY = [
    "The bridge closes to lorries at 10:30 a.m. on 3 May 2026. Some 1,200 cars cross it each day.",
    "“We have no choice,” the mayor, Dara Voss, told the council on Monday evening.",
    "The tram will stop at the market.",
    "Engineer Jorg Petersen inspected the cables.",
    "The work costs 4.2 million crowns, the council said.",
    "Lund won with 40 votes and Voss lost with 35 votes.",
    "## What comes next",
    "- The tram runs as far as the market.",
    "- Buses turn there.",
]
_LATER = [
    "The bridge closes to lorries at 11:30 a.m. on 4 May 2026. Some 1,400 cars cross it each day.",
    "“We had no other choice,” the mayor, Mika Lund, told the council on Monday evening.",
    "The tram will not stop at the market.",
    "Engineer Jörg Petersen inspected the cables.",
    "The work costs 6.8 million crowns, the engineers said.",
    "Voss won with 40 votes and Lund lost with 35 votes.",
    *_BODY[6:],
    "A ferry with 60 places sails every 20 minutes from 4 May, the Harbour Board said.",
]
_GAZETTE = {"name": "Gazette", "url": "https://gazette.example/bridge"}
_BOARD = {"name": "Harbour Board", "url": "https://harbour.example/ferry"}
_BEFORE = {"summary": "It closes on 3 May.", "body": _BODY, "sources": [_GAZETTE]}
_AFTER = {
    "title": "The old bridge is closed for 14 weeks",
    "summary": "It closes on 4 May.",
    "body": _LATER,
    "sources": [{**_GAZETTE, "url": "https://gazette.example/bridge-closed"}, _BOARD],
}
FACTS = (_BEFORE, _AFTER)
"""Two articles that differ in facts of every kind."""
_FILLER = "The council went on to speak about the ferry, the tram and the market at length. " * 9
FOLDED = (
    {"body": [f"It began with 40 boats. {_FILLER}It ended with 60.", *_BODY[1:6], "It is shut."]},
    {"body": [f"It began with 45 boats. {_FILLER}It ended with 65.", *_BODY[1:6], "It is open."]},
)
_TEXT = article(
    **_AFTER | {"authors": ["Dara Voss", "Mika Lund"], "section": "Harbour", "tags": ["Bridges"]}
)


def _removal_of(revision: Revision) -> Action | None:
    return REMOVAL if revision.state is State.REMOVED else None


def _withdrawals_of(version: Revision) -> list[Action]:
    """The story was withdrawn while version 7 was live, which was explained before."""
    return [_withdrawal()] if version.version == 7 else []


def _withdrawal() -> Action:
    return _action(Verb.WITHDRAW, 30, "The report was about another bridge.")


# --- Parts of pages

STEPS = {
    "in the middle": Steps(*(f"#{name}" for name in ("older", "newer", "first", "latest"))),
    "at the newest": Steps("#older", None, "#first", None),
    "at the first": Steps(None, "#newer", None, "#latest"),
    "alone": Steps(None, None, None, None),
}
FILTERED = Chosen(
    VersionFilter(corrections=True, section="body"), {"corrections": "1", "section": "body"}
)
_HEAD = ArticleHead(_DAY, VERSIONS[14], True, [], False, None, [], None)
HEADS = {
    "first version": _HEAD._replace(version=version(1), comparable=False),
    "no corrections": _HEAD,
    "1 correction": _HEAD._replace(corrections=[_correction(13)]),
    "20 corrections": _HEAD._replace(
        corrections=[_correction(34 - at, CORRECTING[at % 3]) for at in range(20)]
    ),
    "restored, with texts removed, withdrawn before": ArticleHead(
        _DAY,
        VERSIONS[10],
        comparable=True,
        corrections=[_correction(4), _correction(3)],
        further=True,
        restored=8,
        removed=[3, 9],
        withdrawal=_withdrawal(),
    ),
}


def _rail(numbers: Iterable[int]) -> Rail:
    numbered = compared(*FACTS), compared({"body": ["It is shut."]}, {"body": ["It is closed."]})
    rows = [
        Row(VERSIONS[each], headline(numbered[each % 2]) if each > 1 else None, f"#v{each}")
        for each in numbers
    ]
    days = dict.fromkeys(row.version.live_since.date() for row in rows)
    by_day = tuple(
        (day, tuple(row for row in rows if row.version.live_since.date() == day)) for day in days
    )
    return Rail(by_day, "#earlier", "#later")


RAIL = _rail(range(14, 0, -1))


def _timeline(versions: int) -> TimelineView:
    return timeline(
        [
            Bucket(each, each, each % 5 == 4, each * 7 % 40, each * 3 % 25, _DAY, _at(each))
            for each in range(1, versions + 1)
        ]
    )


# --- Whole pages, by the names of their templates' values


def _history(mode: str, layout: str = "inline", **given: Any) -> dict[str, Any]:
    """The History. `mode`: as in its template."""
    content = None if mode == "diff" else _TEXT
    view = None if mode == "version" else diff_view(_numbers())
    shown: dict[str, Any] = {
        "mode": mode,
        "story": STORY,
        "withdrawal": None,
        "article_url": None,
        "chosen": Chosen(),
        "old": VERSIONS[11],
        "new": VERSIONS[13],
        "rail": _rail([13, 12]),
        "timeline": _timeline(_LIVE),
        "compare": None,
        "unfiltered": "#",
        "steps": STEPS["in the middle"],
        "sections": [("body", "Text")],
        "change_address": "#changed",
        "layout": layout,
        "view": view,
        "content": content,
        "attribution": Attribution(_brought(view.diff) if view else {}, every=False),
        "title": STORY.title,
        "change": "",
    }
    return shown | given


def _numbers() -> Diff:
    """A small difference."""
    old = {"summary": _BEFORE["summary"], "body": _BODY[:3]}
    return compared(old, {"summary": _AFTER["summary"], "body": [_LATER[0], *_BODY[1:3]]})


def _brought(diff: Diff) -> dict[Any, Brought]:
    """By change, the versions that brought it: of the last one many, not all of them known."""
    keys = [
        (section.section, block.old, block.new)
        for section in diff.sections
        for block in section.changes
    ]
    few = Brought((VERSIONS[12], VERSIONS[13]), (), True)
    many = Brought(tuple(VERSIONS[each] for each in (5, 6, 7, 8, 10, 13)), (9,), False)
    return {**dict.fromkeys(keys, few), keys[-1]: many}


def _story_page(since: str) -> dict[str, Any]:
    """`since`: what the page says to a reader who comes again."""
    read = {"changed": None, "early": None, "same": VERSIONS[14], "removed": VERSIONS[9]}
    changed = Since(VERSIONS[11], VERSIONS[14], _numbers())
    return {
        "content": _TEXT if since == "changed" else article(body=_BODY[:1]),
        "version": VERSIONS[14],
        "listing": {"items": [VERSIONS[14]], "next": "c"},
        "leads": {14: headline(_numbers())},
        "head": HEADS["1 correction"],
        "since": changed if since == "changed" else Since(read[since], VERSIONS[14], None),
        "article_url": "https://paper.example/bridge",
        "data": {},
    }


def _removed_page() -> dict[str, Any]:
    return {
        "detail": "The text of version 9 was removed.",
        "removal": REMOVAL,
        "revision": VERSIONS[9],
        "versions": [VERSIONS[9], VERSIONS[8]],
    }


def _listed(correction: Correction, removed: bool = False, comparable: bool = True) -> Any:
    changed = headline(_numbers()) if comparable else None
    return ListedCorrection(correction, STORY.title, "Harbour", removed, comparable, changed)


def _corrections_page() -> dict[str, Any]:
    explained = [*corrections_of(VERSIONS[7])]
    listed = [
        _listed(_correction(13)),
        _listed(_correction(12, "clarification", ""), comparable=False),
        _listed(_correction(9, "retraction", _LONG), removed=True, comparable=False),
        *map(_listed, explained),
    ]
    names = ("kind", "q", "section", "since", "until")
    return {
        "given": {**dict.fromkeys(names, ""), "q": "bridge"},
        "filtered": {"q": "bridge"},
        "kinds": {kind.value: kind_label(kind) for kind in CORRECTING},
        "sections": ["Harbour", "Town"],
        "listing": {"items": listed, "next": "c"},
        "label": kind_label,
        "address": lambda _: "#address",
    }


def _figures_page() -> dict[str, Any]:
    months = range(6)
    counts = CorrectionCounts(
        {(month, kind): month * len(kind) % 7 for month in months for kind in CORRECTING},
        2,
        (3, 5, 9, 12, 14, 15),
        15,
        7_200.0,
        60,
        11,
        dict.fromkeys(months, 2),
        dict.fromkeys(months[:3], 1),
    )
    steps = [Step(f"2026-{month + 1:02d}", f"{month + 1:02d}") for month in months]
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    return {
        "period": Period(start, end, False, ()),
        "years": [2026, 2025],
        "given": {"since": "2026-01-01", "until": "2026-07-01"},
        "ends": ("January 2026", "June 2026"),
        "view": figures_view(counts, [3] * len(months), steps, BOUNDS),
    }


def _sentences_page() -> dict[str, Any]:
    """Where each sentence comes from, on the text, coloured by age, one of them chosen."""
    said = ("Nobody is on the bridge.", "It was closed on Monday.", "Cars cross it.", "Buses turn.")
    sinces = (1, 4, 9, 13)
    content = article(body=[" ".join(said), "A ferry sails."], summary="It is shut.")
    ages = Ages.of((*sinces, 14))

    def sentence(number: int, text: str, since: int) -> Sentence:
        return Sentence(number, text, ages.age(since))

    places = {
        ("title", 0, ""): [sentence(1, content.title, 1)],
        ("summary", 0, ""): [sentence(2, content.summary, 4)],
        ("body", 0, ""): [
            sentence(at, *each) for at, each in enumerate(zip(said, sinces, strict=True), 3)
        ],
        ("body", 1, ""): [sentence(7, "A ferry sails.", 14)],
    }
    forms = [
        Form(6, 13, None, None, "body", 0, "", 3, said[3]),
        Form(6, 5, 12, None, "body", 0, "", 3, "Buses turn back at the market."),
        Form(6, 2, 4, None, "body", 0, "", 3, "Buses stop at the market."),
    ]
    legend = [
        {
            "age": ages.age(first),
            "sentences": 1,
            "first": VERSIONS[first],
            "last": VERSIONS[last],
        }
        for first, last in ((1, 1), *ages.steps)
    ]
    parts = len(content.shape.parts)
    return {
        "story": STORY,
        "withdrawal": None,
        "article_url": None,
        "version": VERSIONS[14],
        "coarse": True,
        "text": SentenceText(places, "?sentence={0}#s-{0}".format, 6),
        "extract": Extract((0, 0), (parts, 0), 0, None),
        "blocks": lambda part: range(len(part.blocks(content.fields))),
        "colours": "age",
        "legend": legend,
        "beginning": "#",
        "here": "#here",
        "further": "#",
        "chosen": 6,
        "previous": "#s-5",
        "following": "#s-7",
        "past": past_of(forms, forms[-1]),
        "versions": VERSIONS,
        "compared": {5, 13},
        "content": content,
        "leads": ["https://gazette.example/bridge"],
    }


def _front_page() -> dict[str, Any]:
    others = [replace(STORY, id=f"story-{at}", title=f"Another story, {at}") for at in (1, 2)]
    return {
        "words": "",
        "listing": {"items": [STORY, *others], "next": "c"},
        "changed": {_STORY: VERSIONS[13]},
        "leads": {_STORY: headline(_numbers())},
    }


# --- Rendering

_IDS = re.compile(
    r'(\b(?:id|for|aria-labelledby|aria-describedby|popovertarget)="|\bhref="#|\burl\(#)(?=[^")])'
)


def _with_own_ids(html: Markup, prefix: str) -> Markup:
    """Ids, and what refers to them, with a prefix: the page has the same part more than once."""
    return Markup(_IDS.sub(rf"\g<1>{prefix}-", str(html)))  # noqa: S704 templates of ours made it


def _opened(html: Markup) -> Markup:
    """With what it folds unfolded."""
    return Markup(str(html).replace("<details ", "<details open ", 1))  # noqa: S704 as above


def _templates() -> Environment:
    """The application's, which find here the one text that was removed."""
    found = current_app.jinja_env.overlay()
    found.globals = {
        **current_app.jinja_env.globals,
        "removal_of": _removal_of,
        "withdrawals_of": _withdrawals_of,
    }
    own = {"with_own_ids": _with_own_ids, "opened": _opened}
    found.filters = {**current_app.jinja_env.filters, **own}
    return found


def _rendered(templates: Environment, name: str, given: dict[str, Any]) -> str:
    context = dict(given)
    current_app.update_template_context(context)
    return templates.get_template(name).render(context)


def _main(templates: Environment, name: str, given: dict[str, Any]) -> Markup:
    page = _rendered(templates, name, given)
    inside = page.partition('<main id="main" tabindex="-1">')[2].rpartition("</main>")[0]
    return Markup(inside)  # noqa: S704 a template of ours made it
