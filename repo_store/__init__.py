"""Keeps the history of stories: a git repository, and the index beside it.

This list is the package's face; all else in it is internal.
"""

from repo_store import durable, locks, workers
from repo_store.archive import Archive
from repo_store.errors import (
    ArchiveError,
    Damaged,
    Exhausted,
    FieldError,
    InvalidInput,
    Malformed,
    Moved,
    NotFound,
    Rebuilding,
    StaleBase,
    StoreError,
    StoreFull,
    Unwritable,
)
from repo_store.git.objects import (
    Commit,
    GitObject,
    git_object,
    pack_entry,
    pack_head,
    parse_commit,
    tree_of,
)
from repo_store.git.refs import story_ref
from repo_store.history.commits import decode_commit
from repo_store.history.corrections import Correction, corrections_of
from repo_store.history.records import (
    AHEAD,
    APART,
    CORRECTING,
    Action,
    ActionInput,
    Changes,
    Explanation,
    Ground,
    Kind,
    Record,
    Redacted,
    Removal,
    Revision,
    RevisionInput,
    State,
    Tip,
    Verb,
)
from repo_store.history.state_machine import placed, replay
from repo_store.ids import Author, story_id
from repo_store.index.buckets import Bucket
from repo_store.index.connection import scrub
from repo_store.index.corrections import (
    CorrectionCounts,
    CorrectionFilter,
    CorrectionPlace,
    Span,
)
from repo_store.index.events import Event, EventName
from repo_store.index.mapping import StorySummary
from repo_store.index.review_queue import QueuedDraft, QueueFilter, queue_order
from repo_store.index.search.documents import Place as SearchPlace
from repo_store.index.search.excerpts import excerpt, shortened_line
from repo_store.index.search.lookup import Hit
from repo_store.index.search.query import parse as parse_query
from repo_store.index.static_files import StaticFiles
from repo_store.index.version_filter import VersionFilter
from repo_store.last_runs import Run
from repo_store.layout import MANIFEST
from repo_store.log import heads as heads_map
from repo_store.log import merkle
from repo_store.log import tiles as log_files
from repo_store.log.checkpoint import Checkpoint, PublishedExtension, StoredCheckpoint
from repo_store.log.heads import Head, HeadProof
from repo_store.log.leaves import Leaf
from repo_store.log.proofs import verify_consistency, verify_inclusion
from repo_store.log.public_record import action_line, version_line
from repo_store.log.public_record import digest as digest_of_record
from repo_store.log.public_record import lines_of as public_lines
from repo_store.log.published import PublishedLeaf, leaf_line
from repo_store.log.stamps import StoredStamp, runs_out
from repo_store.maintenance.backup import Copied
from repo_store.maintenance.verify import Report, finding_lines
from repo_store.maintenance.verify_log import Finding
from repo_store.printable import printable, shortened
from repo_store.story import story_json
from repo_store.story.content import SHAPE, SHAPES, Content, model_of, parse_content, reading
from repo_store.story.kinds import Block, BlockField, PartKind, kinds
from repo_store.story.rules import (
    AtMost,
    AuthorFields,
    Input,
    Note,
    Reading,
    Reason,
    Url,
    is_language_tag,
    parse,
)
from repo_store.story.shapes import BUILT_IN, STORY, Part, Shape, Shapes
from repo_store.story.story_json import parse_json
from repo_store.story.tombstone import Tombstone
from repo_store.times import rfc3339
from repo_store.write.bulk_import import Bulk, Standing
from repo_store.write.unit_of_work import Batch

__all__ = [
    "AHEAD",
    "APART",
    "BUILT_IN",
    "CORRECTING",
    "MANIFEST",
    "SHAPE",
    "SHAPES",
    "STORY",
    "Action",
    "ActionInput",
    "Archive",
    "ArchiveError",
    "AtMost",
    "Author",
    "AuthorFields",
    "Batch",
    "Block",
    "BlockField",
    "Bucket",
    "Bulk",
    "Changes",
    "Checkpoint",
    "Commit",
    "Content",
    "Copied",
    "Correction",
    "CorrectionCounts",
    "CorrectionFilter",
    "CorrectionPlace",
    "Damaged",
    "Event",
    "EventName",
    "Exhausted",
    "Explanation",
    "FieldError",
    "Finding",
    "GitObject",
    "Ground",
    "Head",
    "HeadProof",
    "Hit",
    "Input",
    "InvalidInput",
    "Kind",
    "Leaf",
    "Malformed",
    "Moved",
    "NotFound",
    "Note",
    "Part",
    "PartKind",
    "PublishedExtension",
    "PublishedLeaf",
    "QueueFilter",
    "QueuedDraft",
    "Reading",
    "Reason",
    "Rebuilding",
    "Record",
    "Redacted",
    "Removal",
    "Report",
    "Revision",
    "RevisionInput",
    "Run",
    "SearchPlace",
    "Shape",
    "Shapes",
    "Span",
    "StaleBase",
    "Standing",
    "State",
    "StaticFiles",
    "StoreError",
    "StoreFull",
    "StoredCheckpoint",
    "StoredStamp",
    "StorySummary",
    "Tip",
    "Tombstone",
    "Unwritable",
    "Url",
    "Verb",
    "VersionFilter",
    "action_line",
    "corrections_of",
    "decode_commit",
    "digest_of_record",
    "durable",
    "excerpt",
    "finding_lines",
    "git_object",
    "heads_map",
    "is_language_tag",
    "kinds",
    "leaf_line",
    "locks",
    "log_files",
    "merkle",
    "model_of",
    "pack_entry",
    "pack_head",
    "parse",
    "parse_commit",
    "parse_content",
    "parse_json",
    "parse_query",
    "placed",
    "printable",
    "public_lines",
    "queue_order",
    "reading",
    "replay",
    "rfc3339",
    "runs_out",
    "scrub",
    "shortened",
    "shortened_line",
    "story_id",
    "story_json",
    "story_ref",
    "tree_of",
    "verify_consistency",
    "verify_inclusion",
    "version_line",
    "workers",
]
