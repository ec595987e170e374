"""Other systems' files: imported with their versions, each once, and written again."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.cli.conftest import Run
from tests.formats.samples import FILES, FOLDER

FERRY = "harbour-wire-example-20260501-ferry"
LOCK = "harbour-wire-example-20260502-lock"
MARKET = "paper-example-blog-p-12"


def _ninjs(path: Path, *items: dict[str, Any]) -> Path:
    usual = {"uri": "urn:x:ferry", "headlines": [{"value": "Ferry stops"}]}
    path.write_text(json.dumps([usual | each for each in items]))
    return path


def _item(version: int, text: str = "The ferry stops.", **more: Any) -> dict[str, Any]:
    at = f"2026-05-01T{8 + version:02}:00:00Z"
    bodies = [{"contentType": "text/plain", "value": text}]
    return {"version": str(version), "versionCreated": at, "bodies": bodies, **more}


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    return tmp_path / "wire.json"


def _versions(run: Run, story: str) -> list[dict[str, Any]]:
    found = run("log", story, "--json").json["items"]
    return sorted((each for each in found if each["version"]), key=lambda each: each["version"])


def test_versions_of_one_file_become_a_history(run: Run) -> None:
    path = FOLDER / "wire.ninjs.json"
    done = run("import", path, "--from", "ninjs", "--keep-going")
    assert done.returncode == 2
    assert done.stdout == f"{path.name}: 2 stored, 0 unchanged, 1 refused ({FERRY})\n"
    assert done.stderr.splitlines() == [
        f"{path.name} item 4: headlines: missing: an article needs a headline",
        f"{path.name}: no articles, not taken: picture",
        f"{path.name}: has no place here: another headline, another body, an associated video,"
        " a source without an address, urgency, edNote",
    ]
    first, second = _versions(run, FERRY)
    assert (first["created_at"], second["created_at"]) == (
        "2026-05-01T06:00:00Z",
        "2026-05-01T07:30:00Z",
    )
    assert (second["kind"], second["note"]) == (
        "correction",
        "An earlier version gave the wrong fare.",
    )
    assert "4 crowns" in run("show", FERRY, "1").stdout


def test_without_keep_going_nothing_of_a_file_with_a_bad_item_is_stored(run: Run) -> None:
    done = run("import", FOLDER / "wire.ninjs.json", "--from", "ninjs")
    assert (done.returncode, done.stdout) == (2, "")
    assert run("show", FERRY).returncode == 2


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_imported_again_changes_nothing(run: Run, name: str) -> None:
    command = ("import", FOLDER / name, "--from", FILES[name], "--keep-going")
    stored, unchanged = map(int, re.findall(r"(\d+) (?:stored|unchanged)", run(*command).stdout))
    assert stored
    again = run(*command)
    assert f"{name}: 0 stored, {stored + unchanged} unchanged" in again.stdout
    assert run("verify").returncode == 0


def test_a_longer_file_adds_what_is_new(run: Run, wire: Path) -> None:
    run("import", _ninjs(wire, _item(1)), "--from", "ninjs")
    done = run("import", _ninjs(wire, _item(1), _item(2, "It sails again.")), "--from", "ninjs")
    assert done.stdout == "wire.json: 1 stored, 1 unchanged (x-ferry)\n"
    assert [each["version"] for each in _versions(run, "x-ferry")] == [1, 2]


def test_an_old_text_that_is_back_is_a_version(run: Run, wire: Path) -> None:
    items = [_item(1, "Stops."), _item(2, "Sails."), _item(3, "Stops.")]
    run("import", _ninjs(wire, *items), "--from", "ninjs")
    assert len(_versions(run, "x-ferry")) == 3


def test_what_is_canceled_leaves_its_page_and_stays_readable(run: Run) -> None:
    run("import", FOLDER / "wire.newsml.xml", "--from", "newsml")
    assert [each["version"] for each in _versions(run, LOCK)] == [1]
    written = run("show", LOCK, "1", "--format", "ninjs").json
    assert (written["pubStatus"], written["uri"]) == (
        "canceled",
        "urn:newsml:harbour-wire.example:20260502:lock",
    )


def test_what_is_canceled_and_not_public_here_is_said(run: Run, wire: Path) -> None:
    done = run("import", _ninjs(wire, _item(1, pubStatus="canceled")), "--from", "ninjs")
    assert done.stderr == (
        "wire.json item 1 (urn:x:ferry): Withdrawn by its publisher. It is not public here.\n"
    )
    assert run("show", "x-ferry").returncode == 2


def test_an_embargoed_article_is_never_published_early(run: Run, wire: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    done = run("import", _ninjs(wire, _item(1, embargoedUntil=later)), "--from", "ninjs")
    assert "Under embargo until" in done.stderr
    assert "It waits at the desk as a draft." in done.stderr
    assert run("show", "x-ferry").returncode == 2
    assert run("show", "x-ferry", "r1", "--format", "ninjs").json["pubStatus"] == "withheld"
    assert run("import", wire, "--from", "ninjs").stdout.startswith("wire.json: 0 stored")


def test_an_article_goes_live_when_its_embargo_ends(run: Run, wire: Path) -> None:
    ended = "2026-05-01T12:00:00Z"
    items = [_item(n, f"Text {n}.", embargoedUntil=ended) for n in (1, 2)]
    done = run("import", _ninjs(wire, *items), "--from", "ninjs")
    assert "Replaced before its embargo ended, 1 May 2026, 12:00 UTC: never public." in done.stderr
    [version] = _versions(run, "x-ferry")
    assert version["created_at"] == ended
    assert "Text 2." in run("show", "x-ferry").stdout


def test_what_is_withheld_waits_at_the_desk(run: Run, wire: Path) -> None:
    items = [_item(1), _item(2, "Not yet.", pubStatus="withheld")]
    run("import", _ninjs(wire, *items), "--from", "ninjs")
    assert [each["version"] for each in _versions(run, "x-ferry")] == [1]
    assert run("show", "x-ferry", "--format", "ninjs").json["pubStatus"] == "canceled"
    assert "Not yet." in run("show", "x-ferry", "r2").stdout


def test_a_post_s_revisions_are_its_history(run: Run) -> None:
    done = run("import", FOLDER / "posts.wordpress.json", "--from", "wordpress")
    assert done.stdout == f"posts.wordpress.json: 2 stored, 1 unchanged ({MARKET})\n"
    first, second = _versions(run, MARKET)
    assert (first["created_at"], second["created_at"]) == (
        "2026-05-03T10:00:00Z",
        "2026-05-03T12:00:00Z",
    )


def test_an_article_is_found_by_its_id_and_its_address(run: Run, tmp_path: Path) -> None:
    content = {
        "shape": "article",
        "title": "Known",
        "url": "https://paper.example/2026/bridge-closed",
        "ids": ["urn:newsml:harbour-wire.example:20260501:ferry"],
    }
    (tmp_path / "known.json").write_text(json.dumps(content))
    run("import", tmp_path / "known.json", "--id", "known")
    for name in ("feed.rss.xml", "wire.ninjs.json"):
        done = run("import", FOLDER / name, "--from", FILES[name], "--keep-going", "--out-of-order")
        assert "(known" in done.stdout
    assert run("show", FERRY).returncode == 2
    # Each system knows its own ids alone; the story keeps all.
    kept = run("show", "known", "--json").json["content"]
    assert kept["ids"] == [*content["ids"], "paper-4411", "HW-2291"]
    assert kept["url"] == content["url"]


def test_a_post_is_found_by_its_guid_whatever_the_site_s_address_is_now(
    run: Run, tmp_path: Path
) -> None:
    content = {"shape": "article", "title": "Market", "ids": ["http://old.example/?p=12"]}
    (tmp_path / "known.json").write_text(json.dumps(content))
    run("import", tmp_path / "known.json", "--id", "post-12")
    posts = (FOLDER / "posts.wordpress.json").read_text()
    moved = tmp_path / "posts.json"
    moved.write_text(posts.replace("https://paper.example/blog/?p=12", "http://old.example/?p=12"))
    options = ("--from", "wordpress", "--out-of-order")
    assert "(post-12)" in run("import", moved, *options).stdout


def test_another_article_with_the_same_words_in_its_id_is_another_story(
    run: Run, wire: Path
) -> None:
    items = [_item(1, uri="urn:x:a-b"), _item(1, "Another.", uri="urn:x:a:b")]
    done = run("import", _ninjs(wire, *items), "--from", "ninjs")
    assert "(x-a-b, x-a-b-" in done.stdout
    again = run("import", wire, "--from", "ninjs")
    assert again.stdout.startswith("wire.json: 0 stored, 2 unchanged (x-a-b, x-a-b-")


def test_an_id_may_be_given(run: Run, wire: Path) -> None:
    done = run("import", _ninjs(wire, _item(1)), "--from", "ninjs", "--id", "ferry")
    assert done.stdout == "wire.json: 1 stored, 0 unchanged (ferry)\n"
    assert run("import", wire, "--from", "ninjs").stdout.endswith("1 unchanged (ferry)\n")
    items = [_item(1), _item(1, uri="urn:x:other")]
    done = run("import", _ninjs(wire, *items), "--from", "ninjs", "--id", "ferry")
    assert done.stderr == ("wire.json: --id: names one story, and there are 2 articles here\n")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"headlines": [{"value": "x" * 501}]}, "title: is longer than 500 characters"),
        ({"versionCreated": "1969-01-01T00:00:00Z"}, "created_at: must be from 1970 to 9999"),
        ({"versionCreated": "2100-01-01T00:00:00Z"}, "created_at: is ahead of the clock"),
    ],
)
def test_an_error_names_the_file_the_item_and_the_field(
    run: Run, wire: Path, item: dict[str, Any], message: str
) -> None:
    done = run("import", _ninjs(wire, _item(1) | item), "--from", "ninjs")
    assert done.returncode == 2
    assert done.stderr.startswith(f"wire.json item 1 (urn:x:ferry): {message}")


def test_options_that_do_not_go_together(run: Run, wire: Path) -> None:
    done = run("import", _ninjs(wire, _item(1)), "--from", "ninjs", "--new")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--new is for pages" in done.stderr
    assert run("show", "x", "--json", "--format", "ninjs").returncode == 2


def test_a_file_in_another_format_is_refused_by_its_name(run: Run, page: Path) -> None:
    page.write_text("<page/>")
    done = run("import", page, "--from", "newsml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("page.txt: holds no newsItem of NewsML-G2; its first element is page\n")


def test_every_version_is_written_in_every_format(run: Run) -> None:
    run("import", FOLDER / "wire.ninjs.json", "--from", "ninjs", "--keep-going")
    assert run("show", FERRY, "1", "--format", "ninjs").json["version"] == "1"
    newsml = etree.fromstring(run("show", FERRY, "2", "--format", "newsml").stdout.encode())
    assert (newsml.get("version"), newsml.get("guid", "")[:10]) == ("2", "urn:newsml")
    assert run("show", FERRY, "--format", "jsonld").json["@type"] == "NewsArticle"
    assert run("show", FERRY, "--format", "wordpress").json["title"] == "Night ferry stops for June"
    assert "<entry " in run("show", FERRY, "--format", "feed").stdout
    assert "<h1>Night ferry stops for June</h1>" in run("show", FERRY, "--format", "html").stdout
    assert "\nThe **night ferry** stops.\n" in run("show", FERRY, "--format", "markdown").stdout


def test_what_has_no_place_in_a_format_is_said(run: Run) -> None:
    run("import", FOLDER / "wire.ninjs.json", "--from", "ninjs", "--keep-going")
    done = run("show", FERRY, "2", "--format", "feed")
    assert (done.returncode, done.stderr) == (0, "not in feed: ids, note\n")


def test_a_story_of_another_shape_is_written_as_an_article(
    run: Run, page: Path, archive_path: Path
) -> None:
    run("import", page)
    environ = {"STORY_HISTORY_ARCHIVE": str(archive_path)}
    environ["STORY_HISTORY_URL"] = "https://history.example"
    done = run("show", "night-trains-return", "--format", "ninjs", environ=environ)
    written = done.json
    assert written["bodies"][0]["value"] == (
        "<h2>Overview</h2><p>Night trains to the coast run again from Friday.</p>"
        "<p>A bed costs 60 crowns.</p><h2>Analysis</h2><p>Reported alike by all.</p>"
    )
    assert written["uri"] == "https://history.example/stories/night-trains-return"
    assert done.stderr == "not in ninjs: 3 sources not listed, faq\n"
    assert run("show", "night-trains-return", "--format", "newsml").returncode == 0
    environ["STORY_HISTORY_ARTICLES"] = "https://paper.example/{story}"
    linked = run("show", "night-trains-return", "--format", "jsonld", environ=environ).json
    assert linked["url"] == "https://paper.example/night-trains-return"
