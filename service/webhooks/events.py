"""What webhooks are told of a record, noted as soon as it is stored."""

import logging
import sqlite3
from collections.abc import Callable

from repo_store import Record, Revision
from service.present.as_json import action_json, revision_json
from service.present.wording import event
from service.webhooks.subscriptions import Event, Webhooks

log = logging.getLogger(__name__)


def notifier(webhooks: Webhooks) -> Callable[[Record], None]:
    """Notes each record for those who are to be told; a failure to do so fails no write."""

    def notify(record: Record) -> None:
        if isinstance(record, Revision):
            data = revision_json(record, private=True)
        else:
            data = action_json(record)
        told = Event(record.story, event(record), record.recorded_at, data)
        try:
            webhooks.enqueue(told)
        except (sqlite3.Error, OSError) as error:
            log.error("%s: no webhook will be told: %s", record.story, error)

    return notify
