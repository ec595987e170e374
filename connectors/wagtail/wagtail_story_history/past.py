"""What was public before the connector came, as far as Wagtail kept it: its log says which revision
was published when, and its revisions what they said.
"""

from typing import Any

from wagtail.models import PageLogEntry, Revision

from wagtail_story_history import conf
from wagtail_story_history.content import person
from wagtail_story_history.models import Outgoing, Story, What
from wagtail_story_history.wording import withdrawn_note

_PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")
_UNPUBLISHED = ("wagtail.unpublish", "wagtail.unpublish.scheduled")


def begun(page: Any) -> Story:
    """The story of a page that has none yet, with the page's past in the queue. Within a
    transaction; a page of which another makes the story has no past here.
    """
    story, created = Story.objects.get_or_create(
        page_id=page.pk, defaults={"story": f"{conf.prefix()}{page.pk}"}
    )
    if not created:
        return Story.objects.select_for_update().get(pk=story.pk)
    entries = PageLogEntry.objects.filter(
        page_id=page.pk, action__in=_PUBLISHED + _UNPUBLISHED
    ).select_related("user")
    revisions = Revision.objects.for_instance(page).select_related("user").defer("content")
    authors = {each.pk: person(each.user) for each in revisions}
    events = []
    for entry in entries.order_by("timestamp", "pk"):
        if entry.action in _PUBLISHED:
            if entry.revision_id not in authors:
                continue  # Its text was purged.
            if story.shown and story.revision_id == entry.revision_id:
                continue
            story.shown, story.revision_id = True, entry.revision_id
            event = Outgoing(
                what=What.PUBLISH, revision_id=entry.revision_id, author=authors[entry.revision_id]
            )
        elif story.shown:
            story.shown = False
            event = Outgoing(
                what=What.WITHDRAW, note=withdrawn_note(page), author=person(entry.user)
            )
        else:
            continue
        event.story, event.at, event.past = story, entry.timestamp, True
        events.append(event)
    Outgoing.objects.bulk_create(events)
    if story.shown:
        story.path = page.url_path
    story.save()
    return story
