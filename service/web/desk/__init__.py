"""The editors' desk: queue, review, writing, timelines; for signed-in users."""

# Each module adds its views to the blueprint.
from service.web.desk import (
    editing,
    explaining,
    exporting,
    mentions,
    merging,
    pasting,
    queue,
    removal,
    review,
    signin,
    standing,
    stories,
    tokens,
    watching,
)
from service.web.desk.blueprint import blueprint

__all__ = [
    "blueprint",
    "editing",
    "explaining",
    "exporting",
    "mentions",
    "merging",
    "pasting",
    "queue",
    "removal",
    "review",
    "signin",
    "standing",
    "stories",
    "tokens",
    "watching",
]
