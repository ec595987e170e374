"""Webhooks of the real server: what arrives, while another receiver hangs."""

import json
import time
from pathlib import Path

from standardwebhooks.webhooks import Webhook as Reference

from repo_store.archive import Archive
from service.accounts.database import Database
from service.webhooks.subscriptions import Webhooks
from service.wiring import now
from tests.samples import new_token, story
from tests.servers import post, serving
from tests.webhooks.receivers import Answering, Raw, hang


def test_what_is_published_arrives_though_another_receiver_hangs(
    archive_path: Path, archive: Archive
) -> None:
    site = "https://history.example"
    with Raw.started(hang) as hanging, Answering.started() as receiver:
        webhooks = Webhooks(Database(archive_path))
        webhooks.add(hanging.url, (), now(), private=True)
        _, secret = webhooks.add(receiver.url, (), now(), private=True)
        token = new_token(archive_path, now=now())
        with serving("serve", "--archive", archive_path, STORY_HISTORY_URL=site) as server:
            api = f"{server.url}api/v1/stories/library/revisions"
            for base, title in ((None, "One"), (1, "Two")):
                body = {"content": story(title=title), "state": "published", "base_version": base}
                assert post(api, token, body | {"note": "New."})[0] == 201
            begun = time.monotonic()
            while len(receiver.got) < 2 and time.monotonic() - begun < 60:
                time.sleep(0.02)
    events = [Reference(secret).verify(body, headers) for headers, body in receiver.got]
    assert [each["data"]["title"] for each in events] == ["One", "Two"]
    assert [each["data"]["url"] for each in events] == [
        f"{site}/stories/library/versions/{number}" for number in (1, 2)
    ]
    assert json.loads(receiver.got[0][1])["type"] == "revision.published"
