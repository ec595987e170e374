"""Sends the queue, in order."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings

from story_history.models import Event

_LATER = {401, 403, 408, 429}
_SECONDS = 20


def send() -> None:
    """Until all is sent, or the archive does not take it now. One process at a time."""
    while event := Event.objects.filter(answer="").order_by("pk").first():
        try:
            status, answer = _deliver(event)
        except (OSError, HTTPException, ValueError):
            return
        if status in _LATER or status >= 500:
            return  # What waits behind it waits too: a story's versions keep their order.
        if status < 300:
            event.delete()
        else:
            # It would be refused again. It is kept for the site's owner, and the next one is sent.
            event.answer = f"{status} {json.dumps(answer)}"
            event.save()


def _deliver(event: Event) -> tuple[int, Any]:
    url = f"{settings.STORY_HISTORY_URL}/api/v1/stories/{event.story}"
    if "action" in event.body:
        status, known = _request(f"{url}/versions?limit=1")
        if status != 200:
            return status, known
        url += f"/revisions/{known['items'][0]['revision']}/actions"
    else:
        url += "/revisions"
    status, answer = _request(url, event)
    if status == 422 and "created_at" in [each["field"] for each in answer["errors"]]:
        # This site's clock is wrong, or an editor has published in the archive since.
        event.body.pop("created_at")
        return _request(url, event)
    return status, answer


def _request(url: str, event: Event | None = None) -> tuple[int, Any]:
    """The status and the decoded body. OSError, HTTPException or ValueError if there is no whole
    answer.
    """
    headers = {"Authorization": f"Bearer {settings.STORY_HISTORY_TOKEN}"}
    if event:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(event.key)}
    data = json.dumps(event.body).encode() if event else None
    try:
        with urlopen(Request(url, data, headers), timeout=_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)
