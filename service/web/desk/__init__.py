"""The editors' desk: the queue, review, writing, the timeline; for those who are signed in."""

# Each module adds its views to the blueprint.
from service.web.desk import (
    editing,
    exporting,
    merging,
    queue,
    removal,
    review,
    signin,
    stories,
    tokens,
    watching,
)
from service.web.desk.blueprint import blueprint

__all__ = [
    "blueprint",
    "editing",
    "exporting",
    "merging",
    "queue",
    "removal",
    "review",
    "signin",
    "stories",
    "tokens",
    "watching",
]
