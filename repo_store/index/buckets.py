"""A story's versions in so many buckets, for drawing all of them however many there are."""

import json
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from repo_store.index.version_filter import VersionFilter, condition

LOOKED_AT = 20_000
"""Versions of a story that are looked at, some in each bucket if it has more."""


class Bucket(NamedTuple):
    """The versions from `first` to `last`: how many of them were corrections or explained as such,
    and the most words that one of them added or removed. A first version changes nothing.
    `since`, `until`: when the first and the last went live.
    """

    first: int
    last: int
    corrections: int
    words_added: int
    words_removed: int
    since: datetime
    until: datetime


def ranges(versions: int, buckets: int) -> list[tuple[int, int]]:
    """The first and the last version of each bucket, all of about the same size."""
    count = min(versions, buckets)
    ends = [versions * at // count for at in range(count + 1)] if count else []
    return [(start + 1, end) for start, end in pairwise(ends)]


_IN_RANGES = (
    "select range.key, {columns} from json_each(:ranges) as range"
    " join revision indexed by {index} on story = :story and version"
    " between json_extract(range.value, '$[0]') and json_extract(range.value, '$[1]')"
    " where {where} group by range.key"
)
_WORDS = "max(iif(version = 1, 0, {0}))"
MOST_WORDS = _IN_RANGES.format(
    columns=f"{_WORDS.format('words_added')}, {_WORDS.format('words_removed')}",
    index="listed",
    where="version is not null",
)
"""By bucket, the most words."""
_CORRECTING = condition(VersionFilter(corrections=True))
CORRECTIONS = _IN_RANGES.format(
    columns="count(*)", index=_CORRECTING.indexed_by, where=_CORRECTING.where
)
"""By bucket, the number of corrections, if there are any."""
TIMES = (
    "select version, published_at from revision indexed by listed where story = :story"
    " and version is not null and version in (select value from json_each(:versions))"
)


def looked_at(spans: list[tuple[int, int]]) -> str:
    """The versions of each bucket that are looked at, as the queries take them."""
    most = LOOKED_AT // max(len(spans), 1)
    return json.dumps([(first, min(last, first + most - 1)) for first, last in spans])
