"""Paragraphs, or blocks of Markdown, each on a line of its own."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Paragraph

KIND = PartKind(
    "text",
    "paragraph",
    (BlockField("", "", Paragraph, "", long=True, sentences=True),),
    "paragraph {number}",
    most=1_000,
    prose=True,
    formats=("plain", "markdown"),
)
