"""What the archive has of a story, asked as anyone may ask, and as an editor."""

import json
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from tests.connectors.site import Shown, parsed, words
from tests.servers import PROGRAM, ask, get


@dataclass(frozen=True)
class ArchiveReader:
    """`path`: the archive's folder; `url`: its server's; `token`: an editor's."""

    path: Path
    url: str
    token: str

    def versions(self, story: str) -> list[dict[str, Any]]:
        """As the public sees them, first to last, each with its content."""
        items = self._api(f"stories/{story}/versions?limit=100").get("items", [])
        numbers = sorted(each["version"] for each in items)
        return [self._api(f"stories/{story}/versions/{number}") for number in numbers]

    def unexplained(self, story: str, version: int) -> tuple[str, ...]:
        headers = {"Authorization": f"Bearer {self.token}"}
        _, text = get(f"{self.url}/api/v1/stories/{story}/versions/{version}", **headers)
        return tuple(json.loads(text).get("unexplained", ()))

    def status(self, story: str) -> int:
        """Of the story's page."""
        return get(f"{self.url}/stories/{story}")[0]

    def page(self, story: str) -> str:
        return get(f"{self.url}/stories/{story}")[1]

    def leads_to(self, alias: str) -> str:
        """Where the page with this id is redirected to."""
        answer = ask(self.url, f"/stories/{alias}")
        return answer.location if answer.status == 308 else ""

    def events(self, story: str) -> list[str]:
        """What happened, in the order in which it was recorded."""
        found = self._api("changes?limit=100")["items"]
        return [each["event"] for each in found if each["story"] == story]

    def to_explain(self) -> set[tuple[str, int]]:
        """The stories and versions that the desk lists, as an editor who signs in sees them."""
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        with browser.open(f"{self.url}/desk/sign-in") as answer:
            form = dict(parsed(answer.read()).forms[0].form_values())
        browser.open(
            f"{self.url}/desk/sign-in", urlencode(form | {"token": self.token}).encode()
        ).close()
        with browser.open(f"{self.url}/desk/to-explain") as answer:
            page = parsed(answer.read())
        assert page.findtext(".//h1") == "To explain"
        found = set()
        for item in page.find_class("item"):
            line = item.find_class("line")[0]
            [number] = re.findall(r"Version (\d+)", words(line))
            found.add((line.findtext("code") or "", int(number)))
        return found

    def log(self, story: str) -> list[dict[str, Any]]:
        """What `story-history log` prints, first to last."""
        found = json.loads(_command(self.path, "log", story, "--json"))["items"]
        assert isinstance(found, list)
        return found[::-1]

    def verify(self) -> None:
        """Raises CalledProcessError if the archive does not verify."""
        _command(self.path, "verify")

    def _api(self, path: str) -> dict[str, Any]:
        _, text = get(f"{self.url}/api/v1/{path}")
        found = json.loads(text)
        assert isinstance(found, dict)
        return found


def new_token(archive: Path, role: str, name: str) -> str:
    return _command(archive, "token", "create", "--role", role, "--name", name).strip()


def _command(archive: Path, *arguments: str) -> str:
    command = [str(PROGRAM), "--archive", str(archive), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def shown(content: dict[str, Any]) -> Shown:
    """Of an article's body, the text of each block."""
    blocks = content["overview"] if "overview" in content else content.get("body", ())
    texts = (unescape(re.sub(r"\\(.)", r"\1", block)) for block in blocks)
    return Shown(content["title"], content.get("summary", ""), tuple(texts))
