"""Chance that is the same each time."""

import random


def seeded(seed: float | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 nothing here is secret
