"""The pages of the site."""

from typing import Any, ClassVar

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, ObjectList, TabbedInterface
from wagtail.embeds.blocks import EmbedBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model_string
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page


class Section(Page):
    """Where articles stand."""


class ArticleTag(TaggedItemBase):
    content_object = ParentalKey("Article", related_name="tagged_items")


class Article(Page):
    """As the connector finds it by convention."""

    summary = models.CharField(max_length=500, blank=True)
    byline = models.CharField(max_length=200, blank=True)
    image = models.ForeignKey(
        get_image_model_string(), models.SET_NULL, null=True, blank=True, related_name="+"
    )
    image_credit = models.CharField(max_length=200, blank=True)
    body = RichTextField()
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("byline"),
        FieldPanel("image"),
        FieldPanel("image_credit"),
        FieldPanel("body"),
        FieldPanel("tags"),
    ]


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock()
    source = blocks.CharBlock(required=False)

    class Meta:
        template = "newsroom/blocks/quote.html"


class Feature(Page):
    """Of blocks; some parts are mapped by the settings, and one is said by the page itself."""

    lede = models.CharField(max_length=500, blank=True)
    chapters = StreamField(
        [
            ("heading", blocks.CharBlock(form_classname="title")),
            ("paragraph", blocks.RichTextBlock()),
            ("image", ImageChooserBlock()),
            ("quote", QuoteBlock()),
            ("embed", EmbedBlock()),
        ],
        blank=True,
    )

    edit_handler = TabbedInterface(
        [
            ObjectList([*Page.content_panels, FieldPanel("lede"), FieldPanel("chapters")], "Text"),
            ObjectList(Page.promote_panels, "Promote"),
        ]
    )

    def story_history_content(self) -> dict[str, Any]:
        return {"section": "Features"}
