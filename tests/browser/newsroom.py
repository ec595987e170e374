"""The people of a newsroom, at work on one story of a running server."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from service.accounts import Role, Tokens
from service.accounts.database import Database
from tests.servers import PROGRAM


def run(archive: Path, *arguments: str) -> str:
    command: list[str | Path] = [PROGRAM, "--archive", archive, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Newsroom:
    def __init__(self, archive: Path, url: str, story: str) -> None:
        """`story`: its id; on a shared server, one that no other test has."""
        self.archive, self.url, self.story = archive, url, story
        people = (("editor", "Dara Voss"), ("contributor", "Mika Lund"))
        self.tokens = {role: self.token(role, name) for role, name in people}

    def token(self, role: str, name: str) -> str:
        return Tokens(Database(self.archive)).create(Role(role), name, datetime.now(UTC))

    def send(self, role: str, content: dict[str, Any], **fields: Any) -> dict[str, Any]:
        request = Request(
            f"{self.url}api/v1/stories/{self.story}/revisions",
            data=json.dumps({"content": content, **fields}).encode(),
            headers={
                "Authorization": f"Bearer {self.tokens[role]}",
                "Content-Type": "application/json",
            },
        )
        with urlopen(request) as answer:
            sent: dict[str, Any] = json.load(answer)
        return sent

    def sign_in(self, page: Page, token: str = "") -> None:
        """As the editor, unless another token is given."""
        page.goto(f"{self.url}desk")
        page.get_by_label("Your token").fill(token or self.tokens["editor"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Waiting for review")).to_be_visible()
