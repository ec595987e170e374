"""One line of text, such as a title."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Line

KIND = PartKind("line", "", (BlockField("", "", Line, ""),), "")
