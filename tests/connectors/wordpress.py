"""WordPress: PHP's server with MariaDB, played through its REST API and its own cron."""

import json
import os
import re
import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page

from tests.connectors.processes import running, wait_until
from tests.connectors.publications import Article
from tests.connectors.site import Shown, parsed, words
from tests.servers import free_port, get, wait_for

_HERE = Path(__file__).parent / "wordpress"
PLUGIN = Path(__file__).parents[2] / "connectors/wordpress"


class WordPress:
    """A running site, whose articles are posts."""

    def __init__(self, folder: Path, url: str, environ: dict[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self.url = url
        password = self._php((folder / "install.php").read_text().removeprefix("<?php"))
        self._password = b64encode(f"ines:{password}".encode()).decode()
        self.author = "Inès Okoro"
        found = self.php("echo $wp_version, '|', PHP_VERSION, '|', $wpdb->db_server_info();")
        wordpress, php, mariadb = found.split("|")
        mariadb = re.sub(r"-MariaDB.*", "", mariadb)
        self.name = f"WordPress {wordpress} (PHP {php}, MariaDB {mariadb})"

    def story(self, number: int) -> str:
        return f"post-{number}"

    def create(self, article: Article, note: str) -> int:
        return int(self.rest("posts", **_fields(article, note), status="publish")["id"])

    def save(self, number: int, article: Article, note: str) -> None:
        self.rest(f"posts/{number}", **_fields(article, note))

    def save_twice(self, number: int, article: Article, note: str) -> None:
        with ThreadPoolExecutor(2) as both:
            for each in [both.submit(self.save, number, article, note) for _ in range(2)]:
                each.result()

    def take_offline(self, number: int) -> None:
        self.rest(f"posts/{number}", method="DELETE")

    def publish_again(self, number: int, article: Article, note: str) -> None:
        date = _time(datetime.now(UTC) - timedelta(days=3))
        self.rest(f"posts/{number}", **_fields(article, note), status="publish", date_gmt=date)

    def schedule(self, article: Article) -> tuple[int, datetime]:
        # Less than a minute ahead, WordPress publishes it at once.
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=62)
        fields = {"status": "future", "date_gmt": _time(due)}
        return int(self.rest("posts", **_fields(article, ""), **fields)["id"]), due

    def publish_scheduled(self, number: int) -> None:
        wait_until(lambda: self.page(number) is not None, "the scheduled post")

    def page(self, number: int) -> Shown | None:
        status, text = get(f"{self.url}/?p={number}")
        if status != 200:
            return None
        page = parsed(text)
        [title] = page.find_class("wp-block-post-title")
        [body] = page.find_class("wp-block-post-content")
        for history in body.findall(".//story-history"):
            history.drop_tree()
        for history in body.findall(".//story-history"):
            history.drop_tree()
        # The theme's page of a post does not show its summary; lists do.
        _, listed = get(f"{self.url}/?rest_route=/wp/v2/posts/{number}")
        summary = json.loads(listed)["excerpt"]["rendered"]
        return Shown(
            words(title),
            words(parsed(summary)) if summary else "",
            tuple(words(each) for each in body.iter("p")),
        )

    def pending(self) -> int:
        return len(self.queue("waiting"))

    def refused(self) -> list[str]:
        return [each["message"] for each in self.queue("refused")]

    def queue(self, status: str) -> list[dict[str, Any]]:
        """The rows of the plugin's queue, first to last."""
        table = "{$wpdb->prefix}story_history_queue"
        query = f"SELECT * FROM {table} WHERE status = '{status}' ORDER BY id"
        found = json.loads(self.php(f'echo json_encode( $wpdb->get_results( "{query}" ) );'))
        assert isinstance(found, list)
        return found

    def php(self, code: str) -> str:
        """What this code prints in a process of WordPress of its own."""
        return self._php(f"require '{self._folder}/wp-load.php'; {code}")

    def wp_cli(self, *arguments: str) -> str:
        """What `wp story-history` with these arguments prints."""
        return self.run("wp-cli.php", *arguments)

    def get(self, path: str) -> str:
        """What anyone gets there."""
        return get(self.url + path)[1]

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.url}/wp-login.php")
        page.get_by_label("Username or Email Address").fill("ines")
        page.get_by_label("Password", exact=True).fill("a long password")
        page.get_by_role("button", name="Log In").click()
        page.wait_for_url("**/wp-admin/")

    def rest(self, path: str, method: str = "POST", **fields: Any) -> dict[str, Any]:
        request = Request(
            f"{self.url}/?rest_route=/wp/v2/{path}",
            json.dumps(fields).encode(),
            {"Content-Type": "application/json", "Authorization": f"Basic {self._password}"},
            method=method,
        )
        with urlopen(request) as answer:
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def _php(self, code: str) -> str:
        return self.run("-d", "display_errors=stderr", "-r", code)

    def run(self, *arguments: str) -> str:
        """What PHP prints with these arguments, in the site's folder."""
        return subprocess.run(
            ["php", *arguments],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@contextmanager
def wordpress(
    cache: Path, folder: Path, archive: str = "", token: str = "", system_cron: bool = True
) -> Iterator[WordPress]:
    """A new site in `folder` whose plugin sends to the archive at this address, or to none yet.

    `system_cron`: the system's cron asks for what is due, as on larger sites; otherwise visits do.
    """
    site, data = folder / "site", folder / "mariadb"
    packages = cache / "wordpress/usr/share/wordpress"
    # This is a link to where the package would have been installed.
    shutil.copytree(packages, site, ignore=shutil.ignore_patterns(".htaccess"))
    (site / "wp-config.php").unlink(missing_ok=True)
    for name in ("wp-config.php", "install.php", "wp-cli.php", "old-post.php", "uninstall.php"):
        shutil.copy(_HERE / name, site)
    shutil.copytree(PLUGIN, site / "wp-content/plugins/story-history")
    required = site / "wp-content/mu-plugins"
    required.mkdir()
    shutil.copy(_HERE / "for-tests.php", required)
    socket, url = folder / "mariadb.sock", f"http://127.0.0.1:{free_port()}"
    environ = {
        **os.environ,
        "MARIADB_SOCKET": str(socket),
        "WORDPRESS_URL": url,
        "STORY_HISTORY_URL": archive,
        "STORY_HISTORY_TOKEN": token,
        "SYSTEM_CRON": "1" if system_cron else "",
        "PHP_CLI_SERVER_WORKERS": "4",
    }
    _make_database(data)
    database = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}"]
    database += ["--skip-networking", *(["--user=root"] if os.geteuid() == 0 else [])]
    with ExitStack() as stack:
        stack.enter_context(running(database, folder / "mariadb.log", environ))
        wait_until(socket.exists, "MariaDB")
        server = ["php", "-d", "opcache.enable_cli=1", "-d", "display_errors=0"]
        server += ["-d", f"error_log={folder / 'php.log'}", "-S", url.removeprefix("http://")]
        stack.enter_context(running([*server, "-t", str(site)], folder / "server.log", environ))
        found = WordPress(site, url, environ)
        wait_for(url)
        if system_cron:
            stack.enter_context(_cron(url))
        yield found


def _make_database(data: Path) -> None:
    command = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    command += ["--auth-root-authentication-method=normal"]
    command += ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def _cron(url: str) -> Iterator[None]:
    """The system's cron, which asks the site to do what is due."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.5):
            with suppress(OSError):
                urlopen(f"{url}/wp-cron.php?doing_wp_cron").close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _fields(article: Article, note: str) -> dict[str, Any]:
    paragraphs = (
        f"<!-- wp:paragraph --><p>{escape(each, quote=False)}</p><!-- /wp:paragraph -->"
        for each in article.paragraphs
    )
    return {
        "title": article.title,
        "excerpt": article.summary,
        "content": "\n\n".join(paragraphs),
        "slug": article.slug,
        **({"story_history": {"note": note, "kind": "correction"}} if note else {}),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
