"""Where each sentence comes from, on the text itself, without scripts."""

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from repo_store.archive import Archive
from service.config import Settings
from tests.samples import content, entry, story, ticking
from tests.web.conftest import Writer, application, read, words

PAGE = "/stories/library/provenance"
TEXT = f"{PAGE}?view=text"
VOTE, DOORS = "The council voted nine to six.", "Doors open at nine."
ASKED = "Nobody asked the readers before."


def cost(millions: str) -> str:
    return f"It costs {millions} million crowns a year."


@pytest.fixture
def told(editor: Writer) -> None:
    """A figure changes twice, a sentence goes and comes back, and another one goes."""
    versions = (
        ([f"{VOTE} {cost('1.2')}", f"{ASKED} {DOORS}"], "First.", "update"),
        ([f"{VOTE} {cost('1.4')}", DOORS], "A sum was wrong.", "correction"),
        ([f"{VOTE} {cost('1.6')}", DOORS], "Counted again.", "update"),
        ([f"{VOTE} {cost('1.6')}", ASKED], "As it was.", "update"),
    )
    for base, (overview, note, kind) in enumerate(versions):
        told = story(overview=overview)
        answer = editor.post(content=told, note=note, kind=kind, base_version=base or None)
        assert answer.status_code == 201, answer.text


def found_in(page: str, path: str) -> list[Any]:
    """What an XPath finds in a page."""
    found: Any = html.fromstring(page).xpath(path)
    return list(found)


def anchors(page: str) -> dict[str, Any]:
    """The sentences of a page, which are links, by their text."""
    found = found_in(page, "//article//a[contains(@class, 'sentence')]")
    return {" ".join(each.text_content().split()): each for each in found}


def panel(page: str) -> str:
    """What is told of a sentence, in one line; empty if nothing is."""
    [found] = found_in(page, "//aside")
    return "" if "hidden" in found.attrib else " ".join(found.text_content().split())


def chosen(client: FlaskClient, sentence: str) -> str:
    """The page to which a sentence leads."""
    address = anchors(client.get(TEXT).text)[sentence].get("href")
    answer = client.get(f"{PAGE}{address.partition('#')[0]}")
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.usefixtures("told")
def test_each_sentence_of_the_article_is_a_link(client: FlaskClient) -> None:
    page = client.get(TEXT).text
    found = anchors(page)
    origins = read(client.get("/api/v1/stories/library/provenance"))
    assert list(found) == [each["text"] for each in origins["sentences"]]
    for each in found.values():
        number = each.get("id").removeprefix("s-")
        assert each.get("href") == f"?sentence={number}&view=text#s-{number}"
        assert each.get("rel") == "nofollow"
    assert panel(page) == ""
    [article] = found_in(page, "//article")
    assert [each.tag for each in article.iter("h1", "h2", "h3")] == ["h1", *["h2"] * 4, "h3"]


@pytest.mark.usefixtures("told")
def test_a_sentence_that_was_changed_tells_what_it_said_and_what_changed_it(
    client: FlaskClient,
) -> None:
    page = chosen(client, cost("1.6"))
    assert anchors(page)[cost("1.6")].get("aria-current") == "true"
    told = panel(page)
    assert "In these words since version 3" in told
    assert "It first stood in version 1" in told
    changed, corrected, wrote = told.split("Changed ")[1:] + told.split("Written ")[1:]
    assert "Counted again." in changed
    assert "by The editor" in changed
    assert "removed: 1.4 (end) added: 1.6 (end) million" in changed
    assert "Correction" in corrected
    assert "A sum was wrong." in corrected
    assert "removed: 1.2 (end) added: 1.4 (end) million" in corrected
    assert "It costs 1.2 million" in wrote
    for link in ("diff/2..3", "diff/1..2", "versions/1"):
        assert f'href="/stories/library/{link}"' in page


@pytest.mark.usefixtures("told")
def test_a_sentence_that_came_back_says_so(client: FlaskClient) -> None:
    told = panel(chosen(client, ASKED))
    assert "Back since version 4" in told
    assert "It had said the same before, up to version 1." in told
    assert told.index("Returned version 4") < told.index("Removed version 2")
    assert told.index("Removed version 2") < told.index("Written version 1")


@pytest.mark.usefixtures("told")
def test_a_sentence_that_never_changed_says_so_once(client: FlaskClient) -> None:
    told = panel(chosen(client, VOTE))
    assert "Unchanged since version 1" in told
    assert VOTE not in told


@pytest.mark.usefixtures("told")
def test_a_link_to_a_sentence_lasts_when_it_is_gone(client: FlaskClient, editor: Writer) -> None:
    address = anchors(client.get(TEXT).text)[ASKED].get("href").partition("#")[0]
    assert editor.post(content=story(overview=[VOTE]), base_version=4).status_code == 201
    page = client.get(f"{PAGE}{address}").text
    assert ASKED not in anchors(page)
    assert f"No longer in the text {ASKED}" in panel(page)
    assert "Removed version 5" in panel(page)


@pytest.mark.usefixtures("told")
def test_the_panel_alone_is_what_the_page_tells(client: FlaskClient) -> None:
    page = chosen(client, cost("1.6"))
    number = anchors(page)[cost("1.6")].get("id").removeprefix("s-")
    alone = client.get(f"{PAGE}?sentence={number}&view=sentence").text
    [told] = found_in(f"<div>{alone}</div>", "//div")
    assert " ".join(told.text_content().split()) in panel(page)
    assert "<main" not in alone


@pytest.mark.usefixtures("told")
def test_ages_are_told_by_class_and_by_a_legend(client: FlaskClient) -> None:
    page = client.get(f"{PAGE}?colours=age&view=text").text
    ages = {text: each.get("class").split()[1] for text, each in anchors(page).items()}
    assert ages[VOTE] == "age-0"
    assert (ages[cost("1.6")], ages[ASKED]) == ("age-3", "age-4")
    [legend] = found_in(page, "//section[@class='ages']")
    assert "hidden" not in legend.attrib
    told = [" ".join(each.text_content().split()) for each in legend.iter("li")]
    assert told[2:] == ["Version 3 11 sentence", "Version 4 11 sentence"]
    assert 'href="?colours=age&amp;sentence=' in page, "and stay while sentences are chosen"
    plain = client.get(TEXT).text
    assert "hidden" in found_in(plain, "//section[@class='ages']")[0].attrib
    assert found_in(plain, "//article[not(contains(@class, 'by-age'))]")


@pytest.mark.usefixtures("told")
def test_the_list_and_the_text_lead_to_each_other(client: FlaskClient) -> None:
    assert f'href="{TEXT}"' in client.get(PAGE).text
    assert f'href="{PAGE}"' in client.get(TEXT).text
    found = client.get(PAGE, query_string={"phrase": "nine to seven"}).text
    assert "Show it in the text" not in found
    found = client.get(PAGE, query_string={"phrase": "nine to six"}).text
    assert f'href="{TEXT}#:~:text=nine%20to%20six"' in found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("view=table", 400),
        ("colours=hue&view=text", 400),
        ("start=x&view=text", 400),
        ("view=sentence", 400),
        ("sentence=999&view=text", 404),
        ("sentence=999&view=sentence", 404),
        ("sentence=0&view=text", 404),
        ("sentence=x&view=sentence", 404),
    ],
)
@pytest.mark.usefixtures("told")
def test_what_is_not_there_is_refused(client: FlaskClient, query: str, status: int) -> None:
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == status
    if status == 400:
        name = "sentence" if query == "view=sentence" else query.partition("=")[0]
        assert name in words(answer)


BODY = [
    "The **council. It** met [here](https://a.example/b).",
    "## What it *decided*",
    "- A bridge. Of steel.",
    "> Built, said she.",
    "| Ward | Votes |",
    "| --- | --- |",
    "| Hill | 980 |",
    '![A map](https://a.example/c.png "By us")',
    "---",
    "The end.",
]


def test_an_article_is_set_as_it_is(client: FlaskClient, editor: Writer) -> None:
    article = {
        "shape": "article",
        "title": "The council",
        "summary": "It met.",
        "authors": ["Ana Berg", "Bo Dahl"],
        "section": "News",
        "tags": ["Bridges"],
        "url": "https://paper.example/council",
        "image": {"url": "https://a.example/d.png", "alt": "The hall", "caption": "Built 1901."},
        "body": BODY,
    }
    assert editor.post(content=article).status_code == 201
    page = client.get(TEXT).text
    [shown] = found_in(page, "//article")
    assert not shown.xpath(".//a//a")
    assert shown.xpath(".//h2/a/em[text()='decided']")
    for place in (
        "ul/li/a",
        "blockquote/p/a",
        "table//td/a",
        "figure/a/img",
        "ul[@class='tags']/li/a",
    ):
        assert shown.xpath(f".//{place}"), place
    [one, other] = shown.xpath(".//p[@class='byline']/a")
    assert (one.text, one.tail.strip(), other.text) == ("Ana Berg", ",", "Bo Dahl")
    assert "https://paper.example/council" not in anchors(page), "no reader sees it there"
    [counted] = found_in(page, "//section[@class='ages']//span[@aria-hidden]")
    assert int(counted.text) == len(found_in(page, "//article//a[@id]"))
    linked = anchors(page)["It met here."].get("href").partition("#")[0]
    assert 'href="https://a.example/b"' in client.get(f"{PAGE}{linked}").text


def test_a_long_text_goes_on_and_each_sentence_leads_to_its_own_part(
    client: FlaskClient, editor: Writer
) -> None:
    texts = [f"This is sentence number {number} of many, as they say." for number in range(500)]
    editor.publish(overview=[" ".join(texts[at : at + 50]) for at in range(0, 500, 50)])
    address, seen = TEXT, []
    while address:
        page = client.get(address).text
        seen += [each for each in anchors(page) if each.startswith("This is")]
        further = found_in(page, "//article//a[@rel='next']/@href")
        address = further[0] if further else ""
    assert seen == texts
    last = anchors(page)[texts[-1]].get("href").partition("#")[0]
    again = client.get(f"{PAGE}{last}").text
    assert anchors(again)[texts[-1]].get("aria-current") == "true"
    assert texts[0] not in anchors(again)
    assert "The beginning of the text" in again


def test_of_a_removed_text_nothing_is_told(client: FlaskClient, editor: Writer) -> None:
    editor.publish(overview=["The secret is out."])
    editor.publish(base=1, overview=["The secret was out."])
    number = anchors(client.get(TEXT).text)["The secret was out."].get("id").removeprefix("s-")
    order = {
        "action": "remove",
        "note": "By order",
        "reason": "court-order",
        "legal_reference": "1/26",
    }
    assert editor.act(1, **order).status_code == 201
    page = client.get(f"{PAGE}?sentence={number}&view=text").text
    assert "secret is" not in page
    assert "Unchanged since version 2" in panel(page)


def test_a_long_history_costs_no_more_than_other_pages(archive_path: Path) -> None:
    archive = Archive.open(archive_path, ticking(), create=True)
    with archive.bulk("ab") as bulk:
        for number in range(40):
            text = " ".join(f"Gauge {at} reads {number} cm." for at in range(20))
            bulk.append(entry(content(overview=[text])))
    archive.catch_up()
    archive.close()
    app = application(Settings(archive_path, cache=0))
    client = app.test_client()
    assert client.get(TEXT).status_code == 202
    services = app.extensions["story_history"]
    while services.builder().once():
        pass
    page = client.get(TEXT).text
    sentence = anchors(page)["Gauge 7 reads 39 cm."].get("href").partition("#")[0]
    for address in (TEXT, f"{PAGE}{sentence}", f"{PAGE}{sentence.replace('text', 'sentence')}"):
        start = time.process_time()
        answer = client.get(address)
        assert answer.status_code == 200
        assert time.process_time() - start < 0.5
    assert "Earlier wordings are left out here." in words(answer)
