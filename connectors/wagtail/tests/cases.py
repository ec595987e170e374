"""A site with a section and an editor, connected to an archive that all tests share."""

import atexit
import logging
from functools import cache
from itertools import count
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.test import TransactionTestCase, override_settings
from wagtail.models import Collection, Locale, Page, Site

from newsroom.models import Article, Section
from tests.archive import Archive
from wagtail_story_history import sending
from wagtail_story_history.models import Note, Outgoing, Story, What

_prefixes = count(1)


@cache
def shared_archive() -> Archive:
    archive = Archive()
    atexit.register(archive.close)
    return archive


class SiteCase(TransactionTestCase):
    """`section`: of the front page. Nothing is sent but by `send`."""

    archive: ClassVar[Archive]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.archive = shared_archive()

    def setUp(self) -> None:
        self.addCleanup(self.end_thread)
        logging.disable()  # What goes wrong here is meant to.
        self.addCleanup(logging.disable, logging.NOTSET)
        self.archive.start()
        settings = override_settings(
            STORY_HISTORY_URL=self.archive.url,
            STORY_HISTORY_TOKEN=self.archive.token,
            STORY_HISTORY_THREAD=False,
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            STORY_HISTORY_PREFIX=f"test{next(_prefixes)}-",
        )
        settings.enable()
        self.addCleanup(settings.disable)
        Locale.objects.get_or_create(language_code="en")
        if not Collection.objects.exists():
            Collection.add_root(name="Root")
        root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
        self.front = root.add_child(instance=Section(title="The Courier", slug="courier"))
        Site.objects.all().delete()
        Site.objects.create(
            hostname="paper.example", root_page=self.front, is_default_site=True, site_name="Paper"
        )
        self.section = self.front.add_child(instance=Section(title="Islands", slug="islands"))
        self.editor = User.objects.create_superuser(
            "meera", "meera@example.org", "a long password", first_name="Meera", last_name="Pillai"
        )

    def end_thread(self) -> None:
        """It must not go on in another test."""
        Outgoing.objects.all().delete()
        if runner := sending._thread._runner:
            sending._thread.wake()
            runner.join(30)

    def article(
        self, title: str = "Ferry stops", body: str = "<p>It costs 4.2 million.</p>"
    ) -> Any:
        """A draft."""
        slug = title.lower().replace(" ", "-")
        page = Article(title=title, slug=slug, body=body, live=False, owner=self.editor)
        self.section.add_child(instance=page)
        page.save_revision(user=self.editor)
        return page

    def publish(self, page: Any, note: str = "", kind: str = "update", **fields: Any) -> Any:
        """The page as it is then."""
        page = page.get_latest_revision_as_object()
        for name, value in fields.items():
            setattr(page, name, value)
        if note:
            Note.objects.create(page_id=page.pk, what=What.PUBLISH, text=note, kind=kind)
        page.save_revision(user=self.editor).publish(user=self.editor)
        return type(page).objects.get(pk=page.pk)

    def published(self, **article: str) -> Any:
        return self.publish(self.article(**article))

    def send(self) -> None:
        """All of it, or the test fails."""
        assert sending.send()
        left = [(str(event), event.trouble) for event in Outgoing.objects.all()]
        assert left == []

    def story(self, page: Any) -> str:
        return Story.objects.get(page_id=page.pk).story

    def versions(self, page: Any) -> list[dict[str, Any]]:
        return self.archive.versions(self.story(page))
