"""Installs the site: its editor, an image, and its front page as Wagtail made it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Site


class Command(BaseCommand):
    def handle(self, *args: object, **options: object) -> None:
        User.objects.create_superuser(
            "meera", "meera@example.org", "a long password", first_name="Meera", last_name="Pillai"
        )
        file = get_test_image_file("pier.png", "steelblue", (640, 360))
        get_image_model().objects.create(title="The pier", file=file)
        address = urlsplit(settings.WAGTAILADMIN_BASE_URL)
        Site.objects.update(hostname=address.hostname, port=address.port)
