"""How texts are laid out is fixed for the shapes that are built in; of others the export says it,
and may leave nothing of a text out. The forger is the operator, with the key.
"""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from repo_store import BUILT_IN, STORY, Shapes, kinds
from repo_store.archive import Archive
from repo_store.story.content import parse_content
from service.audit.export.story_files import shapes_file, shapes_in
from service.audit.keys import Signer
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from tests.audit.conftest import Files
from tests.audit.test_forgeries import _exported, _script, _unpacked
from tests.audit.test_pages import _elsewhere
from tests.audit.test_tampering import packed
from tests.samples import append, entry, ticking

SHAPES = "data/shapes.json"
SOUP, TEXT = "data/stories/soup", "data/stories/soup/versions/0002"
PARTS = {
    "cook": 'kind = "lines"\nlabel = "Cook"\nplace = "byline"',
    "dish": 'kind = "image"\nlabel = "Dish"',
    "steps": 'kind = "text"\nlabel = "Method"\nformat = "markdown"\nrequired = true',
    "sources": 'kind = "sources"\nlabel = "Sources"\nschema_org = "citation"\ncounted = true',
    "shelf": 'kind = "line"\nlabel = "Shelf"\nplace = "hidden"\nretired = true',
}


def _declared(*ids: str) -> str:
    return "\n".join(['shape = "recipe"', *(f'[[part]]\nid = "{x}"\n{PARTS[x]}' for x in ids)])


def _recipe(step: str) -> dict[str, Any]:
    dish = {"url": "https://a.example/1.jpg", "caption": f"{step} "}
    steps = ["The mayor is a **thief**.", step]
    return {"shape": "recipe", "title": "Soup", "cook": ["A. Berg"], "dish": dish, "steps": steps}


Exported = tuple[Files, Signer]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Of a shape that was declared again, in another order, and of an article."""
    path = tmp_path_factory.mktemp("layouts") / "archive"
    with closing(Archive.open(path, ticking(), create=True)) as archive:
        archive.declare(_declared(*PARTS))
        for step in ("Stir.", "Stir [well](https://a.example/)."):
            append(archive, entry(parse_content(_recipe(step), archive.shapes), "soup"))
        archive.declare(_declared(*reversed(PARTS)))
        article = {"shape": "article", "title": "T", "body": ["The mayor is a thief."]}
        append(archive, entry(parse_content(article), "news"))
        files = _exported(archive, path, "soup", "news")
    return files, Signer(path.with_name("archive.key"))


def _both(tmp_path: Path, exported: Exported) -> tuple[list[str], list[str]]:
    """The faults that our checker finds, and those that the script does."""
    files, signer = exported
    path = packed(tmp_path / "made.zip", files, signer)
    done = _script(_unpacked(path, tmp_path / "out"), "--key", signer.public.line)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    faults = [each.removeprefix("FAILED: ") for each in lines if each.startswith("FAILED: ")]
    assert (done.returncode == 0) == (not faults)
    return verify(path, signer.public.line).faults, faults


def test_texts_of_every_shape_verify_and_so_do_their_pages(
    exported: Exported, tmp_path: Path
) -> None:
    assert _both(tmp_path, exported) == ([], [])
    same = "what is made of the chains here is the same: 1 Word document, 1 redline, 2 reports"
    verdict = verify(tmp_path / "made.zip")
    assert same in verdict.proven
    says = "data/shapes.json: the publisher says how texts of other shapes are laid out"
    assert verdict.not_compared == [says]


def test_the_layout_of_an_article_is_no_word_of_the_publisher_s(
    archive: Archive, tmp_path: Path
) -> None:
    append(archive, entry(parse_content({"shape": "article", "title": "T", "body": ["B."]})))
    files = _exported(archive, archive.path, "library")
    signer = Signer(archive.path.with_name("archive.key"))
    path = packed(tmp_path / "made.zip", files, signer)
    assert verify(path).not_compared == []
    done = _script(_unpacked(path, tmp_path / "out"), "--any-signer")
    assert (done.returncode, SHAPES in done.stdout) == (0, False)


def test_the_script_lays_out_what_is_built_in_as_the_product_does() -> None:
    made = json.loads(shapes_file(BUILT_IN))
    known = {
        shape: [{name: part[name] for name in standalone.STORY[0]} for part in parts]
        for shape, parts in made.items()
    }
    assert known == standalone.LAYOUTS
    for kind in kinds().values():
        names = {each.name for each in kind.fields if each.name}
        assert standalone.RECORDS.get(kind.name, set()) == names
    assert [[x.name, x.label] for x in kinds()["image"].fields] == standalone.IMAGE


def test_shapes_are_read_as_they_were_written(exported: Exported) -> None:
    data = exported[0][SHAPES]
    read = shapes_in(data)
    assert isinstance(read, Shapes)
    assert {each.name for each in read} == {"story", "article", "recipe"}
    assert read["story"] == STORY
    assert shapes_file(each for each in read if each != STORY) == data


Change = Callable[[dict[str, Any]], object]


def _without(shape: str, *ids: str) -> Change:
    def change(shapes: dict[str, Any]) -> None:
        shapes[shape] = [each for each in shapes[shape] if each["id"] not in ids]

    return change


def _of(shape: str, part: str, **fields: Any) -> Change:
    def change(shapes: dict[str, Any]) -> None:
        next(each for each in shapes[shape] if each["id"] == part).update(fields)

    return change


def _laid_out_again(files: Files, folder: str, change: Change) -> Files:
    """The operator's own layout, and the text and the report by it."""
    shapes = json.loads(files[SHAPES])
    change(shapes)
    path = f"{folder}/versions/{2 if 'soup' in folder else 1:04d}"
    said = json.loads(files[f"{path}.json"])
    parts = shapes.get(said["shape"], [])
    return files | {
        SHAPES: f"{json.dumps(shapes, ensure_ascii=False, indent=2)}\n".encode(),
        f"{path}.txt": standalone.page(said, parts=parts).encode(),  # type: ignore[no-untyped-call]  # shipped as it is
        f"{folder}/report.html": b"<h1>Nothing was ever said of the mayor</h1>",
    }


FORGED: dict[str, tuple[str, Change, str]] = {
    "a part left out": (
        SOUP,
        _without("recipe", "steps"),
        f"{TEXT}.json has steps, which no part of the shape recipe lays out",
    ),
    "all parts left out": (
        SOUP,
        lambda shapes: shapes.update(recipe=[]),
        f"{TEXT}.json has dish, which no part of the shape recipe lays out",
    ),
    "a shape left out": (
        SOUP,
        lambda shapes: shapes.pop("recipe"),
        f"{TEXT}.json has the shape recipe: {SHAPES} has no such shape",
    ),
    "a field left out": (
        SOUP,
        _of("recipe", "dish", kind="card", fields=[["url", "Address"]]),
        f"{TEXT}.json has dish.caption, which no part of the shape recipe lays out",
    ),
    "a label of two lines": (
        SOUP,
        _of("recipe", "steps", label="Method\nThe mayor is no thief."),
        f"{SHAPES} has a label of several lines in the shape recipe",
    ),
    "a part twice": (
        SOUP,
        lambda shapes: shapes["recipe"].append(shapes["recipe"][0] | {"label": "Shelves"}),
        f"{SHAPES} has one part of the shape recipe twice",
    ),
    "an article without its text": (
        "data/stories/news",
        _without("article", "body"),
        f"{SHAPES} lays out the shape article otherwise than every export does",
    ),
    "an article with another heading": (
        "data/stories/news",
        _of("article", "body", label="What the mayor denies"),
        f"{SHAPES} lays out the shape article otherwise than every export does",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_layout_that_leaves_something_out_is_refused_by_both(
    exported: Exported, tmp_path: Path, what: str
) -> None:
    folder, change, fault = FORGED[what]
    files, signer = exported
    for faults in _both(tmp_path, (_laid_out_again(files, folder, change), signer)):
        assert fault in faults


@pytest.mark.parametrize("page", ["report.html", "differences/0001-0002.html"])
def test_a_page_of_a_declared_shape_that_was_changed_is_refused(
    exported: Exported, tmp_path: Path, page: str
) -> None:
    files, signer = exported
    changed = files | {f"{SOUP}/{page}": b"<h1>Nothing was ever said of the mayor</h1>"}
    faults, _ = _both(tmp_path, (changed, signer))
    assert faults == [f"{SOUP}/{page} is not what is made of the chain"]


UNREAD = {
    "another kind": _of("recipe", "steps", kind="line"),
    "a kind that there is not": _of("recipe", "steps", kind="song"),
    "another field": _of("recipe", "steps", more=1),
}


@pytest.mark.parametrize("what", UNREAD)
def test_pages_of_a_shape_that_cannot_be_read_are_refused_or_named(
    exported: Exported, tmp_path: Path, what: str
) -> None:
    """Named where another release is said to have made them, which may know more kinds."""
    files, signer = exported
    forged = _laid_out_again(files, SOUP, UNREAD[what])
    faults, _ = _both(tmp_path, (forged, signer))
    assert any("cannot be compared with its chain: " in each for each in faults)
    verdict = verify(packed(tmp_path / "other.zip", _elsewhere(forged), signer))
    assert verdict.faults == []
    named = [each for each in verdict.unproven if "and the counts of words" in each]
    pages = [f"{SOUP}/differences/0001-0002.{end}" for end in ("docx", "html")]
    assert any(f"{', '.join(pages)}, {SOUP}/report.html show what" in each for each in named)
