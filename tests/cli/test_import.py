"""Importing files: a page's text, JSON content, NDJSON."""

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_store.archive import Archive
from repo_store.history.records import Verb
from repo_store.story.content import Content
from service.wiring import now
from tests.cli.conftest import PAGE, Run, line, ndjson
from tests.present.test_story_text import CONTENTS
from tests.redactions import removal, remove
from tests.samples import action, story, ticking


def _one_line(stderr: str) -> str:
    assert stderr.count("\n") == 1, stderr
    return stderr


@pytest.mark.parametrize("form", [PAGE, PAGE.replace("\n", "\r\n"), "\ufeff" + PAGE, PAGE.strip()])
def test_a_page_s_text_becomes_a_published_story(run: Run, page: Path, form: str) -> None:
    page.write_bytes(form.encode())
    done = run("import", page)
    assert done.returncode == 0
    assert done.stdout == "page.txt: 1 stored, 0 unchanged (night-trains-return)\n"
    found = run("show", "night-trains-return", "--json").json
    assert (found["version"], found["state"]) == (1, "published")
    assert found["content"] == {
        "title": "Night trains return",
        "summary": "The first leaves on Friday.",
        "overview": ["Night trains to the coast run again from Friday.", "A bed costs 60 crowns."],
        "analysis": ["Reported alike by all."],
        "sources": [],
        "source_count": 3,
        "faq": [
            {"question": "How long does it take?", "answer": "The journey takes eight hours."},
            {"question": "", "answer": "A bed must be booked."},
        ],
    }


def test_a_command_opens_only_the_files_it_needs(run: Run, page: Path, archive_path: Path) -> None:
    run("import", page)
    run("show", "night-trains-return")
    assert not (archive_path / "accounts.db").exists()
    assert not (archive_path / "provenance.db").exists()


def test_listed_sources_are_a_name_a_title_and_a_url(run: Run, page: Path) -> None:
    listed = (
        "Sources (3)\nCourier https://a.example/1\nHerald — Beds are back — https://b.example/2"
    )
    page.write_text(PAGE.replace("Sources (3)", listed))
    run("import", page)
    content = run("show", "night-trains-return", "--json").json["content"]
    assert content["source_count"] == 3
    assert content["sources"] == [
        {"name": "Courier", "url": "https://a.example/1"},
        {"name": "Herald", "url": "https://b.example/2", "title": "Beds are back"},
    ]


def test_what_show_prints_can_be_imported_again(run: Run, page: Path) -> None:
    run("import", page)
    page.write_text(run("show", "night-trains-return").stdout)
    assert "0 stored, 1 unchanged" in run("import", page).stdout


ODD = story(
    title="{Overview}",
    summary=" ",
    overview=["FAQ", "\\FAQ", "Sources (3)", " a\u00a0", "\ufeffb", "c \u200fd \\u200f"],
    sources=[
        {"name": "A — B", "url": "HTTPS://a.example/", "title": "leaning: C", "leaning": " D"},
        {"name": "— ", "url": "https://a.example/\\", "leaning": "— leaning: E —"},
    ],
    source_count=1_000_000,
    faq=[
        {"question": "Who pays", "answer": "Who not?"},
        {"question": "\\Why?", "answer": "? \\"},
        {"question": "  ", "answer": "\\? x"},
    ],
)


def test_whatever_is_printed_can_be_imported_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(json.dumps(ODD))
    assert run("import", tmp_path / "odd.json").returncode == 0
    (tmp_path / "shown.txt").write_text(run("show", "overview").stdout)
    run("export", "overview", "-o", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as export:
        said = export.read("overview/data/stories/overview/versions/0001.txt")
    (tmp_path / "exported.txt").write_bytes(said)
    for name in ("shown.txt", "exported.txt"):
        done = run("import", tmp_path / name)
        assert done.stdout == f"{name}: 0 stored, 1 unchanged (overview)\n", done.stderr
    assert run("show", "overview", "--json").json["content"] == ODD


@given(said=st.lists(CONTENTS, min_size=12, max_size=12))
@settings(
    max_examples=1,
    derandomize=True,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)
def test_so_can_any_content(run: Run, tmp_path: Path, said: list[Content]) -> None:
    for number, each in enumerate(said):
        (tmp_path / "a.json").write_text(json.dumps(each.fields))
        assert run("import", tmp_path / "a.json", "--id", f"s-{number}").returncode == 0
        (tmp_path / "a.txt").write_text(run("show", f"s-{number}").stdout)
        assert "0 stored, 1 unchanged" in run("import", "a.txt", "--id", f"s-{number}").stdout


def test_a_changed_page_becomes_the_next_version(run: Run, page: Path) -> None:
    run("import", page)
    page.write_text(PAGE.replace("60 crowns", "68 crowns"))
    assert "1 stored" in run("import", page).stdout
    diff = run("diff", "night-trains-return", "1", "2").stdout
    assert "A bed costs [-60-]{+68+} crowns." in diff


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE.replace("Analysis\n", ""), "the heading “Analysis” is missing"),
        (PAGE.replace("The first", "One\nThe first"), "line 3: only a title and a summary"),
        (PAGE.replace("Sources (3)", "Sources (3)\nCourier"), "line 10: a source must be"),
        (PAGE.replace("The journey takes eight hours.\nA bed must be booked.\n", ""), "no answer"),
        ("", "the heading “Overview” is missing"),
        (PAGE.replace("bed costs", "bed \u202ecosts"), "Overview, paragraph 2: holds characters"),
        (PAGE.replace("Night trains return", "夜行列车"), "give one with --id"),
    ],
)
def test_a_page_that_cannot_be_parsed_is_refused_with_its_line(
    run: Run, page: Path, text: str, message: str
) -> None:
    page.write_text(text)
    done = run("import", page)
    assert done.returncode == 2
    assert message in _one_line(done.stderr)
    assert run("show", "night-trains-return").returncode == 2


def test_pasted_controls_become_what_was_meant_and_are_said(run: Run, page: Path) -> None:
    text = PAGE.replace("trains return", "\vtrains\x85return", 1).replace("\n\n", "\n\f\n\t")
    text = text.replace("coast run", "coast\trun").replace("from Friday.\n", "from\0 Friday.\u2028")
    text = text.replace("eight hours", "eight\fhours").replace("Reported", "\tReported")
    text = text.replace("(3)\n", "(3)\nCourier\thttps://a.example\n")
    page.write_bytes(text.encode())
    done = run("import", page)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"page.txt: {line}"
        for line in (
            "Title: a vertical tab was left out, a next-line character became a space.",
            "Overview, paragraph 1: a null character was left out, a tab became a space,"
            " a line separator started a new paragraph.",
            "Sources, 1st source: a tab became a space.",
            "FAQ, answer 1: a form feed became a space.",
        )
    ]
    run("import", page, "--id", "again")
    page.write_text(PAGE.replace("Sources (3)", "Sources (3)\nCourier https://a.example"))
    assert "1 unchanged" in run("import", page).stdout


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\f", "\n\f", "\r"])
def test_a_page_whose_lines_end_otherwise_is_read(run: Run, page: Path, end: str) -> None:
    run("import", page)
    page.write_bytes(PAGE.replace("\n", end).encode())
    assert "1 unchanged" in run("import", page).stdout


def test_what_a_program_wrote_is_refused_not_changed(run: Run, tmp_path: Path) -> None:
    tabbed = story(overview=["a\tb"])
    (tmp_path / "a.json").write_text(json.dumps(tabbed))
    named = "Overview, paragraph 1: a tab (U+0009) at character 2 is not allowed"
    assert f"a.json: overview[0]: {named}" in _one_line(run("import", tmp_path / "a.json").stderr)
    file = ndjson(tmp_path / "a.ndjson", line(), {**line(), "content": tabbed})
    assert f"a.ndjson line 2: overview[0]: {named}" in _one_line(run("import", file).stderr)
    file = ndjson(tmp_path / "a.ndjson", line(note="a\nb\x1b"))
    assert "line 1: note: the note, line 2: an escape character" in run("import", file).stderr


def test_an_id_can_be_given(run: Run, page: Path) -> None:
    page.write_text(PAGE.replace("Night trains return", "夜行列车"))
    assert run("import", page, "--id", "trains").returncode == 0
    assert run("show", "trains").stdout.startswith("夜行列车\n")
    assert "id: must be" in _one_line(run("import", page, "--id", "../x").stderr)


# A page under a corrected headline, and pages that share one

CORRECTED = PAGE.replace("Night trains return", "Night trains to return").replace("60", "68")
OTHER = """\
{title}
A strike ends.
Overview
Dockers went back to work after nine weeks, the union said.
Analysis
Reported alike by all.
Sources (0)
FAQ
History
"""


def test_a_page_under_a_corrected_headline_makes_no_second_story(run: Run, page: Path) -> None:
    run("import", page)
    page.write_text(CORRECTED)
    done = run("import", page)
    assert (done.returncode, done.stdout) == (2, "")
    assert _one_line(done.stderr) == (
        "page.txt: id: it looks like “night-trains-return” (Night trains return): 6 of its 6"
        " paragraphs are the same or nearly the same: give --id night-trains-return to record a new"
        " version of that story, or --new or --id night-trains-to-return to make a new story\n"
    )
    assert run("show", "night-trains-to-return").returncode == 2
    assert "1 stored" in run("import", page, "--id", "night-trains-return").stdout
    assert run("show", "night-trains-return", "--json").json["version"] == 2
    assert "1 unchanged" in run("import", page, "--id", "night-trains-return").stdout


@pytest.mark.parametrize("way", [["--new"], ["--id", "night-trains-to-return"]])
def test_it_can_be_a_new_story_all_the_same(run: Run, page: Path, way: list[str]) -> None:
    run("import", page)
    page.write_text(CORRECTED)
    assert "1 stored, 0 unchanged (night-trains-to-return)" in run("import", page, *way).stdout
    taken = run("import", page, "--new")
    assert (taken.returncode, taken.stdout) == (2, "")
    assert "there is a story “night-trains-to-return”" in _one_line(taken.stderr)


def test_a_headline_that_is_an_alias_is_its_story_s(
    run: Run, page: Path, archive_path: Path
) -> None:
    run("import", page)
    with closing(Archive.open(archive_path, now)) as archive, archive.batch() as batch:
        named = {"story": "night-trains-return", "alias": "night-trains-to-return"}
        batch.act(action(1, Verb.ALIAS, **named))
    page.write_text(CORRECTED)
    assert "1 stored, 0 unchanged (night-trains-return)" in run("import", page).stdout


def test_two_stories_that_share_a_title_never_merge(run: Run, page: Path) -> None:
    run("import", page)
    page.write_text(OTHER.format(title="Night trains return"))
    done = run("import", page)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is a story “night-trains-return” with another text" in _one_line(done.stderr)
    assert "give --id night-trains-return" in done.stderr
    assert run("show", "night-trains-return", "--json").json["version"] == 1
    assert "(night-trains-2)" in run("import", page, "--id", "night-trains-2").stdout
    assert "(night-trains-return)" in run("import", page, "--id", "night-trains-return").stdout


def test_a_text_that_is_near_none_makes_a_story(run: Run, page: Path) -> None:
    run("import", page)
    page.write_text(OTHER.format(title="Docks reopen"))
    assert "1 stored, 0 unchanged (docks-reopen)" in run("import", page).stdout


def test_what_only_a_draft_says_is_not_named(run: Run, page: Path, tmp_path: Path) -> None:
    run("import", page, "--id", "other")
    content = run("show", "other", "--json").json["content"]
    draft = {"story": "secret", "content": content, "state": "draft"}
    other = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "drafts")}
    run("import", ndjson(tmp_path / "a.ndjson", draft), environ=other)
    assert "1 stored" in run("import", page, environ=other).stdout


def test_a_page_of_the_story_s_draft_or_of_half_its_text_is_its_next_version(
    run: Run, page: Path, tmp_path: Path
) -> None:
    run("import", page)
    content = run("show", "night-trains-return", "--json").json["content"]
    said = {"overview": ["All is new: a ferry sails instead."], "analysis": ["None agrees."]}
    draft = content | said | {"summary": "", "faq": []}
    line = {"story": "night-trains-return", "content": draft, "state": "draft"}
    run("import", ndjson(tmp_path / "a.ndjson", line))
    (tmp_path / "draft.json").write_text(json.dumps(draft | {"overview": said["overview"] * 2}))
    assert "1 stored" in run("import", tmp_path / "draft.json").stdout
    grown = {"overview": [*said["overview"], *[f"Word{n} by word{n} it grew." for n in range(30)]]}
    (tmp_path / "grown.json").write_text(json.dumps(draft | grown))
    assert "1 stored" in run("import", tmp_path / "grown.json").stdout


def test_a_story_is_found_among_many_of_its_kind(run: Run, tmp_path: Path) -> None:
    def told(number: int) -> dict[str, object]:
        words = [f"{each}{number * 7919 % 100_003}" for each in ("harbour", "quay", "captain")]
        said = [f"The {word} of the town was closed on Friday, said the mayor." for word in words]
        return story(title=f"News {number}", overview=said, analysis=[], faq=[], summary="")

    lines = [{"story": f"news-{number}", "content": told(number)} for number in range(300)]
    run("import", ndjson(tmp_path / "all.ndjson", *lines))
    (tmp_path / "a.json").write_text(json.dumps(told(123) | {"title": "A correction"}))
    assert (
        "looks like “news-123” (News 123): 3 of its 3" in run("import", tmp_path / "a.json").stderr
    )


def test_a_text_without_spaces_is_found_too(run: Run, tmp_path: Path) -> None:
    text = "中国商务部周二宣布禁止向日本出口军民两用物项并立即生效相关公告"
    told = story(title="出口禁令", overview=[text, text[::-1]], analysis=[], faq=[], summary="")
    (tmp_path / "a.json").write_text(json.dumps(told))
    assert "give one with --id" in run("import", tmp_path / "a.json").stderr
    run("import", tmp_path / "a.json", "--id", "ban")
    (tmp_path / "a.json").write_text(
        json.dumps(told | {"title": "禁令", "overview": [text + "。"]})
    )
    done = run("import", tmp_path / "a.json")
    assert "looks like “ban” (出口禁令): 1 of its 1 paragraphs" in _one_line(done.stderr)
    assert "or another --id to make a new story" in done.stderr


def test_a_story_whose_text_was_removed_is_not_guessed_at(
    run: Run, page: Path, archive_path: Path
) -> None:
    run("import", page)
    with closing(Archive.open(archive_path, now)) as archive:
        remove(archive, removal(1, story="night-trains-return"))
    assert "give --id night-trains-return" in run("import", page).stderr
    page.write_text(CORRECTED)
    assert "1 stored" in run("import", page).stdout


def test_an_ndjson_file_names_its_stories_itself(run: Run, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", line("one"), line("two"))
    assert "--new: an NDJSON file names" in _one_line(run("import", file, "--new").stderr)
    refused = run("import", file, "--shape", "article")
    assert "--shape: an NDJSON file names its shapes itself" in _one_line(refused.stderr)
    assert "2 stored" in run("import", file).stdout


def test_json_content_is_imported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "story.json"
    path.write_text(json.dumps(story(), indent=2))
    assert run("import", path, "--id", "library").returncode == 0
    assert run("show", "library", "--json").json["content"] == story()
    path.write_text(json.dumps(story(overview=[1])))
    assert "story.json: overview[0]: must be text" in _one_line(run("import", path).stderr)


def test_ndjson_is_a_revision_a_line_in_the_file_s_order(run: Run, tmp_path: Path) -> None:
    file = ndjson(
        tmp_path / "all.ndjson",
        line(title="One", created_at="2020-01-01T10:00:00+02:00", author={"name": "A. Writer"}),
        line("other", title="Elsewhere"),
        line(title="One"),
        line(title="Two", note="Why", kind="correction", created_at="2021-01-01T00:00:00Z"),
        line(title="Three", state="draft"),
    )
    done = run("import", file)
    assert done.stdout == "all.ndjson: 4 stored, 1 unchanged (library, other)\n"
    second, first = run("log", "library", "--json").json["items"]
    assert (first["created_at"], first["author"]) == ("2020-01-01T08:00:00Z", {"name": "A. Writer"})
    assert (second["note"], second["kind"], second["version"]) == ("Why", "correction", 2)
    assert run("show", "library", "r3", "--json").json["state"] == "draft"
    assert run("verify").returncode == 0


BAD = [
    ("no json", "not readable JSON"),
    (line(kind="typo"), "kind: "),
    (line("../x"), "id: must be"),
    ({"story": "x"}, "content: missing"),
    (line(author={"name": "a <b>"}), "author.name: must not contain < or >"),
    (line(created_at="2020-01-01T10:00:00"), "created_at: "),
    (line(created_at="1960-01-01T10:00:00Z"), "created_at: "),
    (line(created_at="9999-12-31T23:59:59-14:00"), "created_at: must be from 1970 to 9999, in UTC"),
    (line(created_at="0001-01-01T00:00:00+14:00"), "created_at: must be from 1970 to 9999, in UTC"),
    (line(extra=1), "extra: unknown field"),
    (line(title=""), "title: must not be blank"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_with_a_bad_line_nothing_of_the_file_is_stored(
    run: Run, tmp_path: Path, bad: dict[str, object] | str, message: str
) -> None:
    file = ndjson(tmp_path / "all.ndjson", line(title="One"), bad, line(title="Two"))
    done = run("import", file)
    assert done.returncode == 2
    assert _one_line(done.stderr).startswith("all.ndjson line 2: ")
    assert message in done.stderr
    assert run("show", "library").returncode == 2


def test_keep_going_stores_the_good_lines_and_says_which_were_bad(run: Run, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "all.ndjson", line(title="One"), "bad", line(title="Two"), "worse")
    done = run("import", "--keep-going", file)
    assert done.returncode == 2
    assert [message.split(":")[0] for message in done.stderr.splitlines()] == [
        "all.ndjson line 2",
        "all.ndjson line 4",
    ]
    assert "2 stored, 0 unchanged, 2 refused" in done.stdout
    assert run("show", "library", "--json").json["version"] == 2


def test_a_missing_file_is_reported(run: Run) -> None:
    done = run("import", "nowhere.txt")
    assert done.returncode == 2
    assert "nowhere.txt" in _one_line(done.stderr)


def test_a_file_paints_nothing_on_the_terminal(run: Run, tmp_path: Path) -> None:
    bad = line(title="One") | {"\x1b[31mred\u202e\x9b": 1}
    done = run("import", ndjson(tmp_path / "a.ndjson", bad))
    assert _one_line(done.stderr).isascii()
    assert r"\u001b[31mred\u202e\u009b: unknown field" in done.stderr


def test_times_that_run_backwards_are_refused_with_their_line_or_marked(
    run: Run, tmp_path: Path
) -> None:
    days = ("2020-05-03", "2020-05-02", "2020-05-04")
    lines = [line(title=day, created_at=f"{day}T10:00:00Z") for day in days]
    file = ndjson(tmp_path / "back.ndjson", *lines)
    refused = run("import", file)
    assert refused.returncode == 2
    assert "back.ndjson line 2: created_at: is before an earlier version" in refused.stderr
    assert run("log", "library").returncode == 2, "nothing was stored"
    assert run("import", "--out-of-order", file).returncode == 0
    found = run("log", "library", "--json").json["items"]
    assert [each.get("out_of_order", False) for each in found] == [False, True, False]
    assert run("log", "library").stdout.count("out of order") == 1
    shown = run("show", "library", "2", "--json").json
    assert shown["recorded_at"] > "2026"
    assert "library r2 (version 2): out of order" in run("verify").stdout
    assert len(run("verify", "--json").json["out_of_order"]) == 1


def test_a_line_ahead_of_the_clock_is_refused(run: Run, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", line(created_at="2036-01-01T00:00:00Z", state="draft"))
    assert "line 1: created_at: is ahead of the clock" in run("import", file).stderr
    assert run("import", "--out-of-order", file).returncode == 0


def test_a_line_of_an_alias_is_the_story_s(run: Run, tmp_path: Path, archive_path: Path) -> None:
    run("import", ndjson(tmp_path / "a.ndjson", line(title="One")))
    with closing(Archive.open(archive_path, ticking())) as archive, archive.batch() as batch:
        batch.act(action(1, Verb.ALIAS, alias="lib"))
    for name in ("b.ndjson", "c.ndjson"):
        assert run("import", ndjson(tmp_path / name, line("lib", title=name))).returncode == 0
    assert [each["version"] for each in run("log", "library", "--json").json["items"]] == [3, 2, 1]


HTML = """<!doctype html><html lang="en"><head><title>Night trains return</title>
<meta property="article:published_time" content="2024-05-04T10:00:00Z">
<meta property="article:modified_time" content="2024-05-06T10:00:00Z"></head>
<body><article><h1>Night trains return</h1><p>The first leaves on <b>Friday</b>.</p>
<script>x()</script></article></body></html>"""


def test_a_page_s_html_becomes_an_article_and_what_is_left_out_is_named(
    run: Run, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(HTML)
    done = run("import", page)
    assert done.stdout == "page.html: 1 stored, 0 unchanged (night-trains-return)\n"
    assert done.stderr == "page.html: left out: script (1)\n"
    found = run("show", "night-trains-return", "--json").json
    assert found["created_at"] == "2024-05-04T10:00:00Z"
    assert found["content"] == {
        "shape": "article",
        "title": "Night trains return",
        "language": "en",
        "body": ["The first leaves on **Friday**."],
    }
    page.write_text(HTML.replace("Friday", "Saturday"))
    assert run("import", page, "--id", "night-trains-return").returncode == 0
    assert run("show", "night-trains-return", "--json").json["created_at"] == "2024-05-06T10:00:00Z"


def test_html_stands_in_place_of_markdown_in_json_and_ndjson(run: Run, tmp_path: Path) -> None:
    content = {
        "shape": "article",
        "title": "Night trains return",
        "body_html": "<p>The first leaves on <b>Friday</b>.<script>x()</script>",
    }
    single = tmp_path / "page.json"
    single.write_text(json.dumps(content))
    done = run("import", single)
    assert (done.returncode, done.stderr) == (0, "page.json: left out: script (1)\n")
    two = [line("one", content=content), line("two", content=content)]
    done = run("import", ndjson(tmp_path / "a.ndjson", *two))
    assert (done.returncode, done.stderr) == (0, "a.ndjson: left out: script (2)\n")
    for name in ("night-trains-return", "two"):
        shown = run("show", name, "--json").json["content"]
        assert shown["body"] == ["The first leaves on **Friday**."]
    bad = {**content, "body_html": f"<p>{'a' * 20_001}"}
    done = run("import", ndjson(tmp_path / "b.ndjson", line("three", content=bad)))
    assert done.returncode == 2
    assert "b.ndjson line 1: body_html: block 1, “aaaa" in _one_line(done.stderr)


@pytest.mark.parametrize("name", ["page.html", "page.json"])
def test_a_shape_is_for_a_page_s_text(run: Run, tmp_path: Path, name: str) -> None:
    page = tmp_path / name
    page.write_text(HTML if name == "page.html" else json.dumps(story()))
    done = run("import", page, "--shape", "article")
    assert done.returncode == 2
    assert "--shape: is for a page's text: " in _one_line(done.stderr)
    foreign = run("import", page, "--shape", "article", "--from", "jsonld")
    assert (foreign.returncode, "--shape is for pages" in foreign.stderr) == (2, True)


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><meta charset=iso-8859-2><h1>\xb1</h1>",
        b"<!-- a --><html><title>\xc4\x85</title>",
        b"\xef\xbb\xbf<body><h1>&#261;</h1>",
    ],
)
def test_html_is_known_by_how_it_begins_and_read_in_its_encoding(
    run: Run, tmp_path: Path, page: bytes
) -> None:
    (tmp_path / "page").write_bytes(page)
    assert run("import", tmp_path / "page", "--id", "a").returncode == 0
    assert run("show", "a", "--json").json["content"]["title"] == "ą"
