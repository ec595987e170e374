"""A phrase is found however it is written, and what only may be it is told apart."""

import pytest

from repo_store.sameness.phrases import Certainty, Phrase

WHOLE = [
    ("Anna Berg", "Anna Berg was there."),
    ("Anna Berg", "ANNA\u00a0BERG"),
    ("Anna Berg", "Anna\u202fBerg"),
    ("Anna Berg", "Anna  \n Berg"),
    ("Anna Berg", "An\u00adna Be\u200brg"),
    ("Anna Berg", "\ufeffAnna\u2060 Berg"),
    ("Anna Berg", "A\u0301nna Be\u0300rg"),
    ("Anna Berg", "Ａｎｎａ　Ｂｅｒｇ"),
    ("Anna Berg", "Anna Berg’s house"),
    ("Anna Berg", "Anna Bergs bil"),
    ("Anna Berg", "Anna\u3000Berg"),
    ("Anna\u00a0Berg", "Anna Berg"),
    ("Lodz, Sor, Dorde, isi", "Łódź, Sør, Đorđe, ısı"),
    ("Łódź", "LODZ"),
    ("Zoë O'Berg", "Zoe\u0308 O’Ber\u00adg"),
    ("Jean-Luc", "Jean\u2011Luc"),
    ("Steffi", "Steﬃ"),
    ("Straße", "STRASSE"),
    ("12", "１２"),
    ("李小龙", "演员李小龙说"),
    ("Anna Berg", "see https://x.example/2026/anna-berg.html"),
]
POSSIBLE = [
    ("Anna Berg", "Anna-Berg"),
    ("Anna Berg", "Anna_Berg"),
    ("Anna Berg", "AnnaBerg"),
    ("Anna Berg", "Anna\u200bBerg"),
    ("Anna Berg", "#annaberg"),
    ("Anna Berg", "Anna. Berg"),
    ("Anna Berg", "Anna **Berg**"),
    ("Anna Berg", "Anna&nbsp;Berg"),
    ("Anna Berg", "Anna%20Berg"),
    ("Anna Berg", "Аnna Bеrg"),
    ("ANNA BERG", "ΑΝΝΑ ΒΕRG"),
    ("Anna Berg", "ᴀɴɴᴀ ʙᴇʀɢ"),
    ("Zoë O'Berg", "Zoe OBerg"),
    ("李小龙", "李 小龙"),
    ("Νίκος Άννα", "νικος-αννα"),
]
ABSENT = [
    ("Anna Berg", "Anna met Berg"),
    ("Anna Berg", "Berg, Anna"),
    ("Anna Berg", "Анна Берг"),
    ("Anna Berg", "A n n a B e r g"),
    ("Müller", "Mueller"),
    ("Anna Berg", ""),
]
IN_ADDRESS = [
    ("https://x.example/anna-berg", True),
    ("https://x.example/Anna%20Berg", True),
    ("https://x.example/a?q=anna+berg", True),
    ("https://x.example/a?next=%252Fanna%255Fberg", True),
    ("https://anna.berg.example/", True),
    ("https://x.example/%C3%81nna-b%C3%A9rg", True),
    ("https://annaberg.example/", False),
    ("https://x.example/anna-x-berg", None),
]


@pytest.mark.parametrize(("phrase", "text"), WHOLE)
def test_a_phrase_is_found_however_it_is_written(phrase: str, text: str) -> None:
    found = Phrase(phrase).in_text(text)
    assert found
    assert found.certainty is Certainty.WHOLE


@pytest.mark.parametrize(("phrase", "text"), POSSIBLE)
def test_what_may_be_the_phrase_is_possible(phrase: str, text: str) -> None:
    found = Phrase(phrase).in_text(text)
    assert found
    assert found.certainty is Certainty.POSSIBLE


@pytest.mark.parametrize(("phrase", "text"), ABSENT)
def test_what_is_another_phrase_is_not_found(phrase: str, text: str) -> None:
    assert Phrase(phrase).in_text(text) is None


@pytest.mark.parametrize(("url", "certain"), IN_ADDRESS)
def test_in_an_address_anything_separates_words(url: str, certain: bool | None) -> None:
    found = Phrase("Anna Berg").in_address(url)
    assert (found and found.certainty is not Certainty.POSSIBLE) is certain


@pytest.mark.parametrize("text", ["Anna Bergman", "Johanna Berg", "Anna Berg2", "Johanna Bergen"])
def test_part_of_a_longer_word_may_be_another_name(text: str) -> None:
    found = Phrase("Anna Berg").in_text(text)
    assert found
    assert found.certainty is Certainty.LONGER_WORD


def test_the_best_match_is_shown() -> None:
    found = Phrase("Anna Berg").in_text("Anna-Berg, Anna Bergman and Anna Berg")
    assert found
    assert found.start == len("Anna-Berg, Anna Bergman and ")


def test_the_name_of_a_host_is_read_as_it_is_shown() -> None:
    found = Phrase("müller").in_address("https://xn--mller-kva.example/")
    assert found
    assert found.text[found.start : found.end] == "müller"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Then An\u00adna\u00a0Bergs dog", "An\u00adna\u00a0Berg"),
        ("Łódź: Аnna-Berg!", "Аnna-Berg"),
        ("of Anna&nbsp;Berg;", "Anna\u00a0Berg"),
    ],
)
def test_a_match_is_where_the_text_says_it(text: str, said: str) -> None:
    found = Phrase("anna berg").in_text(text)
    assert found
    assert found.text[found.start : found.end] == said


def test_a_phrase_has_a_letter_or_a_digit() -> None:
    with pytest.raises(ValueError, match="letter or a digit"):
        Phrase(" — ")
