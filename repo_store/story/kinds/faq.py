"""Questions, each of which may be empty since some pages show answers only, and their answers."""

from repo_store.story.kinds import BlockField, PartKind
from repo_store.story.rules import Line, Paragraph

KIND = PartKind(
    "faq",
    "entry",
    (
        BlockField("question", "Question", Line, "question {number}"),
        BlockField("answer", "Answer", Paragraph, "answer {number}", long=True, sentences=True),
    ),
    "{ordinal} entry",
    most=500,
    identity=("question", "answer"),
)
