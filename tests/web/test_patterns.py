"""The page of patterns: who can see it, and that each pattern is there."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from repo_store.markdown import Kind as MarkdownKind
from repo_store.markdown import parse
from service.config import ConfigError, Settings
from service.diffing import Block, FactKind, cosmetic_edit, named_characters, text_without
from service.present.diff_view import Change
from service.web.public.pattern_texts import KINDS, WAYS, Kind, difference_of
from service.web.public.patterns import values
from tests.web.conftest import application

_IS: Mapping[str, Callable[[Block], object]] = {
    "changed": lambda block: block.op == "changed" and block.edited,
    "added": lambda block: block.op == "added",
    "removed": lambda block: block.op == "removed",
    "moved": lambda block: block.op == "moved" and not block.edited,
    "moved with edits": lambda block: block.op == "moved" and block.edited,
    "split": lambda block: len(block.new) > 1,
    "merged": lambda block: len(block.old) > 1,
    "formatting only": lambda block: (
        block.formatting and {op for op, _ in block.spans} == {"equal"}
    ),
    "cosmetic only": lambda block: cosmetic_edit(block) == "punctuation",
    "coarse": lambda block: block.coarse,
    "characters that show nothing": named_characters,
    "space alone": lambda block: cosmetic_edit(block) == "space",
    "line break": lambda block: sum("\n" in text for op, text in block.spans if op != "equal") > 1,
}
_OF_TEXT = {
    "paragraph": MarkdownKind.PARAGRAPH,
    "heading": MarkdownKind.HEADING,
    "quote": MarkdownKind.QUOTE,
    "item": MarkdownKind.ITEM,
    "table row": MarkdownKind.ROW,
    "image": MarkdownKind.IMAGE,
    "embed": MarkdownKind.EMBED,
    "rule": MarkdownKind.RULE,
    "code": MarkdownKind.PARAGRAPH,
}


@pytest.fixture
def client(archive_path: Path) -> FlaskClient:
    return application(Settings(archive_path, patterns=True)).test_client()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    settings = Settings(tmp_path_factory.mktemp("patterns") / "archive", patterns=True)
    answer = application(settings).test_client().get("/patterns")
    assert answer.status_code == 200
    return answer.text


def test_it_is_an_unknown_address_unless_it_was_asked_for(archive_path: Path) -> None:
    asked = application(Settings(archive_path)).test_client()
    answers = [asked.get(path) for path in ("/patterns", "/nothing")]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].text == answers[1].text


def test_the_setting_is_one_or_nothing() -> None:
    assert Settings.read(environ={"STORY_HISTORY_PATTERNS": "1"}).patterns
    assert not Settings.read(environ={}).patterns
    with pytest.raises(ConfigError, match="STORY_HISTORY_PATTERNS"):
        Settings.read(environ={"STORY_HISTORY_PATTERNS": "yes"})


def test_no_cache_keeps_it_and_nothing_leads_to_it(client: FlaskClient) -> None:
    answer = client.get("/patterns")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex">' in answer.text
    for path in ("/", "/sitemap.xml", "/robots.txt"):
        assert "patterns" not in client.get(path).text


def test_ids_are_its_own_and_each_that_is_referred_to_is_there(page: str) -> None:
    ids = Counter(re.findall(r' id="([^"]+)"', page))
    assert [each for each, count in ids.items() if count > 1] == []
    named = re.findall(r' (?:for|aria-labelledby|popovertarget)="([^"]+)"', page)
    assert set(named) - set(ids) == set()
    places = set(re.findall(r' href="#(inline|split)-([^"]+)"', page))
    assert {"-".join(place) for place in places} <= set(ids)


@pytest.mark.parametrize("layout", ["inline", "split"])
def test_each_kind_of_block_differs_in_each_way_that_it_can(page: str, layout: str) -> None:
    patterns = set(re.findall(rf'<div class="pattern[^"]*" id="{layout}-([^"]+)">', page))
    expected = {
        f"{kind.name} {way.name}".replace(" ", "-")
        for kind in KINDS
        for way in WAYS
        if way.name not in kind.lacks
    }
    assert patterns == expected


@pytest.mark.parametrize("kind", KINDS, ids=[each.name for each in KINDS])
def test_a_difference_is_what_it_is_called(kind: Kind) -> None:
    assert {way.name for way in WAYS} == set(_IS)
    for way in WAYS:
        if way.name in kind.lacks:
            continue
        sections = difference_of(kind, way).sections
        items = [item for section in sections for item in section.items]
        changes = [item.block for item in items if isinstance(item, Change)]
        [block] = [each for each in changes if _IS[way.name](each)]
        if kind.name in _OF_TEXT:
            side = "insert" if block.op == "removed" else "delete"
            shown = parse(text_without(block.stored[""], side).partition("\n")[0])
            assert shown.kind == _OF_TEXT[kind.name], way.name
        else:
            assert block.source is None


def test_no_fact_of_a_kind_is_missing(client: FlaskClient) -> None:
    with client.application.test_request_context():
        found = values()["facts"].diff.facts
    assert {fact.kind for fact in found} == set(FactKind)


def test_each_state_note_and_step_is_there(page: str) -> None:
    for words in (
        "[note removed: privacy, ",
        "out of order",
        "This story was first published later.",
        "Nothing has changed since version",
        "has since been removed.",
        "of a court order",
        "The change that this link names is not among these differences.",
        "and 19 more",
        "and more than 1 more",
        "Both versions say the same.",
        "The text of version 9 was removed: what it changed is not known.",
        "Not all versions that changed this are known.",
        "Restored to what version 8 said",
        "The texts of 2 earlier versions were removed",
        "Some versions differ too much",
    ):
        assert words in page.replace("&#34;", '"'), words
    assert "&lt;details" not in page
    assert page.count('<span class="off">') > 4
    assert page.count('class="stretch"') >= 2
    for age in range(5):
        assert f"sentence age-{age}" in page
