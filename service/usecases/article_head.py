"""What stands at the top of an article about its versions: when it was published and changed, what
was corrected, restored or removed.
"""

from datetime import datetime
from typing import NamedTuple

from repo_store import Action, Correction, Damaged, Kind, Revision, State, StorySummary
from service.usecases.reading import Stories

CORRECTIONS = 50
"""Corrections that are listed."""
_SEARCHED, _READ = 10, 250_000
"""Earlier versions in which the text is looked for that a version restored, and the characters of
texts that are read for it.
"""


class ArticleHead(NamedTuple):
    """`version`: the live one. `comparable`: whether what it changed can be shown. `corrections`:
    newest first; `further`: whether there are more than these. `restored`: the version that it says
    the same as, if it restores one of the last; `removed`: the earlier versions whose texts were
    removed; `withdrawal`: the last one, if the story has returned since.
    """

    published_at: datetime
    version: Revision
    comparable: bool
    corrections: list[Correction]
    further: bool
    restored: int | None
    removed: list[int]
    withdrawal: Action | None


def article_head(stories: Stories, summary: StorySummary) -> ArticleHead:
    story, live = summary.id, summary.live
    first = max(1, live - _SEARCHED)
    *earlier, version = stories.version_range(story, first, live)
    texts = [each.state is not State.REMOVED for each in (*earlier[-1:], version)]
    corrections = stories.corrections(story, CORRECTIONS + 1)
    return ArticleHead(
        published_at=summary.published_at,
        version=version,
        comparable=live > 1 and all(texts),
        corrections=corrections[:CORRECTIONS],
        further=len(corrections) > CORRECTIONS,
        restored=_restored(stories, version, earlier) if version.kind is Kind.RESTORE else None,
        removed=[each for each in stories.removed_versions(story) if each != live],
        withdrawal=None if summary.withdrawn else stories.last_withdrawal(story),
    )


def _restored(stories: Stories, version: Revision, earlier: list[Revision]) -> int | None:
    """The newest version before that says the same, as far as there is room to read them."""
    if version.state is State.REMOVED:
        return None
    content, room = stories.content(version), _READ
    size = len(str(content.fields))
    for each in reversed(earlier):
        room -= size
        if room < 0:
            return None
        try:
            same = each.state is not State.REMOVED and stories.content(each) == content
        except Damaged:
            continue
        if same:
            return each.version
    return None
