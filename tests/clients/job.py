"""A newsroom's day, played with the client that openapi-python-client makes of the document.

Run and type-checked by `test_generated.py`; prints what it saw, a line a step, as `job.ts` does.
"""

import json
import sys
import zipfile
from io import BytesIO

from story_history_client import AuthenticatedClient, Client
from story_history_client.api.changes import list_changes
from story_history_client.api.export import export_story
from story_history_client.api.revisions import act_on_revision, list_actions, record_revision
from story_history_client.api.stories import get_story, search_stories
from story_history_client.api.versions import (
    get_diff,
    get_diff_text,
    get_version,
    list_versions,
    restore_version,
)
from story_history_client.models import (
    Acted,
    Actions,
    AliasAction,
    ApproveAction,
    ArticleContent,
    ChangeList,
    CommentAction,
    Diff,
    ExplainAction,
    FaqEntry,
    InvalidProblem,
    Kind,
    NewRevision,
    NewRevisionState,
    NotFoundProblem,
    PublishAction,
    Recorded,
    Restore,
    RevisionWithContent,
    SearchResults,
    SilentEditProblem,
    Source,
    StaleBaseProblem,
    StoryContent,
    UnauthorizedProblem,
    Versions,
    VersionWithContent,
    WithdrawAction,
    WithdrawnProblem,
)
from story_history_client.types import UNSET, File, Unset

base_url, token = sys.argv[1:]
public = Client(base_url, follow_redirects=True)
newsroom = AuthenticatedClient(base_url, token, follow_redirects=True)
STORY = "library"


def show(*seen: object) -> None:
    print(json.dumps(seen))


def content(cost: str, title: str = "Council keeps the library open") -> StoryContent:
    return StoryContent(
        title=title,
        summary="A vote of nine to six.",
        overview=["The council voted nine to six.", f"It will cost {cost} million crowns a year."],
        analysis=[],
        sources=[Source(name="Gazette", url="https://gazette.example/library")],
        faq=[FaqEntry(question="", answer="At nine.")],
    )


def published(cost: str, base: int | None = None, note: str = "") -> NewRevision:
    return NewRevision(
        content=content(cost),
        state=NewRevisionState.PUBLISHED,
        base_version=base,
        note=note,
    )


def problems() -> None:
    missing = get_story.sync(STORY, client=public)
    assert isinstance(missing, NotFoundProblem)
    unknown = AuthenticatedClient(base_url, "unknown")
    refused = record_revision.sync(STORY, client=unknown, body=published("1.2"))
    assert isinstance(refused, UnauthorizedProblem)
    blank = NewRevision(content=content("1.2", title=" "))
    invalid = record_revision.sync(STORY, client=newsroom, body=blank)
    assert isinstance(invalid, InvalidProblem)
    show(missing.status, refused.title, [each.field for each in invalid.errors])


def publication() -> None:
    first = record_revision.sync(STORY, client=newsroom, body=published("1.2"))
    assert isinstance(first, Recorded)
    show("published", first.version, first.base_version, first.kind.value, first.author.name)

    stale = record_revision.sync(STORY, client=newsroom, body=published("1.4"))
    assert isinstance(stale, StaleBaseProblem)
    silent = record_revision.sync(
        STORY, client=newsroom, body=published("1.4", base=stale.live_version)
    )
    assert isinstance(silent, SilentEditProblem)
    show("held", stale.live_version, [(each.old, each.new) for each in silent.facts])

    told = published("1.4", base=stale.live_version, note=silent.suggested_note or "")
    told.kind = Kind.CORRECTION
    for _ in range(2):
        second = record_revision.sync(STORY, client=newsroom, body=told, idempotency_key="again")
        assert isinstance(second, Recorded)
        show("corrected", second.revision, second.version, second.note)


def review() -> None:
    draft = record_revision.sync(
        STORY, client=newsroom, body=NewRevision(content=content("1.5"), base_version=2)
    )
    assert isinstance(draft, Recorded)
    for action in (
        CommentAction(action="comment", note="Is it?", section="overview", block=1),
        ApproveAction(action="approve"),
        PublishAction(action="publish", note="The cost is 1.5 million.", kind=Kind.CORRECTION),
        ExplainAction(action="explain", note="The council had said so by mistake."),
    ):
        acted = act_on_revision.sync(STORY, draft.revision, client=newsroom, body=action)
        assert isinstance(acted, Acted)
        show(acted.action.action.value, acted.action.note, acted.version)
    done = list_actions.sync(STORY, draft.revision, client=newsroom)
    assert isinstance(done, Actions)
    show([each.action.value for each in done.items])
    back = restore_version.sync(
        STORY, 2, client=newsroom, body=Restore(note="1.4 was right.", base_version=3)
    )
    assert isinstance(back, Recorded)
    show(back.kind.value, back.version)


def reading() -> None:
    cursor: str | Unset = UNSET
    seen: list[int | None] = []
    while True:
        page = list_versions.sync(STORY, client=public, limit=2, cursor=cursor)
        assert isinstance(page, Versions)
        seen += [each.version for each in page.items]
        if page.next_ is None:
            break
        cursor = page.next_
    show("versions", seen)

    version = get_version.sync(STORY, 3, client=public)
    assert isinstance(version, VersionWithContent)
    more = get_version.sync(STORY, 3, client=newsroom)
    assert isinstance(more, RevisionWithContent)
    assert isinstance(version.content, StoryContent)
    show(version.content.overview[1], more.revision, [each.note for each in more.explanations])

    diff = get_diff.sync(STORY, "1", "2", client=public)
    assert isinstance(diff, Diff)
    changed = [
        (section.section, span.op.value, span.text)
        for section in diff.sections
        for block in section.blocks
        for span in block.spans or []
        if span.op.value != "equal"
    ]
    show(changed, diff.stats.words_added, [each.kind.value for each in diff.facts])
    patch = get_diff_text.sync(STORY, "1", "2", client=public)
    assert isinstance(patch, str)
    show([line for line in patch.splitlines() if line[0] in "+-"])

    found = search_stories.sync(client=public, q="crowns")
    assert isinstance(found, SearchResults)
    show([(each.story, each.title) for each in found.items])


def article() -> None:
    sent = ArticleContent(
        shape="article",
        title="The bridge is open",
        authors=["Dara Voss"],
        url="https://paper.example/bridge",
        body=["## What changed", "It opened **on Monday**."],
    )
    body = NewRevision(content=sent, state=NewRevisionState.PUBLISHED)
    assert isinstance(record_revision.sync("bridge", client=newsroom, body=body), Recorded)
    read = get_story.sync("bridge", client=public)
    assert isinstance(read, VersionWithContent)
    assert isinstance(read.content, ArticleContent)
    show("article", read.content.authors, read.content.body)
    # What was read can be changed and sent again as it is.
    read.content.body = ["It opened on Monday."]
    body = NewRevision(content=read.content, base_version=read.version)
    draft = record_revision.sync("bridge", client=newsroom, body=body)
    assert isinstance(draft, Recorded)
    show(draft.state.value, draft.changes.sections)


def export() -> None:
    bag = export_story.sync(STORY, client=newsroom)
    assert isinstance(bag, File)
    names = zipfile.ZipFile(BytesIO(bag.payload.read())).namelist()
    show("export", any(name.endswith("/VERIFY.txt") for name in names))


def end() -> None:
    for action in (
        AliasAction(action="alias", alias="old-library"),
        WithdrawAction(action="withdraw", note="The vote was annulled."),
    ):
        acted = act_on_revision.sync(STORY, 4, client=newsroom, body=action)
        assert isinstance(acted, Acted)
    gone = get_story.sync("old-library", client=public)
    assert isinstance(gone, WithdrawnProblem)
    show(gone.type_, gone.note)

    cursor: str | Unset = UNSET
    seen: list[tuple[str, int]] = []
    while True:
        page = list_changes.sync(client=public, since=cursor, limit=3)
        assert isinstance(page, ChangeList)
        if not page.items:
            break
        seen += [(each.event.value, each.version) for each in page.items]
        cursor = page.next_
    show(seen)


for step in (problems, publication, review, reading, export, end, article):
    step()
