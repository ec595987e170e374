"""What happens to pages becomes events."""

import re
from html import unescape
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from newsroom.models import Article
from wagtail.models import Revision
from wagtail.signals import page_published, page_slug_changed, page_unpublished
from wagtail.templatetags.wagtailcore_tags import richtext

from story_history.models import Event

_ENDS = re.compile(r"</(?:p|h[1-6]|li|blockquote|pre|td|th|figcaption|div)>|<br\s*/?>", re.I)
# The archive refuses control characters, and those that show a text in another order.
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")


def connect() -> None:
    page_published.connect(_published, sender=Article)
    page_unpublished.connect(_unpublished, sender=Article)  # Also sent for what is deleted.
    page_slug_changed.connect(_renamed, sender=Article)


def _published(instance: Article, revision: Revision, **_: Any) -> None:
    if not instance.live:
        return  # The signal also comes when a new page is scheduled, which is not public yet.
    note = instance.correction_note.strip()
    kind = "correction" if note else "update"
    content = _content(instance)
    _add(instance, state="published", content=content, note=note, kind=kind, **_by(revision))
    if instance.first_published_at == instance.last_published_at:
        _renamed(instance)
    if note:  # It is not the next version's.
        Article.objects.filter(pk=instance.pk).update(correction_note="")
        revision.content["correction_note"] = ""
        revision.save(update_fields=["content"])


def _unpublished(instance: Article, **_: Any) -> None:
    _add(instance, action="withdraw", note="Taken off the site.")


def _renamed(instance: Article, **_: Any) -> None:
    _add(instance, action="alias", alias=instance.slug)


def _add(page: Article, **body: Any) -> None:
    # A slug can change, and can be another page's later. A revision that was scheduled is older
    # than the moment in which it goes live.
    now = timezone.now().isoformat()
    Event.objects.create(story=f"page-{page.pk}", body={"created_at": now, **body})


def _by(revision: Revision) -> dict[str, Any]:
    name = revision.user and (revision.user.get_full_name() or revision.user.get_username())
    return {"author": {"name": name}} if name else {}


def _content(page: Article) -> dict[str, Any]:
    """What readers see of a page."""
    parts = map(_text, _ENDS.split(richtext(page.body)))
    return {
        "title": _plain(page.title),
        "summary": _plain(page.summary),
        "overview": [part for part in parts if part],
        "analysis": [],
        "sources": [],
        "faq": [],
    }


def _text(html: str) -> str:
    return _plain(unescape(strip_tags(html)))


def _plain(text: str) -> str:
    return _REFUSED.sub("", " ".join(text.split()))
