"""Sources: who says it, and where."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Title, Url

KIND = PartKind(
    "sources",
    "source",
    (
        BlockField("name", "Name", Title, "{ordinal} source's name"),
        BlockField("url", "Link", Url, "{ordinal} source's link", address=True),
        BlockField("title", "Title", Title, "{ordinal} source's title", required=False),
        BlockField("leaning", "Leaning", Title, "{ordinal} source's leaning", required=False),
    ),
    "{ordinal} source",
    most=1_000,
    identity=("url", "name"),
    cites=True,
)
