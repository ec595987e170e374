"""Shapes: declared in TOML, kept in git, added to and never made something else."""

from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import InvalidInput
from repo_store.history.records import Revision, RevisionInput
from repo_store.story import kinds
from repo_store.story.content import Content, parse_content, parse_stored
from repo_store.story.shapes import BUILT_IN, parse_shape
from tests.plain_git import git
from tests.samples import append, content, entry, ticking

RECIPE = """
shape = "recipe"
type = "Recipe"

[[part]]
id = "ingredients"
kind = "lines"
label = "Ingredients"
schema_org = "recipeIngredient"

[[part]]
id = "steps"
kind = "text"
label = "Method"
format = "markdown"
"""
MORE = '[[part]]\nid = "serves"\nkind = "line"\nlabel = "Serves"\n'
SOUP = {"shape": "recipe", "title": "Soup", "ingredients": ["1 onion"], "steps": ["Boil **it**."]}


def _appended(archive: Archive, new: RevisionInput) -> Revision:
    [added] = append(archive, new).written
    assert isinstance(added, Revision)
    return added


def _fault(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        BUILT_IN.declared(text)
    return str(caught.value)


def test_a_declared_shape_is_kept_in_git_and_read_back(
    archive: Archive, archive_path: Path
) -> None:
    assert archive.declare(RECIPE) == "recipe"
    added = _appended(archive, entry(parse_content(SOUP, archive.shapes)))
    with_others = Archive.open(archive_path, ticking())
    assert with_others.content(added) == parse_content(SOUP, with_others.shapes)
    assert git(archive_path, "show", "refs/archive/shapes:recipe.toml").strip() == RECIPE.strip()
    assert archive.verify().findings == ()
    with_others.close()


def test_the_index_is_rebuilt_with_declared_shapes(archive: Archive) -> None:
    archive.declare(RECIPE)
    append(archive, entry(parse_content(SOUP, archive.shapes)))
    assert archive.reindex() == 1
    story = archive.index.story("library")
    assert story is not None
    assert story.title == "Soup"


def test_a_backup_has_the_shapes(archive: Archive, tmp_path: Path) -> None:
    archive.declare(RECIPE)
    (tmp_path / "copy").mkdir()
    archive.back_up(tmp_path / "copy")
    refs = git(tmp_path / "copy" / "stories.git", "for-each-ref", "refs/archive")
    assert "refs/archive/shapes" in refs


def test_another_process_sees_what_is_declared(archive: Archive, archive_path: Path) -> None:
    other = Archive.open(archive_path, ticking())
    assert "recipe" not in other.shapes.shapes
    archive.declare(RECIPE)
    added = _appended(archive, entry(parse_content(SOUP, archive.shapes)))
    # A text of a shape that it has not asked for yet.
    assert isinstance(other.content(added), Content)
    archive.declare(RECIPE + MORE)
    served = parse_content({**SOUP, "serves": "4"}, archive.shapes)
    later = _appended(archive, entry(served, base_version=1))
    assert other.content(later) == served
    other.close()


def test_a_retired_part_is_in_older_texts_alone(archive: Archive) -> None:
    archive.declare(RECIPE + MORE)
    served = parse_content({**SOUP, "serves": "4"}, archive.shapes)
    added = _appended(archive, entry(served))
    archive.declare(f"{RECIPE}{MORE}retired = true\n")
    archive._contents.clear()
    assert archive.content(added) == served
    with pytest.raises(InvalidInput, match=r"^serves: is retired: it takes no new text$"):
        parse_content({**SOUP, "serves": "4"}, archive.shapes)
    # An import has versions of earlier times.
    assert parse_content({**SOUP, "serves": "4"}, archive.shapes, past=True) == served


def test_a_part_that_is_missing_from_a_later_declaration_is_refused(archive: Archive) -> None:
    archive.declare(RECIPE + MORE)
    with pytest.raises(InvalidInput, match="serves is missing: older texts have it, so retire it"):
        archive.declare(RECIPE)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("shape = ", "not readable TOML"),
        ("", "shape: missing"),
        ('shape = "Recipe"', "shape: String should match pattern"),
        ('shape = "article"', "shape: article is built in"),
        (RECIPE.replace('"lines"', '"list"'), "ingredients.kind: must be one of faq, image, line"),
        (RECIPE.replace('"markdown"', '"html"'), "steps.format: must be one of plain, markdown"),
        (RECIPE.replace('"steps"', '"body"'), "body: means another thing already"),
        (RECIPE.replace('"steps"', '"ingredients"'), "ingredients: is declared twice"),
        (RECIPE.replace("Method", "Ingredients"), "“Ingredients” is the label of two parts"),
        (RECIPE.replace('"steps"', '"body_html"'), "body_html: is a name that no part may have"),
        (RECIPE.replace('"steps"', '"note"'), "note: is a name that no part may have"),
        (RECIPE.replace("label", "lable"), "part[0].label: missing"),
        (RECIPE + "counted = true", "steps.counted: is for sources only"),
        ("x" * 70_000, "takes more than 65,536 bytes"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_named(text: str, fault: str) -> None:
    assert fault in _fault(text)


def test_sources_may_be_counted_under_any_name(archive: Archive) -> None:
    archive.declare(
        'shape = "note"\n[[part]]\nid = "links"\nkind = "sources"\nlabel = "Links"\n'
        "counted = true\n"
    )
    link = {"name": "Gazette", "url": "https://gazette.example/"}
    note: dict[str, object] = {"shape": "note", "title": "T", "links": [link]}
    assert parse_content(note, archive.shapes).source_count == 1
    assert parse_content({**note, "source_count": 7}, archive.shapes).source_count == 7
    with pytest.raises(InvalidInput, match="source_count: must be at least 1"):
        parse_content({**note, "source_count": 0}, archive.shapes)


def test_a_shape_that_is_not_declared_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInput, match=r"^shape: must be one of story, article; others"):
        parse_content(SOUP)


def test_the_story_needs_no_name() -> None:
    assert parse_content({"shape": "story", **content().fields}) == content()
    assert "shape" not in content().fields


def test_what_is_empty_and_optional_is_not_kept() -> None:
    full: dict[str, object] = {
        "shape": "article",
        "title": "T",
        "summary": "",
        "tags": [],
        "section": "",
        "url": None,
    }
    assert parse_content(full).fields == {"shape": "article", "title": "T"}
    image = {"url": "https://a.example/1.jpg", "alt": "", "caption": "A bridge"}
    kept = parse_content({"shape": "article", "title": "T", "image": image})["image"]
    assert kept == {"url": "https://a.example/1.jpg", "caption": "A bridge"}


@pytest.mark.parametrize("image", [{}, {"url": "", "alt": ""}, {"url": None}, None])
def test_an_image_and_an_address_with_nothing_in_them_are_absent(image: object) -> None:
    sent = {"shape": "article", "title": "T", "url": "", "image": image}
    assert parse_content(sent).fields == {"shape": "article", "title": "T"}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"image": {"alt": "x"}}, "image.url: missing"),
        ({"url": "javascript:alert(1)"}, "url: must be an http or https URL"),
        ({"authors": "A. Berg"}, "authors: must be a list"),
        ({"authors": ["A", " "]}, "authors[1]: must not be blank"),
        ({"body": ["two\nlines"]}, "body[0]: Text, paragraph 1: a line break"),
        ({"overview": ["x"]}, "overview: unknown field"),
        ({"source_count": 3}, "source_count: unknown field"),
    ],
)
def test_a_fault_of_an_article_is_named_by_its_field(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_content({"shape": "article", "title": "T", **fields})
    assert fault in str(caught.value)


def test_a_new_kind_is_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rating.py").write_text(
        "from repo_store.story.kinds import BlockField, PartKind\n"
        "from repo_store.story.rules import Line\n"
        'FIELDS = (BlockField("stars", "Stars", Line, ""), BlockField("by", "By", Line, ""))\n'
        'KIND = PartKind("rating", "rating", FIELDS, "rating {number}", most=9)\n'
    )
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    kinds.kinds.cache_clear()
    try:
        shape = parse_shape(
            'shape = "film"\n[[part]]\nid = "ratings"\nkind = "rating"\nlabel = "Ratings"\n'
        )
    finally:
        kinds.kinds.cache_clear()
    assert shape.by_id["ratings"].kind.noun == "rating"


@pytest.mark.parametrize(
    "language", ["not a language!", "german", "pt_BR", "de-", "de-Österreich", "x" * 101, " "]
)
def test_a_language_is_a_tag_on_the_way_in(language: str) -> None:
    content = {"shape": "article", "title": "T", "language": language}
    with pytest.raises(InvalidInput) as caught:
        parse_content(content)
    [error] = caught.value.errors
    assert error.field == "language"
    assert "such as en or pt-BR" in error.message or "longer than 100" in error.message
    stored = parse_stored(content, BUILT_IN["article"])
    assert stored["language"] == language


@pytest.mark.parametrize("language", ["", "en", "pt-BR", "zh-Hant-TW", "es-419", "ca-valencia"])
def test_a_language_tag_is_taken(language: str) -> None:
    content = {"shape": "article", "title": "T", "language": language}
    assert parse_content(content)["language"] == language
