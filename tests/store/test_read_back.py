"""What is stored reads back: text of any kind goes through the whole write path, or is refused."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_store.archive import Archive
from repo_store.errors import Damaged, InvalidInput
from repo_store.history import commits
from repo_store.history.records import Ground, Removal, State, Tip, Verb
from repo_store.ids import Author
from repo_store.index.search.tokens import tokens
from repo_store.story import rules, story_json, tombstone
from repo_store.story.content import Content, parse_content, parse_stored
from repo_store.story.rules import AuthorFields, parse
from repo_store.story.shapes import BUILT_IN, STORY
from service.usecases.commands import NewAction, NewRevision
from service.usecases.importing import import_file
from service.usecases.publishing import Publishing
from tests.plain_git import git
from tests.samples import NOON, action, append, content, entry, story, ticking

# What Unicode's normal forms lengthen, shorten or change for good, and what lines are made of.
_FINE = [
    *("\u0958", "\u0344", "\ufb1d", "\ufa19", "\u212b", "\u1e9b\u0323", "\u0f43"),
    *("\u1112\u1161\u11ab", "\uac00", "e\u0301", "\u00e9", "a\u0316\u0301", "\u034f", "\u200d"),
    *(" ", "\u00a0", "\u3000", "\ufdd0", "\U0001ffff", "\U000e0041", "\ufeff", "\u200b"),
    *("State: removed", "Story-Version: 9", "a: b", '"', "\\", "\\u0041", "神谷", "x"),
]
_FORBIDDEN = [
    *("\u2028", "\x85", "\x1f", "\n", "\r", "\r\n", "\n\n", "\t", "\x7f"),
    *("<", ">", "\ufffe", "\ud800", "\udfff", "\u202e"),
]
_MARKS = ["\u0301", "\u0316", "\u05b0"]
_ORDINARY = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30),
    st.lists(st.sampled_from(_FINE), max_size=12).map("".join),
    st.sampled_from([piece * 300 for piece in _FINE if len(piece) == 1]),
    st.builds(lambda mark: "a" + mark * 300, st.sampled_from(_MARKS)),
)
TEXT = st.one_of(
    *[_ORDINARY] * 3,
    st.text(st.characters(exclude_categories=[]), max_size=30),
    st.lists(st.sampled_from(_FINE + _FORBIDDEN), max_size=12).map("".join),
)


def _sent(text: str) -> dict[str, Any]:
    """A story that says it everywhere."""
    return story(
        title=text,
        summary=text,
        overview=[text],
        sources=[{"name": text, "url": "https://a.example/", "title": text, "leaning": text}],
        faq=[{"question": text, "answer": text}],
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive.open(tmp_path_factory.mktemp("read") / "archive", ticking(), create=True)


@given(text=TEXT, note=TEXT, name=TEXT, reason=TEXT)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_is_stored_as_it_was_sent_or_refused(
    shared: Archive, text: str, note: str, name: str, reason: str
) -> None:
    body = {"content": _sent(text), "note": note, "override_reason": reason}
    try:
        sent = parse(NewRevision, body)
        author = Author(parse(AuthorFields, {"name": name}).name)
    except InvalidInput:
        return
    new = entry(sent.content, note=sent.note, author=author, override=sent.override_reason)
    [added] = append(shared, new).written
    said = shared._git.read_blob(added.blob)
    assert json.loads(said)["title"] == json.loads(said)["overview"][0] == text
    assert story_json.decode(said, BUILT_IN) == sent.content
    assert commits.decode_commit(shared._git.commit(added.commit)) == added
    assert (added.note, added.author) == (note.replace("\r\n", "\n").replace("\r", "\n"), author)


@given(text=TEXT, reason=TEXT, by=TEXT)
@settings(max_examples=100)
def test_an_action_and_a_tombstone_read_back(text: str, reason: str, by: str) -> None:
    body = {"action": "remove", "note": text, "legal_reference": reason, "reason": "privacy"}
    try:
        sent = parse(NewAction, body)
        author = Author(parse(AuthorFields, {"name": by}).name)
    except InvalidInput:
        return
    removal = Removal(Ground.PRIVACY, sent.legal_reference or "", author.name, (2, 3))
    new = action(1, Verb.REMOVE, sent.note, author=author, removal=removal)
    record = commits.write_action(new, "a" * 40, Tip("b" * 40, 4, 3, 2), NOON).record
    assert record.note == sent.note
    grave = tombstone.Tombstone("s", 1, 1, "0" * 64, "x", reason, by, author.name, "t")
    assert tombstone.decode(tombstone.encode(grave)) == grave


@pytest.mark.parametrize("kind", ["note", "author", "override", "content", "created_at"])
def test_what_would_not_read_back_is_refused_before_anything_is_stored(
    archive: Archive, archive_path: Path, kind: str
) -> None:
    """Past the checks of the edges, as a fault of our own would be."""
    unchecked = Content({**content().fields, "title": "\ud800"}, STORY)
    bad: dict[str, Any] = {
        "note": "\udfff",
        "author": Author("a\nState: published"),
        "override": "two\n\nlines",
        "content": unchecked,
        "created_at": NOON.replace(year=1969),
    }
    new = entry(content(), **{kind: bad[kind]}) if kind != "content" else entry(unchecked)
    with pytest.raises(InvalidInput):
        append(archive, new)
    assert archive.index.tips() == {}
    assert git(archive_path, "for-each-ref", "refs/stories") == ""


def test_a_letter_that_its_normal_form_lengthens_is_stored(archive: Archive) -> None:
    longest = content(title="\u0958" * 500)
    assert len(unicodedata.normalize("NFC", longest.title)) == 1_000
    [added] = append(archive, entry(longest)).written
    archive._contents.clear()
    assert archive.content(added) == longest  # type: ignore[arg-type]  # a revision


def test_a_text_of_before_reads_whatever_the_limits_are_now(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = story(title="x" * 900, overview=["x" * 30_000] * 40, analysis=["y"] * 1_500)
    with pytest.raises(InvalidInput):
        parse_content(data)
    stored = story_json.encode(parse_stored(data, STORY), story_json.new_salt())
    assert len(stored) > rules.MAX_STORY_BYTES
    assert story_json.decode(stored, BUILT_IN).title == "x" * 900
    for other in (stored.replace(b"https://", b"javascript:"), stored.replace(b"{", b"[", 1)):
        with pytest.raises(Damaged):
            story_json.decode(other, BUILT_IN)


@pytest.mark.parametrize("bulk_size", [0, 2**30], ids=["bulk", "batch"])
def test_an_import_stores_what_the_file_says(
    archive: Archive, archive_path: Path, tmp_path: Path, bulk_size: int
) -> None:
    lines: list[dict[str, Any]] = []

    @given(TEXT, TEXT)
    @settings(max_examples=80, database=None, derandomize=True)
    def collect(text: str, name: str) -> None:
        value = {"content": _sent(text), "note": text, "author": {"name": name, "email": ""}}
        lines.append({"story": f"s-{len(lines)}", **value})

    collect()
    file = tmp_path / "all.ndjson"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    publishing = Publishing(archive, ticking())
    done = import_file(archive, publishing, file, ticking(), keep_going=True, bulk_size=bulk_size)
    assert done.stored > 5
    assert done.stored + len(done.bad) == len(lines)
    for line in lines:
        if stored := archive.index.newest(line["story"], State.PUBLISHED):
            assert archive.content(stored) == parse_content(line["content"])
            assert stored.note == line["note"].replace("\r\n", "\n").replace("\r", "\n")
    assert archive.verify().findings == ()


@given(TEXT.filter(lambda text: not any("\ud800" <= each <= "\udfff" for each in text)))
def test_a_search_finds_a_text_in_either_form(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    if len(text) < 200:  # a longer run of marks is cut
        assert tokens(forms[0]) == tokens(forms[1])
