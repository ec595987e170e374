"""Takes the queue to the archive: each story's events in their order, each until the archive has
answered; no story waits for another's trouble.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from wagtail.models import Page, Revision

from wagtail_story_history import conf
from wagtail_story_history.client import Answer, Unavailable, request
from wagtail_story_history.content import article
from wagtail_story_history.models import Outgoing, Story, What
from wagtail_story_history.wording import ADVICE

_logger = logging.getLogger(__name__)
_LEASE = timedelta(minutes=2)
"""Longer than a request takes: then the sender has died, and another one may send it again."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
"""Seconds; each attempt waits twice as long."""
_BLINK = 0.5
"""Seconds in which the thread sees that its process ends."""
_OF_THE_ARCHIVE = {401, 403, 404, 429, 503}
_OF_THE_MOMENT = {408, 425}


class Outcome(Enum):
    SENT = "sent"
    REFUSED = "refused"
    """It would be again."""
    LATER = "later"
    """The story waits."""
    UNAVAILABLE = "unavailable"
    """All wait."""


def send() -> bool:
    """Send what is due. Whether the archive was there."""
    while not _ends() and (event := _claimed()):
        outcome, words, wait = _sent(event)
        with transaction.atomic():
            _settle(event, outcome, words, wait)
        if outcome is Outcome.UNAVAILABLE:
            return False
    return True


def waiting() -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(refused=False)


def next_due() -> float | None:
    """In how many seconds the next event is due; None: there is none."""
    due = waiting().filter(~Exists(_earlier())).order_by("due").values_list("due", flat=True)
    first = due.first()
    return None if first is None else max(0.0, (first - timezone.now()).total_seconds())


def wake() -> None:
    """Send soon after the transaction, in a thread of this process."""
    if conf.sends_at_once() and not _by_hand.get():
        transaction.on_commit(_thread.wake)


@contextmanager
def by_hand() -> Iterator[None]:
    """Without a thread: whoever queues sends."""
    token = _by_hand.set(True)
    try:
        yield
    finally:
        _by_hand.reset(token)


def _earlier() -> QuerySet[Outgoing]:
    return waiting().filter(story=OuterRef("story"), pk__lt=OuterRef("pk"))


def _claimed() -> Outgoing | None:
    """The first event that is due and before which none of its story waits; no other sender has
    it. Its time moves ahead while it is sent.
    """
    while True:
        now = timezone.now()
        event = (
            waiting()
            .filter(~Exists(_earlier()), due__lte=now)
            .select_related("story")
            .order_by("pk")
            .first()
        )
        if event is None:
            return None
        claim = Outgoing.objects.filter(pk=event.pk, due=event.due, refused=False)
        if claim.update(due=now + _LEASE, attempts=event.attempts + 1):
            event.attempts += 1
            return event


def _sent(event: Outgoing) -> tuple[Outcome, str, float | None]:
    """With what went wrong, and how long the archive asks to wait."""
    try:
        answer = _deliver(event)
    except Unavailable as error:
        return Outcome.UNAVAILABLE, str(error), None
    except Exception as error:
        _logger.exception("Event %s cannot be sent", event.pk)
        return Outcome.REFUSED, f"The article cannot be made: {error!r}", None
    if answer is None:
        return Outcome.SENT, "", None
    words = f"{ADVICE.get(answer.status, '')} {answer.words} ({answer.status})".strip()
    return _outcome(event, answer), words, answer.retry_after


def _outcome(event: Outgoing, answer: Answer) -> Outcome:
    if answer.status < 300:
        return Outcome.SENT
    if event.what == What.ALIAS and answer.status in (409, 422):
        return Outcome.SENT  # It is another page's, or cannot be an id. Nothing is lost by that.
    if answer.problem == "wrong-state" and event.what == What.WITHDRAW:
        return Outcome.SENT  # Someone has withdrawn it there.
    if answer.status in _OF_THE_ARCHIVE:
        return Outcome.UNAVAILABLE
    if answer.status >= 500 or answer.status in _OF_THE_MOMENT or answer.problem == "conflict":
        return Outcome.LATER
    return Outcome.REFUSED


def _deliver(event: Outgoing) -> Answer | None:
    """None if there is nothing to send. Raises Unavailable, and what making the article raises."""
    path, body = f"stories/{event.story.story}", event.body()
    if event.what == What.PUBLISH:
        content = event.content or _made(event)
        if content is None:
            return None
        path, body = f"{path}/revisions", body | {"content": content}
    else:
        newest = request(f"{path}/versions?limit=1")
        if newest.problem == "not-found" or newest.body.get("items") == []:
            # Nothing of it was ever recorded. The next publication names its slug again.
            Story.objects.filter(pk=event.story_id).update(slug="")
            return None
        if newest.status != 200:
            return newest
        path = f"{path}/revisions/{newest.body['items'][0]['revision']}/actions"
    answer = request(path, body, str(event.key))
    if answer.status == 422 and answer.names("created_at"):
        # This site's clock is wrong, or an editor has published in the archive since.
        del body["created_at"]
        return request(path, body, str(event.key))
    return answer


def _made(event: Outgoing) -> dict[str, Any] | None:
    """What the page's revision says, or the page itself; None if neither may be seen any more."""
    page = Page.objects.filter(pk=event.story.page_id).first()
    if page is None or page.get_view_restrictions().exists() or not (page.live or event.past):
        return None
    if event.revision_id is None:
        return article(page.specific)
    revision = Revision.objects.filter(pk=event.revision_id).first()
    if revision:
        return article(revision.as_object())
    return None if event.past else article(page.specific)


def _settle(event: Outgoing, outcome: Outcome, words: str, wait: float | None) -> None:
    if outcome is Outcome.SENT:
        Outgoing.objects.filter(pk=event.pk).delete()
        if event.what != What.ALIAS:
            Story.objects.filter(pk=event.story_id, sent__lt=event.pk).update(sent=event.pk)
        return
    event.refused = outcome is Outcome.REFUSED
    event.trouble = words
    event.due = timezone.now() + timedelta(seconds=wait or _wait(event.attempts))
    event.save(update_fields=["refused", "trouble", "due"])
    log = _logger.error if event.refused else _logger.warning
    log("%s: %s", event, words)


def _wait(attempts: int) -> float:
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempts - 1, 20))


class _Thread:
    """Sends while there is something to send; at most one a process. It is no daemon, which would
    die while it sends: when the process ends, it finishes what it is at.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._runner: threading.Thread | None = None

    def wake(self) -> None:
        with self._lock:
            self._woken.set()
            # After a fork it is dead in the child.
            if not (self._runner and self._runner.is_alive()):
                self._runner = threading.Thread(target=self._work, name="story-history")
                self._runner.start()

    def _work(self) -> None:
        failures = 0
        while True:
            self._woken.clear()
            wait: float | None = _LONGEST_WAIT
            try:
                close_old_connections()
                there = send()
                failures = 0 if there else failures + 1
                wait = next_due() if there else _wait(failures)
            except Exception:
                # Such as a database that is away, or was dropped with a test.
                failures += 1
                wait = _wait(failures)
                _logger.exception("The queue cannot be sent")
            finally:
                connection.close()
            with self._lock:
                if _ends() or (wait is None and not self._woken.is_set()):
                    self._runner = None
                    return
            end = time.monotonic() + (wait or 0.0)
            while time.monotonic() < end and not self._woken.wait(_BLINK):
                if _ends():
                    return


def _ends() -> bool:
    return not threading.main_thread().is_alive()


_by_hand: ContextVar[bool] = ContextVar("story_history_by_hand", default=False)
_thread = _Thread()
