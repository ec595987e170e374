"""The diff as a unified diff of the two pages' lines, which `patch` and `git apply` accept."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from service.diffing import rebuild
from service.diffing.page import Page, SectionSpec
from service.diffing.types import Block, Diff, Same

_CONTEXT = 3
_Opcodes = list[tuple[str, int, int, int, int]]


def page_lines(page: Page) -> list[str]:
    """A page as plain lines: a heading for each section, then one line a paragraph or field."""
    lines = []
    for spec in page.specs.values():
        lines += _heading(page, spec)
        for block in _blocks(page, spec):
            lines += block
    return lines


def unified(diff: Diff, old_name: str, new_name: str) -> str:
    """Empty if the pages are the same. A move is a removal and an addition."""
    old, new = rebuild.old_page(diff), rebuild.new_page(diff)
    before, after = page_lines(old), page_lines(new)
    if before == after:
        return ""
    matcher = SequenceMatcher(None, "", "", autojunk=False)
    # The opcodes come from the diff; difflib only groups them into hunks. Its type stubs lack the
    # attribute that holds them.
    matcher.opcodes = _opcodes(diff, old, new)  # type: ignore[attr-defined]  # see above
    lines: list[str] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        (_, i, _, j, _), (_, _, stop_i, _, stop_j) = group[0], group[-1]
        lines.append(f"@@ -{_range(i, stop_i)} +{_range(j, stop_j)} @@")
        for op, i1, i2, j1, j2 in group:
            if op == "equal":
                lines += [f" {line}" for line in before[i1:i2]]
            else:
                lines += [f"-{line}" for line in before[i1:i2]]
                lines += [f"+{line}" for line in after[j1:j2]]
    return "\n".join([f"--- {old_name}", f"+++ {new_name}", *lines]) + "\n"


def _opcodes(diff: Diff, old: Page, new: Page) -> _Opcodes:
    opcodes: _Opcodes = []
    at_i = at_j = 0
    for i, j, length in _kept(diff, old, new):
        if at_i < i or at_j < j:
            opcodes.append(("replace", at_i, i, at_j, j))
        if length and opcodes and opcodes[-1][0] == "equal":
            _, start_i, _, start_j, _ = opcodes.pop()
            opcodes.append(("equal", start_i, i + length, start_j, j + length))
        elif length:
            opcodes.append(("equal", i, i + length, j, j + length))
        at_i, at_j = i + length, j + length
    return opcodes


def _kept(diff: Diff, old: Page, new: Page) -> Iterator[tuple[int, int, int]]:
    """(old line, new line, number) of the headings and blocks that stay, and of the end."""
    i = j = 0
    for section in diff.sections:
        spec = section.spec
        one, two = (_heading(page, spec) for page in (old, new))
        if one == two:
            yield i, j, len(one)
        i, j = i + len(one), j + len(two)
        starts_i, i = _starts(_blocks(old, spec), i)
        starts_j, j = _starts(_blocks(new, spec), j)
        for run in section.runs:
            if isinstance(run, Same):
                x, y = run.old, run.new
                yield starts_i[x], starts_j[y], starts_i[x + len(run.units)] - starts_i[x]
            elif run.op == "changed" and spec.of_records:
                (x,), (y,) = run.old, run.new
                yield from _fields_kept(run, spec.required, starts_i[x], starts_j[y])
    yield i, j, 0


def _fields_kept(
    block: Block, required: tuple[str, ...], i: int, j: int
) -> Iterator[tuple[int, int, int]]:
    """The lines of a changed record whose field is the same; each field present is one line."""
    for name, spans in block.texts.items():
        ops = {span.op for span in spans}
        if ops <= {"equal"}:
            yield i, j, 1
        i += name in required or ops != {"insert"}
        j += name in required or ops != {"delete"}


def _starts(blocks: list[list[str]], at: int) -> tuple[list[int], int]:
    starts = [at]
    for block in blocks:
        at += len(block)
        starts.append(at)
    return starts, at


def _heading(page: Page, spec: SectionSpec) -> list[str]:
    if spec.headless or (spec.optional and not any(map(any, page.units(spec)))):
        return []
    return [f"{spec.label} ({page.source_count})" if spec.cites else spec.label]


def _blocks(page: Page, spec: SectionSpec) -> list[list[str]]:
    return [[text for _, text in spec.present_fields(unit)] for unit in page.units(spec)]


def _range(start: int, stop: int) -> str:
    length = stop - start
    return f"{start + 1 if length else start},{length}"
