"""The History as one view, by links and forms alone: no script runs here."""

import html
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from lxml.html import HtmlElement, document_fromstring

from service.accounts import Role
from service.usecases import attribution
from tests.samples import story
from tests.web.conftest import Writer, words

STORY = "/stories/library"
LEVELS = {1: 431, 2: 431, 3: 455, 4: 455, 5: 470, 6: 470}


def _text(level: int, homes: int) -> list[str]:
    return [
        "The river is out of its banks, the council said.",
        f"The gauge at the old ferry stood at {level} cm.",
        f"{homes} households are without power.",
    ]


@pytest.fixture
def river(editor: Writer) -> None:
    """Six versions: the level changes in 3 and 5, the households in all; 3 is a correction."""
    for version, level in LEVELS.items():
        kind = "correction" if version == 3 else "update"
        editor.post(
            content=story(overview=_text(level, 100 * version)),
            base_version=version - 1 or None,
            kind=kind,
            note=f"Note {version}.",
        )


def _page(client: FlaskClient, path: str) -> HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return document_fromstring(answer.text)


def _said(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _link(page: HtmlElement, name: str) -> str | None:
    """The address of a step to another version."""
    found = page.xpath(
        f"//nav[@class='pager']//a[normalize-space(span[not(@aria-hidden)])='{name}']"
    )
    return str(found[0].get("href")) if found else None


def _rows(page: HtmlElement) -> list[int]:
    return [int(row.get("data-version")) for row in page.xpath("//*[@data-version]")]


def _row(page: HtmlElement, version: int) -> HtmlElement:
    (row,) = page.xpath(f"//*[@data-version='{version}']")
    return row


@pytest.mark.usefixtures("river")
def test_the_history_shows_what_changed_last_beside_all_versions(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/history")
    (shown,) = page.xpath("//*[@data-stage]")
    assert "What changed from version 5 to version 6" in _said(shown)
    assert [each.text for each in shown.xpath(".//*[@data-change]//ins")] == ["600"]
    assert _rows(page) == [6, 5, 4, 3, 2, 1]
    (current,) = page.xpath("//*[@aria-current]")
    assert current.get("data-version") == "6"


@pytest.mark.usefixtures("river")
def test_a_row_says_what_changed_why_of_which_kind_and_by_whom(client: FlaskClient) -> None:
    row = _row(_page(client, f"{STORY}/history"), 3)
    said = _said(row)
    for part in ("Version 3", "Correction", "431 → 455 cm", "Note 3.", "The editor", "Overview"):
        assert part in said
    (link,) = row.xpath(".//a[@class='number']")
    assert link.get("href") == f"{STORY}/diff/2..3"
    assert _row(_page(client, f"{STORY}/history"), 1).xpath(".//a[@class='number']/@href") == [
        f"{STORY}/versions/1"
    ]


@pytest.mark.usefixtures("river")
def test_rows_stand_under_the_day_of_their_publication(client: FlaskClient) -> None:
    (day,) = _page(client, f"{STORY}/history").xpath("//*[@data-day]")
    assert day.get("data-day") == "2026-05-01"
    assert _said(day.xpath("h3")[0]) == "1 May 2026"


@pytest.mark.usefixtures("river")
def test_older_and_newer_lead_through_all_changes_and_end(client: FlaskClient) -> None:
    seen, address = [], f"{STORY}/history"
    while address:
        page = _page(client, address)
        seen.append(address)
        address = _link(page, "Older") or ""
    assert seen[1:] == [
        *(f"{STORY}/diff/{n - 1}..{n}" for n in (5, 4, 3, 2)),
        f"{STORY}/versions/1",
    ]
    back = []
    while address := _link(_page(client, address or seen[-1]), "Newer") or "":
        back.append(address)
    assert back == [f"{STORY}/diff/{n - 1}..{n}" for n in (2, 3, 4, 5, 6)]


@pytest.mark.usefixtures("river")
def test_one_link_leads_to_the_first_version_and_one_to_the_latest_change(
    client: FlaskClient,
) -> None:
    page = _page(client, f"{STORY}/diff/2..3")
    assert _link(page, "First") == f"{STORY}/versions/1"
    assert _link(page, "Latest") == f"{STORY}/diff/5..6"
    for newest in ("5..6", "1..6"):
        assert _link(_page(client, f"{STORY}/diff/{newest}"), "Latest") is None
    assert _link(_page(client, f"{STORY}/versions/1"), "First") is None


@pytest.mark.usefixtures("river")
def test_from_a_range_older_and_newer_lead_to_the_changes_at_its_ends(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/diff/2..4")
    assert _link(page, "Older") == f"{STORY}/diff/1..2"
    assert _link(page, "Newer") == f"{STORY}/diff/4..5"


@pytest.mark.usefixtures("river")
def test_over_several_versions_each_change_says_which_brought_it_by_whom_and_why(
    client: FlaskClient,
) -> None:
    level, homes = _page(client, f"{STORY}/diff/2..4").xpath("//*[@data-change]")
    assert "Correction Version 3 · The editor Note 3." in _said(level)
    assert "Version 3 · " in _said(homes)
    assert "Version 4 · The editor Note 4." in _said(homes)
    assert not _page(client, f"{STORY}/diff/2..3").xpath("//*[@class='brought']")


@pytest.mark.usefixtures("river")
def test_of_many_versions_that_changed_a_text_some_are_folded(client: FlaskClient) -> None:
    level, homes = _page(client, f"{STORY}/diff/1..6").xpath("//*[@data-change]")
    assert not level.xpath(".//details")
    (folded,) = homes.xpath(".//details")
    assert _said(folded.xpath("summary")[0]) == "and 2 more"
    number = ".//a[contains(@href, '/diff/')][not(@data-share)]/text()"
    assert folded.xpath(number) == ["Version 4", "Version 5"]
    assert homes.xpath(number) == [f"Version {each}" for each in (2, 3, 6, 4, 5)]


@pytest.mark.usefixtures("river")
def test_what_a_removed_text_changed_is_said_to_be_unknown(
    client: FlaskClient, editor: Writer
) -> None:
    why = {"reason": "court-order", "legal_reference": "12 C", "note": "Ordered."}
    assert editor.act(3, action="remove", **why).status_code in (200, 201)
    level, homes = _page(client, f"{STORY}/diff/2..5").xpath("//*[@data-change]")
    unknown = "The text of version 3 was removed: what it changed is not known."
    for change in (level, homes):
        assert unknown in _said(change)
        assert "Version 5 · " in _said(change)
        assert "Version 3 · " not in _said(change)
    assert unknown in _said(_page(client, f"{STORY}/diff/2..4").xpath("//*[@data-change]")[1])
    assert editor.act(4, action="remove", **why).status_code in (200, 201)
    said = _said(_page(client, f"{STORY}/diff/2..5").xpath("//*[@data-change]")[0])
    assert "The texts of versions 3 and 4 were removed: what they changed is not known." in said


@pytest.mark.usefixtures("river")
def test_it_is_said_where_not_all_that_changed_a_text_is_known(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "_CHARACTERS", 0)
    page = _page(client, f"{STORY}/diff/1..6")
    for change in page.xpath("//*[@data-change]"):
        assert "Not all versions that changed this are known." in _said(change)
    assert "Not every version between was read" in _said(page)
    assert "Not every version between" not in words(client.get(f"{STORY}/diff/5..6"))


@pytest.mark.usefixtures("river")
def test_versions_that_say_the_same_say_how_many_are_between(
    client: FlaskClient, editor: Writer
) -> None:
    editor.post(content=story(overview=_text(455, 400)), base_version=6, kind="update", note="7.")
    for pair in ("4..7", "7..4"):
        page = _page(client, f"{STORY}/diff/{pair}")
        (said,) = page.xpath("//*[@class='stats']")
        assert _said(said) == "Both versions say the same. 2 versions are between them"
        assert _rows(_page(client, said.xpath("a/@href")[0]))[:2] == [6, 5]
    assert "There are no differences" in words(client.get(f"{STORY}/diff/4..4"))


@pytest.mark.usefixtures("river")
def test_a_pair_in_reverse_order_says_so_and_credits_nobody(client: FlaskClient) -> None:
    backwards = "Shown backwards: from a later version to an earlier one."
    for pair in ("4..2", "3..2"):
        page = _page(client, f"{STORY}/diff/{pair}")
        (about,) = page.xpath("//*[@class='about']")
        assert backwards in _said(about)
        assert "Note 2." not in _said(about)
        assert not page.xpath("//*[@class='brought']")
    assert backwards not in words(client.get(f"{STORY}/diff/2..4"))


@pytest.mark.usefixtures("river")
def test_any_two_versions_are_compared_by_choosing_one_and_then_the_other(
    client: FlaskClient,
) -> None:
    page = _page(client, f"{STORY}/history")
    (first,) = _row(page, 5).xpath(".//button")
    assert _said(first) == "Compare version 5"
    assert (first.get("name"), first.get("value")) == ("compare", "5")
    assert first.getparent().xpath("ancestor::form/@action") == [f"{STORY}/history"]
    chosen = _page(client, f"{STORY}/history?compare=5")
    assert _row(chosen, 5).xpath(".//button/@aria-pressed") == ["true"]
    assert "Version 5 is chosen" in _said(chosen)
    # Whichever was chosen first, the older one is the old text.
    assert _row(chosen, 2).xpath(".//button/@formaction") == [f"{STORY}/diff/2..5"]
    assert _row(chosen, 6).xpath(".//button/@formaction") == [f"{STORY}/diff/5..6"]


@pytest.mark.usefixtures("river")
def test_the_timeline_is_a_slider_that_leads_to_a_version(client: FlaskClient) -> None:
    (slider,) = _page(client, f"{STORY}/diff/2..3").xpath("//form//input[@type='range']")
    assert [slider.get(name) for name in ("min", "max", "value")] == ["1", "6", "3"]
    assert slider.get("aria-valuetext") == "Version 3 of 6"
    answer = client.get(f"{STORY}/history?version=4")
    assert (answer.status_code, answer.location) == (302, f"{STORY}/diff/3..4")
    assert client.get(f"{STORY}/history?version=1").location == f"{STORY}/versions/1"
    assert client.get(f"{STORY}/history?version=7").status_code == 404


@pytest.mark.usefixtures("river")
@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("corrections=1", [3]),
        ("facts=1", [6, 5, 4, 3, 2]),
        ("section=overview", [6, 5, 4, 3, 2, 1]),
        ("section=faq", [1]),
        ("day=2026-05-01", [6, 5, 4, 3, 2, 1]),
        ("day=2026-05-02", []),
        ("corrections=1&section=overview", [3]),
    ],
)
def test_versions_can_be_filtered(client: FlaskClient, query: str, listed: list[int]) -> None:
    page = _page(client, f"{STORY}/history?{query}")
    assert _rows(page) == listed
    if not listed:
        assert "Show all versions" in _said(page)


@pytest.mark.usefixtures("river")
def test_the_steps_and_rows_keep_the_filter(client: FlaskClient, editor: Writer) -> None:
    editor.post(
        content=story(overview=_text(1, 1)), base_version=6, kind="correction", note="Seven."
    )
    page = _page(client, f"{STORY}/history?corrections=1")
    assert _rows(page) == [7, 3]
    assert _link(page, "Older") == f"{STORY}/diff/2..3?corrections=1"
    assert _row(page, 3).xpath(".//a[@class='number']/@href") == [
        f"{STORY}/diff/2..3?corrections=1"
    ]
    page = _page(client, f"{STORY}/diff/2..3?corrections=1")
    assert _rows(page) == [7, 3]
    assert _link(page, "Newer") == f"{STORY}/diff/6..7?corrections=1"
    assert page.xpath("//form[@data-rows]//input[@name='corrections']/@value") == ["1"]


@pytest.mark.usefixtures("river")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("day=yesterday", "day"),
        ("day=9999-12-31", "day"),
        ("section=sports", "section"),
        ("corrections=maybe", "corrections"),
        ("facts=2", "facts"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(
    client: FlaskClient, query: str, field: str
) -> None:
    answer = client.get(f"{STORY}/history?{query}")
    assert answer.status_code == 400
    assert field in words(answer)


@pytest.fixture
def long_history(editor: Writer) -> None:
    for number in range(75):
        editor.publish(base=number or None, title=f"Title {number}")


@pytest.mark.usefixtures("long_history")
def test_a_long_list_stands_around_the_version_on_show_and_goes_on_both_ways(
    client: FlaskClient,
) -> None:
    rows = _rows(_page(client, f"{STORY}/diff/39..40"))
    assert rows == list(range(50, 20, -1))
    page = _page(client, f"{STORY}/diff/39..40")
    (earlier,) = page.xpath("//a[@rel='next']/@href")
    (later,) = page.xpath("//a[@rel='prev']/@href")
    assert _rows(_page(client, earlier))[0] == 20
    assert _rows(_page(client, later))[-1] <= 51
    assert _rows(_page(client, later))[0] > 51


@pytest.mark.usefixtures("long_history")
def test_paging_lists_every_version_once(client: FlaskClient) -> None:
    path, seen = f"{STORY}/history", []
    while path:
        page = _page(client, path)
        seen += _rows(page)
        path = "".join(page.xpath("//*[@data-rows]//a[@rel='next']/@href"))
    assert seen == list(range(75, 0, -1))
    while later := page.xpath("//*[@data-rows]//a[@rel='prev']/@href"):
        page = _page(client, later[0])
    assert _rows(page)[0] == 75


@pytest.mark.usefixtures("long_history")
def test_a_page_is_small_as_it_is_sent(client: FlaskClient) -> None:
    for path in ("history", "diff/39..40", "diff/1..75", "versions/40", "diff/39..40?view=split"):
        answer = client.get(f"{STORY}/{path}", headers={"Accept-Encoding": "gzip"})
        assert len(answer.data) < 30_000, path


@pytest.mark.usefixtures("river")
def test_a_change_has_a_link_of_its_own_that_both_views_keep(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/diff/2..3")
    names = page.xpath("//*[@data-change]/@id")
    assert len(set(names)) == len(names) == 2
    assert _page(client, f"{STORY}/diff/2..3?view=split").xpath("//*[@data-change]/@id") == names
    assert set(names) & set(_page(client, f"{STORY}/diff/2..4").xpath("//*[@data-change]/@id"))
    (share,) = page.xpath(f"//*[@id='{names[0]}']//a[@data-share]/@href")
    assert share == f"{STORY}/diff/2..3?change={names[0]}"
    alone = _page(client, share)
    assert alone.xpath("//*[@data-change]/@id") == [names[0]]
    for part in ("version 2 to version 3", "Correction", "Note 3.", "See all 2 changes"):
        assert part in _said(alone.xpath("//*[@data-stage]")[0])
    assert "is not among these differences" in words(client.get(f"{STORY}/diff/2..3?change=cnone"))


def test_a_link_to_a_change_opens_the_part_that_has_it(client: FlaskClient, editor: Writer) -> None:
    many = [f"Paragraph number {number} says the same again." for number in range(800)]
    editor.publish(overview=many)
    editor.publish(base=1, overview=[f"{each} Almost." for each in many])
    page = _page(client, f"{STORY}/diff/1..2?part=2")
    name = page.xpath("//*[@data-change]/@id")[5]
    assert not _page(client, f"{STORY}/diff/1..2").xpath(f"//*[@id='{name}']")
    assert _page(client, f"{STORY}/diff/1..2?change={name}").xpath(f"//*[@id='{name}']")


def test_changes_in_a_later_part_say_which_version_brought_them(
    client: FlaskClient, editor: Writer
) -> None:
    many = [f"Paragraph number {number} says the same again." for number in range(800)]
    editor.publish(overview=many)
    editor.publish(base=1, overview=[f"{each} Almost." for each in many])
    editor.publish(base=2, title="Another", overview=[f"{each} Almost." for each in many])
    changes = _page(client, f"{STORY}/diff/1..3?part=2").xpath("//*[@data-change]")
    assert changes
    assert all("Version 2 · " in _said(each) for each in changes)


@pytest.mark.usefixtures("river")
def test_each_change_is_a_group_with_its_own_name(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/diff/2..3")
    for change in page.xpath("//*[@data-change]"):
        assert change.get("role") == "group"
        (label,) = page.xpath(f"//*[@id='{change.get('aria-labelledby')}']")
        assert re.fullmatch(r"Paragraph \d changed", _said(label))


@pytest.mark.usefixtures("river")
def test_columns_are_headed_by_version_and_time(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/diff/2..3?view=split")
    heads = [_said(each) for each in page.xpath("//*[contains(@class, 'heads')]/*")]
    assert [each.partition(",")[0] for each in heads] == ["Version 2", "Version 3"]
    assert all("1 May 2026, 10:" in each for each in heads)
    # On a phone the texts stand one above the other, each under its own name.
    names = [_said(each) for each in page.xpath("//*[@data-change]//*[@class='side-name']")]
    assert names[:2] == [f"{each}:" for each in heads]


@pytest.mark.usefixtures("river")
def test_a_page_shows_the_versions_that_came_after_it_was_cached(
    client: FlaskClient, editor: Writer
) -> None:
    before = client.get(f"{STORY}/diff/5..6")
    assert "max-age=300" in before.headers["Cache-Control"]
    assert _link(document_fromstring(before.text), "Newer") is None
    editor.publish(base=6, title="Another")
    after = client.get(f"{STORY}/diff/5..6")
    assert _link(document_fromstring(after.text), "Newer") == f"{STORY}/diff/6..7"
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.usefixtures("river")
def test_a_removed_text_leaves_its_row_and_its_neighbours_texts(
    client: FlaskClient, writer: Callable[[Role], Writer], editor: Writer
) -> None:
    removed = editor.act(
        6, action="remove", reason="court-order", legal_reference="12 C", note="Ordered."
    )
    assert removed.status_code in (200, 201), removed.text
    page = _page(client, f"{STORY}/history")
    assert "Text removed" in _said(_row(page, 6))
    assert "because of a court order" in _said(page.xpath("//*[@data-stage]")[0])
    assert "600" not in _said(page)
    assert _rows(page) == [6, 5, 4, 3, 2, 1]
    assert _row(page, 6).xpath(".//a[@class='number']/@href") == [f"{STORY}/versions/6"]
    assert client.get(f"{STORY}/versions/6").status_code == 410
    assert client.get(f"{STORY}/diff/4..5").status_code == 200


@pytest.mark.usefixtures("river")
def test_the_whole_text_can_be_read_with_nothing_folded(client: FlaskClient) -> None:
    page = _page(client, f"{STORY}/play/3")
    assert "Reports agree on the sums." in _said(page)
    folds = page.xpath("//*[@data-stage]//details[contains(@class, 'fold')]")
    assert folds
    assert all(each.get("open") is not None for each in folds)


@pytest.mark.usefixtures("river")
def test_headings_go_down_one_level_at_a_time(client: FlaskClient) -> None:
    for path in ("history", "diff/2..3", "diff/2..3?view=split", "versions/3", "play/3"):
        page = _page(client, f"{STORY}/{path}")
        levels = [int(each.tag[1]) for each in page.xpath("//h1 | //h2 | //h3 | //h4")]
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)


@pytest.mark.usefixtures("river")
def test_addresses_in_a_page_have_their_one_spelling(client: FlaskClient) -> None:
    page = client.get(f"{STORY}/diff/2..4?corrections=1&day=2026-05-01").text
    for address in set(re.findall(r'(?:href|formaction)="(/stories/[^"#]+)', page)):
        assert client.get(html.unescape(address)).status_code in (200, 302), address


@pytest.mark.usefixtures("published")
def test_a_filter_that_leaves_out_the_only_version_says_so(client: FlaskClient) -> None:
    assert "No version is like that" in words(client.get(f"{STORY}/history?day=2020-01-01"))


@pytest.mark.usefixtures("river")
def test_the_first_and_the_latest_are_those_of_the_filter(
    client: FlaskClient, editor: Writer
) -> None:
    for version in (7, 8):
        kind = "correction" if version == 7 else "update"
        editor.post(content=story(overview=_text(version, 1)), base_version=version - 1, kind=kind)
    page = _page(client, f"{STORY}/diff/4..5?corrections=1")
    assert _link(page, "First") == f"{STORY}/diff/2..3?corrections=1"
    assert _link(page, "Latest") == f"{STORY}/diff/6..7?corrections=1"


def test_later_ones_can_be_reached_under_a_filter(client: FlaskClient, editor: Writer) -> None:
    for number in range(20):
        kind = "correction" if number % 3 == 0 else "update"
        editor.post(content=story(title=f"Title {number}"), base_version=number or None, kind=kind)
    page = _page(client, f"{STORY}/diff/3..4?corrections=1")
    assert 19 not in _rows(page)
    (later,) = page.xpath("//*[@data-rows]//a[@rel='prev']/@href")
    assert _rows(_page(client, later))[0] == 19


@pytest.mark.usefixtures("river")
def test_a_filter_by_section_says_so_where_no_text_has_it_any_more(
    client: FlaskClient, editor: Writer
) -> None:
    why = {"reason": "court-order", "legal_reference": "12 C", "note": "Ordered."}
    assert editor.act(6, action="remove", **why).status_code in (200, 201)
    page = _page(client, f"{STORY}/history?section=overview")
    assert page.xpath("//select[@name='section']/option[@selected]/@value") == ["overview"]
