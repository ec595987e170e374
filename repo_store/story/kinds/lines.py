"""A list of short texts, such as authors or tags."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import ListedLine

KIND = PartKind(
    "lines",
    "entry",
    (BlockField("", "", ListedLine, ""),),
    "{ordinal} entry",
    most=1_000,
    identity=("",),
)
