"""Snapshots: a story as it was at a checkpoint."""

from repo_store import State, Verb
from repo_store.archive import Archive
from service.audit.snapshot import Snapshot
from tests.samples import action, append, content, entry


def test_versions_are_in_the_order_of_their_publication(archive: Archive) -> None:
    append(archive, entry(content(title="A draft"), state=State.DRAFT))
    append(archive, entry(content(title="At once")))
    with archive.batch() as batch:
        batch.act(action(1, Verb.PUBLISH))
    versions = Snapshot(archive, archive.index.log.size()).story("library").versions
    assert [(each.version, each.revision) for each in versions] == [(1, 2), (2, 1)]


def test_a_snapshot_knows_nothing_recorded_after_its_checkpoint(archive: Archive) -> None:
    append(archive, entry(content(title="One")), entry(content(), "other"))
    size = archive.index.log.size()
    append(archive, entry(content(title="Two")))
    story = Snapshot(archive, size).story("library")
    assert [each.revision for each in story.revisions] == [1]
    assert [leaf.number for leaf in story.leaves] == [0]
