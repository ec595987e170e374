"""A page as an article."""

from django.core.files.images import ImageFile
from django.test import override_settings
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page

from newsroom.models import Feature
from tests.cases import SiteCase
from wagtail_story_history.content import article
from wagtail_story_history.text import cleaned, line

PAPER = "http://paper.example"


class Articles(SiteCase):
    def image(self) -> object:
        file: ImageFile = get_test_image_file(filename="pier.png", size=(40, 30))
        return get_image_model().objects.create(title="The pier", file=file)

    def test_by_convention(self) -> None:
        page = self.article()
        page.byline, page.search_description = "Jon Reed", "The council says so."
        page.image, page.image_credit = self.image(), "Holm Archive"
        page.tags.add("ferry", "harbour")
        found = article(page)
        image = found.pop("image")
        self.assertRegex(image.pop("url"), rf"{PAPER}/media/images/pier.*\.png")
        self.assertEqual(image, {"alt": "The pier", "credit": "Holm Archive"})
        self.assertEqual(sorted(found.pop("tags")), ["ferry", "harbour"])
        self.assertEqual(
            found,
            {
                "shape": "article",
                "title": "Ferry stops",
                "summary": "The council says so.",
                "authors": ["Jon Reed"],
                "section": "Islands",
                "language": "en",
                "url": f"{PAPER}/islands/ferry-stops/",
                "body_html": "<p>It costs 4.2 million.</p>",
                "ids": [f"wagtail:{page.pk}", f"urn:uuid:{page.translation_key}"],
            },
        )

    def test_without_a_byline_the_owner_has_written_it(self) -> None:
        self.assertEqual(article(self.article())["authors"], ["Meera Pillai"])

    def test_rich_text_is_what_readers_get_with_whole_addresses(self) -> None:
        image = self.image()
        video = "https://video.example/watch?v=1&amp;t=2"
        page = self.article(
            body=f'<p>See <a linktype="page" id="{self.section.pk}">all</a>, '
            '<a href="/terms">terms</a>, <a href="#part">below</a> and '
            '<a href="https://other.example/?a=1&amp;b=2">there</a>.</p>'
            f'<embed embedtype="image" id="{image.pk}" format="left" alt="A &quot;pier&quot;"/>'
            f'<embed embedtype="media" url="{video}"/>'
        )
        html = article(page)["body_html"]
        self.assertIn(f'<a href="{PAPER}/islands/">all</a>', html)
        self.assertIn(f'<a href="{PAPER}/terms">terms</a>', html)
        self.assertIn('<a href="#part">below</a>', html)
        self.assertIn('<a href="https://other.example/?a=1&amp;b=2">there</a>', html)
        self.assertRegex(html, rf'<img [^>]*src="{PAPER}/media/images/pier')
        self.assertIn('alt="A &quot;pier&quot;"', html)
        self.assertIn(f'<iframe src="{video}"></iframe>', html)

    def test_blocks_by_their_templates_and_what_the_page_says_itself(self) -> None:
        page = Feature(title="Helicopter", slug="helicopter", lede="At last.", owner=self.editor)
        page.chapters = [
            ("heading", "Part <one>"),
            ("paragraph", "<p>By <b>air</b>.</p>"),
            ("quote", {"text": "We had no choice.", "source": "Joan Reed"}),
            ("embed", "https://video.example/1"),
            ("image", self.image()),
        ]
        self.section.add_child(instance=page)
        found = article(page)
        self.assertEqual(found["summary"], "At last.")
        self.assertEqual(found["section"], "Features")
        html = found["body_html"]
        self.assertIn("<h2>Part &lt;one&gt;</h2>", html)
        self.assertIn("<p>By <b>air</b>.</p>", html)
        self.assertIn("<blockquote>We had no choice.</blockquote>", html)
        self.assertIn("<figcaption>Joan Reed</figcaption>", html)
        self.assertIn('<iframe src="https://video.example/1"></iframe>', html)
        self.assertRegex(html, rf'<img src="{PAPER}/media/images/pier[^"]*" alt="The pier">')

    def test_the_mapping_names_attributes_of_attributes_and_methods(self) -> None:
        mapping = {
            "title": "seo_title",
            "summary": ["title", "slug"],
            "authors": "owner.get_full_name",
            "section": "get_verbose_name",
            "tags": None,
            "body": ["summary", "body"],
        }
        page = self.article()
        page.seo_title, page.summary = "Title for search", "First & last\nSecond"
        page.tags.add("ferry")
        with override_settings(STORY_HISTORY_PAGES={"newsroom.Article": mapping}):
            found = article(page)
        self.assertEqual(found["title"], "Title for search")
        self.assertEqual(found["summary"], "Ferry stops ferry-stops")
        self.assertEqual(found["authors"], ["Meera Pillai"])
        self.assertEqual(found["section"].lower(), "article")
        self.assertNotIn("tags", found)
        self.assertTrue(found["body_html"].startswith("<p>First &amp; last</p><p>Second</p>"))

    def test_rich_text_that_begins_with_a_text(self) -> None:
        page = self.article(body='Before <a href="/terms">terms</a>.')
        self.assertEqual(article(page)["body_html"], f'Before <a href="{PAPER}/terms">terms</a>.')

    def test_an_image_whose_file_is_gone(self) -> None:
        page = self.article()
        page.image = self.image()
        page.image.file.storage.delete(page.image.file.name)
        self.assertIn("not-found", article(page)["image"]["url"])

    def test_a_summary_of_paragraphs_is_one_line(self) -> None:
        page = self.article(body="<p>First.</p><p>Second &amp; last.</p>")
        with override_settings(STORY_HISTORY_PAGES={"newsroom.Article": {"summary": "body"}}):
            self.assertEqual(article(page)["summary"], "First. Second & last.")

    def test_a_page_may_say_its_body_as_blocks(self) -> None:
        page = self.article()
        page.story_history_content = lambda: {"body": ["## Heading", "Text."], "summary": None}
        found = article(page)
        self.assertEqual(found["body"], ["## Heading", "Text."])
        self.assertNotIn("body_html", found)

    def test_a_page_without_a_site_has_no_address(self) -> None:
        page = Page.objects.first().add_child(instance=Feature(title="Nowhere", slug="nowhere"))
        self.assertNotIn("url", article(page))


class Text(SiteCase):
    def test_what_the_archive_refuses_is_left_out(self) -> None:
        self.assertEqual(line(" Ask \u202aat\u202c\u2028the \x00pier\ufffe "), "Ask at the pier")
        self.assertEqual(cleaned("\u2066a\u2069"), "a")
        self.assertEqual(cleaned("\u2066a\u2069 שלום"), "\u2066a\u2069 שלום")
        self.assertEqual(cleaned("two\nlines"), "two\nlines")
