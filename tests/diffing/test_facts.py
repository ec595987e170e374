"""Which facts an edit changes: precise rather than eager."""

from typing import Any

import pytest

from service.diffing import Fact, FactKind, compare
from service.diffing.mentions import mentions
from service.diffing.render.labels import fact_line
from service.present import schemas
from tests.diffing.pages import page

Changes = list[tuple[str, str | None, str | None]]


def _facts(old: str, new: str) -> Changes:
    found = compare(page(overview=[old]), page(overview=[new])).facts
    return [(fact.kind, fact.old, fact.new) for fact in found]


ROWS: list[tuple[str, str, Changes]] = [
    ("It cost 57.6 billion.", "It cost 58 billion.", [("number", "57.6 billion", "58 billion")]),
    ("some 9,400 homes", "some 9,600 homes", [("number", "9,400", "9,600")]),
    ("It fell by 5%.", "It fell by 5.5%.", [("number", "5%", "5.5%")]),
    ("It was -5 °C.", "It was -7 °C.", [("number", "-5 °C", "-7 °C")]),
    ("It was -5 °C.", "It was 5 °C.", [("number", "-5 °C", "5 °C")]),
    (
        "He called it “a step” then.",
        "He called it “a great step” then.",
        [("quotation", "“a step”", "“a great step”")],
    ),
    ("It takes 5 years.", "It takes some 5 years.", []),
    ("We met José Núñez.", "We met Jose\u0301 Nu\u0301n\u0303ez.", []),
    ("It’s Jose\u0301’s 5 km.", "It’s José’s 6 km.", [("number", "5 km", "6 km")]),
    ("Nine of us voted.", "Eleven of us voted.", [("number", "Nine", "Eleven")]),
    ("全长28.6公里。", "全长29.1公里。", [("number", "28.6公里", "29.1公里")]),
    ("كلفة 140 مليون", "كلفة 164 مليون", [("number", "140", "164")]),
    ("It opens on 4 May 2026.", "It opens on 5 May 2026.", [("date", "4 May 2026", "5 May 2026")]),
    ("They met on Monday.", "They met on Tuesday.", [("date", "Monday", "Tuesday")]),
    ("于2024年5月4日开幕", "于2024年5月5日开幕", [("date", "2024年5月4日", "2024年5月5日")]),
    (
        "The mayor, Mirela Dusk, left.",
        "The mayor, Mirela Dask, left.",
        [("name", "Mirela Dusk", "Mirela Dask")],
    ),
    (
        "He called it “a first step” then.",
        "He called it “a great step” then.",
        [("quotation", "“a first step”", "“a great step”")],
    ),
    ("他说「很好」。", "他说「不好」。", [("quotation", "「很好」", "「不好」")]),
    ("They did agree to it.", "They did not agree to it.", [("negation", None, "not")]),
    ("It is a big loss.", "It is a big loss, he said.", [("attribution", None, "said")]),
    (
        "See https://a.example/b here.",
        "See https://a.example/c here.",
        [("source", "https://a.example/b", "https://a.example/c")],
    ),
    # Not a change of facts
    ("some 1,200 homes here", "some 1200 homes here", []),
    ("by 5 percent in all", "by 5% in all", []),
    ("He called it “good”, then.", "He called it «good», then.", []),
    ("It was large and slow.", "It was big and slow.", []),
    ("On Monday 12 people came.", "12 people came on Monday.", []),
    ("born February 9, 1983 in Oslo", "born 9 February 1983 in Oslo", []),
    ("opens on 2026-05-04 at noon", "opens on May 4, 2026 at noon", []),
    ("ruled from 300 BC on", "ruled from 200 BC on", [("date", "300 BC", "200 BC")]),
    ("the 2nd century text", "the 3rd century text", [("date", "2nd century", "3rd century")]),
    ("some 12K readers", "some 22K readers", [("number", "12K", "22K")]),
    ("in the v1.4 release", "in the v1.5 release", [("number", "v1.4", "v1.5")]),
    (
        "for US$5 million then",
        "for US$6 million then",
        [("number", "US$5 million", "US$6 million")],
    ),
    ("see /plans/for-1-8-7/a here", "see /plans/for-1-9-7/a here", []),
    ("one among millions here", "one among many here", []),
    ("the U.S. one", "the Royal one", [("name", "U.S.", "Royal")]),
    (
        "some USD 57.6-58 billion for it",
        "some USD 58 billion for it",
        [("number", "USD 57.6-58 billion", "USD 58 billion")],
    ),
    ("ruled 5-4 for it", "ruled 6-3 for it", [("number", "5", "6"), ("number", "4", "3")]),
    ("some 3.5 million tonnes", "some 3,500,000 tonnes", []),
    ("for $1.2bn in all", "for $1.2 billion in all", []),
    ("for $1.2bn in all", "for $1.3bn in all", [("number", "$1.2bn", "$1.3bn")]),
    ("north of 20 deg south", "north of 20° south", []),
    ("on 4 june 1989 it fell", "on 1989 june 4 it fell", []),
    ("a no-frills plan for all", "a frills plan for all", []),
    (
        "They left. All was calm.",
        "They left. None of those who had come to the square that evening was told why the gates"
        " had not been opened, nor by whom, and many waited. All was calm.",
        [],
    ),
    ("the F16 landed safely", "the F18 landed safely", [("name", "F16", "F18")]),
]


@pytest.mark.parametrize(("old", "new", "facts"), ROWS)
def test_facts_of_one_edit(old: str, new: str, facts: Changes) -> None:
    assert _facts(old, new) == facts


def test_a_place_holds_the_fact_in_either_text() -> None:
    old, new = "Well. It cost 57.6 billion.", "Hm. It cost 58 billion."
    (fact,) = compare(page(overview=["x y z", old]), page(overview=["x y z", new])).facts
    assert fact.old_at
    assert fact.new_at
    assert old[fact.old_at.start : fact.old_at.end] == fact.old
    assert new[fact.new_at.start : fact.new_at.end] == fact.new
    assert (fact.old_at.block, fact.new_at.block) == (1, 1)


def test_a_place_in_a_split_paragraph_counts_in_its_own_part() -> None:
    whole = "The council voted nine to six for it. The library will now cost 57.6 million in all."
    parts = [
        "The council voted nine to six for it.",
        "The library will now cost 58 million in all.",
    ]
    (fact,) = compare(page(overview=[whole]), page(overview=parts)).facts
    assert fact.new_at
    assert fact.new_at.block == 1
    assert parts[1][fact.new_at.start : fact.new_at.end] == fact.new == "58 million"


def _all_facts(**sides: tuple[Any, Any]) -> list[Fact]:
    old, new = ({name: both[side] for name, both in sides.items()} for side in (0, 1))
    return list(compare(page(**old), page(**new)).facts)


def test_an_edit_far_into_a_paragraph_has_its_place() -> None:
    before = "It had been talked of for years, in 12 meetings and by Mirela Dusk, " * 4
    after = " as Kamil Haas and 14 others had said in the 9 letters they wrote" * 4
    old, new = f"{before}at 57.6 billion{after}", f"{before}at 58 billion{after}"
    (fact,) = compare(page(overview=[old]), page(overview=[new])).facts
    assert (fact.old, fact.new) == ("57.6 billion", "58 billion")
    assert fact.old_at
    assert fact.new_at
    assert old[fact.old_at.start : fact.old_at.end] == fact.old
    assert new[fact.new_at.start : fact.new_at.end] == fact.new


def test_a_long_quotation_is_shown_whole() -> None:
    words = "we have looked at it from all sides and found nothing that speaks for it " * 3
    old, new = f"He said “{words} now” to us.", f"He said “{words} then” to us."
    (fact,) = compare(page(overview=[old]), page(overview=[new])).facts
    assert (fact.kind, fact.old, fact.new) == ("quotation", f"“{words} now”", f"“{words} then”")


def test_a_headline_is_shown_whole() -> None:
    (fact,) = _all_facts(title=("One thing", "Another thing"))
    assert (fact.kind, fact.old, fact.new) == ("headline", "One thing", "Another thing")


def test_an_added_source_is_shown_by_name_and_address() -> None:
    source = {"name": "Gazette", "url": "https://g.example/"}
    found = _all_facts(sources=([], [source]), source_count=(0, 1))
    assert [(fact.kind, fact.old, fact.new, fact.field) for fact in found] == [
        ("source", None, "Gazette", "name"),
        ("source", None, "https://g.example/", "url"),
    ]


def test_what_only_moved_is_no_change() -> None:
    one, other = "The bill came to 57.6 million crowns.", "Mirela Dusk had asked for another house."
    assert _all_facts(overview=([one, other], [other, one])) == []
    assert _all_facts(overview=([one, other], [other]), analysis=([], [one])) == []


def test_a_name_that_the_story_had_before_is_not_new() -> None:
    old = ["Mirela Dusk is the mayor.", "The vote was close."]
    new = [old[0], "The vote was close, as Mirela Dusk had hoped."]
    assert _all_facts(overview=(old, new)) == []


def test_a_number_that_another_section_still_repeats_is_stale() -> None:
    entry = {"question": "How much?", "answer": "It costs 57.6 billion crowns."}
    old = page(overview=["It costs 57.6 billion crowns."], faq=[entry])
    new = page(overview=["It costs 58 billion crowns."], faq=[entry])
    (stale,) = compare(old, new).stale
    assert (stale.section, stale.text, stale.field) == ("faq", "57.6 billion crowns", "answer")
    assert entry["answer"][stale.at.start : stale.at.end] == stale.text
    changed = {**entry, "answer": "It costs 58 billion crowns."}
    assert compare(old, page(overview=new["overview"], faq=[changed])).stale == ()


def test_a_repeat_with_another_unit_or_none_is_stale_too() -> None:
    old = page(
        overview=["It costs 57.6 billion crowns."], analysis=["The 57.6 billion were debated."]
    )
    new = page(overview=["It costs 58 billion crowns."], analysis=old["analysis"])
    assert [repeat.text for repeat in compare(old, new).stale] == ["57.6 billion"]


def test_the_search_for_stale_repeats_has_a_limit() -> None:
    old = page(
        overview=["It costs 57.6 billion crowns."], analysis=["It is 57.6 billion. " * 900] * 4
    )
    new = page(overview=["It costs 58 billion crowns."], analysis=old["analysis"])
    diff = compare(old, new)
    assert diff.stale
    assert not diff.facts_complete


def test_a_small_bare_number_is_never_called_stale() -> None:
    old = page(overview=["We saw 3 cars."], analysis=["There were 3 reasons."])
    new = page(overview=["We saw 4 cars."], analysis=["There were 3 reasons."])
    assert compare(old, new).stale == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mirela Dusk. It was", [("name", "Mirela Dusk")]),
        ("the Royal Bank of Norway", [("name", "Royal Bank of Norway")]),
        ("However, Oslo won", [("name", "Oslo")]),
        ("in CO2 and B. Smith", [("name", "CO2"), ("name", "B. Smith")]),
        ("visit a.b@c.example now", [("source", "a.b@c.example")]),
        ("in 2023 and 12:30", [("date", "2023"), ("number", "12:30")]),
        ("no one, nor they", [("negation", "no"), ("negation", "nor")]),
    ],
)
def test_mentions(text: str, found: list[tuple[str, str]]) -> None:
    assert [(m.kind, text[m.start : m.end]) for m in mentions(text)] == found


def test_each_kind_of_fact_has_a_rule_that_finds_it() -> None:
    text = "On 4 May Mirela Dusk said: “It is not so,” of 9,400 homes, see www.a.example."
    whole_titles = {FactKind.HEADLINE}
    assert {mention.kind for mention in mentions(text)} | whole_titles == set(FactKind)


@pytest.mark.parametrize("kind", FactKind)
def test_each_kind_of_fact_can_be_shown_and_answered(kind: FactKind) -> None:
    fact = Fact(kind, "overview", "one", "other", None, None)
    assert fact_line(fact) == f"{kind.label} in Overview: one → other"
    answer = schemas.Fact.model_validate(fact)
    assert answer.kind == kind
    assert kind in schemas.Fact.model_json_schema()["properties"]["kind"]["enum"]
