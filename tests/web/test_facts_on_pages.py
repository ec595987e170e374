"""Facts on pages and in lists: what matters most first, in few words, with the way to its place."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from tests.samples import story
from tests.web.conftest import Desk, Writer, draft, words

DIFF = "/stories/library/diff/1..2"
OLD: dict[str, Any] = {
    "title": "Bridge to close in March",
    "summary": "The harbour bridge closes for 12 weeks.",
    "overview": [
        "The harbour bridge closes for 12 weeks. Traffic will use the tunnel.",
        "Turnout was 52 percent in the north and 48 percent in the south.",
        "The repairs cost 4.2 million crowns, and the ferry will sail.",
        "Divers found cracks. “We saw nothing that moved,” said Anna Berg.",
    ],
    "faq": [{"question": "How long?", "answer": "It takes 12 weeks."}],
}
NEW: dict[str, Any] = {
    "title": "Bridge to close in April",
    "summary": "The harbour bridge closes for 14 weeks.",
    "overview": [
        "The harbour bridge closes for 14 weeks. Traffic will use the tunnel.",
        "Turnout was 48 percent in the north and 52 percent in the south.",
        "The repairs cost 6.8 million crowns, and the ferry will not sail.",
        "Divers found cracks. “We saw a cable that moved,” said Anna Dahl.",
        "A second look by Lindqvist Marine counted 31 broken strands and 7 loose bolts.",
    ],
    "faq": [{"question": "How long?", "answer": "It takes 14 weeks."}],
}


@pytest.fixture
def many(editor: Writer) -> None:
    """Twelve facts: edits, a repeat, an exchange, and a new paragraph."""
    editor.publish(**OLD)
    editor.publish(base=1, **NEW)


def _page(client: FlaskClient, path: str = DIFF) -> Any:
    return etree.fromstring(client.get(path).text, etree.HTMLParser())


def _facts(client: FlaskClient, path: str = DIFF) -> Any:
    (section,) = _page(client, path).xpath("//section[@aria-labelledby='facts']")
    return section


def _text(part: Any) -> str:
    return " ".join("".join(part.itertext()).split())


@pytest.mark.usefixtures("many")
def test_no_more_than_three_are_shown_and_the_rest_is_folded(client: FlaskClient) -> None:
    facts = _facts(client)
    shown = [_text(each) for each in facts.xpath("./ul/li")]
    assert [each.partition(" removed:")[0] for each in shown] == [
        "Headline Bridge to close in",
        "Number 12 → 14 weeks in Summary, Overview (paragraph 1) and FAQ (entry 1)"
        " The harbour bridge closes for",
    ], "the next entry would be the third fact and the fourth"
    (folded,) = facts.xpath("./details")
    assert _text(folded.xpath("./summary")[0]) == "6 more changed facts"
    rest = [_text(each) for each in folded.xpath("./ul/li")]
    assert rest[0].startswith(
        "Number 4.2 → 6.8 million crowns · Statement reversed “not” added in Overview, paragraph 3"
    )
    rest = rest[1:]
    assert rest[0].startswith(
        "Order 52 and 48 percent changed places in Overview, paragraph 2 Turnout was"
    )
    assert rest[1].startswith(
        "Quotation · Name Anna Berg → Anna Dahl in Overview, paragraph 4 “We saw"
    )
    assert rest[2].startswith("New paragraph in Overview: “A second look by Lindqvist Marine")
    assert "loose bolts.” 2 numbers, a name Name Lindqvist Marine" in rest[2]
    assert len(rest) == 3
    assert len(facts.xpath(".//li[@data-fact]")) == 6


@pytest.mark.usefixtures("many")
def test_each_fact_leads_to_a_change_of_its_section(client: FlaskClient) -> None:
    page = _page(client)
    links = page.xpath("//section[@aria-labelledby='facts']//a")
    assert len(links) == 8
    for link in links:
        (change,) = page.xpath(f"//*[@id='{link.get('href').removeprefix('#')}']")
        section = change.xpath("ancestor::section/h2")[0].text.strip()
        named = link.text.removeprefix("New paragraph in ").replace("Headline", "Title")
        if named.startswith(("paragraph", "entry")):
            named = link.getprevious().tail.rpartition(" (")[0].split()[-1]
        assert named.partition(",")[0] == section


@pytest.mark.usefixtures("many")
def test_a_sentence_has_its_marks_as_they_are_in_the_text(client: FlaskClient) -> None:
    sentence = _facts(client).xpath(".//p[@class='sentence']")[2]
    assert _text(sentence) == (
        "The repairs cost removed: 4.2 (end) added: 6.8 (end) million crowns,"
        " and the ferry will added: not (end) sail."
    )
    assert sentence.get("dir") == "auto"


def test_a_link_leads_to_the_part_that_has_the_change(client: FlaskClient, editor: Writer) -> None:
    many = [f"Paragraph number {number} says the same again." for number in range(800)]
    editor.publish(overview=many)
    editor.publish(base=1, title="Another", overview=[f"{each} Almost." for each in many])
    for query in ("", "&view=split"):
        (link,) = _facts(client, f"{DIFF}?part=2{query}").xpath(".//a[.='Headline']")
        address, _, change = link.get("href").partition("#")
        assert address == f"{DIFF}{query.replace('&', '?')}"
        assert f'id="{change}"' in client.get(address).text
    (link,) = _facts(client).xpath(".//a[.='Headline']")
    assert link.get("href") == f"#{change}"


def priced(editor: Writer, *prices: str) -> None:
    opening = story()["overview"][0]
    for number, price in enumerate(prices):
        overview = [opening, f"It costs {price} million crowns a year."]
        editor.publish(base=number or None, overview=overview)


@pytest.mark.parametrize("path", ["/stories/library/play/2", "/stories/library?since=1"])
def test_the_first_fact_is_told_in_words(client: FlaskClient, editor: Writer, path: str) -> None:
    priced(editor, "1.2", "1.4")
    assert "Number 1.2 → 1.4 million crowns" in words(client.get(path))


def test_a_feed_tells_it(client: FlaskClient, editor: Writer) -> None:
    priced(editor, "1.2", "1.4")
    feed = etree.fromstring(client.get("/stories/library/history.atom").data)
    newest = next(feed.iter("{*}content")).text or ""
    assert "<bdi>1.2</bdi> → <bdi>1.4</bdi> million crowns" in newest


def test_the_queue_tells_what_matters_most_first(editor: Writer, someone: Desk) -> None:
    editor.publish(**OLD)
    draft(editor, **NEW)
    shown = [
        _text(each) for each in _page(someone.client, "/desk").xpath("//ul[@class='chips']/li")
    ]
    assert shown == [
        "Headline Bridge to close in March → Bridge to close in April",
        "Number 12 → 14 weeks Summary, Overview, FAQ",
        "Number 4.2 → 6.8 million crowns Overview",
        "Order 52 and 48 percent changed places Overview",
        "4 more",
    ]


@pytest.fixture
def restyled(editor: Writer) -> None:
    """House style alone, and a paragraph that moved."""
    editor.publish(overview=["The police voted for it.", "Divers went under the old bridge."])
    editor.publish(
        base=1, overview=["Divers went under the old bridge.", "The Police voted for it."]
    )


SAME = "No facts changed: capitals only, 1 paragraph moved"


@pytest.mark.usefixtures("restyled")
def test_where_no_fact_changed_pages_and_lists_say_so(client: FlaskClient) -> None:
    assert _text(_facts(client)) == f"In short {SAME}"
    for path in ("/stories/library?since=1", "/stories/library/play/2"):
        assert SAME in words(client.get(path))
    assert SAME in client.get("/stories/library/history.atom").text
    assert "Facts are detected automatically" in words(client.get(DIFF))


def test_a_paragraph_without_facts_is_told(client: FlaskClient, editor: Writer) -> None:
    stays = story()["overview"][0]
    editor.publish(overview=[stays])
    editor.publish(base=1, overview=[stays, "Do not drink the water until further notice."])
    line = "New paragraph in Overview: “Do not drink the water until further notice.”"
    assert _text(_facts(client)) == f"In short {line}"
    for path in ("/stories/library/history", "/stories/library?since=1", "/stories/library/play/2"):
        assert line in words(client.get(path))


def test_the_queue_tells_a_paragraph_without_facts(editor: Writer, someone: Desk) -> None:
    stays = story()["overview"][0]
    editor.publish(overview=[stays, "This event has been cancelled."])
    draft(editor, overview=[stays])
    (chip,) = _page(someone.client, "/desk").xpath("//ul[@class='chips']/li")
    assert _text(chip) == "Paragraph removed from Overview: “This event has been cancelled.”"
