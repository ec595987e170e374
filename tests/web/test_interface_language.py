"""The language and the time zone of pages: by setting, by reader, by story."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from repo_store.archive import Archive
from service.config import ConfigError, Settings
from service.messages import LANGUAGES
from service.web.http.languages import wished
from tests.samples import append, content, entry
from tests.web.conftest import Writer, application, words

PAGES = (
    "/",
    "/stories/library",
    "/stories/library/history",
    "/stories/library/versions/1",
    "/stories/library/diff/1..2",
    "/stories/library/play/2",
    "/stories/library/provenance",
    "/stories/library/history/embed",
    "/stories/library/history/embed?as=page",
)
FOR_PROGRAMS = (
    "/api",
    "/api/v1/stories",
    "/api/v1/stories/library/versions",
    "/api/v1/stories/library/diff/1..2",
    "/history.atom",
    "/stories/library/history.atom",
    "/timemap/stories/library",
    "/sitemap.xml",
    "/robots.txt",
    "/embed/story-history.js",
    "/healthz",
)


@pytest.fixture(autouse=True)
def two_versions(editor: Writer) -> None:
    editor.publish()
    editor.publish(base=1, title="Second", overview=["The bridge is closed until 5 May."])


def spoken(answer: TestResponse) -> str:
    """The language that a page says it is in."""
    assert answer.status_code in (200, 202, 404, 410), answer.text
    found = re.search(r'<(?:html|section class="story-history") lang="(\w+)"', answer.text)
    assert found, answer.text
    return found[1]


def asked(client: FlaskClient, path: str, accepted: str) -> TestResponse:
    return client.get(path, headers={"Accept-Language": accepted} if accepted else {})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-at, en;q=0.9", "de"),
        ("zh-TW", "zh"),
        ("zh-Hant-HK, zh;q=0.9, en;q=0.8", "zh"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("en;q=0.2, ja;q=0.9", "ja"),
        ("nl, es;q=0.1", "es"),
        ("de;q=0, ar", "ar"),
        ("de;q=0", ""),
        ("*", ""),
        ("nl, *;q=0.1", ""),
        ("nl", ""),
        ("", ""),
        ("deu", ""),
        ("\N{NULL}, ;;q=, en-", "en"),
        ("x" * 5_000, ""),
    ],
)
def test_what_a_browser_wishes_for(accepted: str, language: str) -> None:
    assert wished(accepted) == language


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_the_reader_s_language_and_says_that_it_varies(
    client: FlaskClient, path: str
) -> None:
    tags = set()
    for language in LANGUAGES:
        answer = asked(client, path, f"{language}-XX, pt;q=0.8")
        assert spoken(answer) == language
        assert "Accept-Language" in answer.headers["Vary"]
        tags.add(answer.headers["ETag"])
    assert len(tags) == len(LANGUAGES)


@pytest.mark.parametrize("path", FOR_PROGRAMS)
def test_what_programs_read_is_the_same_for_everybody(client: FlaskClient, path: str) -> None:
    answers = [asked(client, path, accepted) for accepted in ("", "de", "ar")]
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers.get("ETag") for answer in answers}) == 1
    assert all("Accept-Language" not in answer.headers.get("Vary", "") for answer in answers)


@pytest.mark.parametrize("accepted", ["", "nl", "*"])
def test_without_a_wish_it_is_the_story_s_own_language(
    client: FlaskClient, editor: Writer, accepted: str
) -> None:
    def article(language: str) -> dict[str, object]:
        named = {"language": language} if language else {}
        return {"shape": "article", "title": "T", "body": ["Der Rat sagte, dass."], **named}

    for at, language in enumerate(("de-CH", "ar", "nl", "")):
        assert editor.post("other", content=article(language), base_version=at or None).status_code
        expected = {"de-CH": "de", "ar": "ar"}.get(language, "en")
        for path in ("", "/history", "/history/embed", f"/versions/{at + 1}", f"/play/{at + 1}"):
            answer = asked(client, f"/stories/other{path}", accepted)
            assert spoken(answer) == expected, path
    # Each page by what it shows: the text of a version never changes, nor does its language.
    assert spoken(asked(client, "/stories/other/versions/1", accepted)) == "de"
    assert spoken(asked(client, "/stories/other/diff/1..2", accepted)) == "ar"
    assert spoken(asked(client, "/stories/other", "fr")) == "fr"


def test_a_language_is_never_guessed_from_a_text(client: FlaskClient, editor: Writer) -> None:
    text = "Der Rat sagte, dass die Brücke nicht sicher ist und von den Bussen nicht genutzt wird."
    editor.publish("bruecke", title="Die Brücke", summary="", overview=[text])
    page = client.get("/stories/bruecke")
    assert spoken(page) == "en"
    assert '<article lang="de" dir="ltr">' in page.text


def test_errors_are_in_the_reader_s_language(client: FlaskClient) -> None:
    for path in ("/nothing", "/stories/nothing", "/stories/library/versions/9"):
        assert spoken(asked(client, path, "")) == "en"
        answer = asked(client, path, "de")
        assert spoken(answer) == "de"
        assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_the_cache_gives_each_reader_their_own_page(client: FlaskClient, path: str) -> None:
    """Whoever came first, and however they spelt it; two spellings share an entry."""
    first = {accepted: asked(client, path, accepted) for accepted in ("de", "en", "")}
    for _ in range(2):
        for accepted in ("en-GB, en;q=0.9", "de-AT;q=0.9, en;q=0.1", "", "nl", "ar"):
            language = wished(accepted) or "en"
            answer = asked(client, path, accepted)
            assert spoken(answer) == language
            if language in first:
                assert answer.headers["ETag"] == first[language].headers["ETag"]
    tag = first["de"].headers["ETag"]
    known = {"If-None-Match": tag, "Accept-Language": "de"}
    unchanged = client.get(path, headers=known)
    assert unchanged.status_code == 304
    assert "Accept-Language" in unchanged.headers["Vary"]
    assert client.get(path, headers={**known, "Accept-Language": "en"}).status_code == 200


def test_two_spellings_of_a_wish_are_rendered_once(
    client: FlaskClient, rendered: list[str]
) -> None:
    for accepted in ("de", "de-AT", "de-DE, de;q=0.9, en;q=0.8"):
        asked(client, "/stories/library/history", accepted)
    assert len(rendered) == 1
    for accepted in ("fr", "", "nl", "it, pt"):
        asked(client, "/stories/library/history", accepted)
    assert len(rendered) == 3
    for accepted in ("de", "fr", ""):
        asked(client, "/api/v1/stories", accepted)
    assert len(rendered) == 4


@pytest.fixture
def rendered(app: Flask) -> list[str]:
    """Grows with each answer that the application makes."""
    found: list[str] = []
    app.before_request_funcs[None].append(lambda: found.append("made"))
    return found


Served = Callable[..., FlaskClient]


@pytest.fixture
def served(archive_path: Path) -> Served:
    """The same archive under other settings."""
    return lambda **settings: application(Settings(archive_path, **settings)).test_client()


def test_the_setting_comes_before_the_reader(served: Served) -> None:
    client = served(language="fr")
    for path in PAGES:
        for accepted in ("", "de", "ar"):
            answer = asked(client, path, accepted)
            assert spoken(answer) == "fr"
            assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_right_to_left_is_declared(client: FlaskClient) -> None:
    page = asked(client, "/stories/library", "ar").text
    assert '<html lang="ar" dir="rtl">' in page
    assert '<article lang="en" dir="ltr">' in page
    assert 'lang="ar" dir="rtl"' in asked(client, "/stories/library/history/embed", "ar").text
    assert 'dir="rtl"' not in re.findall("<html[^>]*>", client.get("/").text)[0]


def test_by_default_a_page_is_in_english_and_utc(client: FlaskClient, editor: Writer) -> None:
    editor.publish("alone")
    for path in ("/stories/alone", "/stories/alone/history", "/stories/alone/history/embed"):
        page = client.get(path)
        assert "This story does not have any previous versions." in words(page)
    assert re.search(r">1 May 2026, 10:\d\d UTC</time>", client.get("/stories/library").text)


ENVIRONMENTS = [
    ({"STORY_HISTORY_LANGUAGE": "nl"}, "STORY_HISTORY_LANGUAGE: must be one of en, de, fr"),
    ({"STORY_HISTORY_LANGUAGE": "DE"}, "not 'DE'"),
    ({"STORY_HISTORY_LANGUAGE": "de-AT"}, "not 'de-AT'"),
    ({"STORY_HISTORY_ZONE": "Berlin"}, "STORY_HISTORY_ZONE: must be a time zone such as"),
    ({"STORY_HISTORY_ZONE": "../etc/passwd"}, "not '../etc/passwd'"),
    ({"STORY_HISTORY_ZONE": "Europe"}, "not 'Europe'"),
    ({"STORY_HISTORY_ZONE": "+02:00"}, "not '[+]02:00'"),
]


@pytest.mark.parametrize(("environ", "message"), ENVIRONMENTS)
def test_an_unknown_language_or_zone_is_refused_by_name(
    environ: Mapping[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Settings.read(environ=environ)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("stories/library?since=soon", "since: muss die Nummer einer Fassung, ein Tag oder"),
        ("stories/library?since=9", "since: Dieser Artikel hat keine Fassung 9."),
        ("stories/library/history?day=today", "Tag (day): muss ein Tag sein, etwa 2026-05-01"),
        (
            "stories/library/history?section=Sport",
            "Abschnitt (section): ist kein Abschnitt eines Artikels",
        ),
        ("stories/library/history?corrections=perhaps", "corrections: muss true oder false sein"),
        ("stories/library/history?cursor=-", "cursor: stammt nicht von dieser Website"),
        ("stories/library/history/embed?as=film", "as: muss eines von diesen sein: fragment, page"),
        ("stories/library/history/embed?versions=1", "versions: muss aus zwei Fassungen bestehen"),
        ("stories/library/history/embed?versions=1..2", "change: fehlt: der Name einer Änderung"),
        ("stories/library/diff/1..2?view=odd", "view: muss eines von diesen sein: inline, split"),
        ("stories/library/diff/1..2?part=0", "„0“ ist keine Nummer eines Teils."),
        ("stories/library/diff/1..2?part=7", "Diese Unterschiede haben keinen Teil 7."),
        ("stories/library/provenance?view=sentence", "sentence: fehlt"),
        ("stories/library/provenance?sentence=x&view=text", "„x“ ist keine Nummer eines Satzes."),
        ("stories/library/provenance?colours=red&view=text", "colours: muss eines von diesen sein"),
        ("stories/library/provenance?start=x", "start: muss eine ganze Zahl sein"),
        (f"stories/library/provenance?phrase={'x' * 501}", "phrase: ist länger als 500 Zeichen"),
        ("corrections?kind=joke", "Art (kind): muss eines von diesen sein: correction, clarif"),
        (
            "corrections?since=2026-05-02&until=2026-05-01",
            "Vor (until): muss nach dem Beginn (since) liegen",
        ),
        ("corrections/figures?until=soon", "Vor (until): muss ein Tag sein oder eine Zeit"),
        (
            "corrections/figures?since=1990-01-01&until=2026-01-01",
            "Ab (since): darf höchstens 20 Jahre vor dem Ende (until)",
        ),
    ],
)
def test_what_is_wrong_with_an_address_is_told_in_it(
    client: FlaskClient, path: str, told: str
) -> None:
    page = asked(client, f"/{path}", "de")
    assert page.status_code in (400, 404)
    assert told in words(page)


def test_the_settings_are_read_and_noted_in_backups() -> None:
    unset = Settings.read(environ={"STORY_HISTORY_LANGUAGE": "", "STORY_HISTORY_ZONE": "UTC"})
    assert (unset.language, unset.zone, unset.worth_noting) == ("", UTC, {})
    environ = {"STORY_HISTORY_LANGUAGE": "ja", "STORY_HISTORY_ZONE": "Asia/Tokyo"}
    known = Settings.read(environ=environ)
    assert (known.language, known.zone) == ("ja", ZoneInfo("Asia/Tokyo"))
    assert known.worth_noting == environ


BERLIN = ZoneInfo("Europe/Berlin")


def test_times_are_the_paper_s_and_data_is_in_utc(served: Served) -> None:
    client = served(zone=BERLIN)
    page, shown = (asked(client, "/stories/library", accepted).text for accepted in ("de", ""))
    time = r'<time datetime="2026-05-01T10:(\d\d):00Z">{}</time>'
    assert re.search(time.format(r"1\. Mai 2026, 12:\1 MESZ"), page)
    assert re.search(time.format(r"1 May 2026, 12:\1 CEST"), shown)
    assert '"created_at":"2026-05-01T10:' in client.get("/api/v1/stories/library/versions").text
    feed = client.get("/history.atom").text
    assert "<updated>2026-05-01T10:" in feed


def test_an_hour_that_comes_twice_is_told_apart(archive: Archive, served: Served) -> None:
    """At the end of summer time, when clocks are put back from three to two."""
    for half in ("00:30", "01:30"):
        moment = datetime.fromisoformat(f"2026-10-25T{half}:00Z")
        append(archive, entry(content(title=half), "night", created_at=moment))
    page = served(zone=BERLIN).get("/stories/night").text
    rail = words(served(zone=BERLIN).get("/stories/night/history"))
    assert "Version 2 Update 02:30 CET" in rail
    assert "Version 1 First version 02:30 CEST" in rail
    page = page[page.index('id="history"') :]
    assert re.findall(r">(25 October[^<]*)</time>", page) == [
        "25 October 2026, 02:30 CET",
        "25 October 2026, 02:30 CEST",
    ]


def test_a_day_begins_at_midnight_in_the_paper_s_zone(served: Served) -> None:
    """Both versions are of 10 o'clock in UTC: on the next day in Kiritimati, 14 hours ahead."""
    utc, ahead = served(), served(zone=ZoneInfo("Pacific/Kiritimati"))
    page = "/stories/library?since="
    assert "first published later" in words(utc.get(f"{page}2026-05-01"))
    assert "Nothing has changed" in words(utc.get(f"{page}2026-05-02"))
    assert "first published later" in words(ahead.get(f"{page}2026-05-02"))
    assert "Nothing has changed" in words(ahead.get(f"{page}2026-05-03"))
    assert "first published later" in words(ahead.get(f"{page}2026-05-01T09:00:00Z"))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This story does not have any previous versions."),
        ("de", "Von diesem Artikel gibt es keine früheren Fassungen."),
        ("fr", "Cet article n’a pas de version antérieure."),
        ("es", "Esta noticia no tiene versiones anteriores."),
        ("ar", "ليس لهذا المقال أي نسخ سابقة."),
        ("zh", "此报道没有更早的版本。"),
        ("ja", "この記事には以前の版はありません。"),
    ],
)
def test_the_history_of_a_single_version_says_so(
    client: FlaskClient, editor: Writer, language: str, sentence: str
) -> None:
    editor.publish("alone")
    assert sentence in words(asked(client, "/stories/alone/history/embed", language))


def test_labels_facts_and_errors_are_translated(client: FlaskClient, editor: Writer) -> None:
    diff = words(asked(client, "/stories/library/diff/1..2", "de"))
    assert "Titel geändert" in diff
    assert "Neuer Absatz in Überblick" in diff
    assert "Titel, Überblick" in words(asked(client, "/stories/library/history", "de"))
    assert "Nicht gefunden" in words(asked(client, "/nothing", "de"))
    missing = asked(client, "/stories/library/versions/9", "fr")
    assert "Cet article n’a pas de version 9." in words(missing)
    # What is for programs is not.
    problem = asked(client, "/api/v1/stories/library/versions/9", "fr").text
    assert "This story has no version 9." in problem
    plain = asked(client, "/api/v1/stories/library/diff/1..2/text?format=markdown", "de")
    assert "geändert" not in plain.text


def test_numbers_are_grouped_as_the_language_does(client: FlaskClient, editor: Writer) -> None:
    editor.publish("long", overview=["One."])
    editor.publish("long", base=1, overview=["word " * 1_499 + "word."])
    page = "/stories/long/history"
    assert "1,500 words added" in words(asked(client, page, "en"))
    assert "1.500 Wörter hinzugefügt" in words(asked(client, page, "de"))
    assert "1\u202f500 mots ajoutés" in asked(client, page, "fr").text
    assert '"words_added":1500' in client.get("/api/v1/stories/long/versions").text


CHARACTERS = {
    "zh": ("大桥将关闭", "市长表示，大桥将关闭至星期五。"),
    "ja": ("橋が閉鎖される", "市長は橋が金曜日まで閉鎖されると述べた。"),
    "th": ("สะพานปิด", "นายกเทศมนตรีกล่าวว่าสะพานปิด"),
    "km": ("ស្ពានបិទ", "ស្ពានបិទរហូតដល់ថ្ងៃសុក្រ"),
    "lo": ("ຂົວປິດ", "ຂົວປິດຈົນເຖິງວັນສຸກ"),
}


@pytest.mark.parametrize("script", CHARACTERS)
def test_where_a_script_has_no_spaces_characters_are_counted(
    client: FlaskClient, editor: Writer, script: str
) -> None:
    title, text = CHARACTERS[script]
    editor.publish("bridge", title=title, summary=text, overview=["一"], analysis=[], faq=[])
    editor.publish(
        "bridge", base=1, title=title, summary=text, overview=[text], analysis=[], faq=[]
    )
    page = words(client.get("/stories/bridge/history"))
    added = re.search(r'"words_added":(\d+)', client.get("/api/v1/stories/bridge/versions").text)
    assert added
    assert f"{added[1]} characters added" in page
    assert "words added" not in page
    assert "words added" in words(client.get("/stories/library/history"))
    assert "个字" not in page
    assert f"新增{added[1]}字" in words(asked(client, "/stories/bridge/history", "zh"))


def test_a_feed_speaks_the_setting_s_language(served: Served) -> None:
    german = served(language="de", zone=BERLIN).get("/stories/library/history.atom").text
    assert "Verlauf von „Second“" in german
    assert "hinzugefügt" in german
    assert "History of “Second”" in served().get("/stories/library/history.atom").text
