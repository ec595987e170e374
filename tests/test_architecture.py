"""The arrows between the parts, held by reading the imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = [*(ROOT / "repo_store").rglob("*.py"), *(ROOT / "service").rglob("*.py")]
NAMES = [str(path.relative_to(ROOT)) for path in PRODUCT]
OURS = ("repo_store", "service")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _importers(package: str) -> set[str]:
    """The product's files that import a package or something in it."""
    return {
        str(path.relative_to(ROOT))
        for path in PRODUCT
        if any(name == package or name.startswith(f"{package}.") for name in _imports(path))
    }


def test_the_store_knows_nothing_of_the_service_or_of_flask() -> None:
    for package in ("flask", "service", "werkzeug", "gunicorn", "click"):
        assert not [name for name in _importers(package) if name.startswith("repo_store/")]


def test_one_file_imports_gitpython_and_one_sqlite_utils() -> None:
    assert _importers("git") == {"repo_store/git.py"}
    assert _importers("sqlite_utils") == {"repo_store/index.py"}


def test_git_and_the_index_do_not_know_each_other() -> None:
    assert "repo_store/index.py" not in _importers("repo_store.git")
    assert "repo_store/git.py" not in _importers("repo_store.index")


def test_the_differ_imports_nothing_of_ours_but_itself() -> None:
    for path in (ROOT / "service" / "diffing").glob("*.py"):
        ours = [name for name in _imports(path) if name.split(".")[0] in OURS]
        assert all(name.startswith("service.diffing.") for name in ours), path


@pytest.mark.parametrize("module", ["time", "datetime", "random", "os", "secrets"])
def test_the_differ_has_no_clock_no_chance_and_no_environment(module: str) -> None:
    assert not [name for name in _importers(module) if name.startswith("service/diffing/")]


def test_only_the_web_and_its_wiring_know_flask() -> None:
    others = {name for name in _importers("flask") if not name.startswith("service/web/")}
    assert others == {"service/app.py", "service/server.py"}


def test_only_the_configuration_reads_the_environment() -> None:
    reads = re.compile(r"os\.environ|getenv")
    assert [name for name in NAMES if reads.search((ROOT / name).read_text())] == [
        "service/config.py"
    ]


def test_only_wsgi_builds_an_application_at_import() -> None:
    for path in PRODUCT:
        for node in ast.parse(path.read_text()).body:
            assert "create_app(" not in ast.unparse(node) or isinstance(
                node, ast.FunctionDef | ast.ClassDef
            ), path


@pytest.mark.parametrize("name", NAMES)
def test_a_file_stays_small(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) <= 400


def test_templates_hold_no_script_no_style_and_no_unescaped_text() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*(?:src=|ld\+json))|<style|\sstyle=|\son\w+=|\|\s*safe|autoescape"
    )
    for path in (ROOT / "service" / "templates").rglob("*.html"):
        assert not forbidden.search(path.read_text()), path
