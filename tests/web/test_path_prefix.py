"""The service under a path of another site. With nginx: tests/server/test_under_a_path.py."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.accounts import Role
from service.app import create_app
from service.config import OWN_ADDRESSES, ConfigError, Settings
from tests.samples import story
from tests.web.conftest import Writer, application, form_csrf
from tests.web.test_addresses import TARGETS, ask, leads

SITE, PREFIX = "https://paper.example", "/history"
STRIPPED = {"HTTP_X_FORWARDED_PREFIX": "/history/"}


@pytest.fixture
def app(archive_path: Path) -> Flask:
    environ = {"STORY_HISTORY_URL": f"{SITE}{PREFIX}/", "STORY_HISTORY_PROXIES": "1"}
    return application(Settings.read(archive_path, environ=environ))


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("", "", ""),
        ("https://history.example.org", "https://history.example.org", ""),
        ("https://paper.example/history", SITE, "/history"),
        ("https://paper.example/history/", SITE, "/history"),
        ("http://paper.example:81/a/b-c_d.~1/", "http://paper.example:81", "/a/b-c_d.~1"),
        ("https://paper.example/Stories", SITE, "/Stories"),
        ("https://paper.example/a/stories", SITE, "/a/stories"),
    ],
)
def test_the_url_may_have_a_path(url: str, origin: str, prefix: str) -> None:
    read = Settings.read(environ={"STORY_HISTORY_URL": url})
    assert (read.origin, read.prefix) == (origin, prefix)
    assert read.url == origin + prefix


@pytest.mark.parametrize(
    "url",
    [
        *("paper.example", "//paper.example/history", "ftp://paper.example/", "https:///history"),
        *(f"{SITE}//", f"{SITE}/a//b", f"{SITE}/../a", f"{SITE}/a/.", f"{SITE}/a?b", f"{SITE}/a#b"),
        *(
            f"{SITE}/a%20b",
            f"{SITE}/a b",
            f"{SITE}/ä",
            f"{SITE}/a\n",
            f"{SITE}:99999/",
            f"{SITE}:/a:b",
        ),
        *(f"https://me@paper.example/{each}" for each in ("", "history")),
        *(f"{SITE}/{each}/history" for each in sorted(OWN_ADDRESSES)),
        *(f"{SITE}/{each}" for each in sorted(OWN_ADDRESSES)),
    ],
)
def test_a_bad_url_is_an_error_that_names_the_setting(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^STORY_HISTORY_URL: .*, not "):
        Settings.read(environ={"STORY_HISTORY_URL": url})


def test_no_prefix_can_be_taken_for_an_address_of_the_service(archive_path: Path) -> None:
    rules = create_app(Settings(archive_path)).url_map.iter_rules()
    assert {str(rule).split("/")[1] for rule in rules} - {""} == OWN_ADDRESSES - {"patterns"}


def test_the_log_is_named_after_the_path_too() -> None:
    assert Settings(Path(), url=f"{SITE}{PREFIX}").log_name == "paper.example/history/story-history"


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("path", "environ"),
    [
        ("/history/stories/library", {}),
        ("/stories/library", {}),
        ("/stories/library", STRIPPED),
        ("/stories/library", {"SCRIPT_NAME": "/history"}),
    ],
    ids=["passed on", "stripped", "stripped and said so", "mounted"],
)
def test_addresses_have_the_prefix_once_however_it_comes(
    app: Flask, path: str, environ: dict[str, str]
) -> None:
    answer = app.test_client().get(path, environ_overrides=environ)
    assert answer.status_code == 200
    assert f'<link rel="canonical" href="{SITE}/history/stories/library">' in answer.text
    assert f"<{SITE}/history/timegate/stories/library>" in answer.headers["Link"]
    found = re.findall(r'(?:href|src|action|data-diff)="(/[^"]*)"', answer.text)
    assert len(found) > 10
    assert [each for each in found if not re.match("/history/(?!history/)", each)] == []


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("sent", "one"),
    [
        ("/history", "/history/"),
        ("/history?q=x", "/history/?q=x"),
        ("//history/stories/library", "/history/stories/library"),
        ("/x/../history/./stories/library", "/history/stories/library"),
        ("/%68istory/stories/library", "/history/stories/library"),
        ("/history/stories/%6cibrary?x=1", "/history/stories/library"),
        ("/history/stories/library/", "/history/stories/library"),
        ("//evil.example/x", "/history/evil.example/x"),
        ("/stories/%6cibrary", "/history/stories/library"),
    ],
)
def test_any_other_spelling_leads_to_the_one_with_the_prefix(
    app: Flask, sent: str, one: str
) -> None:
    answer = ask(app, sent)
    assert (answer.status, answer.headers.get("Location")) == (308, one)


@pytest.mark.usefixtures("two_versions")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it is only read
@given(st.lists(TARGETS, min_size=1, max_size=20), st.sampled_from(["/history/", "/history", "/"]))
def test_any_target_leads_to_one_answer_under_the_prefix(
    app: Flask, targets: list[str], before: str
) -> None:
    for first in targets:
        steps, answer = leads(app, before + first)
        assert len(steps) <= 2, first
        for step in steps:
            assert re.match(r"/history/(?![/\\])[!-~]*$", step), first
        assert answer.status < 500, first


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("path", ["/historystories/library", "/history/history/stories/library"])
def test_what_is_not_under_the_prefix_is_not_there(app: Flask, path: str) -> None:
    assert ask(app, path).status == 404


@pytest.mark.usefixtures("two_versions")
def test_a_prefix_that_was_stripped_is_not_looked_for(app: Flask) -> None:
    for _ in range(2):  # the first fills the cache
        assert app.test_client().get("/history/stories/library").status_code == 200
        answer = app.test_client().get("/history/stories/library", environ_overrides=STRIPPED)
        assert answer.status_code == 404, "the client asked for /history/history/stories/library"


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("prefix", ["/evil", "//evil.example", "/history, /evil"])
def test_no_header_names_a_prefix(archive_path: Path, app: Flask, prefix: str) -> None:
    for known in (app.extensions["story_history"].settings, Settings(archive_path, proxies=1)):
        client = application(known).test_client()
        page = client.get("/stories/library", headers={"X-Forwarded-Prefix": prefix})
        assert page.status_code == 200
        assert "evil" not in page.text


@pytest.mark.usefixtures("two_versions")
def test_an_unknown_client_s_word_is_not_taken(archive_path: Path) -> None:
    client = application(Settings(archive_path, url=f"{SITE}{PREFIX}")).test_client()
    answer = client.get("/history/stories/library", environ_overrides=STRIPPED)
    assert answer.status_code == 200


def test_each_application_has_its_own_prefix(archive_path: Path) -> None:
    """Templates are compiled once, and files have their hash once, whatever prefix comes first."""
    for prefix in ("/a", "", "/b"):
        client = application(Settings(archive_path, url=f"{SITE}{prefix}")).test_client()
        assert f'href="{prefix}/static/style.css?v=' in client.get("/").text


def test_the_desk_leads_back_to_where_one_was(
    client: FlaskClient, writer: Callable[[Role], Writer]
) -> None:
    token = writer(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    sent_on = client.get("/history/desk/stories?q=x").headers["Location"]
    assert sent_on == "/history/desk/sign-in?next=/history/desk/stories?q%3Dx"
    page = client.get(sent_on)
    assert 'name="next" value="/history/desk/stories?q=x"' in page.text
    assert "Path=/history/desk" in page.headers["Set-Cookie"]
    for wanted, led in (
        ("/history/desk/stories?q=x", "/history/desk/stories?q=x"),
        ("/desk/stories", "/history/desk"),
        ("/history//evil.example", "/history/desk"),
        ("//evil.example/history/desk", "/history/desk"),
        ("//evil.x/desk", "/history/desk"),
    ):
        form = {"csrf": form_csrf(client.get("/history/desk/sign-in")), "token": token}
        answer = client.post("/history/desk/sign-in", data={**form, "next": wanted})
        assert (answer.status_code, answer.headers["Location"]) == (303, led)


def test_what_is_recorded_has_an_address_under_the_prefix(editor: Writer) -> None:
    answer = editor.client.post(
        "/history/api/v1/stories/history/revisions",
        json={"content": story(), "state": "draft"},
        headers=editor.headers,
    )
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/history/api/v1/stories/history/revisions/1"
    assert editor.get(answer.headers["Location"]).status_code == 200


def test_a_page_that_is_not_ready_leads_to_itself(app: Flask) -> None:
    address = "/stories/library/provenance?phrase=x"
    with app.test_request_context(address, environ_overrides={"SCRIPT_NAME": PREFIX}):
        page = render_template("unwritten.html", story="library", done=1, live=2)
    assert f'<a href="{PREFIX}{address}">Look again</a>' in page


@pytest.mark.usefixtures("two_versions")
def test_other_documents_have_the_prefix(client: FlaskClient) -> None:
    robots = client.get("/history/robots.txt").text
    assert "Disallow: /history/desk\n" in robots
    assert f"Sitemap: {SITE}/history/sitemap.xml\n" in robots
    assert "<code>GET /history/api/v1/stories</code>" in client.get("/history/api").text


def test_the_log_has_no_secret_of_a_feed(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        for path in ("/history/desk/feed/hidden.atom", "/history/history/desk/feed/hidden.atom"):
            client.get(path)
    logged = [each.fields["path"] for each in caplog.records if hasattr(each, "fields")]
    assert len(logged) == 2
    assert "hidden" not in str(logged)
