"""The language of a story: declared where it can be detected, otherwise not."""

import re

import pytest
from flask.testing import FlaskClient

from service.present.language import is_rtl, language
from tests.web.conftest import Writer

TEXTS = {
    "en": "The council said that the bridge is closed and that it was not safe for the buses.",
    "de": "Der Rat sagte, dass die Brücke nicht sicher ist und von den Bussen nicht genutzt wird.",
    "fr": "Le conseil dit que les ponts ne sont pas sûrs et que des bus passent par une autre rue.",
    "es": "El alcalde dijo que los puentes no son seguros y que las obras se harán por fin.",
    "pt": "O prefeito disse que as pontes não são seguras e que os ônibus da cidade foram parados.",
    "it": "Il sindaco ha detto che i ponti non sono sicuri e che gli autobus della zona non vanno.",
    "nl": "De burgemeester zegt dat de brug niet veilig is en dat het voor bussen ook geldt.",
    "sv": "Borgmästaren säger att bron inte är säker och att det är den som ska lagas för bussar.",
    "da": "Borgmesteren siger, at broen ikke er sikker, og at den er lukket efter i dag.",
    "nb": "Ordføreren sier at broen ikke er sikker, og at den er stengt for busser etter i dag.",
    "nn": "Ordføraren seier at brua ikkje er trygg, og at ho er stengd for bussar frå i dag.",
    "pl": "Burmistrz mówi, że most nie jest bezpieczny i że do soboty nie będzie dla autobusów.",
    "tr": "Başkan köprünün güvenli olmadığını ve bu hafta için bir plan ile daha çok otobüs dedi.",
    "vi": "Thị trưởng nói cây cầu không an toàn và các xe buýt được chuyển cho những tuyến đã có.",
    "ru": "Мэр сказал, что мост закрыт, а автобусы были отменены с утра; это объявил город.",
    "uk": "Мер сказав, що міст закритий, і автобуси їздять іншими вулицями її району.",
    "ar": "قالت البلدية إن الجسر مغلق حتى يوم الجمعة وإن الحافلات ستسلك طريقا أخرى في المدينة.",
    "fa": "شهرداری گفت که پل تا جمعه بسته است و اتوبوس‌ها از خیابان دیگری می‌گذرند.",
    "he": "העירייה אמרה שהגשר סגור עד יום שישי.",
    "ja": "市長は橋が金曜日まで閉鎖されると述べた。",
    "zh": "市长表示,大桥将关闭至星期五。",
    "ko": "시장은 다리가 금요일까지 폐쇄된다고 말했다.",
    "th": "นายกเทศมนตรีกล่าวว่าสะพานปิดถึงวันศุกร์",
    "hi": "मेयर ने कहा कि पुल शुक्रवार तक बंद है और बसों के लिए दूसरा रास्ता है।",
    "el": "Ο δήμαρχος είπε ότι η γέφυρα είναι κλειστή.",
}


@pytest.mark.parametrize("tag", TEXTS)
def test_a_language_is_detected_from_a_sentence(tag: str) -> None:
    assert language(TEXTS[tag]).tag == tag
    assert language(TEXTS[tag]).rtl == is_rtl(TEXTS[tag]) == (tag in ("ar", "fa", "he"))


@pytest.mark.parametrize("text", ["", "   ", "1,200", "Bridge", "Wendmouth Tram Map 2026", "Да"])
def test_an_uncertain_language_is_not_declared(text: str) -> None:
    assert language(text).tag == ""
    assert not language(text).rtl
    assert not is_rtl(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("The Wendmouth Tram", ""),
        ("Tickets of the Wendmouth Tram, with map", ""),
        ("Tickets of the Wendmouth Tram, with map and times", "en"),
        ("para para para para los", ""),  # Portuguese has all but one
        ("para para para para los los", "es"),
        ("los los não não para para", ""),
        ("los los los não não para", "es"),  # 3 to 2 of those that only one has
        ("Han har ikke det, og det er til den", ""),  # Danish or Norwegian
    ],
)
def test_a_language_needs_four_words_and_a_clear_lead(text: str, tag: str) -> None:
    assert language(text).tag == tag


@pytest.mark.parametrize("tag", ["en", "de", "ar", ""])
def test_a_page_says_which_language_its_story_is_in(
    client: FlaskClient, editor: Writer, tag: str
) -> None:
    editor.publish(title="T", summary="", overview=[TEXTS.get(tag, "X")], analysis=[], faq=[])
    for path in ("/stories/library", "/stories/library/versions/1", "/stories/library/play/1"):
        text = client.get(path).text
        found = re.findall(r'<article lang="([^"]*)" dir="([^"]*)">', text)
        direction = {"ar": "rtl", "": "auto"}.get(tag, "ltr")
        assert found == [(tag, direction)], path
        assert '<html lang="en">' in text
        headings = re.findall(r"<h2([^>]*)>(?:<bdi[^>]*>)?Overview", text)
        assert headings == ["" if tag == "en" else ' lang="en"']


def test_a_difference_says_which_language_its_story_is_in(
    client: FlaskClient, editor: Writer
) -> None:
    german = [f"{TEXTS['de']} Der Pegel stand bei {pegel} Zentimetern." for pegel in (431, 455)]
    kept = "Die Stadt hat das Haus noch nicht verkauft, und der Rat will es nicht."
    for base, text in enumerate(german):
        editor.publish(base=base or None, title="T", summary="", overview=[text, kept], faq=[])
    for view in ("", "?view=split"):
        page = client.get(f"/stories/library/diff/1..2{view}").text
        changed = page[page.index('data-change="1"') :]
        text = changed[changed.index('<div lang="de">') : changed.index("431")]
        assert "Paragraph 1 changed" not in text
        assert re.search(r'<p class="sentence" lang="de"', page)
        assert '<span class="heard" data-spoken dir="ltr" lang="en">removed: ' in changed
        assert 'lang="de"' in page[page.index("verkauft") - 300 : page.index("verkauft")]
    german_page = client.get("/stories/library/diff/1..2", headers={"Accept-Language": "de"}).text
    assert '<div lang="de">' not in german_page, "it is the language of the page"
