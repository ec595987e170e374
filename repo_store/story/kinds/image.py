"""A picture, with what is said of it."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Caption, Url

KIND = PartKind(
    "image",
    "image",
    (
        BlockField("url", "Address", Url, "address", address=True),
        BlockField("alt", "Alternative text", Caption, "alternative text", required=False),
        BlockField("caption", "Caption", Caption, "caption", required=False, sentences=True),
        BlockField("credit", "Credit", Caption, "credit", required=False),
    ),
    "",
    identity=("url",),
)
