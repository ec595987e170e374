"""The desk: timelines, restoring, and tokens."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from service.accounts import Role
from tests.web.conftest import Desk, Writer, draft, read, words

HUGE = "9" * 5_000


pytestmark = pytest.mark.usefixtures("published")


# The timeline


def test_the_timeline_shows_everything_newest_first(
    someone: Desk, contributor: Writer, editor: Writer
) -> None:
    number = draft(contributor, title="Two", note="As sent")
    path = f"/desk/stories/library/revisions/{number}/actions"
    for action, note in (("comment", "Hm."), ("approve", ""), ("publish", "Told.")):
        someone.post(path, action=action, note=note)
    shown = words(someone.get("/desk/stories/library/timeline"))
    lines = [
        "Revision 2 published as version 2 by The editor live now",
        "Revision 2 approved by The editor",
        "Comment on revision 2 by The editor",
        "Draft, revision 2 by The contributor",
        "Version 1 published by The editor live until",
    ]
    places = [shown.index(line) for line in lines]
    assert places == sorted(places)


def test_which_version_was_live_when(someone: Desk, editor: Writer, client: FlaskClient) -> None:
    editor.publish(base=1, title="Two")
    at = read(client.get("/api/v1/stories/library/versions/2"))["created_at"]
    for time, told in (
        (at[:16], "version 2 was live"),
        ("2001-01-01T00:00", "no version was live"),
    ):
        shown = words(someone.get(f"/desk/stories/library/timeline?at={time}"))
        assert told in shown
    page = someone.get("/desk/stories/library/timeline?at=2001-01-01T14:00%2B02:00")
    assert "At 1 January 2001, 12:00 UTC no version was live" in words(page)
    assert someone.get("/desk/stories/library/timeline?at=x").status_code == 400


def test_a_long_timeline_is_paged(someone: Desk, editor: Writer) -> None:
    for number in range(1, 60):
        editor.publish(base=number, title=f"Title {number}")
    seen, path = 0, "/desk/stories/library/timeline"
    while path:
        page = someone.get(path).text
        seen += page.count("Version ")
        more = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = unescape(more[1]) if more else ""
    assert seen == 60


def test_restoring_previews_its_changes_and_needs_a_note(
    someone: Desk, editor: Writer, client: FlaskClient
) -> None:
    editor.publish(base=1, title="Two")
    path = "/desk/stories/library/restore/1"
    assert "will be published again, as version 3" in words(someone.get(path))
    held = someone.post(path, base_version="2", note="")
    assert held.status_code == 409
    assert someone.post(path, base_version="1", note="x").status_code == 409
    assert someone.post(path, base_version="2", note="Back.").status_code == 303
    assert read(client.get("/api/v1/stories/library"))["version"] == 3
    same = someone.post("/desk/stories/library/restore/3", base_version="3", note="x")
    assert same.status_code == 303
    assert "Nothing was changed" in words(someone.get("/desk/stories/library/timeline"))


@pytest.mark.parametrize(
    "path",
    [
        "/desk/stories/nothing",
        "/desk/stories/nothing/timeline",
        "/desk/stories/nothing/edit",
        "/desk/stories/library/edit?from=9",
        "/desk/stories/library/edit?from=x",
        "/desk/stories/library/revisions/9",
        "/desk/stories/library/revisions/0/merge",
        "/desk/stories/library/restore/9",
    ],
)
def test_what_is_not_there_is_not_found(someone: Desk, path: str) -> None:
    assert someone.get(path).status_code == 404


# Tokens


def test_an_admin_creates_lists_and_revokes_tokens(
    desk: Callable[[Role], Desk], client: FlaskClient
) -> None:
    admin = desk(Role.ADMIN)
    for bad in (
        {"name": "a<b"},
        {"name": ""},
        {"days": "x"},
        {"days": "0"},
        {"days": HUGE},
        {"role": "king"},
    ):
        answer = admin.post("/desk/tokens", **{"name": "Mika", "role": "editor", **bad})
        assert answer.status_code == 422
    made = admin.post("/desk/tokens", name="Mika", role="contributor", days="30")
    found = re.search(r'class="secret">([\w-]{43})<', made.text)
    assert found
    headers = {"Authorization": f"Bearer {found[1]}"}
    assert client.get("/api/v1/stories/library/revisions", headers=headers).status_code == 200
    page = admin.get("/desk/tokens").text
    assert found[1] not in page
    row = page[page.index("Mika") :]
    revoke = re.search(r'action="(/desk/tokens/\w+/revoke)"', row)
    assert revoke
    assert admin.post(revoke[1]).status_code == 303
    assert client.get("/api/v1/stories/library/revisions", headers=headers).status_code == 401
    assert "revoked" in words(admin.get("/desk/tokens"))
