"""Other differs of prose, over the same pairs: how long they take, what they mark.

A mark is (op, text): a run of what went ("-") or came ("+"), of one paragraph.
"""

import json
import re
import shutil
import subprocess
import tempfile
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import regex
from diff_match_patch import diff_match_patch

from service.diffing import Page, difference
from service.diffing.tokenizer import is_word, tokenize

Marks = list[tuple[str, str]]


def text(page: Page) -> str:
    return "\n".join(unit[0] for unit in page.sections["overview"].units)


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


def runs_of_words(marks: Marks) -> int:
    """The same without those of space and punctuation alone."""
    return sum(1 for _, part in marks for line in part.split("\n") if plain_words(line))


plain_words = re.compile(r"\w+").findall
"""A ruler that isn't ours: letters, digits and underscores in a row. A link is several words; so is
a word of Hindi, whose vowel signs aren't letters; a clause of Chinese is one.
"""


def our_words(part: str) -> list[str]:
    return [token for token in tokenize(part) if is_word(token)]


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


Line = dict[str, Any]
_OF_A_LINE = {1: "+", 2: "-"}
_MOVED_AWAY = 4
_OF_A_RANGE = {0: "+", 1: "-"}


def wikidiff2(pairs: list[tuple[Page, Page]]) -> list[tuple[float, list[Line]]] | None:
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


def wikidiff2_marks(lines: list[Line]) -> Marks:
    """Of a line that came or went all of it; of one that changed, or moved here, its ranges."""
    marks: Marks = []
    for line in lines:
        if line["type"] in _OF_A_LINE:
            marks.append((_OF_A_LINE[line["type"]], line["text"]))
        elif line["type"] != _MOVED_AWAY:
            told = line["text"].encode()
            for each in line.get("highlightRanges", []):
                part = told[each["start"] : each["start"] + each["length"]]
                marks.append((_OF_A_RANGE[each["type"]], part.decode(errors="replace")))
    return marks
