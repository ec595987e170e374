"""The plugin in the real WordPress, by its REST API, its admin's pages and its cron."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.connectors.archive import ArchiveReader, new_token
from tests.connectors.processes import ArchiveServer, wait_until
from tests.connectors.wordpress import WordPress, wordpress

_SETTINGS = "/wp-admin/options-general.php?page=story-history"


@pytest.fixture(scope="module")
def token(server: ArchiveServer) -> str:
    return new_token(server.path, "integration", "The site")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    folder = tmp_path_factory.mktemp("wordpress")
    with wordpress(Path(os.environ["CMS"]), folder) as found:
        yield found
    # PHP's own notices of an old WordPress are none of ours.
    log = (folder / "php.log").read_text().splitlines()
    assert [line for line in log if "plugins/story-history" in line] == []


@pytest.fixture(scope="module", autouse=True)
def page(site: WordPress, server: ArchiveServer, token: str, browser: Browser) -> Iterator[Page]:
    """Of an administrator, who has connected the site on the plugin's own page."""
    with browser.new_context() as context:
        found = context.new_page()
        site.sign_in(found)
        _set(site, found, server.url, token)
        yield found


@pytest.fixture(autouse=True)
def nothing_left(site: WordPress) -> Iterator[None]:
    """Each test leaves an empty queue, and no refusal that it does not expect."""
    yield
    wait_until(lambda: not site.pending(), "the queue")
    assert site.refused() == []


def _set(site: WordPress, page: Page, archive: str, token: str) -> None:
    page.goto(site.url + _SETTINGS)
    page.get_by_label("Archive", exact=True).fill(archive)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()


def _press(site: WordPress, page: Page, name: str | re.Pattern[str]) -> str:
    """What the settings page says after this button."""
    page.goto(site.url + _SETTINGS)
    page.get_by_role("button", name=name).click()
    return page.locator(".notice p").first.inner_text()


def _page_text(site: WordPress, page: Page) -> str:
    page.goto(site.url + _SETTINGS)
    return page.locator(".wrap").inner_text()


def _post(site: WordPress, title: str, **fields: Any) -> int:
    given = {"content": f"<p>{title}: 12 people.</p>", "status": "publish", **fields}
    return int(site.rest("posts", title=title, **given)["id"])


def _save(site: WordPress, number: int, **fields: Any) -> dict[str, Any]:
    return site.rest(f"posts/{number}", **fields)


def _sent(site: WordPress) -> None:
    wait_until(lambda: not site.pending(), "the queue")


def _titles(site: WordPress, reader: ArchiveReader, number: int) -> list[str]:
    _sent(site)
    return [each["content"]["title"] for each in reader.versions(site.story(number))]


@pytest.mark.parametrize(
    ("role", "path", "says"),
    [
        ("integration", "", "The archive answers, and accepts the token."),
        ("editor", "", "role “integration”"),
        ("", "", "does not accept this token"),
        ("integration", "/elsewhere", "no archive at this address"),
    ],
)
def test_the_connection_is_tested(
    site: WordPress, page: Page, server: ArchiveServer, token: str, role: str, path: str, says: str
) -> None:
    tried = new_token(server.path, role, "Another") if role else "wrong"
    _set(site, page, server.url + path, tried)
    assert says in _press(site, page, "Test the connection")
    _set(site, page, server.url, token)


def test_the_token_is_stored_and_never_shown(site: WordPress, page: Page, token: str) -> None:
    page.goto(site.url + _SETTINGS)
    assert token not in page.content()
    stored = site.php("echo get_option( 'story_history_token' );")
    assert stored.startswith("v1:")
    assert token not in stored
    page.get_by_role("button", name="Save Changes").click()
    assert site.php("echo get_option( 'story_history_token' );") == stored
    assert "accepts the token" in _press(site, page, "Test the connection")


def test_a_post_is_recorded_as_readers_see_it(site: WordPress, reader: ArchiveReader) -> None:
    category = site.rest("categories", name="Harbour & sea")["id"]
    tag = site.rest("tags", name="ferries")["id"]
    number = _post(
        site,
        "It's 5 o'clock",
        excerpt="Time & tide",
        content='<!-- wp:heading --><h2>Why</h2><!-- /wp:heading -->\n<!-- wp:paragraph --><p>"So" '
        'says <a href="https://a.example/">A</a>.</p><!-- /wp:paragraph -->\n[story_history]',
        categories=[category],
        tags=[tag],
    )
    _sent(site)
    [version] = reader.versions(site.story(number))
    content = version["content"]
    assert content["title"] == "It’s 5 o’clock"
    assert content["summary"] == "Time & tide"
    assert content["authors"] == ["Inès Okoro"]
    assert (content["section"], content["tags"]) == ("Harbour & sea", ["ferries"])
    assert content["language"] == "en-US"
    assert content["url"].startswith(site.url)
    assert content["body"] == ["## Why", "“So” says [A](https://a.example/)."]
    assert version["author"]["name"] == "Inès Okoro"
    # Readers see a History there now, which is none of the text.
    assert "<story-history " in site.get(f"/?p={number}")
    _save(site, number)
    assert len(_titles(site, reader, number)) == 1


def test_its_image_is_recorded_when_it_is_chosen(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "Pictured")
    site.php(
        "$image = array( 'post_excerpt' => 'In 2019', 'post_mime_type' => 'image/png' );"
        f"$image = wp_insert_attachment( $image, 'a.png', {number} );"
        "update_post_meta( $image, '_wp_attachment_image_alt', 'The old pier' );"
        "$details = array( 'width' => 9, 'height' => 9 );"
        "$details['image_meta'] = array( 'credit' => 'J. Reed' );"
        "wp_update_attachment_metadata( $image, $details );"
        f"set_post_thumbnail( {number}, $image );"
    )
    assert len(_titles(site, reader, number)) == 2
    image = reader.versions(site.story(number))[1]["content"]["image"]
    expected = {"alt": "The old pier", "caption": "In 2019", "credit": "J. Reed"}
    assert image == {"url": f"{site.url}/wp-content/uploads/a.png", **expected}


def test_what_the_archive_could_not_keep_is_named(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "Form", content="<p>Ask us.</p><form><input></form>")
    assert _titles(site, reader, number) == ["Form"]
    assert _save(site, number)["story_history"]["dropped"] == "form (1)"


def test_every_way_of_leaving_and_coming_back(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "There and back")
    story = site.story(number)
    leaving: list[dict[str, Any]] = [
        {"status": "draft"},
        {"status": "private"},
        {"password": "secret"},
        {"status": "pending"},
    ]
    for version, fields in enumerate(leaving, 2):
        _save(site, number, **fields)
        _sent(site)
        assert reader.status(story) == 410, fields
        _save(site, number, status="publish", password="")
        assert len(_titles(site, reader, number)) == version
        assert reader.status(story) == 200
    site.rest(f"posts/{number}", method="DELETE")
    _sent(site)
    assert reader.status(story) == 410
    site.php(f"wp_untrash_post({number});")
    _sent(site)
    assert reader.status(story) == 410  # restored as a draft
    _save(site, number, status="publish")
    _sent(site)
    assert reader.status(story) == 200
    site.rest(f"posts/{number}&force=true", method="DELETE")
    _sent(site)
    assert reader.status(story) == 410
    assert "Taken off the site." in reader.page(story)


def test_a_note_belongs_to_one_save(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "Notes", status="draft", story_history={"note": "From the start."})
    answer = _save(site, number, status="publish")
    assert answer["story_history"]["note"] == ""
    noted = {"note": "The number was wrong.", "kind": "correction"}
    _save(site, number, content="<p>Notes: 13 people.</p>", story_history=noted)
    _save(site, number, content="<p>Notes: 14 people.</p>")
    _sent(site)
    _save(site, number, story_history={"note": "It is 14 because two came."})
    _sent(site)
    first, second, third = reader.versions(site.story(number))
    assert first["note"] == "From the start."
    assert (second["note"], second["kind"]) == ("The number was wrong.", "correction")
    assert (third["note"], third["kind"]) == ("", "update")
    assert [each["note"] for each in third["explanations"]] == ["It is 14 because two came."]
    listed = site.get(f"/?rest_route=/wp/v2/posts/{number}")
    assert "note" not in (json.loads(listed).get("story_history") or {})


def test_drafts_autosaves_and_scheduled_posts_wait(site: WordPress, reader: ArchiveReader) -> None:
    draft = _post(site, "Only a draft", status="draft")
    public = _post(site, "Public")
    site.rest(f"posts/{public}/autosaves", title="Half a thought", content="<p>Half</p>")
    future = _post(site, "Later", status="future", date_gmt="2099-01-01T00:00:00")
    assert [_titles(site, reader, each) for each in (draft, public, future)] == [[], ["Public"], []]
    # What WP-Cron does when it is due.
    site.php(f"wp_publish_post({future});")
    assert _titles(site, reader, future) == ["Later"]
    [version] = reader.versions(site.story(future))
    assert version["author"]["name"] == "Inès Okoro"


def test_another_slug_leads_to_the_same_story(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "Slugs", slug="old-slug")
    _save(site, number, slug="new-slug", content="<p>Another address.</p>")
    story = site.story(number)
    assert len(_titles(site, reader, number)) == 2
    for slug in ("old-slug", "new-slug"):
        assert reader.leads_to(slug) == f"/stories/{story}"
    other = _post(site, "Old slug", slug="old-slug")
    assert _titles(site, reader, other) == ["Old slug"]
    assert reader.leads_to("old-slug") == f"/stories/{story}"


def test_quick_and_bulk_edits_are_recorded(
    site: WordPress, reader: ArchiveReader, page: Page
) -> None:
    number = _post(site, "Quickly")
    page.goto(f"{site.url}/wp-admin/edit.php")
    row = page.locator(f"#post-{number}")
    row.hover()
    row.get_by_role("button", name="Quick edit").click()
    form = page.locator(f"#edit-{number}")
    form.get_by_label("Title").fill("More quickly")
    form.get_by_role("button", name="Update").click()
    expect(row.get_by_role("link", name="More quickly").first).to_be_visible()
    assert _titles(site, reader, number) == ["Quickly", "More quickly"]
    page.locator(f"#cb-select-{number}").check()
    page.locator("#bulk-action-selector-top").select_option("edit")
    page.locator("#doaction").click()
    page.locator("#bulk-edit select[name=_status]").select_option("draft")
    page.locator("#bulk_edit").click()
    expect(page.get_by_text("1 post updated.")).to_be_visible()
    _sent(site)
    assert reader.status(site.story(number)) == 410


def test_the_classic_editor_asks_for_the_note(
    site: WordPress, reader: ArchiveReader, page: Page
) -> None:
    number = _post(site, "Classic")
    page.context.add_cookies([{"name": "classic", "value": "1", "url": site.url}])
    page.goto(f"{site.url}/wp-admin/post.php?post={number}&action=edit")
    page.get_by_label("Note to readers").fill("It is more classic.")
    page.get_by_label("Kind of change").select_option("clarification")
    page.locator("#title").fill("More classic")
    page.locator("#publish").click()
    expect(page.get_by_text("Post updated.")).to_be_visible()
    assert _titles(site, reader, number) == ["Classic", "More classic"]
    version = reader.versions(site.story(number))[1]
    assert (version["note"], version["kind"]) == ("It is more classic.", "clarification")
    expect(page.get_by_label("Note to readers")).to_have_value("")
    page.context.clear_cookies(name="classic")


def test_nobody_waits_for_an_archive_that_is_away(
    site: WordPress, reader: ArchiveReader, server: ArchiveServer, page: Page
) -> None:
    server.kill()
    number = _post(site, "Away 1")
    slowest = 0.0
    for each in (2, 3, 4):
        begun = time.monotonic()
        _save(site, number, title=f"Away {each}", story_history={"note": f"Note {each}"})
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 3
    assert site.pending() == 5  # the first one's slug, too
    wait_until(lambda: "does not answer" in _page_text(site, page), "the error")
    server.start()
    assert _titles(site, reader, number) == ["Away 1", "Away 2", "Away 3", "Away 4"]
    notes = [each["note"] for each in reader.versions(site.story(number))]
    assert notes == ["", "Note 2", "Note 3", "Note 4"]


def test_a_wrong_token_loses_nothing(
    site: WordPress, reader: ArchiveReader, server: ArchiveServer, page: Page, token: str
) -> None:
    _set(site, page, server.url, "wrong")
    number = _post(site, "Under a wrong token")
    wait_until(lambda: "valid token" in _page_text(site, page), "the error")
    assert site.pending() == 2
    _set(site, page, server.url, token)
    assert _titles(site, reader, number) == ["Under a wrong token"]


def test_what_is_refused_is_shown_and_can_be_sent_again(
    site: WordPress, reader: ArchiveReader, page: Page
) -> None:
    number = _post(site, "Too " + "long " * 120, slug="too-long")
    wait_until(lambda: len(site.refused()) == 1, "the refusal")
    _save(site, number, title="Short")
    assert _titles(site, reader, number) == ["Short"]
    assert reader.leads_to("too-long") == f"/stories/{site.story(number)}"
    page.goto(f"{site.url}/wp-admin/index.php")
    expect(page.get_by_text("The archive has refused 1 change.")).to_be_visible()
    page.get_by_role("link", name="See what to do").click()
    needs = page.locator("table.widefat")
    expect(needs).to_contain_text("title")
    expect(needs).to_contain_text("500")
    page.get_by_role("button", name="Send again").click()
    assert len(site.refused()) == 1
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("It was discarded")).to_be_visible()


def test_what_no_hook_saw_is_found(site: WordPress, reader: ArchiveReader) -> None:
    number = _post(site, "Behind its back")
    _sent(site)
    change = f"$wpdb->update( $wpdb->posts, {{}}, array( 'ID' => {number} ) );"
    later = "'post_modified_gmt' => gmdate( 'Y-m-d H:i:s', time() + 1 )"
    site.php(change.format(f"array( 'post_title' => 'Changed', {later} )"))
    time.sleep(1)
    site.php("do_action( 'story_history_catch_up' );")
    assert _titles(site, reader, number) == ["Behind its back", "Changed"]
    site.php(change.format("array( 'post_status' => 'draft' )"))
    site.php("do_action( 'story_history_catch_up' );")
    _sent(site)
    assert reader.status(site.story(number)) == 410


_LIVE_AT = ["2020-01-15", "2020-02-01", "2020-03-01", "2020-04-01"]


def _old_post(site: WordPress, title: str) -> int:
    """Published before the plugin was there: four texts, of which the first was a draft's."""
    return int(site.run("old-post.php", title))


def _days(reader: ArchiveReader, story: str) -> list[str]:
    return [each["created_at"][:10] for each in reader.versions(story)]


def test_kept_revisions_are_sent_once_with_their_times(
    site: WordPress, reader: ArchiveReader, page: Page, server: ArchiveServer
) -> None:
    numbers = [_old_post(site, f"Old {each}") for each in range(3)]
    server.kill()
    # WordPress's own first post is one of them, unless it is so new that it was found already.
    said = _press(site, page, re.compile("Send [34] articles"))
    server.start()
    assert "earlier versions are being sent" in said
    _sent(site)
    for number in numbers:
        assert _days(reader, site.story(number)) == _LIVE_AT
        texts = [each["content"]["body"] for each in reader.versions(site.story(number))]
        assert texts == [[f"Text {each}"] for each in range(4)]
    assert "not in the archive yet" not in _page_text(site, page)
    site.wp_cli("backfill", str(numbers[0]))
    assert _days(reader, site.story(numbers[0])) == _LIVE_AT


def test_an_old_post_s_revisions_come_before_its_next_version(
    site: WordPress, reader: ArchiveReader
) -> None:
    number = _old_post(site, "Old and edited")
    _save(site, number, content="<p>Edited</p>")
    _sent(site)
    versions = reader.versions(site.story(number))
    assert _days(reader, site.story(number))[:4] == _LIVE_AT
    assert [each["content"]["body"] for each in versions][3:] == [["Text 3"], ["Edited"]]


def test_the_commands(site: WordPress, reader: ArchiveReader) -> None:
    number = _old_post(site, "For the command")
    assert "Articles looked at: 1." in site.wp_cli("backfill")
    assert _days(reader, site.story(number)) == _LIVE_AT
    assert "waiting: 0" in site.wp_cli("status")
    assert "accepts the token" in site.wp_cli("test")


def test_what_only_members_may_read_is_not_sent(site: WordPress, reader: ArchiveReader) -> None:
    number = _old_post(site, "For members")
    site.wp_cli("backfill")
    assert _days(reader, site.story(number)) == []
    _save(site, number, title="For members only")
    assert _titles(site, reader, number) == []


def test_uninstalling_leaves_nothing(site: WordPress) -> None:
    """The last test: the site has no plugin afterwards."""
    _sent(site)
    assert json.loads(site.run("uninstall.php")) == []
