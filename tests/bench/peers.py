"""Other differs of prose, over the same pairs: how long they take, what they mark.

A mark is (op, text): a run of what went ("-") or came ("+"), of one paragraph.
"""

import json
import shutil
import subprocess
import tempfile
from difflib import SequenceMatcher
from pathlib import Path

import regex
from diff_match_patch import diff_match_patch

from service.diffing import Page, difference
from service.diffing.tokenizer import tokenize

Marks = list[tuple[str, str]]


def text(page: Page) -> str:
    return "\n".join(page["overview"])


def ours(old: Page, new: Page) -> Marks:
    return [
        ("-" if span.op == "delete" else "+", span.text)
        for section in difference(old, new).sections
        for block in section.changes
        for span in block.spans
        if span.op != "equal"
    ]


def difflib_words(old: Page, new: Page) -> Marks:
    """The usual way: words of the whole text, the space between them too."""
    a, b = (regex.findall(r"\s+|\S+", text(page)) for page in (old, new))
    marks: Marks = []
    for op, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if op != "equal":
            marks += [("-", "".join(a[i:j])), ("+", "".join(b[k:m]))]
    return marks


def semantic(old: Page, new: Page) -> Marks:
    """diff-match-patch on characters, without its clock, and its semantic clean-up."""
    engine = diff_match_patch()
    engine.Diff_Timeout = 0
    diffs = engine.diff_main(text(old), text(new))
    engine.diff_cleanupSemantic(diffs)
    return [("-" if op < 0 else "+", part) for op, part in diffs if op]


def git_words(old: Page, new: Page) -> Marks:
    with tempfile.TemporaryDirectory() as folder:
        for name, page in (("a", old), ("b", new)):
            (Path(folder) / name).write_text(text(page) + "\n")
        command = ["git", "diff", "--no-index", "--word-diff=porcelain", "-U0", "a", "b"]
        told = subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout
    lines = told.decode(errors="replace").split("\n")
    body = lines[next((n for n, line in enumerate(lines) if line[:2] == "@@"), len(lines)) :]
    return [(line[0], line[1:]) for line in body if line[:1] in ("-", "+")]


def runs(marks: Marks) -> int:
    """Marks that a reader sees: a mark over several paragraphs is one in each of them."""
    return sum(1 for _, part in marks for line in part.split("\n") if line.strip())


def words(marks: Marks) -> int:
    return sum(any(map(str.isalnum, token)) for _, part in marks for token in tokenize(part))


_WIKIDIFF2 = """
while (($line = fgets(STDIN)) !== false) {
  [$a, $b] = json_decode($line, true);
  $best = INF;
  for ($k = 0; $k < 3; $k++) {
    $start = hrtime(true);
    $told = wikidiff2_inline_json_diff($a, $b, 0);
    $best = min($best, hrtime(true) - $start);
  }
  echo json_encode([$best / 1e9, json_decode($told, true)["diff"]]), "\\n";
}
"""


def wikidiff2(pairs: list[tuple[Page, Page]]) -> list[tuple[float, list[dict[str, object]]]] | None:
    """(seconds, lines told) of each pair; None where PHP lacks the extension."""
    php = shutil.which("php")
    if (
        not php
        or b"wikidiff2" not in subprocess.run([php, "-m"], capture_output=True, check=True).stdout
    ):
        return None
    lines = "\n".join(json.dumps([text(old) + "\n", text(new) + "\n"]) for old, new in pairs)
    told = subprocess.run(
        [php, "-r", _WIKIDIFF2], input=lines, text=True, capture_output=True, check=True
    )
    return [(seconds, lines) for seconds, lines in map(json.loads, told.stdout.splitlines())]
