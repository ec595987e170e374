"""Quotas by person: refused as 429 that names the quota and says when there is room."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from repo_store.errors import Moved
from repo_store.index.read_model import Index
from repo_store.write.group_commit import GroupCommit, PendingWrite
from service.accounts import Role
from service.config import Settings
from tests.samples import new_token, story
from tests.web.conftest import Desk, Writer, application, draft, read, words


@pytest.fixture
def app(archive_path: Path) -> Flask:
    return application(Settings(archive_path, daily_mib=1, open_drafts=2))


def test_drafts_that_wait_are_limited_by_person(
    writer: Callable[[Role], Writer], editor: Writer
) -> None:
    contributor = writer(Role.CONTRIBUTOR)
    editor.publish()
    first = draft(contributor, title="One")
    draft(contributor, None, "other", title="Two")
    refused = contributor.post("third", state="draft")
    assert refused.status_code == 429
    problem = read(refused)
    assert problem["type"] == "urn:story-history:problem:quota"
    assert "2 drafts" in problem["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert contributor.get("/api/v1/stories/third/revisions").status_code == 404
    replaced = draft(contributor, title="One, again", supersedes=first)
    draft(editor, title="Of another person")
    path = f"/api/v1/stories/library/revisions/{replaced}/actions"
    rejected = {"action": "reject", "note": "No."}
    assert editor.client.post(path, json=rejected, headers=editor.headers).status_code == 201
    draft(contributor, None, "third", title="Room again")


def test_another_token_of_a_person_has_no_quota_of_its_own(
    archive_path: Path, contributor: Writer
) -> None:
    draft(contributor, None, "one")
    draft(contributor, None, "two")
    token = new_token(archive_path, Role.CONTRIBUTOR, "The contributor")
    other = Writer(contributor.client, {"Authorization": f"Bearer {token}"})
    assert other.post("three", state="draft").status_code == 429


def test_bytes_a_day_are_limited_and_what_changes_nothing_is_free(editor: Writer) -> None:
    large = ["x" * 20_000] * 40
    editor.publish("one", overview=large)
    for _ in range(3):
        assert editor.post("one", content=story(overview=large), base_version=1).status_code == 200
    refused = editor.post("two", content=story(overview=large))
    assert refused.status_code == 429
    assert "1 MiB a day" in read(refused)["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 86_401
    assert editor.client.get("/stories/two").status_code == 404
    editor.publish("small")


def test_the_desk_says_so_and_keeps_what_was_typed(desk: Callable[[Role], Desk]) -> None:
    someone = desk(Role.EDITOR)
    form = {"summary": "", "overview": ["Kept."], "do": "draft"}
    for name in ("one", "two"):
        assert someone.post("/desk/new", id=name, title=name, **form).status_code == 303
    refused = someone.post("/desk/new", id="three", title="Three", **form)
    assert refused.status_code == 429
    assert "2 drafts that wait for review" in words(refused)
    assert "Kept." in refused.text


def test_whoever_replaces_another_s_draft_has_one_more(contributor: Writer, editor: Writer) -> None:
    editor.publish()
    first = draft(contributor, title="One")
    draft(editor, None, "one")
    draft(editor, None, "two")
    answer = editor.post(
        content=story(title="Mine"), state="draft", base_version=1, supersedes=first
    )
    assert answer.status_code == 429


def test_a_write_that_has_to_be_repeated_is_counted_once(
    editor: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, losses = GroupCommit.commit, iter(range(8))

    def overtaken(group: GroupCommit, write: PendingWrite, index: Index) -> None:
        if next(losses, None) is not None:
            raise Moved("one")
        commit(group, write, index)

    monkeypatch.setattr(GroupCommit, "commit", overtaken)
    editor.publish("one", overview=["x" * 20_000] * 20)
    editor.publish("two", overview=["x" * 20_000] * 20)
