"""*Same value*: what a number, date or time is, whatever it is written with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.sameness.values import Value, same_value, values

SAME = [
    ("12 000 homes", "12,000 homes", "12\u00a0000 homes", "12'000 homes", "１２０００ homes"),
    ("twelve thousand homes", "12,000 homes", "12 thousand homes", "12k homes"),
    ("٣٥ people", "35 people", "thirty-five people", "३५ people"),
    ("£5m", "£5 million", "£5,000,000", "GBP 5m"),
    ("$1.2bn", "$1.2 billion", "$1.2b", "$1,200,000,000"),
    ("€3.5tn", "€3,500bn", "EUR 3.5 trillion"),
    ("5%", "5 percent", "5 per cent", "five per cent", "5\u00a0%", "5％"),
    ("5 km", "5km", "5 kilometers", "5 kilometres", "five kilometres", "5-kilometre"),
    ("20 °C", "20°C", "20 degrees Celsius"),
    ("35亿元", "３５亿元", "3,500,000,000元"),
    ("三人", "3人", "３人"),
    ("百二十年", "120年"),
    ("half a million", "500,000", "five hundred thousand"),
    ("two-thirds", "2/3", "⅔"),
    ("second", "2nd"),
    ("twenty-first", "21st"),
    ("1 crore", "100 lakh", "1,00,00,000"),
    ("-5", "−5"),
    ("1.234,5", "1,234.5", "1 234.5"),
    ("v21.6", "21.6"),
    ("43-year-old", "43 years old"),
    ("10.30am", "10:30 a.m.", "10:30 AM", "10:30"),
    ("3pm", "15:00", "3:00 p.m.", "1500 GMT"),
    ("noon", "12:00", "12 p.m."),
    ("9 May 2026", "May 9, 2026", "9th of May 2026", "2026-05-09", "2026 May 9", "2026年5月9日"),
    ("Monday, May 9", "May 9", "9 May", "9. Mai"),
    ("4 juin 2026", "June 4, 2026", "4 giugno 2026", "4 июня 2026"),
    ("2019-20", "2019–20", "2019–2020"),
    ("FY22", "FY2022"),
]


def _only(text: str) -> Value:
    (found,) = values(text)
    return found


@pytest.mark.parametrize("written", SAME, ids=lambda written: written[0])
def test_ways_to_write_one_value(written: tuple[str, ...]) -> None:
    first, *others = map(_only, written)
    assert [same_value(first, other) for other in others] == [True] * len(others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("£5m", "£5bn"),
        ("£5m", "$5m"),
        ("£1.2tn", "£1.3tn"),
        ("£1.2zn", "£1.3zn"),
        ("5 percent", "5 percentage points"),
        ("5 km", "5 miles"),
        ("5 years", "5 months"),
        ("-5", "5"),
        ("1.5", "15"),
        ("1,200", "1.2"),
        ("10.30am", "10.30pm"),
        ("10:30 GMT", "10:30 CET"),
        ("first", "second"),
        ("2", "2nd"),
        ("three", "one third"),
        ("三人", "五人"),
        ("Monday, May 9", "Tuesday, May 9"),
        ("May 9", "June 9"),
        ("May 9, 2025", "May 9, 2026"),
        ("4/5/2026", "5/4/2026"),
        ("1980s", "1990s"),
        ("300 BC", "200 BC"),
        ("12345678901234567890123456789", "12345678901234567890123456788"),
    ],
)
def test_values_that_a_reader_tells_apart(one: str, other: str) -> None:
    first, second = (values(text)[0] for text in (one, other))
    assert not same_value(first, second)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It cost 12 000 euros in May.", ["12 000 euros", "May"]),
        ("They may march on.", []),
        ("On May 1 2 people died.", ["May 1", "2"]),
        ("On May 12 people died.", ["May 12"]),
        ("In 2019 300 people came.", ["2019", "300"]),
        ("3) Call the office.", []),
        ("Wait.\n4. Call.", []),
        ("See [2] there.", []),
        ("COVID-19 and the M-13-10 memo on F16 jets, 18F", []),
        ("from 9am–12pm", ["9am", "12pm"]),
        ("2 to 3 p.m.", ["2", "3 p.m."]),
        ("at 10:00 am, ET, until 3:45 pm", ["10:00 am, ET", "3:45 pm"]),
        ("some USD 57.6-58 billion", ["USD 57.6-58 billion"]),
        ("ruled 5-4 for it", ["5", "4"]),
        ("on Monday, 9 May 2026, at noon", ["Monday, 9 May 2026", "noon"]),
        ("9 people on 9 May", ["9", "9 May"]),
        ("it has 统一 and 十分", []),
        ("mid-2019 and pre-2015", ["2019", "2015"]),
        ("at 127.0.0.1, version 1.4.2", ["127.0.0.1", "1.4.2"]),
        ("see id=35580018 there", []),
    ],
)
def test_where_values_stand(text: str, found: list[str]) -> None:
    assert [text[value.start : value.end] for value in values(text)] == found


def test_words_that_are_mostly_no_numbers_count_only_in_anothers_place() -> None:
    text = "The first one came once; half of the others second."
    assert [value.weak for value in values(text)] == [True] * 5


def test_the_first_of_two_times_has_the_half_of_the_day_that_makes_it_the_earlier() -> None:
    found = [f"{value.value}{value.detail}" for value in values("9-11am, 2 to 3 p.m., 9–12 p.m.")]
    assert found == ["9:00a", "11:00a", "2:00p", "3:00p", "9:00a", "0:00p"]


_PARTS = (
    "12 3 000 , . - – : / £ $ % am pm May Monday 2026 million k km one hundred and first th"
    " 三 万 人 年 ½ ( ) [ = v FY a half ' x"
)
_PIECES = st.lists(st.sampled_from([*_PARTS.split(), " ", "\n", "\u00a0"]), max_size=14).map(
    "".join
)


@given(_PIECES)
def test_values_are_in_order_apart_and_the_same_again(text: str) -> None:
    found = values(text)
    ends = [0]
    for value in found:
        assert ends[-1] <= value.start < value.end <= len(text)
        ends.append(value.end)
    assert values(text) == found


@given(st.integers(0, 10**15), st.sampled_from(["", " ", ",", "\u00a0", "\u202f", "'"]))
def test_grouping_never_changes_a_number(number: int, separator: str) -> None:
    grouped = f"{number:,}".replace(",", separator)
    (value,) = values(grouped)
    assert value.amount == str(number) or (not separator and value.kind == "date")


def test_a_very_long_number_is_read() -> None:
    one, other = "1" * 5_000, "1" * 4_999 + "2"
    assert values(one)[0].value == one
    assert not same_value(values(one)[0], values(other)[0])


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert all(text[value.start : value.end] for value in values(text))


def test_a_power_of_ten_is_one_number() -> None:
    for text, value in {"10⁶": "1000000", "10⁻³": "0.001", "4 × 10⁹": "1000000000"}.items():
        assert [each.value for each in values(text)][-1] == value
    # The mark of a note, after any other number
    assert [each.amount for each in values("It cost 12² crowns.")] == ["12"]
