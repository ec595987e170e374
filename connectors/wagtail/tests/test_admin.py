"""The connector in Wagtail's admin, and on the site's pages."""

from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import Permission, User
from django.core.checks import run_checks
from django.template import Context, Template
from django.test import override_settings
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Workflow, WorkflowPage, WorkflowTask

from newsroom.models import Article, Feature
from tests.cases import SiteCase
from wagtail_story_history import sending
from wagtail_story_history.checks import check_settings
from wagtail_story_history.models import Note, Outgoing, Story, What
from wagtail_story_history.panels import has_panel, place

NOTE = 'name="story_history-note"'


class Editor(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.editor)

    def edit(self, page: Any, accept: str = "text/html", **fields: Any) -> Any:
        data = {
            "title": page.title,
            "slug": page.slug,
            "summary": "",
            "body": '{"blocks": [{"key": "a", "text": "Text.", "type": "unstyled", "depth": 0,'
            ' "inlineStyleRanges": [], "entityRanges": []}], "entityMap": {}}',
            "tags": "",
            "byline": "",
            "image": "",
            "image_credit": "",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
            "comments-MIN_NUM_FORMS": "0",
            "comments-MAX_NUM_FORMS": "",
        }
        address = reverse("wagtailadmin_pages:edit", args=[page.pk])
        return self.client.post(address, data | fields, headers={"Accept": accept})

    def form(self, page: Any) -> str:
        return self.client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    def test_the_note_is_asked_for_once_the_page_was_public(self) -> None:
        page = self.article()
        self.assertNotIn(NOTE, self.form(page))
        self.publish(page)
        self.assertIn(NOTE, self.form(page))

    def test_a_note_waits_with_the_draft_and_goes_with_the_publication(self) -> None:
        page = self.published()
        said = {"story_history-note": "It was 4.2 & more.", "story_history-kind": "correction"}
        self.edit(page, **said)
        self.assertIn("It was 4.2 &amp; more.", self.form(page))
        self.edit(page, **said, **{"action-publish": "1"})
        self.send()
        self.assertEqual(self.versions(page)[-1]["note"], "It was 4.2 & more.")
        self.assertFalse(Note.objects.exists())
        self.assertNotIn("It was 4.2", self.form(page))

    def test_a_note_that_is_cleared_is_forgotten(self) -> None:
        page = self.published()
        self.edit(page, **{"story_history-note": "Wrong."})
        self.edit(page, **{"story_history-note": ""})
        self.assertFalse(Note.objects.exists())

    def test_a_form_that_saves_itself_too_late_says_nothing_twice(self) -> None:
        page = self.published()
        note = {"story_history-note": "It was 4.2."}
        before = page.get_latest_revision().pk
        self.edit(page, **note, loaded_revision_id=before)
        self.edit(page, **note, **{"action-publish": "1"})
        self.edit(page, "application/json", **note, overwrite_revision_id=before + 1)
        self.edit(page, "application/json", **note, loaded_revision_id=before)
        self.assertFalse(Note.objects.exists())
        now = Article.objects.get().latest_revision_id
        self.edit(page, "application/json", **note, loaded_revision_id=now)
        self.assertEqual(Note.objects.get().text, "It was 4.2.")

    def test_an_edit_with_an_error_keeps_what_was_typed(self) -> None:
        page = self.published()
        answer = self.edit(page, title="", **{"action-publish": "1", "story_history-note": "Kept."})
        self.assertContains(answer, "Kept.")

    def test_an_approval_in_the_editor_takes_the_note(self) -> None:
        workflow = Workflow.objects.create(name="Two pairs of eyes")
        task = GroupApprovalTask.objects.create(name="Approval")
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
        page = self.published()
        WorkflowPage.objects.create(workflow=workflow, page=page)
        self.edit(page, title="Approved", **{"action-submit": "1"})
        self.assertEqual(Outgoing.objects.filter(what=What.PUBLISH).count(), 1)
        approve = {"action-workflow-action": "1", "workflow-action-name": "approve"}
        self.edit(page, title="Approved", **approve, **{"story_history-note": "By the desk."})
        self.send()
        version = self.versions(page)[-1]
        self.assertEqual(
            (version["content"]["title"], version["note"]), ("Approved", "By the desk.")
        )

    def test_the_reason_for_taking_it_off_is_asked(self) -> None:
        page = self.published()
        address = reverse("wagtailadmin_pages:unpublish", args=[page.pk])
        self.assertContains(self.client.get(address), NOTE)
        self.client.post(address, {"story_history-note": "It was about another pier."})
        self.send()
        self.assertIn("another pier", self.archive.withdrawn(self.story(page)))

    def test_someone_who_may_not_edit_leaves_no_note(self) -> None:
        page = self.published()
        self.client.force_login(User.objects.create_user("guest", password="x"))
        self.edit(page, **{"story_history-note": "Mine."})
        self.assertFalse(Note.objects.exists())


class Report(SiteCase):
    def refused(self) -> Outgoing:
        page = self.published()
        with patch.object(Article, "story_history_content", lambda self: 1 / 0, create=True):
            self.publish(page, title="Broken")
            sending.send()
        self.client.force_login(self.editor)
        return Outgoing.objects.get()

    def test_it_shows_what_was_refused_in_the_archives_words(self) -> None:
        event = self.refused()
        answer = self.client.get(reverse("wagtail_story_history:report"))
        self.assertContains(answer, "ZeroDivisionError")
        self.assertContains(self.client.get("/admin/"), "story-history")
        edited = self.client.get(reverse("wagtailadmin_pages:edit", args=[event.story.page_id]))
        self.assertContains(edited, "ZeroDivisionError")

    def test_send_again(self) -> None:
        event = self.refused()
        self.client.post(reverse("wagtail_story_history:act", args=[event.pk]), {"again": ""})
        self.send()
        [_first, second] = self.archive.versions(event.story.story)
        self.assertEqual(second["content"]["title"], "Broken")

    def test_discard(self) -> None:
        event = self.refused()
        self.client.post(reverse("wagtail_story_history:act", args=[event.pk]), {"discard": ""})
        self.assertFalse(Outgoing.objects.exists())

    def test_what_a_later_version_has_replaced_is_not_sent_again(self) -> None:
        event = self.refused()
        self.publish(Article.objects.get(), title="Later")
        sending.send()
        self.client.post(reverse("wagtail_story_history:act", args=[event.pk]), {"again": ""})
        event.refresh_from_db()
        self.assertTrue(event.refused)

    def test_only_those_with_the_permission_see_it(self) -> None:
        event = self.refused()
        editor = User.objects.create_user("jon", password="x")
        editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
        self.client.force_login(editor)
        for address, method in (
            (reverse("wagtail_story_history:report"), self.client.get),
            (reverse("wagtail_story_history:act", args=[event.pk]), self.client.post),
        ):
            self.assertNotEqual(method(address).status_code, 200)
        event.refresh_from_db()
        self.assertTrue(event.refused)
        editor.user_permissions.add(Permission.objects.get(codename="change_outgoing"))
        self.client.force_login(User.objects.get(pk=editor.pk))
        answer = self.client.get(reverse("wagtail_story_history:report"))
        self.assertEqual(answer.status_code, 200)


class Pages(SiteCase):
    def render(self, page: Any, tag: str = "{% story_history page %}") -> str:
        return Template("{% load story_history %}" + tag).render(Context({"page": page}))

    def test_the_history_is_under_the_article(self) -> None:
        page = self.published()
        story = Story.objects.get().story
        self.assertIn(f'<story-history story="{story}">', self.render(page))
        with override_settings(STORY_HISTORY_PUBLIC_URL="https://history.example/"):
            self.assertIn("https://history.example/embed/story-history.js", self.render(page))
            self.assertIn(
                f'src="https://history.example/stories/{story}/history/embed?as=page"',
                self.render(page, "{% story_history page frame=True %}"),
            )
            self.assertEqual(
                self.render(page, "{% story_history_url page %}"),
                f"https://history.example/stories/{story}/history",
            )

    def test_an_alias_has_the_history_of_what_it_mirrors(self) -> None:
        page = self.published()
        self.assertIn(Story.objects.get().story, self.render(page.create_alias(update_slug="m")))

    def test_nothing_for_a_page_that_was_never_public(self) -> None:
        self.assertEqual(self.render(self.article()).strip(), "")
        self.assertEqual(self.render(None).strip(), "")


class Panels(SiteCase):
    def test_each_model_has_one_wherever_its_panels_are_said(self) -> None:
        place()
        for model in (Article, Feature):
            self.assertTrue(has_panel(model))
        panels = [type(each).__name__ for each in Article.content_panels]
        self.assertEqual(panels.count("StoryHistoryPanel"), 1)


class Checks(SiteCase):
    def test_settings_that_are_right(self) -> None:
        self.assertEqual([each for each in run_checks() if "story_history" in (each.id or "")], [])

    def test_settings_that_are_wrong_are_named(self) -> None:
        for setting, value, expected in (
            ("URL", "", "W001"),
            ("URL", "history.example", "E001"),
            ("URL", "https://history.example/api/v1", "E001"),
            ("URL", "http://history.example", "W002"),
            ("PUBLIC_URL", "ftp://history.example", "E001"),
            ("TOKEN", "", "E002"),
            ("PREFIX", "Page_", "E003"),
            ("PAGES", ["newsroom.Article"], "E004"),
            ("PAGES", {}, "W003"),
            ("PAGES", {"newsroom.Nothing": {}}, "E005"),
            ("PAGES", {"auth.User": {}}, "E005"),
            ("PAGES", {"newsroom.Article": {"headline": "title"}}, "E006"),
            ("PAGES", {"newsroom.Article": {"summary": "lede"}}, "E007"),
        ):
            with self.subTest(setting=setting, value=value):
                with override_settings(**{f"STORY_HISTORY_{setting}": value}):
                    found = [each.id for each in check_settings()]
                self.assertEqual(found, [f"story_history.{expected}"])
