"""The look of the public pages: kinds, the text face, and the paper's own by settings."""

import os
import re
import struct
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from repo_store import Kind
from service.accounts import Role
from service.config import ConfigError, Settings
from service.look import LARGEST, colours, faces, look_of
from service.look.images import NoImage, media_type_and_size
from tests.servers import PROGRAM
from tests.web.conftest import Desk, Writer, application

ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "service/static/style.css").read_text()
KINDS = ("first", *Kind, "explanation", "removed", "withdrawn")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><path d="M0 0h9v9"/></svg>'
LOGO = SVG.format('viewBox="0 0 240 60"').encode()
LINKS = "Policy=https://courier.example/a?b=c#d | Mail = mailto:a@b.example|About us=/about"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 320, 80) + bytes(9)

LOSSLESS = b"\x2f" + (319 | 79 << 14).to_bytes(4, "little") + bytes(5)
BACKGROUNDS = ("page", "panel")


def webp(kind: bytes, head: bytes) -> bytes:
    return b"RIFF\x20\0\0\0WEBP" + kind + b"\x0a\0\0\0" + head + bytes(20)


def macro(app: Flask, name: str, *arguments: str) -> Markup:
    """What a macro of the kinds makes."""
    with app.test_request_context():
        made: Markup = getattr(app.jinja_env.get_template("_kinds.html").module, name)(*arguments)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_an_icon_a_word_and_a_meaning(app: Flask, kind: str) -> None:
    badge = macro(app, "kind", kind)
    found = re.fullmatch(
        rf'<span class="kind kind-{kind}" title="([^"<]+\.)"><svg [^>]*aria-hidden="true"[^>]*>'
        r"(<.+>)</svg>([A-Z][a-z ]+)</span>",
        badge,
    )
    assert found, badge
    meaning, _, word = found.groups()
    legend = macro(app, "kinds_legend")
    assert f"</svg>{word}</dt><dd>{meaning}</dd>" in legend


def test_kinds_differ_in_shape_and_word(app: Flask) -> None:
    for name in ("icon", "kind_word", "kind_meaning"):
        assert len({str(macro(app, name, kind)) for kind in KINDS}) == len(KINDS), name


def test_the_style_sheet_names_the_faces_by_their_hash(client: FlaskClient) -> None:
    named = re.findall(r'url\("([^"]+)"\)', STYLE)
    assert sorted(named) == sorted(f"{each.digest}/{each.name}" for each in faces())
    for path in named:
        answer = client.get(f"/static/{path}", headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.content_type) == (200, "font/ttf")
        assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.data) < 105_000


def test_an_asset_has_one_address(client: FlaskClient) -> None:
    answer = client.get("/static/0123456789ab/serif.ttf")
    assert answer.status_code == 308
    assert re.fullmatch(r"/static/[0-9a-f]{12}/serif\.ttf", answer.location)
    assert client.get(answer.location).status_code == 200
    assert client.get("/static/0123456789ab/other.ttf").status_code == 404


@pytest.mark.parametrize(
    ("overview", "preloaded"), [("The council said that it is open.", 2), ("市长表示大桥关闭。", 0)]
)
def test_the_face_is_preloaded_where_the_text_is_set_in_it(
    client: FlaskClient, editor: Writer, overview: str, preloaded: int
) -> None:
    editor.publish(title=overview, summary=overview, overview=[overview], analysis=[], faq=[])
    for path in ("/stories/library", "/"):
        found = re.findall(r'<link rel="preload" href="([^"]+)" as="font"', client.get(path).text)
        assert len(found) == preloaded
        for address in found:
            assert client.get(address).status_code == 200


@pytest.fixture
def paper(archive_path: Path, tmp_path: Path) -> FlaskClient:
    """The pages of a paper that has said all there is to its look."""
    logo, style = tmp_path / "logo.svg", tmp_path / "paper.css"
    logo.write_bytes(LOGO)
    style.write_text("h1 { color: purple; } /* é */")
    settings = Settings.read(
        archive_path,
        environ={
            "STORY_HISTORY_NAME": "Courier & Sons",
            "STORY_HISTORY_LOGO": str(logo),
            "STORY_HISTORY_COLOUR": "#7a1f2b",
            "STORY_HISTORY_STYLE": str(style),
            "STORY_HISTORY_FOOTER": "12 Harbour Street <b>",
            "STORY_HISTORY_LINKS": LINKS,
        },
    )
    assert sorted(settings.worth_noting) == [
        f"STORY_HISTORY_{name}" for name in ("COLOUR", "FOOTER", "LINKS", "LOGO", "NAME", "STYLE")
    ]
    noted = settings.worth_noting | {"STORY_HISTORY_ARCHIVE": str(archive_path)}
    assert Settings.read(environ=noted) == settings
    return application(settings).test_client()


def test_pages_bear_the_paper_s_name_logo_and_footer(paper: FlaskClient, editor: Writer) -> None:
    editor.publish()
    for path in ("/", "/stories/library", "/stories/library/history", "/nothing", "/api"):
        page = paper.get(path).text
        assert " · Courier &amp; Sons</title>" in page
        assert '<meta property="og:site_name" content="Courier &amp; Sons">' in page
        image = re.search(
            r'<header class="site"><a href="/"><img src="(/static/[0-9a-f]{12}/logo\.svg)"'
            r' alt="Courier &amp; Sons" width="240" height="60"></a></header>',
            page,
        )
        assert image
        foot = page[page.index('<footer class="foot">') :]
        assert '<p dir="auto">12 Harbour Street &lt;b&gt;</p>' in foot
        links = re.findall(r'<a href="([^"]+)" dir="auto">([^<]+)</a>', foot)
        assert [(unescape(address), label) for address, label in links] == [
            ("https://courier.example/a?b=c#d", "Policy"),
            ("mailto:a@b.example", "Mail"),
            ("/about", "About us"),
        ]
        assert 'href="/history.atom"' in foot
        assert 'href="/api"' in foot
    assert "<title>Courier &amp; Sons: recent changes</title>" in paper.get("/history.atom").text
    [address] = set(re.findall(r'src="([^"]+logo[^"]+)"', page))
    logo = paper.get(address)
    assert (logo.content_type, logo.data) == ("image/svg+xml", LOGO)
    policy = logo.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script" not in policy


def test_the_paper_s_colours_and_rules_come_after_ours(paper: FlaskClient) -> None:
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)">', paper.get("/").text)
    assert [re.sub(r".*/|\?.*", "", each) for each in sheets] == ["style.css", "paper.css"]
    answer = paper.get(sheets[1])
    assert answer.content_type == "text/css; charset=utf-8"
    accent = re.match(
        r":root \{ --accent: light-dark\(#7a1f2b, (#[0-9a-f]{6})\); \}\n", answer.text
    )
    assert accent
    assert min(colours.contrast(accent[1], each) for each in colours.DARK) >= 4.5
    assert answer.text.endswith("h1 { color: purple; } /* é */")


def test_without_settings_pages_bear_ours(
    client: FlaskClient, desk: Callable[[Role], Desk]
) -> None:
    page = client.get("/").text
    assert "<title>Stories · Story history</title>" in page
    assert '<header class="site"><a href="/">Story history</a></header>' in page
    assert "paper.css" not in page
    assert "<footer" not in desk(Role.EDITOR).get("/desk").text


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (PNG, ("image/png", 320, 80)),
        (webp(b"VP8 ", bytes(6) + struct.pack("<HH", 320, 80)), ("image/webp", 320, 80)),
        (webp(b"VP8L", LOSSLESS), ("image/webp", 320, 80)),
        (webp(b"VP8X", bytes(4) + b"\x3f\x01\0\x4f\0\0"), ("image/webp", 320, 80)),
        (LOGO, ("image/svg+xml", 240, 60)),
        (SVG.format('width="30.4px" height="0.3"').encode(), ("image/svg+xml", 30, 1)),
        (SVG.format('width="100%" viewBox="0,0,24,8"').encode(), ("image/svg+xml", 24, 8)),
    ],
)
def test_the_size_of_an_image_is_read_from_it(data: bytes, size: tuple[str, int, int]) -> None:
    assert media_type_and_size(data) == size


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"GIF89a", PNG[:20], PNG[:16] + bytes(17), webp(b"VP8 ", bytes(10)), b"<html/>"),
        *(webp(b"ABCD", bytes(10)), webp(b"VP8X", b"")[:20], b"<svg viewBox='0 0 9 9'/>"),
        *(SVG.format("").encode(), SVG.format('viewBox="0 0 0 9"').encode(), LOGO[:-3]),
    ],
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(NoImage):
        media_type_and_size(data)


def _refused(setting: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^STORY_HISTORY_{setting}: .*{message}"):
        look_of(Settings.read(environ={f"STORY_HISTORY_{setting}": str(value)}))


@pytest.mark.parametrize("setting", ["LOGO", "STYLE"])
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, setting: str) -> None:
    path = tmp_path / "file"
    _refused(setting, path, "No such file")
    _refused(setting, tmp_path, "Is a directory")
    path.write_bytes(LOGO + b" " * LARGEST)
    _refused(setting, path, "at most 100 KiB")
    path.write_bytes(b"\xff\xfe")
    _refused(setting, path, {"LOGO": "SVG, PNG or WebP", "STYLE": "UTF-8"}[setting])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *(("NAME", each) for each in ("x" * 81, "a\nb", "a\u202eb")),
        *(("FOOTER", each) for each in ("x" * 601, "a\x00b")),
        *(("COLOUR", each) for each in ("red", "#abc", "#12345g", "#123456 #123456 #123456")),
        *(
            ("LINKS", each)
            for each in (
                *("Policy", "=https://a.example", "A=b.example", "A=//a.example", "A=javascript:x"),
                *("A=https://a.example | ", "A=data:text/html,x", "A=https://a b", "A=mailto:"),
                *(
                    'A=/"',
                    "A=/a#b#c",
                    "A=https://a@b.example",
                    "A\nB=/a",
                    "A=/a\\b",
                    "A=mailto:a@b?c",
                ),
            )
        ),
    ],
)
def test_a_bad_value_is_refused_by_name(setting: str, value: str) -> None:
    _refused(setting, value, "must be .*not ")


@pytest.mark.parametrize(
    ("value", "pages"),
    [
        ("#ffcc00", "light"),
        ("#8ec5e6", "light"),
        ("#1d4e6b #1d4e6b", "dark"),
        ("#fff000 #ffffff", "l"),
    ],
)
def test_a_colour_with_too_little_contrast_is_refused(value: str, pages: str) -> None:
    _refused("COLOUR", value, f"on {pages}.* at least 4.5 to 1")


def test_a_colour_is_checked_against_the_pages_own() -> None:
    for backgrounds, position in ((colours.LIGHT, 0), (colours.DARK, 1)):
        told = [re.search(rf"--{name}: light-dark\((.*?), (.*?)\)", STYLE) for name in BACKGROUNDS]
        assert [found.groups()[position] for found in told if found] == list(backgrounds)
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.accents("X", "#000000")[1] != "#000000"


def test_a_server_with_a_bad_logo_does_not_start(tmp_path: Path) -> None:
    run = subprocess.run(
        [PROGRAM, "--archive", tmp_path / "archive", "serve", "--port", "0"],
        env={**os.environ, "STORY_HISTORY_LOGO": "/nowhere.svg"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    error = "story-history: STORY_HISTORY_LOGO: /nowhere.svg: No such file or directory"
    assert (run.returncode, run.stdout, run.stderr.splitlines()[-1:]) == (2, "", [error])
