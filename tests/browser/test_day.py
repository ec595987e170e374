"""A whole day at the desk, in a real browser against a real server, and its story in plain git."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import ON_ANY_SCREEN
from tests.browser.newsroom import Newsroom, run
from tests.plain_git import git
from tests.samples import story


def _overview(*texts: str) -> dict[str, Any]:
    return story(overview=list(texts))


OPEN, COSTS = story()["overview"]


@ON_ANY_SCREEN
def test_the_whole_day(page: Page, fresh_newsroom: Newsroom) -> None:
    newsroom = fresh_newsroom
    first = newsroom.send("editor", story(), state="published", note="")
    assert first["version"] == 1
    slight = story(analysis=["Reports agree on the sums ."])
    newsroom.send("contributor", slight, base_version=1)
    changed = _overview(OPEN, COSTS.replace("1.2", "1.4"))
    newsroom.send("contributor", changed, base_version=1)

    newsroom.sign_in(page)
    _opens_what_stands_on_top(page)
    _comments(page)
    _is_held_at_the_gate_then_tells_readers(page)
    _readers_see_it(page, newsroom)

    later = story(faq=[{"question": "When does it open?", "answer": "At ten."}])
    late = newsroom.send("contributor", later, base_version=1, note="New hours.")
    _merges(page, newsroom, late["revision"])
    _restores(page, newsroom)
    _git_tells_it_all(newsroom)
    assert "every chain is unbroken" in run(newsroom.archive, "verify")


def _opens_what_stands_on_top(page: Page) -> None:
    page.reload()
    top = page.locator(".queue .item").first
    expect(top).to_contain_text("1.2 → 1.4 million crowns")
    expect(page.locator("details.cosmetic summary")).to_contain_text("1 cosmetic edit")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("heading", name="Draft r3 compared with live version 1")
    ).to_be_visible()
    facts = page.get_by_role("region", name="Facts changed")
    expect(facts).to_contain_text("Number")
    expect(facts).to_contain_text("1.2 → 1.4 million crowns")
    page.wait_for_load_state()  # from when keys are heard


def _comments(page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.press("c")
    page.keyboard.type("Where does this figure come from?")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator(".change .comment")).to_contain_text("Where does this figure come from?")
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.locator(".deeds")).to_contain_text("Approved by Dara Voss")
    page.wait_for_load_state()


def _is_held_at_the_gate_then_tells_readers(page: Page) -> None:
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    gate = page.get_by_role("alert")
    expect(gate).to_contain_text("Held back: facts changed")
    expect(gate).to_contain_text("1.4 million crowns")
    page.get_by_label("Note", exact=True).fill("We gave an old figure for the cost.")
    page.get_by_label("Kind").select_option("correction")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Published as version 2.")


def _readers_see_it(page: Page, newsroom: Newsroom) -> None:
    page.get_by_role("link", name="View the public page").click()
    expect(page.locator("article")).to_contain_text("1.4 million crowns")
    corrections = page.locator(".corrections")
    expect(corrections).to_contain_text("Correction")
    expect(corrections).to_contain_text("We gave an old figure for the cost.")
    data = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert data["@type"] == "NewsArticle"
    [comment] = data["correction"]
    assert comment["@type"] == "CorrectionComment"
    assert comment["text"] == "We gave an old figure for the cost."
    corrections.get_by_role("link", name="What changed").click()
    expect(page.locator("[data-change] del")).to_contain_text("1.2")
    expect(page.locator("[data-change] ins")).to_contain_text("1.4")


def _merges(page: Page, newsroom: Newsroom, draft: int) -> None:
    page.goto(f"{newsroom.url}desk")
    item = page.locator(".queue .item", has_text="New hours.")
    expect(item).to_contain_text("based on version 1; version 2 is live")
    item.get_by_role("link").first.click()
    page.get_by_role("link", name="Compare all three").click()
    expect(page.get_by_text("There are no conflicts.")).to_be_visible()
    page.get_by_role("button", name="Merge and preview").click()
    preview = page.get_by_role("region", name="Changes to the live version")
    expect(preview.locator("ins", has_text="ten").last).to_be_visible()
    expect(preview).not_to_contain_text("1.2 million")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Published as version 3.")
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/revisions/{draft}")
    expect(page.locator(".about")).to_contain_text("replaced")


def _restores(page: Page, newsroom: Newsroom) -> None:
    page.goto(f"{newsroom.url}desk/stories/{newsroom.story}/timeline")
    page.get_by_role("link", name="Restore version 2").click()
    page.get_by_label("Note", exact=True).fill("The hours were announced too early.")
    page.get_by_role("button", name="Restore version 2").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "Version 2 is live again, as version 4"
    )
    page.goto(f"{newsroom.url}stories/{newsroom.story}")
    expect(page.locator("article")).to_contain_text("At nine.")
    expect(page.locator("article")).to_contain_text("1.4 million crowns")


def _git_tells_it_all(newsroom: Newsroom) -> None:
    log = git(newsroom.archive, "log", "--all", "--reverse", "--format=%an|%s%n%b")
    subjects = [line for line in log.splitlines() if f"|{newsroom.story}: " in line]
    assert subjects == [
        f"Dara Voss|{newsroom.story}: version 1, update",
        f"Mika Lund|{newsroom.story}: draft, revision 2",
        f"Mika Lund|{newsroom.story}: draft, revision 3",
        f"Dara Voss|{newsroom.story}: comment on revision 3",
        f"Dara Voss|{newsroom.story}: approve revision 3",
        f"Dara Voss|{newsroom.story}: publish revision 3 as version 2",
        f"Mika Lund|{newsroom.story}: draft, revision 4",
        f"Dara Voss|{newsroom.story}: version 3, update",
        f"Dara Voss|{newsroom.story}: version 4, restore",
    ]
    for text in (
        "Where does this figure come from?",
        "We gave an old figure for the cost.",
        "Change-Kind: correction",
        "Supersedes: 4",
        "The hours were announced too early.",
    ):
        assert text in log
    for token in newsroom.tokens.values():
        assert token not in log
