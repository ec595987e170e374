"""The people of a newsroom, at work on one story of a running server."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from service.accounts import Role
from tests.samples import new_token
from tests.servers import PROGRAM, post


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
        return new_token(self.archive, Role(role), name, datetime.now(UTC))

    def send(self, role: str, content: dict[str, Any], **fields: Any) -> dict[str, Any]:
        url = f"{self.url}api/v1/stories/{self.story}/revisions"
        status, sent = post(url, self.tokens[role], {"content": content, **fields})
        assert status == 201, sent
        return sent

    def sign_in(self, page: Page, token: str = "") -> None:
        """As the editor, unless another token is given."""
        page.goto(f"{self.url}desk")
        page.get_by_label("Your token").fill(token or self.tokens["editor"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Waiting for review")).to_be_visible()
        page.wait_for_load_state()  # from when keys are heard
