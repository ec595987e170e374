"""What the answers' JSON leaves out, what is null in it, and its order."""

import json

from service.diffing import compare
from service.present import diff_schemas
from tests.diffing.pages import page


def test_a_diff_leaves_out_what_does_not_apply() -> None:
    old = page(overview=["It costs 3 crowns.", "Same."], faq=[{"question": "", "answer": "A."}])
    new = page(overview=["It costs 4 crowns.", "Same."], faq=[{"question": "", "answer": "A."}])
    value = compare(old, new)
    diff = diff_schemas.Diff.of(value).as_dict()
    assert list(diff) == ["sections", "stats", "facts", "stale"]
    sections = {each.pop("section"): each for each in diff["sections"]}
    assert {name for name, each in sections.items() if "count" in each} == {"sources"}
    changed, same = sections["overview"]["blocks"]
    assert list(changed) == list(same) == ["op", "old", "new", "spans"]
    assert same["spans"] == [{"op": "equal", "text": "Same."}]
    [entry] = sections["faq"]["blocks"]
    assert entry["fields"] == {"question": [], "answer": [{"op": "equal", "text": "A."}]}
    [fact] = diff["facts"]
    assert list(fact) == ["kind", "section", "old", "new", "old_at", "new_at"]
    assert fact["old_at"] == [0, 9, 17]
    incomplete = diff_schemas.Diff.of(value._replace(facts_complete=False)).as_dict()
    assert list(incomplete) == ["facts_complete", *diff]


def test_json_text_and_json_values_are_the_same() -> None:
    diff = diff_schemas.Diff.of(compare(page(title="A “b” \\ é 日本"), page(title='A "c" é 日本')))
    compact = json.dumps(diff.as_dict(), ensure_ascii=False, separators=(",", ":"))
    assert diff.as_json() == compact
