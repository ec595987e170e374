"""Text is stored as it was sent, byte for byte: from a request to git, a terminal and an export."""

import json
import zipfile
from pathlib import Path

from repo_store.git.refs import story_ref
from service.config import Settings
from tests.cli.conftest import Run, line, ndjson
from tests.plain_git import git
from tests.samples import new_token, story
from tests.web.conftest import application

# A name with a compatibility ideograph, an accent by itself, a syllable in parts: what Unicode's
# Normalization Form C would replace.
NAME, ACCENT, SYLLABLE = "\ufa19\u8c37", "cafe\u0301", "\u1112\u1161\u11ab"
COMPOSED = "\u795e\u8c37", "caf\u00e9", "\ud55c"


def _content(name: str, accent: str, syllable: str) -> dict[str, object]:
    said = f"{name} met {accent} and {syllable} in the harbour."
    return story(title=f"{name} {accent}", overview=[said], analysis=[syllable])


def test_a_text_that_is_not_normalised_survives_everything_and_compares_as_equal(
    run: Run, tmp_path: Path, archive_path: Path
) -> None:
    old = {**line(), "content": _content(*COMPOSED)}
    assert run("import", ndjson(tmp_path / "old.ndjson", old)).returncode == 0
    sent = {"content": _content(NAME, ACCENT, SYLLABLE), "state": "published", "base_version": 1}
    client = application(Settings(archive_path)).test_client()
    answer = client.post(
        "/api/v1/stories/library/revisions",
        json=sent,
        headers={"Authorization": f"Bearer {new_token(archive_path)}"},
    )
    assert answer.status_code == 201
    api = client.get("/api/v1/stories/library").json
    assert api is not None
    assert api["content"] == sent["content"]

    texts = [f"{NAME} {ACCENT}", f"{NAME} met {ACCENT} and {SYLLABLE} in the harbour.", SYLLABLE]
    stored = git(archive_path, "show", f"{story_ref('library')}:story.json")
    shown = run("show", "library").stdout
    assert run("export", "library", "-o", tmp_path / "out.zip").returncode == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as export:
        folder = "library/data/stories/library/versions"
        exported = export.read(f"{folder}/0002.txt").decode()
        assert export.read(f"{folder}/0002.json").decode() == stored
    for text in texts:
        assert json.dumps(text, ensure_ascii=False) in stored
        assert f"{text}\n" in shown
        assert f"{text}\n" in exported

    # What an earlier release normalised reads as before, and is the same to the differ and search.
    assert run("show", "library", "1", "--json").json["content"] == _content(*COMPOSED)
    diff = run("diff", "library", "1", "2", "--json").json
    assert diff["facts"] == []
    changed = [each for part in diff["sections"] for each in part["blocks"] if each["op"] != "same"]
    assert [each.get("only") for each in changed] == ["form"] * 3
    for words in ("caf\u00e9", "cafe\u0301", "\u795e\u8c37", "\ufa19\u8c37", "\ud55c", SYLLABLE):
        found = client.get("/api/v1/stories", query_string={"q": words}).json
        assert found is not None
        assert [each["story"] for each in found["items"]] == ["library"], words
