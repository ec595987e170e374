"""What webhooks are told of a record, noted as soon as it is stored."""

import logging
import sqlite3

from repo_store import Record, Revision
from service.present.as_json import action_json, revision_json
from service.present.wording import event
from service.webhooks.subscriptions import Event, Webhooks

log = logging.getLogger(__name__)


def notify(webhooks: Webhooks, record: Record) -> None:
    """Queue a record for the webhooks that subscribe to its story. Raises nothing: a failure here
    must not fail the write.
    """
    if isinstance(record, Revision):
        data = revision_json(record, private=True)
    else:
        data = action_json(record)
    try:
        webhooks.enqueue(Event(record.story, event(record), record.recorded_at, data))
    except (sqlite3.Error, OSError) as error:
        log.error("%s: no webhook will be told: %s", record.story, error)
