"""Ids of feeds: they stay when an archive moves, and no two archives have the same."""

import re
from pathlib import Path

import pytest
from flask import Flask

from repo_store import StoreFull
from repo_store.archive import Archive
from repo_store.layout import IDENTITY_REF
from service.config import Settings
from tests.plain_git import git
from tests.samples import append, content, entry, ticking
from tests.web.conftest import application

FEEDS = ("/history.atom", "/stories/library/history.atom")


def _archive(path: Path) -> Path:
    archive = Archive.open(path, ticking(), create=True)
    append(archive, entry(content()), entry(content(title="Second")))
    archive.close()
    return path


def _ids(app: Flask, host: str = "localhost") -> list[str]:
    client = app.test_client()
    texts = [client.get(feed, headers={"Host": host}).text for feed in FEEDS]
    return [found for text in texts for found in re.findall("<id>(.*?)</id>", text)]


def test_they_stay_when_the_archive_gets_another_address(archive_path: Path) -> None:
    first = Settings(_archive(archive_path), url="https://history.example.org/paper")
    ids = _ids(application(first))
    assert len(ids) == len(set(ids)) + 2  # each version is the same entry in both feeds
    assert all(each.startswith("tag:history.example.org,2026-0") for each in ids)
    for settings in (Settings(archive_path, url="https://paper.example"), Settings(archive_path)):
        assert _ids(application(settings), "other.example") == ids


def test_they_stay_when_the_archive_is_restored_elsewhere(
    archive_path: Path, tmp_path: Path
) -> None:
    app = application(Settings(_archive(archive_path), url="https://history.example.org"))
    ids = _ids(app)
    app.extensions["story_history"].back_up(tmp_path / "backup")
    restored = tmp_path / "restored"
    Archive.restore(tmp_path / "backup", restored, ticking())
    assert _ids(application(Settings(restored, url="https://paper.example"))) == ids


def test_two_archives_at_the_same_address_have_others(archive_path: Path, tmp_path: Path) -> None:
    url = "https://history.example.org"
    one, other = (
        _ids(application(Settings(_archive(path), url=url)))
        for path in (archive_path, tmp_path / "other")
    )
    assert not set(one) & set(other)


def test_an_archive_without_an_address_or_a_story_has_one(archive_path: Path) -> None:
    text = application(Settings(archive_path)).test_client().get("/history.atom").text
    assert re.search(r"<id>tag:localhost,\d{4}-\d\d-\d\d:[0-9a-f]{16}/history</id>", text)


@pytest.mark.parametrize("url", ["http://[::1]:8000", "http://my_host", ""])
def test_a_host_that_is_no_name_is_none_in_an_id(archive_path: Path, url: str) -> None:
    ids = _ids(application(Settings(_archive(archive_path), url=url)))
    assert all(each.startswith("tag:localhost,") for each in ids)


def test_where_the_disk_takes_nothing_they_are_made_alike_each_time(
    archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _archive(archive_path)

    def refuse(*_: object) -> None:
        raise StoreFull("no space")

    with monkeypatch.context() as patched:
        patched.setattr("repo_store.git.repository.Repository.write", refuse)
        ids = [_ids(application(Settings(archive_path))) for _ in range(2)]
    assert ids[0] == ids[1] == _ids(application(Settings(archive_path)))


def test_they_are_noted_in_git_once(archive_path: Path) -> None:
    app = application(Settings(_archive(archive_path), url="https://history.example.org"))
    line = git(archive_path, "cat-file", "blob", IDENTITY_REF) if _ids(app) else ""
    assert line.startswith("history.example.org,")
    archive: Archive = app.extensions["story_history"].archive
    assert archive.identity(lambda: "other.example,2027-01-01:0") == line
    assert archive.verify().findings == ()
