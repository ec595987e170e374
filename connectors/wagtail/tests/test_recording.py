"""What happens to a page in Wagtail, and what the archive has of it then."""

from datetime import timedelta

from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from wagtail.actions.copy_for_translation import CopyPageForTranslationAction
from wagtail.models import (
    GroupApprovalTask,
    Locale,
    PageViewRestriction,
    Revision,
    Workflow,
    WorkflowTask,
)

from newsroom.models import Article, Section
from tests.cases import SiteCase
from wagtail_story_history.models import Note, Outgoing, Story, What


class Publishing(SiteCase):
    def test_a_draft_is_not_recorded(self) -> None:
        page = self.article()
        page.save_revision()
        self.assertFalse(Story.objects.exists())
        self.publish(page)
        page.title = "Not yet"
        page.save_revision()
        self.send()
        self.assertEqual(
            [each["content"]["title"] for each in self.versions(page)], ["Ferry stops"]
        )

    def test_a_correction_has_its_note_and_the_next_version_does_not(self) -> None:
        page = self.published()
        self.publish(page, "It said 4.2.", "correction", body="<p>It costs 6.8 million.</p>")
        self.publish(page, body="<p>It costs 6.8 million. It is closed.</p>")
        self.send()
        first, second, third = self.versions(page)
        self.assertEqual((first["note"], first["kind"]), ("", "update"))
        self.assertEqual((second["note"], second["kind"]), ("It said 4.2.", "correction"))
        self.assertEqual((third["note"], third["kind"]), ("", "update"))
        self.assertEqual(first["author"]["name"], "Meera Pillai")

    def test_a_forgotten_note_explains_the_version(self) -> None:
        page = self.published()
        self.publish(page)
        self.publish(page, "It was a typing error.", "correction")
        self.send()
        [version] = self.versions(page)
        self.assertEqual([e["note"] for e in version["explanations"]], ["It was a typing error."])

    def test_the_time_is_when_it_went_live(self) -> None:
        page = self.article()
        before = timezone.now()
        self.publish(page)
        after = timezone.now()
        self.send()
        [version] = self.versions(page)
        self.assertLessEqual(before.isoformat()[:19], version["created_at"][:19])
        self.assertLessEqual(version["created_at"][:19], after.isoformat()[:19])

    def test_unpublished_and_published_again(self) -> None:
        page = self.published()
        page.unpublish(user=self.editor)
        self.send()
        self.assertIn("taken off the site", self.archive.withdrawn(self.story(page)))
        page.refresh_from_db()
        page.get_latest_revision().publish()
        self.send()
        self.assertEqual(self.archive.status(self.story(page)), 200)

    def test_the_reason_for_a_withdrawal_is_the_editors(self) -> None:
        page = self.published()
        Note.objects.create(page_id=page.pk, what=What.WITHDRAW, text="It was about another pier.")
        page.unpublish()
        self.send()
        self.assertIn("It was about another pier.", self.archive.withdrawn(self.story(page)))

    def test_a_deleted_page_is_withdrawn_and_so_are_those_below_it(self) -> None:
        page, other = self.published(), self.published(title="Harbour opens")
        page.delete()
        self.section.refresh_from_db()
        self.section.delete()
        self.send()
        for each in (page, other):
            self.assertIn("deleted", self.archive.withdrawn(self.story(each)))

    def test_an_earlier_revision_is_published_again(self) -> None:
        page = self.published()
        first = page.live_revision
        self.publish(page, title="Ferry stops for good")
        old = first.as_object()
        old.save_revision(user=self.editor, previous_revision=first).publish(
            user=self.editor, previous_revision=first
        )
        self.send()
        titles = [each["content"]["title"] for each in self.versions(page)]
        self.assertEqual(titles, ["Ferry stops", "Ferry stops for good", "Ferry stops"])

    def test_a_copy_that_is_kept_live_is_a_story_of_its_own(self) -> None:
        page = self.published()
        copy = page.copy(update_attrs={"slug": "copy", "title": "Copy"}, keep_live=True)
        self.send()
        self.assertNotEqual(self.story(copy), self.story(page))
        self.assertEqual(len(self.versions(copy)), 1)


class Schedules(SiteCase):
    def test_a_scheduled_page_is_recorded_when_it_goes_live(self) -> None:
        page = self.article()
        self.publish(page, go_live_at=timezone.now() + timedelta(hours=1))
        self.assertFalse(Outgoing.objects.exists())
        Revision.objects.update(approved_go_live_at=timezone.now() - timedelta(seconds=1))
        revision = Revision.objects.latest("pk")
        revision.content["go_live_at"] = (timezone.now() - timedelta(seconds=1)).isoformat()
        revision.save()
        call_command("publish_scheduled")
        self.send()
        self.assertEqual(len(self.versions(page)), 1)

    def test_a_scheduled_change_of_a_live_page(self) -> None:
        page = self.published()
        self.publish(page, title="Later", go_live_at=timezone.now() + timedelta(hours=1))
        self.send()
        self.assertEqual(len(self.versions(page)), 1)

    def test_an_expired_page_is_withdrawn(self) -> None:
        page = self.published()
        Article.objects.update(expire_at=timezone.now() - timedelta(seconds=1))
        call_command("publish_scheduled")
        self.send()
        self.assertIn("expired", self.archive.withdrawn(self.story(page)))


class Workflows(SiteCase):
    def test_an_approval_publishes_with_the_note(self) -> None:
        page = self.published()
        workflow = Workflow.objects.create(name="Two pairs of eyes")
        task = GroupApprovalTask.objects.create(name="Approval")
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
        draft = page.get_latest_revision_as_object()
        draft.title = "Approved"
        draft.save_revision(user=self.editor)
        Note.objects.create(page_id=page.pk, what=What.PUBLISH, text="Said by the writer.")
        state = workflow.start(draft, self.editor)
        self.assertEqual(Outgoing.objects.filter(what=What.PUBLISH).count(), 1)
        state.current_task_state.approve(user=self.editor)
        self.send()
        second = self.versions(page)[1]
        self.assertEqual(
            (second["content"]["title"], second["note"]), ("Approved", "Said by the writer.")
        )


class Addresses(SiteCase):
    def test_a_moved_page_keeps_its_story(self) -> None:
        page = self.published()
        other = self.front.add_child(instance=Section(title="Transport", slug="transport"))
        page.move(other, pos="last-child")
        self.send()
        page.refresh_from_db()
        first, second = self.versions(page)
        self.assertEqual(second["kind"], "minor")
        self.assertEqual(first["content"]["url"], "http://paper.example/islands/ferry-stops/")
        self.assertEqual(second["content"]["url"], "http://paper.example/transport/ferry-stops/")
        self.assertEqual(second["content"]["section"], "Transport")

    def test_pages_below_a_renamed_one_have_another_address(self) -> None:
        page = self.published()
        self.section.refresh_from_db()
        self.section.slug = "isles"
        self.section.save()
        self.send()
        self.assertEqual(
            self.versions(page)[-1]["content"]["url"], "http://paper.example/isles/ferry-stops/"
        )

    def test_another_slug_is_an_alias_and_a_slug_that_is_taken_does_no_harm(self) -> None:
        page = self.published()
        self.publish(page, slug="ferry")
        elsewhere = self.front.add_child(instance=Section(title="Sport", slug="sport"))
        twin = Article(title="Twin", slug="ferry", body="<p>Twin.</p>", live=False)
        elsewhere.add_child(instance=twin)
        twin.save_revision().publish()
        self.send()
        _status, found = self.archive.get("stories/ferry/versions/1")
        self.assertEqual(found["story"], self.story(page))
        self.assertEqual(len(self.versions(twin)), 1)


class Privacy(SiteCase):
    def test_a_private_page_is_not_recorded_however_it_goes(self) -> None:
        page = self.article()
        PageViewRestriction.objects.create(page=page, restriction_type="login")
        page = self.publish(page)
        self.assertFalse(Story.objects.exists())
        page.delete()
        self.assertFalse(Story.objects.exists())

    def test_a_section_is_closed_and_opened_again(self) -> None:
        page = self.published()
        closed = PageViewRestriction.objects.create(page=self.section, restriction_type="login")
        self.send()
        self.assertIn("no longer open", self.archive.withdrawn(self.story(page)))
        self.publish(page, title="Secret")
        closed.delete()
        self.send()
        self.assertEqual(self.archive.status(self.story(page)), 200)
        self.assertEqual(
            [each["content"]["title"] for each in self.versions(page)], ["Ferry stops", "Secret"]
        )


class Translations(SiteCase):
    def test_a_translation_is_a_story_of_its_own(self) -> None:
        page = self.published()
        german = Locale.objects.create(language_code="de")
        made = CopyPageForTranslationAction(page, german, copy_parents=True).execute()
        self.publish(made, title="Fähre eingestellt")
        made.unpublish()
        self.send()
        self.assertEqual(len(self.versions(page)), 1)
        [version] = self.versions(made)
        self.assertEqual(version["content"]["language"], "de")
        self.assertEqual(version["content"]["ids"][1], self.versions(page)[0]["content"]["ids"][1])

    def test_an_alias_is_no_story(self) -> None:
        page = self.published()
        alias = page.create_alias(update_slug="mirror")
        self.publish(page, title="Again")
        self.assertFalse(Story.objects.filter(page_id=alias.pk).exists())


@override_settings(STORY_HISTORY_PAGES={"newsroom.Article": {}})
class Models(SiteCase):
    def test_only_the_models_named_are_recorded(self) -> None:
        self.section.save_revision().publish()
        self.assertFalse(Story.objects.exists())
