"""The queue."""

import uuid

from django.db import models


class Event(models.Model):
    """What is to be sent: to `story`, or to the actions on its live version. `answer`: why the
    archive refused it, if it did.
    """

    key = models.UUIDField(default=uuid.uuid4)
    story = models.CharField(max_length=120)
    body = models.JSONField()
    answer = models.TextField(blank=True)
