"""What readers see of a page, compared with what was queued last: the difference goes into the
queue, in the transaction that makes it.

Wagtail makes a page public, and takes it off, by saving it; so every way to publish comes by here:
the editor, a schedule, a workflow, a bulk action, a copy, a script.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, PageViewRestriction, Revision
from wagtail.signals import page_slug_changed, post_page_move

from wagtail_story_history import conf, sending
from wagtail_story_history.content import article, person
from wagtail_story_history.models import Kind, Note, Outgoing, Story, What
from wagtail_story_history.past import begun
from wagtail_story_history.wording import withdrawn_note

_logger = logging.getLogger(__name__)
_PUBLISHING = {"live", "live_revision", "live_revision_id"}


def connect() -> bool:
    """Whether there is an archive to record in."""
    if not conf.url():
        return False
    # Schedules and moves save a page as a plain `Page`.
    for model in {Page} | _with_subclasses(conf.models()):
        post_save.connect(_saved, sender=model, dispatch_uid=f"story_history_save_{model.__name__}")
        post_delete.connect(
            _deleted, sender=model, dispatch_uid=f"story_history_delete_{model.__name__}"
        )
    for signal in (post_page_move, page_slug_changed):
        signal.connect(_moved, dispatch_uid="story_history")
    for signal in (post_save, post_delete):
        signal.connect(_restricted, sender=PageViewRestriction, dispatch_uid="story_history")
    return True


def observe(pages: Iterable[Any], rendered: bool = False, later: bool = False) -> int:
    """Queue what differs; returns how much. `rendered`: the article is made now, not when it is
    sent. `later`: not in the moment in which it happened; then pages count, too, that are public
    without a revision, as scripts make them, and the editor's own new pages for a moment.
    """
    pages = list(pages)
    private = tuple(PageViewRestriction.objects.values_list("page__path", flat=True))
    queued = 0
    with transaction.atomic():
        numbers = [page.pk for page in pages]
        stories = {
            story.page_id: story
            for story in Story.objects.select_for_update().filter(page_id__in=numbers)
        }
        for page in pages:
            public = page.live and not page.alias_of_id and not page.path.startswith(private)
            story = stories.get(page.pk)
            if public and (page.live_revision_id or later):
                queued += _publish(page, story, rendered, _since(page) if later else None)
            elif not public and story and story.shown:
                queued += _withdraw(story, page)
    return queued


def observe_gone() -> int:
    """Queue the withdrawal of pages that are no more, and of which no one said so."""
    queued = 0
    for story in Story.objects.filter(shown=True).exclude(page_id__in=Page.objects.values("pk")):
        with transaction.atomic():
            queued += _withdraw(story, None)
    return queued


def story_of(page: Any) -> Story | None:
    """That of the page it mirrors, if it is an alias."""
    return Story.objects.filter(page_id=page.alias_of_id or page.pk).first()


def _publish(page: Any, story: Story | None, rendered: bool, at: datetime | None) -> int:
    same = story and story.shown and story.revision_id == page.live_revision_id
    if same and story and story.path == page.url_path:
        return 0
    story = story or begun(page)
    note = None if same else _note(page.pk, What.PUBLISH)
    Outgoing.objects.create(
        story=story,
        what=What.PUBLISH,
        content=_made(page) if rendered else None,
        revision_id=page.live_revision_id,
        note=note.text if note else "",
        kind=Kind.MINOR if same else note.kind if note else Kind.UPDATE,
        author=_author(page.live_revision_id),
        at=at or timezone.now(),
    )
    if story.slug != page.slug:
        Outgoing.objects.create(story=story, what=What.ALIAS, alias=page.slug)
    story.revision_id, story.path, story.shown = page.live_revision_id, page.url_path, True
    story.slug = page.slug
    story.save()
    sending.wake()
    return 1


def _withdraw(story: Story, page: Any | None) -> int:
    note = _note(story.page_id, What.WITHDRAW)
    Outgoing.objects.create(
        story=story,
        what=What.WITHDRAW,
        note=note.text if note else withdrawn_note(page),
        author=person(get_active_log_context().user),
    )
    story.shown = False
    story.save()
    sending.wake()
    return 1


def _since(page: Any) -> datetime | None:
    found: datetime | None = page.last_published_at or page.first_published_at
    return found


def _made(page: Any) -> dict[str, Any] | None:
    """None if it cannot be made: no template of the site's may keep an editor from publishing. The
    sender tries again, and shows what is wrong.
    """
    try:
        with transaction.atomic():
            return article(page)
    except Exception:
        _logger.exception("The article of page %s cannot be made", page.pk)
        return None


def _note(number: int, what: What) -> Note | None:
    """A note belongs to one publication: it is taken."""
    if note := Note.objects.filter(page_id=number, what=what).first():
        note.delete()
    return note


def _author(revision_id: int | None) -> str:
    revision = Revision.objects.filter(pk=revision_id).select_related("user").first()
    return person((revision and revision.user) or get_active_log_context().user)


def _saved(instance: Any, raw: bool, update_fields: Iterable[str] | None, **_: Any) -> None:
    if raw or (update_fields is not None and not _PUBLISHING & set(update_fields)):
        return
    if instance.specific_class and conf.mapping_of(instance.specific_class) is not None:
        observe([instance], rendered=type(instance) is instance.specific_class)


def _deleted(instance: Any, **_: Any) -> None:
    """Of a page of several models it comes for each; the first does it."""
    with transaction.atomic():
        Note.objects.filter(page_id=instance.pk, what=What.PUBLISH).delete()
        story = Story.objects.select_for_update().filter(page_id=instance.pk, shown=True).first()
        if story:
            _withdraw(story, None)


def _moved(instance: Any, **_: Any) -> None:
    """Its own address is another now, and that of each page below it."""
    _observe_below(instance)


def _restricted(instance: PageViewRestriction, **_: Any) -> None:
    """A restriction is also deleted with its page, which is not public for that: so what there is
    is looked at when all is done.
    """

    def look() -> None:
        if page := Page.objects.filter(pk=instance.page_id).first():
            _observe_below(page)

    transaction.on_commit(look)


def _observe_below(page: Any) -> None:
    below = Page.objects.descendant_of(page, inclusive=True).filter(live=True)
    found = below.defer_streamfields().specific()
    observe(each for each in found.iterator() if conf.mapping_of(type(each)) is not None)


def _with_subclasses(models: Iterable[type[Model]]) -> set[type[Model]]:
    """Signals name the class itself, not its bases."""
    found: set[type[Model]] = set()
    for model in models:
        found |= {model} | _with_subclasses(model.__subclasses__())
    return found
