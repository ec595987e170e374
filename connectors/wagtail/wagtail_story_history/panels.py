"""The note to readers in the page editor. Its fields are no part of the page's form: any page model
has them, without a migration and without a form class of its own.
"""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import ObjectList, Panel, PanelGroup
from wagtail.admin.widgets import AdminAutoHeightTextInput

from wagtail_story_history import conf
from wagtail_story_history.models import Kind, Note, Outgoing, Story, What
from wagtail_story_history.observing import story_of
from wagtail_story_history.text import cleaned


class NoteForm(forms.Form):
    """What an editor may say to readers with a publication."""

    prefix = "story_history"
    note = forms.CharField(
        label=_("What changed, and why"),
        help_text=_("Readers see this in the article’s History, with the version you publish."),
        required=False,
        max_length=5000,
        widget=AdminAutoHeightTextInput,
    )
    kind = forms.ChoiceField(label=_("Kind of change"), required=False, choices=Kind.choices)

    @classmethod
    def sent(cls, data: Any) -> "NoteForm | None":
        """None if the request does not come from a form that has it."""
        return cls(data) if cls.prefix + "-note" in data else None

    @transaction.atomic
    def keep(self, number: int, what: What = What.PUBLISH, of: int | None = None) -> None:
        """Until the page is published, or withdrawn. An empty one is forgotten.

        `of`: the revision that a form was loaded with which saves itself. Such a request may come
        after the one that published what was typed: its note was said already.
        """
        story = Story.objects.select_for_update().filter(page_id=number).first()
        said_already = of is not None and story and (story.revision_id or 0) > of
        if said_already or not self.is_valid():
            return
        text, kind = cleaned(self.cleaned_data["note"]).strip(), self.cleaned_data["kind"]
        kept = Note.objects.filter(page_id=number, what=what)
        if text or (kind and kind != Kind.UPDATE):
            said = {"text": text, "kind": kind or Kind.UPDATE}
            Note.objects.update_or_create(page_id=number, what=what, defaults=said)
        else:
            kept.delete()


class StoryHistoryPanel(Panel):
    """Shown once a page was public: the first version needs no note. It is placed by itself at the
    end of the editor's first tab, unless the model has it elsewhere.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"heading": _("Note to readers"), "icon": "history"} | kwargs)

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_story_history/panel.html"

        def is_shown(self) -> bool:
            return bool(conf.url() and self.instance.pk and self.instance.first_published_at)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            number = self.instance.pk
            note = Note.objects.filter(page_id=number, what=What.PUBLISH).first()
            kept = {"note": note.text, "kind": note.kind} if note else None
            data = self.request.POST if self.request.method == "POST" else {}
            story = story_of(self.instance)
            events = Outgoing.objects.filter(story=story)
            return context | {
                "note_form": NoteForm.sent(data) or NoteForm(initial=kept),
                "story": story,
                "history": f"{conf.public_url()}/stories/{story.story}/history" if story else "",
                "refused": events.filter(refused=True).last(),
                "waiting": events.filter(refused=False).count(),
            }


def place() -> None:
    """At the end of the first tab of each model's editor that has none."""
    for model in conf.models():
        if not has_panel(model):
            if handler := getattr(model, "edit_handler", None):
                first = handler.children[0] if _is_tabbed(handler) else handler
                first.children = [*first.children, StoryHistoryPanel()]
            else:
                model.content_panels = [*model.content_panels, StoryHistoryPanel()]


def has_panel(model: Any) -> bool:
    if handler := getattr(model, "edit_handler", None):
        return _has(handler)
    panels = (model.content_panels, model.promote_panels, model.settings_panels)
    return any(_has(each) for group in panels for each in group or ())


def _has(panel: Any) -> bool:
    if isinstance(panel, PanelGroup):
        return any(_has(each) for each in panel.children)
    return isinstance(panel, StoryHistoryPanel)


def _is_tabbed(handler: Any) -> bool:
    return bool(handler.children) and isinstance(handler.children[0], ObjectList)
