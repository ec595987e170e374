"""What was public before the connector came."""

from io import StringIO
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from wagtail.models import Page, PageViewRestriction

from newsroom.models import Article
from tests.cases import SiteCase
from wagtail_story_history import sending
from wagtail_story_history.models import Outgoing, Story


def backfill() -> str:
    out = StringIO()
    call_command("story_history_backfill", stdout=out)
    return out.getvalue()


class Past(SiteCase):
    def unknown(self) -> Article:
        """A page with a past, of which the connector knows nothing."""
        page = self.published()
        page.title = "A draft between"
        page.save_revision()
        page = self.publish(page, title="Ferry stops", body="<p>It costs 6.8 million.</p>")
        page.unpublish()
        page.refresh_from_db()
        page = self.publish(page, title="Ferry is back")
        Story.objects.all().delete()
        return page

    def test_each_publication_that_wagtail_kept_is_recorded_once(self) -> None:
        page = self.unknown()
        backfill()
        versions = self.versions(page)
        titles = [each["content"]["title"] for each in versions]
        self.assertEqual(titles, ["Ferry stops", "Ferry stops", "Ferry is back"])
        self.assertEqual({each["author"]["name"] for each in versions}, {"Meera Pillai"})
        self.assertEqual(versions[-1]["created_at"][:19], page.last_published_at.isoformat()[:19])
        self.assertNotIn("unexplained", versions[1])
        _status, changes = self.archive.get("changes?limit=100")
        events = [e["event"] for e in changes["items"] if e["story"] == self.story(page)]
        self.assertEqual(
            [e for e in events if e != "alias"],
            ["published", "published", "withdrawn", "published"],
        )
        self.assertIn("0 events queued", backfill())
        self.assertEqual(len(self.versions(page)), 3)

    @override_settings(STORY_HISTORY_THREAD=True)
    def test_no_thread_takes_what_the_command_sends(self) -> None:
        with patch.object(sending._thread, "wake") as woken:
            self.unknown()
            woken.reset_mock()
            backfill()
        woken.assert_not_called()
        self.assertFalse(Outgoing.objects.exists())

    def test_the_first_publication_brings_the_past_along(self) -> None:
        page = self.unknown()
        self.publish(page, title="Ferry is full")
        self.send()
        titles = [each["content"]["title"] for each in self.versions(page)]
        self.assertEqual(titles, ["Ferry stops", "Ferry stops", "Ferry is back", "Ferry is full"])

    def test_it_goes_on_where_it_was_stopped(self) -> None:
        first, second = self.unknown(), self.published(title="Harbour opens")
        Story.objects.all().delete()
        self.archive.kill()
        backfill()
        before = list(Outgoing.objects.values_list("key", flat=True))
        self.assertIn("0 events queued", backfill())
        self.assertEqual(list(Outgoing.objects.values_list("key", flat=True)), before)
        self.archive.start()
        Outgoing.objects.update(due=first.first_published_at)
        self.send()
        self.assertEqual((len(self.versions(first)), len(self.versions(second))), (3, 1))

    def test_pages_that_a_script_has_made_are_recorded_as_they_are(self) -> None:
        made = Article(title="By a script", slug="script", body="<p>Text.</p>", live=True)
        self.section.add_child(instance=made)
        self.assertFalse(Story.objects.exists())
        backfill()
        self.assertEqual(len(self.versions(made)), 1)
        self.assertIn("0 events queued", backfill())

    def test_a_revision_that_was_purged_is_left_out(self) -> None:
        page = self.unknown()
        oldest = page.revisions.order_by("pk")[1]
        oldest.delete()
        backfill()
        self.assertEqual(len(self.versions(page)), 2)

    def test_private_pages_have_no_past(self) -> None:
        page = self.unknown()
        restriction = PageViewRestriction.objects.create(
            page=self.section, restriction_type="login"
        )
        backfill()
        self.assertFalse(Story.objects.exists())
        restriction.delete()
        self.assertEqual(Story.objects.get().page_id, page.pk)

    def test_a_page_that_vanished_behind_wagtails_back_is_withdrawn(self) -> None:
        page = self.published()
        self.send()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("delete from newsroom_article where page_ptr_id = %s", [page.pk])
            cursor.execute("delete from wagtailcore_page where id = %s", [page.pk])
            cursor.execute("PRAGMA foreign_keys = ON")
        self.assertFalse(Page.objects.filter(pk=page.pk).exists())
        backfill()
        self.assertEqual(self.archive.status(self.story(page)), 410)
