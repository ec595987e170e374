"""Where each sentence of a story comes from: as a list, and on the text itself."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flask import render_template, request, url_for

from repo_store import Content, FieldError, Malformed, Part, Revision, State
from repo_store.markdown import marks, parse
from service.messages import gettext
from service.present.extracts import Extract, extracts
from service.present.sentence_text import Ages, Place, Sentence, SentenceText, links_in
from service.provenance.ledger import Form
from service.provenance.origins import LiveText
from service.provenance.past import Past
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import article_address
from service.web.http.params import first_item, number, query_choice
from service.web.http.response_cache import DependsOn
from service.web.http.services import services, stories
from service.web.public.articles import article_of
from service.web.public.blueprint import blueprint

_REMOVED = 50
"""Removed sentences on a page of the list."""

_ROOM = 60_000
"""Characters of the text on one page, with some more for each sentence and mark of Markdown."""
_PER_SENTENCE, _PER_MARK = 100, 15


@blueprint.get("/stories/<story>/provenance")
@public
@cached(DependsOn.STORY)
@takes("colours", "cursor", "phrase", "sentence", "start", "view")
def provenance(story: str) -> str:
    views = {"list": _list, "text": _text, "sentence": _sentence}
    return views[query_choice("view", views)](story)


def _list(story: str) -> str:
    phrase, cursor = request.args.get("phrase", "").strip(), request.args.get("cursor", "")
    start = first_item()
    origins = services().origins.of(story, phrase, cursor, _REMOVED, start)
    sections = [
        (name, list(sentences))
        for name, sentences in groupby(origins.sentences, lambda sentence: sentence.section)
    ]
    summary = stories().story(story)
    return render_template(
        "provenance.html",
        story=summary,
        withdrawal=stories().withdrawal(summary),
        article_url=article_of(stories().live(story)),
        origins=origins,
        sections=sections,
        phrase=phrase,
        start=start,
    )


def _text(story: str) -> str:
    colours = _colours()
    text = services().origins.live_text(story)
    chosen = _chosen()
    past = None if chosen is None else services().origins.past(story, chosen)
    content, base = text.content, text.content.fields.get("url")
    shown = [form for form in text.sentences if _is_shown(form, content)]
    ages = Ages.of(form.since for form in shown)
    extract = _extract(text, chosen)
    order = [part.id for part in content.shape.parts]

    def blocks(part: Part) -> range:
        """Those that are in the extract."""
        return extract.blocks(order.index(part.id), len(part.blocks(content.fields)))

    given: dict[str, Any] = {"colours": colours, "view": "text"}
    # Thousands of times on a long page: an address for each from the router would take long.
    one = f"?{'colours=age&' if colours else ''}sentence={{0}}&view=text#s-{{0}}"
    ids = [form.lineage for form in shown]
    at = ids.index(chosen) if chosen in ids else None
    return render_template(
        "provenance_text.html",
        story=stories().story(story),
        withdrawal=stories().withdrawal(stories().story(story)),
        article_url=article_address(story, content),
        version=text.version,
        coarse=text.coarse,
        text=SentenceText(_by_place(shown, ages), one.format, chosen, base),
        extract=extract,
        blocks=blocks,
        colours=colours,
        legend=_legend(story, shown, ages),
        beginning=url_for(".provenance", story=story, **given),
        here=url_for(".provenance", story=story, start=extract.start or None, **given),
        further=url_for(".provenance", story=story, start=extract.following, **given),
        chosen=chosen,
        previous=one.format(ids[at - 1]) if at else None,
        following=one.format(ids[at + 1]) if at is not None and at + 1 < len(ids) else None,
        **(_told(story, past, content) if past else {"past": None, "content": content}),
    )


def _sentence(story: str) -> str:
    """What the page of the text tells of one sentence, alone: its script asks for it."""
    chosen = _chosen()
    if chosen is None:
        raise Malformed([FieldError("sentence", gettext("is missing"))])
    past = services().origins.past(story, chosen)
    content = stories().content(stories().live(story))
    told = _told(story, past, content)
    return render_template("provenance_sentence.html", story=stories().story(story), **told)


def _chosen() -> int | None:
    text = request.args.get("sentence")
    return number(text, "sentence") if text else None


def _colours() -> str | None:
    return query_choice("colours", ("", "age")) or None


def _told(story: str, past: Past, content: Content) -> dict[str, Any]:
    """What the panel of a sentence shows."""
    numbers = {each for step in past.steps for each in (step.version, step.version - 1) if each}
    versions = {each: stories().version(story, each) for each in numbers | {past.last.since}}
    return {
        "past": past,
        "versions": versions,
        "compared": {
            step.version
            for step in past.steps
            if step.version > 1
            and all(_is_there(versions[each]) for each in (step.version, step.version - 1))
        },
        "content": content,
        "leads": _leads(past.last, content) if past.last.until is None else [],
    }


def _is_there(version: Revision) -> bool:
    return version.state is not State.REMOVED


def _leads(form: Form, content: Content) -> list[str]:
    """Where the links in a sentence of the live text lead."""
    part = content.shape.by_id.get(form.section)
    if part is None or not (part.kind.cites or part.format == "markdown"):
        return []
    # The text may have changed since the sentence was read.
    for block in content.fields.get(part.id, [])[form.block : form.block + 1]:
        if part.kind.cites:
            return [block["url"]]
        return links_in(parse(block), form.text, content.fields.get("url"))
    return []


def _extract(text: LiveText, chosen: int | None) -> Extract:
    """The part of the text in which the chosen sentence is, or that which begins with `start`."""
    order = {part.id: at for at, part in enumerate(text.content.shape.parts)}
    grouped = groupby(text.sentences, lambda form: (order[form.section], form.block))
    blocks = ((place, list(forms)) for place, forms in grouped)
    costs = ((place, len(forms), _cost(text.content, forms)) for place, forms in blocks)
    ids = [form.lineage for form in text.sentences]
    wanted = ids.index(chosen) if chosen in ids else first_item()
    return next(
        each for each in extracts(costs, _ROOM) if each.following is None or wanted < each.following
    )


def _cost(content: Content, forms: Sequence[Form]) -> int:
    part = content.shape.by_id[forms[0].section]
    source = content.fields[part.id][forms[0].block] if part.format == "markdown" else ""
    said = sum(len(form.text) + _PER_SENTENCE for form in forms)
    return said + marks(source) * _PER_MARK


def _is_shown(form: Form, content: Content) -> bool:
    """Whether readers of the article see a sentence: no address of a picture that has words."""
    part = content.shape.by_id[form.section]
    pictured = part.kind.name == "image" and form.field == "url"
    return part.place != "hidden" and not (pictured and content.fields[part.id].get("alt"))


def _by_place(forms: Sequence[Form], ages: Ages) -> dict[Place, list[Sentence]]:
    found: dict[Place, list[Sentence]] = {}
    for form in forms:
        sentence = Sentence(form.lineage, form.text, ages.age(form.since))
        found.setdefault((form.section, form.block, form.field), []).append(sentence)
    return found


class _Step(NamedTuple):
    """Of the legend: an age, how many sentences have it, and the versions that they are from."""

    age: int
    sentences: int
    first: Revision
    last: Revision


def _legend(story: str, forms: Sequence[Form], ages: Ages) -> list[_Step]:
    """The steps of age that the text has, oldest first."""
    counts = [ages.age(form.since) for form in forms]
    return [
        _Step(age, counts.count(age), *(stories().version(story, each) for each in step))
        for step in ((1, 1), *ages.steps)
        if counts.count(age := ages.age(step[0]))
    ]
