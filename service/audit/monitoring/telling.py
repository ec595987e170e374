"""Telling of what was found: a webhook, and a feed in the monitor's folder."""

import json
from datetime import datetime

from feedgenerator import Atom1Feed

from repo_store import durable, rfc3339
from service.audit.monitoring.memory import Finding, Memory
from service.outbound.exchange import Request, Unreachable, exchange

FEED = "findings.atom"
_SECONDS = 10.0


class NotTold(Exception):
    """The webhook did not take it; the message says why."""


def post(url: str, site: str, findings: list[Finding], now: datetime) -> None:
    """Send findings to a webhook as JSON. Raises NotTold."""
    body = {"site": site, "at": rfc3339(now), "findings": list(map(as_dict, findings))}
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    try:
        status = exchange(Request("POST", url, data, headers, private=True), _SECONDS).status
    except Unreachable as error:
        raise NotTold(str(error)) from None
    if not 200 <= status < 300:
        raise NotTold(f"answered {status}")


def write_feed(memory: Memory, site: str) -> None:
    """Of what was ever found, newest first."""
    feed = Atom1Feed(
        title=f"What the log of {site} and the site do not agree on",
        link=site,
        description="Found by story-history monitor.",
        feed_guid=f"{site}/log/",
    )
    for each in memory.findings():
        feed.add_item(
            title=f"{each.kind}: {each.what[:120]}",
            link=f"{site}/log/checkpoint",
            description=each.what,
            unique_id=f"{site}/log/#finding-{each.id}",
            pubdate=each.first_seen,
            updateddate=each.first_seen,
        )
    path = memory.folder / FEED
    durable.replace(str(path.absolute()), feed.writeString("utf-8").encode())


def as_dict(finding: Finding) -> dict[str, str]:
    return {
        "kind": finding.kind,
        "what": finding.what,
        "first_seen": rfc3339(finding.first_seen),
        "last_seen": rfc3339(finding.last_seen),
    }
