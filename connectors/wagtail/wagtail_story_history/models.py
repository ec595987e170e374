"""What was queued of each page, notes that wait for the next publication, and the queue."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a publication changes, in the archive's words."""

    UPDATE = "update", _("Update: something happened")
    CORRECTION = "correction", _("Correction: something was wrong")
    CLARIFICATION = "clarification", _("Clarification: something was unclear")
    MINOR = "minor", _("Minor: no reader needs to know")
    RETRACTION = "retraction", _("Retraction: it does not stand")


class What(models.TextChoices):
    PUBLISH = "publish", _("Publication")
    WITHDRAW = "withdraw", _("Withdrawal")
    ALIAS = "alias", _("Further address")


class Story(models.Model):
    """A page's story in the archive, and what was queued of it last.

    It stays when the page is deleted: an id is never given to another page. `revision_id` and
    `path`: the page's revision and path that readers have seen last; `shown`: whether they see it
    now; `sent`: the last publication in the queue that the archive took.
    """

    page_id = models.BigIntegerField(unique=True)
    story = models.CharField(max_length=120, unique=True)
    revision_id = models.BigIntegerField(null=True)
    path = models.TextField(blank=True)
    slug = models.CharField(max_length=255, blank=True)
    shown = models.BooleanField(default=False)
    sent = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.story


class Note(models.Model):
    """What an editor has written to readers, until the page is published or withdrawn."""

    page_id = models.BigIntegerField()
    what = models.CharField(max_length=8, choices=What.choices)
    text = models.TextField()
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.UPDATE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["page_id", "what"], name="story_history_note")
        ]

    def __str__(self) -> str:
        return self.text


class Outgoing(models.Model):
    """What is still to be sent, in the order of its numbers.

    `content`: the article; None: it is made when it is sent, of the revision, or if there is none
    of the page as it is. `due`: not to be sent before; a sender that takes it moves that ahead.
    `refused`: the archive will not take it, as `trouble` says, until someone acts.
    """

    key = models.UUIDField(default=uuid.uuid4)
    story = models.ForeignKey(Story, models.CASCADE, related_name="outgoing")
    what = models.CharField(max_length=8, choices=What.choices)
    content = models.JSONField(null=True)
    revision_id = models.BigIntegerField(null=True)
    alias = models.CharField(max_length=255, blank=True)
    note = models.TextField(blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.UPDATE)
    author = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    past = models.BooleanField(default=False)
    """Whether it comes from the page's past, which no one can explain any more."""
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now, db_index=True)
    refused = models.BooleanField(default=False)
    trouble = models.TextField(blank=True)

    class Meta:
        verbose_name = _("story history event")
        verbose_name_plural = _("story history events")
        default_permissions: ClassVar = ["change"]
        indexes: ClassVar = [models.Index(fields=["story", "id"], name="story_history_order")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} of {self.story}"

    @property
    def superseded(self) -> bool:
        """Whether a later publication was taken: the archive never goes back."""
        return self.what != What.ALIAS and self.pk < self.story.sent

    def body(self) -> dict[str, Any]:
        """The request's, but for the content."""
        found: dict[str, Any] = {"created_at": _rfc3339(self.at)}
        if self.author:
            found["author"] = {"name": self.author}
        match self.what:
            case What.PUBLISH:
                found |= {"state": "published", "note": self.note, "kind": self.kind}
                if self.past:
                    found["override_reason"] = "Recorded from Wagtail's revisions afterwards."
            case What.WITHDRAW:
                found |= {"action": "withdraw", "note": self.note}
            case What.ALIAS:
                found |= {"action": "alias", "alias": self.alias}
        return found


def _rfc3339(moment: Any) -> str:
    """With its zone, also where `USE_TZ` is off."""
    return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).isoformat()
