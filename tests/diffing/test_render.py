"""The forms of a diff besides JSON and pages: a patch that applies, a redline."""

import subprocess
from pathlib import Path

from hypothesis import given, settings

from service.diffing import Page, compare
from service.diffing.render.markdown import redline
from service.diffing.render.unified import page_lines, unified
from tests.diffing.pages import page, pages, values
from tests.profiles import examples

OLD = page(
    overview=[
        "It will cost 57.6 million.",
        "Nine to six it went.",
        "Readers had asked for it then.",
    ],
    faq=[{"question": "Why?", "answer": "It cost 57.6 million."}],
)
NEW = page(
    overview=["Readers had asked for it then.", "It will cost 58 million.", "Nine to six it went."],
    faq=values(OLD)["faq"],
    source_count=1,
)


def _applied(old: Page, patch: str, folder: Path) -> list[str]:
    (folder / "story").write_text("\n".join(page_lines(old)) + "\n")
    command = ["git", "apply", "-p0", "--unidiff-zero", "-"]
    subprocess.run(command, input=patch, text=True, cwd=folder, check=True)
    return (folder / "story").read_text().removesuffix("\n").split("\n")


def test_a_unified_diff_applies(tmp_path: Path) -> None:
    patch = unified(compare(OLD, NEW), "story", "story")
    assert "-It will cost 57.6 million.\n" in patch
    assert _applied(OLD, patch, tmp_path) == page_lines(NEW)


def test_it_has_hunks_with_three_lines_around(tmp_path: Path) -> None:
    far = [f"Paragraph {number} says what it says." for number in range(30)]
    changed = [*far[:3], "Here is another one.", *far[4:28], "And here.", *far[29:]]
    patch = unified(compare(page(overview=far), page(overview=changed)), "story", "story")
    assert patch.count("@@ -") == 2
    assert _applied(page(overview=far), patch, tmp_path)[6] == "Here is another one."


@settings(max_examples=examples(200))
@given(pages, pages)
def test_its_hunks_make_the_new_page_of_the_old_one(old: Page, new: Page) -> None:
    before, after = page_lines(old), page_lines(new)
    made: list[str] = []
    at = 0
    for line in unified(compare(old, new), "a", "b").splitlines()[2:]:
        if line.startswith("@@"):
            start, length = map(int, line.split()[1][1:].split(","))
            until = start - (length > 0)
            made += before[at:until]
            at = until
        else:
            if line[0] in " -":
                assert line[1:] == before[at]
                at += 1
            if line[0] in " +":
                made.append(line[1:])
    assert made + before[at:] == after


def test_a_patch_keeps_the_lines_of_a_record_that_are_the_same() -> None:
    source = {"name": "Gazette", "url": "https://g.example/1", "title": "A vote"}
    old, new = page(sources=[source]), page(sources=[source | {"url": "https://g.example/2"}])
    lines = unified(compare(old, new), "a", "b").splitlines()
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-https://g.example/1",
        "+https://g.example/2",
    ]


def test_a_redline_marks_what_was_removed_and_added() -> None:
    text = redline(compare(OLD, NEW), "story")
    assert "- Number in Overview: 57\\.6 → 58 million" in text
    assert "- FAQ still says 57\\.6 million" in text
    assert "> It will cost [-<del>57\\.6</del>-]{+<ins>58</ins>+} million\\." in text
    assert "*Moved: was paragraph 3, now 1*" in text
    assert "Count: [-<del>0</del>-]{+<ins>1</ins>+}" in text


def test_a_story_s_own_text_makes_no_mark_up() -> None:
    text = redline(compare(page(title="<b>*x*</b>"), page(title="[y](z)")), "`t`")
    assert "<b>" not in text
    assert "\\<b\\>\\*x\\*\\</b\\>" in text
    assert "\\[y\\]\\(z\\)" in text
    assert text.startswith("# \\`t\\`")
