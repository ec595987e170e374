"""What a record does to earlier ones: the one state machine.

The index, a rebuilt index, a batch being written and an export all ask it.
"""

from collections.abc import Iterable, Iterator

from repo_store.history.records import (
    Action,
    Explanation,
    Kind,
    Record,
    Revision,
    State,
    Tip,
    Verb,
)


def apply(revision: Revision, record: Record) -> Revision:
    """The revision after a later record of its chain that affects it, see `affected_revision`: an
    action on it, or a draft that replaces it.

    A removed revision stays removed, whatever follows in the chain.
    """
    if isinstance(record, Revision):
        return revision._replace(superseded_by=record.revision)
    removed = revision.state is State.REMOVED
    if record.verb is Verb.PUBLISH:
        # A note that was removed had taken the draft's place: that does not come back.
        shown = record if record.note or record.redacted else revision
        return revision._replace(
            state=State.REMOVED if removed else State.PUBLISHED,
            version=record.version,
            kind=record.kind or revision.kind,
            note=shown.note,
            salt=shown.salt,
            redacted=shown.redacted,
            published_at=record.created_at,
            published_entry=record.entry,
            publication_recorded_at=record.recorded_at,
            override=record.override,
            unexplained=record.unexplained,
            out_of_order=record.out_of_order,
        )
    if record.verb is Verb.EXPLAIN:
        explanation = Explanation(
            record.entry,
            record.note,
            record.kind or Kind.CORRECTION,
            record.author.name,
            record.created_at,
            record.recorded_at,
            record.redacted,
        )
        explanations = (*revision.explanations, explanation)
        unexplained = () if removed or _tells(record) else revision.unexplained
        return revision._replace(unexplained=unexplained, explanations=explanations)
    if record.verb is Verb.REJECT and not removed:
        return revision._replace(state=State.REJECTED)
    return revision


def _tells(explanation: Action) -> bool:
    """Whether it is what the check for silent edits asks for: words to readers, or words that were
    removed since, and not as a minor edit.
    """
    says = explanation.redacted is not None or any(map(str.isalnum, explanation.note))
    return says and explanation.kind is not Kind.MINOR


def placed(records: Iterable[Record]) -> Iterator[Record]:
    """The records of a whole chain, each marked if it is out of order."""
    tip = Tip()
    for record in records:
        yield tip.placed(record)
        tip = tip.after(record)


def affected_revision(record: Record) -> int | None:
    """The number of the earlier revision that a record may change."""
    return record.supersedes if isinstance(record, Revision) else record.revision


def replay(
    records: Iterable[Record], earlier: Iterable[Revision] = ()
) -> tuple[list[Revision], list[Action]]:
    """The revisions after all of these records, and the actions among them, oldest first.

    `records` is a whole chain, or the end of one with the `earlier` revisions that it may change.
    """
    revisions = {each.revision: each for each in earlier}
    actions: list[Action] = []
    for record in records:
        if (number := affected_revision(record)) in revisions:
            revisions[number] = apply(revisions[number], record)
        if isinstance(record, Revision):
            revisions[record.revision] = record
        else:
            actions.append(record)
    return list(revisions.values()), actions


def removed_revisions(records: Iterable[Record]) -> Iterator[int]:
    """The numbers of the revisions whose texts the removals among these records took out."""
    for record in records:
        if isinstance(record, Action):
            yield from record.removed


def redacted_entries(records: Iterable[Record]) -> Iterator[int]:
    """The numbers of the entries whose notes the removals among these records took out."""
    for record in records:
        if isinstance(record, Action):
            yield from record.redacts
