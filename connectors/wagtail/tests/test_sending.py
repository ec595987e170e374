"""The queue while the archive is away, refuses, or is asked by several at once."""

import time
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from wagtail.models import Page

from tests.cases import SiteCase
from wagtail_story_history import sending
from wagtail_story_history.models import Outgoing, What


def due() -> None:
    """What waits is due now."""
    Outgoing.objects.update(due=timezone.now())


class Trouble(SiteCase):
    def test_an_archive_that_is_away_loses_nothing(self) -> None:
        self.archive.kill()
        page = self.published()
        self.publish(page, title="Ferry stops for good")
        self.assertFalse(sending.send())
        with self.assertRaisesMessage(CommandError, "does not answer"):
            call_command("story_history_send")
        self.archive.start()
        due()
        self.send()
        titles = [each["content"]["title"] for each in self.versions(page)]
        self.assertEqual(titles, ["Ferry stops", "Ferry stops for good"])

    def test_an_answer_that_was_lost_records_nothing_twice(self) -> None:
        page = self.published()
        with (
            patch.object(sending, "_settle", side_effect=SystemExit),
            self.assertRaises(SystemExit),
        ):
            sending.send()
        self.assertTrue(Outgoing.objects.filter(due__gt=timezone.now()).exists())
        self.archive.kill()
        self.archive.start()
        due()
        self.send()
        self.assertEqual(len(self.versions(page)), 1)

    def test_a_wrong_token_is_named_and_all_waits_for_the_right_one(self) -> None:
        page = self.published()
        with override_settings(STORY_HISTORY_TOKEN="wrong"):
            self.assertFalse(sending.send())
        self.assertIn("STORY_HISTORY_TOKEN", Outgoing.objects.first().trouble)
        due()
        self.send()
        self.assertEqual(len(self.versions(page)), 1)

    def test_a_token_of_the_wrong_role_is_named(self) -> None:
        self.published()
        token = self.archive.new_token("A writer", "contributor")
        with override_settings(STORY_HISTORY_TOKEN=token):
            self.assertFalse(sending.send())
        self.assertIn("integration", Outgoing.objects.first().trouble)

    def test_another_server_at_the_address_is_named(self) -> None:
        self.published()
        with override_settings(STORY_HISTORY_URL=f"{self.archive.url}/stories"):
            self.assertFalse(sending.send())
        self.assertIn("does not answer as an archive does", Outgoing.objects.first().trouble)

    def test_a_check_that_holds_is_said_in_words_and_the_next_version_goes_on(self) -> None:
        page = self.published()
        self.send()
        token = self.archive.new_token("Held", "integration", "--gate", "hold")
        self.publish(page, body="<p>It costs 6.8 million.</p>")
        with override_settings(STORY_HISTORY_TOKEN=token):
            sending.send()
        held = Outgoing.objects.get(refused=True)
        self.assertIn("until readers are told why", held.trouble)
        self.publish(page, "It said 4.2.", "correction", body="<p>It costs 6.8 million.</p>")
        sending.send()
        held.refresh_from_db()
        self.assertTrue(held.superseded)
        self.assertEqual([each["note"] for each in self.versions(page)], ["", "It said 4.2."])

    def test_what_the_archive_does_not_take_is_kept_with_its_words(self) -> None:
        page = self.published()
        self.publish(page, body=f"<p>{'long ' * 5000}</p>")
        self.publish(page, body="<p>Short.</p>")
        sending.send()
        [refused] = Outgoing.objects.all()
        self.assertTrue(refused.refused)
        self.assertIn("20000", refused.trouble.replace(",", ""))
        self.assertEqual(len(self.versions(page)), 2)

    def test_a_slug_leads_to_a_story_whose_first_version_was_refused(self) -> None:
        slug = f"refused-at-first-{self.section.pk}"
        page = self.published(title=slug, body=f"<p>{'long ' * 5000}</p>")
        sending.send()
        self.publish(page, body="<p>Short.</p>")
        sending.send()
        _status, found = self.archive.get(f"stories/{slug}/versions/1")
        self.assertEqual(found["story"], self.story(page))

    def test_a_story_whose_texts_were_removed_goes_on(self) -> None:
        page = self.published()
        self.send()
        why = {"reason": "court-order", "note": "By order.", "legal_reference": "1 A 2/26"}
        self.archive.act(self.story(page), action="remove", scope="story", **why)
        self.publish(page, body="<p>Without it.</p>")
        self.publish(page, body="<p>Without it, and more.</p>").unpublish()
        self.send()
        self.assertEqual(self.archive.status(self.story(page)), 410)

    def test_a_story_that_leads_to_another(self) -> None:
        page, other = self.published(), self.article(title="Merged")
        self.send()
        story = f"{self.story(page).rpartition('-')[0]}-{other.pk}"
        self.archive.act(self.story(page), action="alias", alias=story)
        self.publish(other, title="Merged at the desk").unpublish()
        self.send()
        titles = [each["content"]["title"] for each in self.versions(page)]
        self.assertEqual(titles, ["Ferry stops", "Merged at the desk"])

    def test_someone_withdrew_it_there_already(self) -> None:
        page = self.published()
        self.send()
        self.archive.act(self.story(page), action="withdraw", note="Here first.")
        page.unpublish()
        self.send()

    def test_no_template_of_the_site_keeps_an_editor_from_publishing(self) -> None:
        page = self.published()
        with patch.object(type(page), "story_history_content", lambda self: 1 / 0, create=True):
            self.publish(page, title="Broken")
            sending.send()
        [event] = Outgoing.objects.all()
        self.assertIn("ZeroDivisionError", event.trouble)
        Outgoing.objects.update(refused=False)
        due()
        self.send()
        self.assertEqual(self.versions(page)[-1]["content"]["title"], "Broken")

    def test_no_story_waits_for_anothers_trouble(self) -> None:
        first, second = self.published(), self.published(title="Harbour opens")
        Outgoing.objects.filter(story__page_id=first.pk).update(
            due=timezone.now() + timezone.timedelta(hours=1)
        )
        self.publish(first, title="Later")
        sending.send()
        self.assertEqual(len(self.versions(second)), 1)
        self.assertEqual(self.versions(first), [])
        due()
        self.send()
        self.assertEqual(len(self.versions(first)), 2)


class Queueing(SiteCase):
    def test_a_publication_that_is_rolled_back_is_not_queued(self) -> None:
        page = self.article()
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.publish(page)
            raise ZeroDivisionError
        self.assertFalse(Page.objects.get(pk=page.pk).live)
        self.assertFalse(Outgoing.objects.exists())

    def test_what_is_not_public_any_more_is_not_made_public(self) -> None:
        page = self.published()
        Outgoing.objects.filter(what=What.PUBLISH).update(content=None)
        Page.objects.filter(pk=page.pk).update(live=False)
        self.send()
        self.assertEqual(self.archive.status(self.story(page)), 404)

    @override_settings(STORY_HISTORY_THREAD=True)
    def test_it_is_sent_by_itself_and_again_once_the_archive_is_back(self) -> None:
        self.archive.kill()
        page = self.published()
        deadline = time.monotonic() + 20
        while not Outgoing.objects.exclude(trouble="").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.archive.start()
        while Outgoing.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(len(self.versions(page)), 1)
