"""Which versions of a story a reader asks for, as the index finds them."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from repo_store.history.records import CORRECTING
from repo_store.index.schema import CORRECTS

SCANNED = 50_000
"""Versions that one query looks at."""
_KINDS = tuple(map(str, CORRECTING))


@dataclass(frozen=True)
class VersionFilter:
    """Which versions to list: those for which all of it holds.

    `corrections`: it corrects something by its kind, or was explained as a correction afterwards.
    `facts`: it changed facts. `section`: it changed that one. `since`, `until`: it went live in
    this time span, whose end is not in it.
    """

    corrections: bool = False
    facts: bool = False
    section: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Condition(NamedTuple):
    """`indexed_by`: the index that has what `where` asks for."""

    indexed_by: str
    where: str
    values: dict[str, Any]


def condition(chosen: VersionFilter) -> Condition:
    """The filter in SQL. Times count in full seconds, as they are stored."""
    where = ["version is not null"]
    values: dict[str, Any] = {}
    if chosen.corrections:
        kind = "json_extract(value, '$[2]')"
        explained = f"select 1 from json_each(explanations) where {kind} in {_KINDS}"
        where += [CORRECTS, f"(kind in {_KINDS} or exists ({explained}))"]
    if chosen.facts:
        where.append("facts <> ''")
    if chosen.section:
        # Names are stored with commas between them, and none has one.
        where.append(
            "instr(',' || sections || ',', ',' || :section || ',') and :section not glob '*,*'"
        )
        values["section"] = chosen.section
    if chosen.since:
        where.append("published_at >= :since")
        values["since"] = math.ceil(chosen.since.timestamp())
    if chosen.until:
        where.append("published_at < :until")
        values["until"] = math.ceil(chosen.until.timestamp())
    return Condition("corrected" if chosen.corrections else "listed", " and ".join(where), values)
