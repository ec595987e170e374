"""Which facts an edit changes: precise rather than eager."""

from typing import Any

import pytest

from service.diffing import Fact, FactKind, compare
from service.diffing.mentions import mentions
from service.diffing.quotations import quotations
from service.diffing.render.fact_lines import Edit, line_text
from service.present import schemas
from tests.diffing.pages import SPECS, page, values

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
    ("It is a big loss.", "It is a big loss, he said.", [("attribution", None, "he said")]),
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
    ("two-thirds of it", "three-quarters of it", [("number", "two-thirds", "three-quarters")]),
    ("Berg, 34, won", "Berg, 43, won", [("number", "34", "43")]),
    ("They won 3-1 at home.", "They won 1-3 at home.", [("order", "3", "1"), ("order", "1", "3")]),
    ("up to €5bn now", "up to €6bn now", [("number", "€5bn", "€6bn")]),
    ("some Rs 5 crore then", "some Rs 6 crore then", [("number", "5 crore", "6 crore")]),
    ("It opens at noon.", "It opens at midnight.", [("time", "noon", "midnight")]),
    ("It ended in May.", "It ended in June.", [("date", "May", "June")]),
    ("the 1980s music", "the 1990s music", [("date", "1980s", "1990s")]),
    ("‘No comment,’ he said.", "‘No way,’ he said.", [("quotation", "‘No comment,’", "‘No way,’")]),
    (
        "Он сказал: «Мы победим».",
        "Он сказал: «Мы проиграем».",
        [("quotation", "«Мы победим»", "«Мы проиграем»")],
    ),
    ("the 21st try", "the 22nd try", [("number", "21st", "22nd")]),
    ("كلفة ٣٥ مليون", "كلفة ٥٣ مليون", [("number", "٣٥", "٥٣")]),
    ("a ½ share", "a ¼ share", [("number", "½", "¼")]),
    ("It was -5 then", "It was 5 then", [("number", "-5", "5")]),
    (
        "according to police sources",
        "according to witnesses sources",
        [("attribution", "according to police", "according to witnesses")],
    ),
    (
        "according to police, it fell",
        "according to witnesses, it fell",
        [("attribution", "according to police", "according to witnesses")],
    ),
    ("police said so", "witnesses said so", [("attribution", "police said", "witnesses said")]),
    ("He said so.", "She said so.", [("attribution", "He said", "She said")]),
    (
        "“We won,” Berg said. “We lost,” Dahl said.",
        "“We won,” Dahl said. “We lost,” Berg said.",
        [("order", "Berg", "Dahl"), ("order", "Dahl", "Berg")],
    ),
    ("They can go.", "They cannot go.", [("negation", None, "cannot")]),
    ("It is true.", "It isn't true.", [("negation", None, "isn't")]),
    (
        "See example.org for it.",
        "See example.com for it.",
        [("source", "example.org", "example.com")],
    ),
    (
        "Write to info(at)example.org now.",
        "Write to news(at)example.org now.",
        [("source", "info(at)example.org", "news(at)example.org")],
    ),
    (
        "See example.org/a now",
        "See example.org/b now",
        [("source", "example.org/a", "example.org/b")],
    ),
    ("a 15-year-old boy", "a 16-year-old boy", [("number", "15-year-old", "16-year-old")]),
    (
        "between 5 and 10 percent",
        "between 5 and 12 percent",
        [("number", "10 percent", "12 percent")],
    ),
    ("one in five homes", "one in ten homes", [("number", "five", "ten")]),
    (
        "The minister denied it.",
        "The minister confirmed it.",
        [("attribution", "minister denied", "minister confirmed")],
    ),
    ("They did not agree.", "They did agree.", [("negation", "not", None)]),
    ("日本は三百人を派遣した。", "日本は五百人を派遣した。", [("number", "三百人", "五百人")]),
    ("它有12个房间", "它有13个房间", [("number", "12个", "13个")]),
    (
        "„Wir gewinnen“, sagte Berg.",
        "„Wir verlieren“, sagte Berg.",
        [("quotation", "„Wir gewinnen“", "„Wir verlieren“")],
    ),
    ("Er kam nicht.", "Er kam.", [("negation", "nicht", None)]),
    ("Il a gagné le 4 juin.", "Il a gagné le 5 juin.", [("date", "4 juin", "5 juin")]),
    (
        "Anna Berg and Ole Dahl met.",
        "Anna Berg and Ole Dal met.",
        [("name", "Ole Dahl", "Ole Dal")],
    ),
    ("It ran from 9am to 5pm.", "It ran from 9am to 6pm.", [("time", "5pm", "6pm")]),
    ("Iran replied.", "Iraq replied.", [("name", "Iran", "Iraq")]),
    ("The White House said no.", "The Kremlin said no.", [("name", "White House", "Kremlin")]),
    ("Berg said he would go.", "Dahl said he would go.", [("name", "Berg", "Dahl")]),
    ("Officials said 3 died.", "Officials said 5 died.", [("number", "3", "5")]),
    (
        "5 people died and 3 were hurt.",
        "3 people died and 5 were hurt.",
        [("order", "5", "3"), ("order", "3", "5")],
    ),
    (
        "It cost 1.234.567 euros.",
        "It cost 1.234.568 euros.",
        [("number", "1.234.567 euros", "1.234.568 euros")],
    ),
    ("room 101", "room 102", [("number", "101", "102")]),
    (
        "'It's over', she said",
        "'It's done', she said",
        [("quotation", "'It's over'", "'It's done'")],
    ),
    (
        "the €5-6 million plan",
        "the €5-7 million plan",
        [("number", "€5-6 million", "€5-7 million")],
    ),
    ("The first came.", "The second came.", [("number", "first", "second")]),
    ("see the 3rd of May", "see the 4th of May", [("date", "3rd of May", "4th of May")]),
    ("100% sure", "99.9% sure", [("number", "100%", "99.9%")]),
    ("a two-year deal", "a three-year deal", [("number", "two-year", "three-year")]),
    ("two hundred people", "300 people", [("number", "two hundred", "300")]),
    ("$1.2 million", "$1.2 billion", [("number", "$1.2 million", "$1.2 billion")]),
    (
        "The Bank of England said",
        "The Bank of Japan said",
        [("name", "Bank of England", "Bank of Japan")],
    ),
    # The same, written in another way, or moved
    ("half a million people", "500,000 people", []),
    ("twenty-five people", "25 people", []),
    ("on Sept. 5 they met", "on September 5 they met", []),
    ("It opens at 3pm.", "It opens at 15:00.", []),
    ("10,000 of them", "ten thousand of them", []),
    ("the U.S. army", "the US army", []),
    ("The United Nations (UN) met.", "The UN met.", []),
    ("J. K. Rowling wrote", "J.K. Rowling wrote", []),
    ("John F. Kennedy won", "John Kennedy won", []),
    ("Mayor Anna Berg won", "Anna Berg won", []),
    ("Read the report (PDF).", "Read the report.", []),
    ("What we found", "What We Found", []),
    ("**Berg** won 5 seats", "Berg won 5 seats", []),
    ("a 5km run", "a 5 km run", []),
    ("1,200 km away", "1 200 kilometres away", []),
    ("five per cent", "5%", []),
    ("Turnout rose to 52%.", "Turnout rose to 52 %.", []),
    ("It costs 5 dollars.", "It costs $5.", []),
    ("On Monday 12 people came.", "12 people came on Monday.", []),
    ("She came second.", "She came 2nd.", []),
    ("a two-year deal", "a 2-year deal", []),
    # What would pass by if rules were less strict
    ("due on 03/04/2026.", "due on 03/05/2026.", [("date", "03/04/2026", "03/05/2026")]),
    (
        "It killed 12 people in Oslo and 30 people in Bergen.",
        "It killed 30 people in Oslo and 12 people in Bergen.",
        [("order", "12", "30"), ("order", "30", "12")],
    ),
    (
        "Berg got 52 votes, Dahl 48 votes.",
        "Berg got 48 votes, Dahl 52 votes.",
        [("order", "52", "48"), ("order", "48", "52")],
    ),
    (
        "It starts at 3pm on Friday, the second match starts at 5pm on Friday.",
        "It starts at 5pm on Friday, the second match starts at 3pm on Friday.",
        [("order", "3pm", "5pm"), ("order", "5pm", "3pm")],
    ),
    (
        "The man from Oslo killed the man from Bergen.",
        "The man from Bergen killed the man from Oslo.",
        [("order", "Oslo", "Bergen"), ("order", "Bergen", "Oslo")],
    ),
    (
        "Berg did not sign the letter. Dahl did sign the letter.",
        "Berg did sign the letter. Dahl did not sign the letter.",
        [("negation", "not", None), ("negation", None, "not")],
    ),
    (
        "It cost 5 million pounds.",
        "It cost 5 million dollars.",
        [("number", "5 million pounds", "5 million dollars")],
    ),
    (
        "He got five years in jail.",
        "He got five months in jail.",
        [("number", "five years", "five months")],
    ),
    ("It was -4C then.", "It was 4C then.", [("number", "-4C", None)]),
    ("It was minus 4C then.", "It was 4C then.", [("number", "minus 4C", None)]),
    ("It rose .5 points.", "It rose 5 points.", [("number", ".5 points", "5 points")]),
    (
        "The vote was 9–6 for it.",
        "The vote was 6–9 for it.",
        [("number", "9", None), ("number", None, "9")],
    ),
    ("It went 52 to 48.", "It went 48 to 52.", [("number", "52", None), ("number", None, "52")]),
    ("A third of voters came.", "A quarter of voters came.", [("number", "third", "quarter")]),
    ("Sales doubled.", "Sales tripled.", [("number", "doubled", "tripled")]),
    (
        'He called him a "liar" then.',
        'He called him a "hero" then.',
        [("quotation", '"liar"', '"hero"')],
    ),
    ("Is it safe? Yes.", "Is it safe? No.", [("negation", None, "No")]),
    ("See bit.ly/abC for it.", "See bit.ly/aBC for it.", [("source", "bit.ly/abC", "bit.ly/aBC")]),
    ("It cost £5m.", "It cost €5m.", [("number", "£5m", "€5m")]),
    ("It rose 5 bn then.", "It rose 5 billion then.", []),
    (
        "Berg won 52 percent and Dahl 48 percent.",
        "Dahl won 48 percent and Berg 52 percent.",
        [
            ("order", "Berg", "Dahl"),
            ("order", "52 percent", "48 percent"),
            ("order", "Dahl", "Berg"),
            ("order", "48 percent", "52 percent"),
        ],
    ),
    ("It grew 0.5% then.", "It grew .5% then.", []),
    # Values that changed places with others
    (
        "It was 52 percent in the north and 48 percent in the south.",
        "It was 48 percent in the north and 52 percent in the south.",
        [("order", "52 percent", "48 percent"), ("order", "48 percent", "52 percent")],
    ),
    (
        "Berg did not lie. Dahl did.",
        "Berg did lie. Dahl did not.",
        [("negation", "not", None), ("negation", None, "not")],
    ),
    ("“We will win.", "“We will lose.", [("quotation", "“We will win.", "“We will lose.")]),
    (
        "The minister, Kelly Oslon, left.",
        "The minister, Kelly Olson, left.",
        [("spelling", "Kelly Oslon", "Kelly Olson")],
    ),
    (
        "See https://a.example/A_(b) now.",
        "See https://a.example/A_(c) now.",
        [("source", "https://a.example/A_(b)", "https://a.example/A_(c)")],
    ),
    ("See http://www.a.example/b/ now.", "See https://a.example/b?utm_source=x now.", []),
    ("3) Call the office.", "4) Call the office.", []),
    ("The Weather Service (WS) said so.", "The Weather Service said so.", []),
    ("On Elm Street 12 people met Anna Berg.", "On Elm Street 12 people met Berg.", []),
    ("What the mayor told us", "What the Mayor Told Us", []),
    ("They met at a “town hall” in Elm.", "They met at a town hall in Elm.", []),
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


@pytest.mark.parametrize(
    ("old", "new", "differ"),
    [
        ("Firm fined £5m", "Firm fined €5m", True),
        ("Growth was -0.4%", "Growth was 0.4%", True),
        ("Bridge is safe?", "Bridge is safe", True),
        ("Wait of twelve weeks", "Wait of 12 weeks", False),
        ("The bridge is ‘safe’", "The Bridge Is “Safe”", False),
    ],
)
def test_a_headline_is_another_one_by_words_and_values(old: str, new: str, differ: bool) -> None:
    assert bool(_all_facts(title=(old, new))) == differ


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
    assert compare(old, page(overview=values(new)["overview"], faq=[changed])).stale == ()


def test_a_repeat_with_another_unit_or_none_is_stale_too() -> None:
    old = page(
        overview=["It costs 57.6 billion crowns."], analysis=["The 57.6 billion were debated."]
    )
    new = page(overview=["It costs 58 billion crowns."], analysis=values(old)["analysis"])
    assert [repeat.text for repeat in compare(old, new).stale] == ["57.6 billion"]


def test_the_search_for_stale_repeats_has_a_limit() -> None:
    old = page(
        overview=["It costs 57.6 billion crowns."], analysis=["It is 57.6 billion. " * 900] * 4
    )
    new = page(overview=["It costs 58 billion crowns."], analysis=values(old)["analysis"])
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
        ("in 2023 and 12:30", [("date", "2023"), ("time", "12:30")]),
        ("no home, nor they", [("negation", "no"), ("negation", "nor")]),
    ],
)
def test_mentions(text: str, found: list[tuple[str, str]]) -> None:
    assert [(m.kind, text[m.start : m.end]) for m in mentions(text)] == found


def test_each_kind_of_fact_has_a_rule_that_finds_it() -> None:
    text = "At noon on 4 May Mirela Dusk said: “It is not so,” of 9,400 homes, see www.a.example."
    found = {mention.kind for mention in [*mentions(text), *quotations(text)]}
    of_pairs = {FactKind.HEADLINE, FactKind.SPELLING, FactKind.ORDER}
    assert found | of_pairs == set(FactKind)


@pytest.mark.parametrize("kind", FactKind)
def test_each_kind_of_fact_can_be_shown_and_answered(kind: FactKind) -> None:
    fact = Fact(kind, "overview", "one", "other", None, None)
    assert line_text(Edit((fact,)), SPECS) == f"{kind.label} in Overview: one → other"
    answer = schemas.Fact.model_validate(fact)
    assert answer.kind == kind
    assert kind in schemas.Fact.model_json_schema()["$defs"]["FactKind"]["enum"]
