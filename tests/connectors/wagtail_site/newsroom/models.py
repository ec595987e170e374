"""The pages of the site."""

from typing import ClassVar

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page


class Article(Page):
    summary = models.CharField(max_length=500, blank=True)
    body = RichTextField()
    correction_note = models.TextField(
        blank=True, help_text="Readers see it in the History of the version that it is saved with."
    )

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("correction_note"),
    ]
