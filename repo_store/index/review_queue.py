"""The review queue: drafts that wait for an editor, as the index finds and orders them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from repo_store.history.records import Kind, Revision
from repo_store.index.mapping import Row, revision_of

_WEIGHT = "case when {0}facts <> '' then 0 when {0}cosmetic then 2 else 1 end"
WAITS = "{0}state = 'draft' and {0}superseded_by is null"

WAITING_INDEX = (
    f"create index waiting on revision ({_WEIGHT.format('')}, created_at, story, revision)"
    f" where {WAITS.format('')}"
)


@dataclass(frozen=True)
class QueueFilter:
    """Which drafts to list; None means any."""

    story: str | None = None
    author: str | None = None
    kind: Kind | None = None
    section: str | None = None
    facts: bool | None = None


class QueuedDraft(NamedTuple):
    """A draft in the queue: its story's live version, a later draft by the same author that waits
    too, and how many approvals and comments it has.
    """

    revision: Revision
    live: int | None
    newer: int | None
    approvals: int
    comments: int


def queue_order(draft: Revision) -> tuple[int, int, str, int]:
    """A draft's sort key in the queue, as `waiting_sql` orders by it."""
    weight = 0 if draft.changes.facts else 2 if draft.changes.cosmetic else 1
    return weight, int(draft.created_at.timestamp()), draft.story, draft.revision


def waiting_sql(chosen: QueueFilter, after: Sequence[object] | None) -> tuple[str, Row]:
    """The query, without its limit, and its values."""
    where, values = [WAITS.format("r.")], {}
    heavy = _WEIGHT.format("r.")
    for name, column in (("story", "story"), ("author", "author_name"), ("kind", "kind")):
        if (value := getattr(chosen, name)) is not None:
            where.append(f"r.{column} = :{name}")
            values[name] = value
    if chosen.section is not None:
        where.append("',' || r.sections || ',' like '%,' || :section || ',%'")
        values["section"] = chosen.section
    if chosen.facts is not None:
        where.append("r.facts <> ''" if chosen.facts else "r.facts = ''")
    if after is not None:
        where.append(f"({heavy}, r.created_at, r.story, r.revision) > (:w, :at, :s, :r)")
        values |= dict(zip(("w", "at", "s", "r"), after, strict=True))
    acted = "select count(*) from action where story = r.story and revision = r.revision"
    newer = (
        "select max(revision) from revision as later where later.story = r.story"
        f" and later.author_name = r.author_name and {WAITS.format('later.')}"
        " and later.revision > r.revision"
    )
    return (
        f"select r.*, story.live as live, ({newer}) as newer,"
        f" ({acted} and verb = 'approve') as approvals,"
        f" ({acted} and verb = 'comment') as comments"
        " from revision as r indexed by waiting join story on story.id = r.story"
        f" where {' and '.join(where)}"
        f" order by {heavy}, r.created_at, r.story, r.revision",
        values,
    )


def waiting_of(row: Row) -> QueuedDraft:
    return QueuedDraft(revision_of(row), *[row[name] for name in QueuedDraft._fields[1:]])
