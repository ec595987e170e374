"""The architecture, held by reading the imports: who may know whom, and who alone knows what."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Sources = Mapping[str, str]
"""The text of each module of the product by its dotted name."""


def product() -> Sources:
    paths = [*(ROOT / "repo_store").rglob("*.py"), *(ROOT / "service").rglob("*.py")]
    return {_name(path.relative_to(ROOT)): path.read_text() for path in paths}


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _importers(sources: Sources, package: str) -> set[str]:
    """The modules that import a package or something in it."""
    return {
        name
        for name, text in sources.items()
        if any(each == package or each.startswith(f"{package}.") for each in _imports(text))
    }


def test_the_store_knows_nothing_of_the_service_or_of_flask() -> None:
    sources = product()
    for package in ("flask", "service", "werkzeug", "gunicorn", "click"):
        assert not [each for each in _importers(sources, package) if each.startswith("repo_store")]


def test_one_module_imports_gitpython() -> None:
    assert _importers(product(), "git") == {"repo_store.git.repository"}


@pytest.mark.parametrize("module", ["time", "datetime", "random", "os", "secrets"])
def test_the_differ_has_no_clock_no_chance_and_no_environment(module: str) -> None:
    found = _importers(product(), module)
    assert not [each for each in found if each.startswith("service.diffing")]


def test_templates_hold_no_script_no_style_and_no_unescaped_text() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*(?:src=|ld\+json))|<style|\sstyle=|\son\w+=|\|\s*safe|autoescape"
    )
    for path in (ROOT / "service" / "templates").rglob("*.html"):
        assert not forbidden.search(path.read_text()), path
