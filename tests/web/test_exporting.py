"""Exports over HTTP: streamed, the same bytes each time, resumable; and the log's proofs."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store import merkle, verify_inclusion
from service.accounts import Role
from service.audit.verify.verifier import verify
from tests.audit.conftest import files_of
from tests.web.conftest import Desk, Writer, draft, read

API = "/api/v1/stories/library/export"


@pytest.fixture(autouse=True)
def two_stories(editor: Writer) -> None:
    editor.publish()
    editor.publish(base=1, title="Two")
    draft(editor, 2, title="A draft")
    editor.publish("other")


@pytest.fixture
def auditor(writer: Callable[[Role], Writer]) -> Writer:
    return writer(Role.AUDITOR)


def ranged(who: Writer, path: str, span: str, **headers: str) -> TestResponse:
    return who.client.get(path, headers={**who.headers, "Range": span, **headers})


def files(answer: TestResponse, tmp_path: Path) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    path = tmp_path / "export.zip"
    path.write_bytes(answer.data)
    return files_of(path)


def test_an_export_is_a_zip_that_verifies(auditor: Writer, tmp_path: Path) -> None:
    answer = auditor.get(API)
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="library.zip"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "data/history.bundle" in files(answer, tmp_path)
    key = read(auditor.get("/api/v1/log/keys"))["items"][-1]["fingerprint"]
    assert verify(tmp_path / "export.zip", key).faults == []


def test_an_export_keeps_its_bytes_until_something_is_published(
    auditor: Writer, editor: Writer
) -> None:
    first = auditor.get(API)
    editor.draft("another")
    auditor.get("/api/v1/log/checkpoint")
    again = auditor.get(API)
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    headers = {**auditor.headers, "If-None-Match": first.headers["ETag"]}
    assert auditor.client.get(API, headers=headers).status_code == 304
    editor.publish(base=2, title="Three")
    later = auditor.get(API)
    assert later.data != first.data
    assert later.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("known", [True, False], ids=["sent before", "not sent before"])
def test_an_interrupted_transfer_resumes(auditor: Writer, known: bool) -> None:
    whole = auditor.get(API).data if known else None
    begun = ranged(auditor, API, "bytes=0-999")
    assert begun.status_code == 206
    size = int(begun.headers["Content-Range"].rpartition("/")[2])
    assert begun.headers["Content-Range"] == f"bytes 0-999/{size}"
    rest = ranged(auditor, API, "bytes=1000-", **{"If-Range": begun.headers["ETag"]})
    assert rest.status_code == 206
    assert rest.headers["Content-Length"] == str(size - 1000)
    whole = whole or auditor.get(API).data
    assert begun.data + rest.data == whole
    assert ranged(auditor, API, "bytes=-64").data == whole[-64:]
    middle = ranged(auditor, API, "bytes=5000-5009")
    assert middle.data == whole[5000:5010]


def test_the_size_of_an_export_is_not_taken_for_another_s(auditor: Writer) -> None:
    """An export of all, and one of a span in which all was written, differ by their proofs."""
    whole = auditor.get("/api/v1/export").data
    span = "/api/v1/export?since=2020-01-01"
    begun = ranged(auditor, span, "bytes=0-9")
    size = int(begun.headers["Content-Range"].rpartition("/")[2])
    assert size == len(auditor.get(span).data) != len(whole)


def test_a_range_of_a_changed_export_gets_all_of_it(auditor: Writer, editor: Writer) -> None:
    old = auditor.get(API)
    editor.publish(base=2, title="Three")
    answer = ranged(auditor, API, "bytes=1000-", **{"If-Range": old.headers["ETag"]})
    assert answer.status_code == 200
    assert answer.data == auditor.get(API).data


@pytest.mark.parametrize("asked", [1, 1_000, 99_999_999])
def test_the_last_bytes_are_all_if_there_are_fewer(auditor: Writer, asked: int) -> None:
    whole = auditor.get(API).data
    answer = ranged(auditor, API, f"bytes=-{asked}")
    start, size = max(0, len(whole) - asked), len(whole)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{size - 1}/{size}"
    assert answer.data == whole[start:]


@pytest.mark.parametrize("span", ["bytes=99999999-", "bytes=9999999-99999999"])
def test_a_range_beyond_the_end_is_not_satisfiable(auditor: Writer, span: str) -> None:
    answer = ranged(auditor, API, span)
    assert answer.status_code == 416
    assert re.fullmatch(r"bytes \*/\d+", answer.headers["Content-Range"])


@pytest.mark.parametrize(
    "span", ["bytes=-0", "bytes=5-1", "lines=1-2", "bytes=0-1,5-6", "nonsense"]
)
def test_a_malformed_range_is_ignored(auditor: Writer, span: str) -> None:
    assert ranged(auditor, API, span).status_code == 200


def test_drafts_are_in_their_own_folder_on_request(auditor: Writer, tmp_path: Path) -> None:
    without = files(auditor.get(API), tmp_path)
    assert not [name for name in without if "/drafts/" in name]
    with_them = files(auditor.get(f"{API}?drafts=true"), tmp_path)
    names = {name.rpartition("/")[2] for name in with_them if "/drafts/" in name}
    assert names == {"r0003.json", "r0003.txt"}


@pytest.mark.parametrize(
    ("query", "stories"),
    [
        ("", {"library", "other"}),
        ("story=library&story=other", {"library", "other"}),
        ("story=+library,+other+library&since=", {"library", "other"}),
        ("since=2026-05-01&until=2026-05-02", {"library", "other"}),
        ("since=0001-01-01T00:00:00%2B14:00", {"library", "other"}),
        ("since=OTHER", {"other"}),
        ("until=OTHER", {"library"}),
    ],
)
def test_exports_of_some_stories_a_span_or_all(
    auditor: Writer, tmp_path: Path, query: str, stories: set[str]
) -> None:
    written = read(auditor.get("/api/v1/stories/other"))["created_at"]
    exported = files(auditor.get(f"/api/v1/export?{query.replace('OTHER', written)}"), tmp_path)
    assert {name.split("/")[2] for name in exported if name.startswith("data/stories/")} == stories
    assert verify(tmp_path / "export.zip").faults == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=yesterday", 400),
        ("until=2026-05-01T10:00:00", 400),
        ("drafts=perhaps", 400),
        ("story=nothing", 404),
        ("story=library&story=nothing", 404),
        ("since=2031-01-01", 404),
    ],
)
def test_a_bad_export_request_is_a_problem(auditor: Writer, query: str, status: int) -> None:
    answer = auditor.get(f"/api/v1/export?{query}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_the_redline_marks_what_the_page_marks(
    auditor: Writer, editor: Writer, tmp_path: Path
) -> None:
    old: dict[str, Any] = {
        "overview": ["The bridge is safe. The engineers said so.", "It reopens on  Monday."]
    }
    new: dict[str, Any] = {
        "overview": ["The bridge is safe.", "The engineers said so.", "It reopens on Monday ."]
    }
    entry = {"question": "When does it open ?", "answer": "At nine ."}
    editor.publish("bridge", None, **old)
    editor.publish("bridge", base=1, **new, faq=[entry])
    marks = re.compile(r"<(ins|del)([^>]*)>([^<]*)</")
    page = marks.findall(auditor.client.get("/stories/bridge/diff/1..2").text)
    assert {style for _, style, _ in page} == {"", ' class="space"', ' class="break"'}
    exported = files(auditor.get("/api/v1/stories/bridge/export"), tmp_path)
    text = exported["data/stories/bridge/differences/0001-0002.html"].decode()
    assert marks.findall(text.rpartition("<h2>Facts changed")[2].partition("</ul>")[2]) == page


def test_a_story_with_drafts_only_is_exported(
    auditor: Writer, editor: Writer, tmp_path: Path
) -> None:
    draft(editor, None, "secret", title="Only a draft")
    exported = files(auditor.get("/api/v1/stories/secret/export?drafts=1"), tmp_path)
    assert b"Nothing of this story was published" in exported["data/stories/secret/report.html"]
    assert verify(tmp_path / "export.zip").faults == []


def test_the_public_and_contributors_may_not_export(
    client: FlaskClient, contributor: Writer
) -> None:
    for path in (API, "/api/v1/export", "/api/v1/stories/nothing/export"):
        assert client.get(path).status_code == 401
        assert contributor.get(path).status_code == 403


def test_a_head_request_does_not_produce_the_export(auditor: Writer) -> None:
    answer = auditor.client.head(API, headers=auditor.headers)
    assert answer.status_code == 200
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.data == b""


def test_the_desk_exports(someone: Desk) -> None:
    page = someone.get("/desk/export")
    assert "SHA256:" in page.text
    answer = someone.get("/desk/export?what=span&since=2026-05-01&until=")
    assert answer.data[:2] == b"PK"
    assert "/desk/stories/library/export" in someone.get("/desk/stories/library/timeline").text
    assert someone.get("/desk/stories/library/export").data[:2] == b"PK"


# The log


def test_a_checkpoint_covers_what_was_just_written(auditor: Writer, editor: Writer) -> None:
    def size() -> int:
        answer = auditor.get("/api/v1/log/checkpoint")
        assert answer.content_type == "text/plain; charset=utf-8"
        return int(answer.text.split("\n")[1])

    before = size()
    assert size() == before
    editor.publish(base=2, title="Three")
    assert size() == before + 1


def test_proofs_hold(auditor: Writer, editor: Writer) -> None:
    """For a revision in the middle of the log, and the actions on it at the end."""
    for action in ("comment", "approve", "publish"):
        sent = {"action": action, "note": "Yes."}
        actions = "/api/v1/stories/library/revisions/3/actions"
        assert editor.client.post(actions, json=sent, headers=editor.headers).status_code == 201
    inclusion = read(auditor.get("/api/v1/log/inclusion?story=library&revision=3"))
    assert [each["number"] for each in inclusion["leaves"]] == [2, 4, 5, 6]
    root = base64.b64decode(inclusion["checkpoint"].split("\n")[2])
    for each in inclusion["leaves"]:
        path = [base64.b64decode(value) for value in each["path"]]
        leaf = merkle.leaf_hash(each["leaf"].encode())
        assert verify_inclusion(leaf, each["number"], inclusion["size"], path, root)
    proof = read(auditor.get("/api/v1/log/consistency?first=2&second=4"))
    assert proof["second"] == 4
    assert len(proof["proof"]) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("inclusion", 400),
        ("inclusion?leaf=x", 400),
        ("inclusion?leaf=999", 404),
        ("inclusion?story=library", 400),
        ("inclusion?story=library&revision=99", 404),
        ("inclusion?story=nothing&revision=1", 404),
        ("consistency", 400),
        ("consistency?first=9&second=2", 400),
        ("consistency?first=1&second=999", 400),
    ],
)
def test_a_bad_proof_request_is_a_problem(auditor: Writer, path: str, status: int) -> None:
    answer = auditor.get(f"/api/v1/log/{path}")
    assert answer.status_code == status
    problem: dict[str, Any] = read(answer)
    assert status != 400 or problem["errors"][0]["field"]


def test_a_bad_proof_request_names_the_field(auditor: Writer) -> None:
    answer = auditor.get("/api/v1/log/consistency?first=1&second=999")
    assert read(answer)["errors"] == [{"field": "second", "message": "the log has 4 leaves"}]
