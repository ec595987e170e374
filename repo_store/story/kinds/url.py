"""One address."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Url

KIND = PartKind("url", "address", (BlockField("", "", Url, "", address=True),), "")
