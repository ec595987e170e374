"""Wagtail: Django's server, played through its admin's forms and its own commands."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener
from zoneinfo import ZoneInfo

from lxml import html

from tests.connectors.processes import running, wait_until
from tests.connectors.publications import Article
from tests.connectors.site import Shown, parsed, words
from tests.servers import free_port, get, wait_for

CONNECTOR = Path(__file__).parent.parent.parent / "connectors/wagtail"
_ZONE = ZoneInfo("Asia/Kolkata")
_ROOT = "2"
"""The number of the front page that Wagtail makes."""


class Wagtail:
    """A running site, whose articles are pages."""

    def __init__(self, folder: Path, url: str, python: Path, environ: dict[str, str]) -> None:
        self.url = url
        self._folder, self._python, self._environ = folder, python, environ
        self._browser = build_opener(HTTPCookieProcessor(CookieJar()))
        self.author = "Meera Pillai"
        versions = "import platform, django, wagtail;"
        versions += "print(wagtail.__version__, django.__version__, platform.python_version())"
        wagtail, django, python_version = self._run("-c", versions).split()
        self.name = f"Wagtail {wagtail} (Django {django}, Python {python_version}, SQLite)"

    def install(self) -> None:
        self._run("manage.py", "migrate", "-v0")
        self._run("manage.py", "install")

    def sign_in(self) -> None:
        self._submit("/admin/login/", username="meera", password="a long password")

    def story(self, number: int) -> str:
        return f"page-{number}"

    def create(self, article: Article, note: str) -> int:
        return self._create(article, note)

    def save(self, number: int, article: Article, note: str) -> None:
        self._edit(number, article, note)

    def save_twice(self, number: int, article: Article, note: str) -> None:
        with ThreadPoolExecutor(2) as both:
            for each in [both.submit(self.save, number, article, note) for _ in range(2)]:
                each.result()

    def take_offline(self, number: int) -> None:
        self._submit(f"/admin/pages/{number}/unpublish/")

    def publish_again(self, number: int, article: Article, note: str) -> None:
        before = datetime.now(_ZONE) - timedelta(days=3)
        self._edit(number, article, note, go_live_at=_minute(before))

    def schedule(self, article: Article) -> tuple[int, datetime]:
        due = (datetime.now(_ZONE) + timedelta(seconds=60)).replace(second=0, microsecond=0)
        return self._create(article, "", go_live_at=_minute(due)), due

    def publish_scheduled(self, number: int) -> None:
        def published() -> bool:
            self._run("manage.py", "publish_scheduled")
            return self.page(number) is not None

        wait_until(published, "the scheduled page")

    def page(self, number: int) -> Shown | None:
        with self._database() as database:
            [[path]] = database.execute(
                "select url_path from wagtailcore_page where id = ?", [number]
            )
        status, text = get(f"{self.url}/{path.removeprefix('/home/')}")
        if status != 200:
            return None
        page = parsed(text)
        return Shown(
            words(page.find_class("title")[0]),
            words(page.find_class("summary")[0]),
            tuple(words(each) for each in page.find_class("body")[0].iter("p")),
        )

    def pending(self) -> int:
        with self._database() as database:
            [[count]] = database.execute(
                "select count(*) from wagtail_story_history_outgoing where not refused"
            )
        return int(count)

    def refused(self) -> list[str]:
        with self._database() as database:
            found = database.execute(
                "select trouble from wagtail_story_history_outgoing where refused"
            )
            return [trouble for (trouble,) in found]

    def newest(self) -> int:
        with self._database() as database:
            [[number]] = database.execute("select max(page_ptr_id) from newsroom_article")
        return int(number)

    def _create(self, article: Article, note: str, **fields: str) -> int:
        address = f"/admin/pages/add/newsroom/article/{_ROOT}/"
        self._submit(address, **_fields(article, note), **fields, **_PUBLISH)
        return self.newest()

    def _edit(self, number: int, article: Article, note: str, **fields: str) -> None:
        address = f"/admin/pages/{number}/edit/"
        self._submit(address, **_fields(article, note), **fields, **_PUBLISH)

    def _submit(self, address: str, **fields: str) -> None:
        """Fill in the page's form as a browser has it. ValueError if it comes back with errors."""
        with self._browser.open(self.url + address) as answer:
            page = parsed(answer.read())
        [form] = [each for each in page.forms if each.method == "POST" and _is_main(each)]
        known = {name: value for name, value in form.form_values() if name not in fields}
        data = urlencode(known | fields).encode()
        with self._browser.open(self.url + address, data) as answer:
            again = parsed(answer.read())
        if errors := again.find_class("error-message"):
            raise ValueError([words(each) for each in errors])

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        file = f"file:{self._folder / 'wagtail.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=20)) as connection:
            yield connection

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [self._python, *arguments],
            cwd=self._folder / "site",
            env=self._environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


def python_of(cache: Path) -> Path:
    """Wagtail's own."""
    return cache / "wagtail/bin/python"


@contextmanager
def wagtail(cache: Path, folder: Path, archive: str, token: str) -> Iterator[Wagtail]:
    """A new site in `folder` whose connector sends to the archive at this address."""
    site, python = folder / "site", python_of(cache)
    shutil.copytree(CONNECTOR / "tests/site", site, ignore=shutil.ignore_patterns("__pycache__"))
    url = f"http://127.0.0.1:{free_port()}"
    environ = {
        **os.environ,
        "PYTHONPATH": str(CONNECTOR),
        "WAGTAIL_FOLDER": str(folder),
        "WAGTAIL_URL": url,
        "STORY_HISTORY_URL": archive,
        "STORY_HISTORY_TOKEN": token,
    }
    found = Wagtail(folder, url, python, environ)
    found.install()
    manage = [str(python), "manage.py"]
    server = [*manage, "runserver", "--noreload", url.removeprefix("http://")]
    sender = [*manage, "story_history_send", "--every", "0.5"]
    with ExitStack() as stack:
        stack.enter_context(running(server, folder / "server.log", environ, site))
        stack.enter_context(running(sender, folder / "sender.log", environ, site))
        wait_for(f"{url}/admin/login/")
        found.sign_in()
        yield found


_PUBLISH = {"action-publish": "action-publish"}


def _is_main(form: html.FormElement) -> bool:
    return "csrfmiddlewaretoken" in form.fields and "logout" not in (form.action or "")


def _fields(article: Article, note: str) -> dict[str, str]:
    blocks = [_block(each) for each in article.paragraphs]
    return {
        "title": article.title,
        "slug": article.slug,
        "summary": article.summary,
        "body": json.dumps({"blocks": blocks, "entityMap": {}}),
        **({"story_history-note": note, "story_history-kind": "correction"} if note else {}),
    }


def _block(text: str) -> dict[str, object]:
    """A paragraph as Wagtail's editor, Draftail, sends it."""
    more = {"depth": 0, "inlineStyleRanges": [], "entityRanges": [], "data": {}}
    return {"key": f"{abs(hash(text)) % 10**5:05}", "text": text, "type": "unstyled", **more}


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
