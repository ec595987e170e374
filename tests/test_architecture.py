"""The architecture: who may know whom, and who alone knows what.

The checks are functions over the text of the modules, so that each can be shown to fail: `PLANTS`
holds a violation of every rule.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Sources = Mapping[str, str]
"""The text of each module of the product, by its dotted name."""

# Each package, or module beside the packages, with all that it may import of the others.
ARROWS: Mapping[str, set[str]] = {
    "repo_store.printable": set(),
    "repo_store.sameness": set(),
    "repo_store.markdown": set(),
    "repo_store.errors": {"printable"},
    "repo_store.ids": {"errors"},
    "repo_store.durable": {"errors"},
    "repo_store.locks": set(),
    "repo_store.times": set(),
    "repo_store.last_runs": {"durable", "times"},
    "repo_store.workers": {"errors"},
    "repo_store.story": {"errors", "markdown", "printable", "sameness"},
    "repo_store.git": {"durable", "errors", "ids", "locks"},
    "repo_store.history": {"errors", "git", "ids", "story", "times"},
    "repo_store.log": {"errors", "git", "history", "times"},
    "repo_store.index": {
        "durable",
        "errors",
        "history",
        "ids",
        "locks",
        "log",
        "sameness",
        "story",
    },
    "repo_store.indexing": {
        *("errors", "git", "history", "ids", "index", "log", "story", "workers"),
    },
    "repo_store.write": {
        *("durable", "errors", "git", "history", "index", "indexing", "locks", "log", "story"),
    },
    "repo_store.maintenance": {
        *("durable", "errors", "git", "history", "ids", "index", "layout", "locks", "log"),
        *("story", "times", "workers"),
    },
    "repo_store.layout": {"durable", "errors", "git", "history", "locks", "log"},
    "repo_store.archive": {
        *("durable", "errors", "git", "history", "index", "indexing", "last_runs", "layout"),
        *("locks", "log", "maintenance", "story", "write"),
    },
    "service.messages": set(),
    "service.config": {"accounts", "messages"},
    "service.logs": {"repo_store"},
    "service.look": {"config"},
    "service.metrics": {"config"},
    "service.periodic": {"repo_store"},
    "service.paging": {"messages", "repo_store"},
    "service.diffing": {"markdown", "sameness"},
    "service.diffing.render": {"diffing", "messages"},
    "service.comparison": {"diffing", "repo_store"},
    "service.present": {
        *("diffing", "diffing.render", "markdown", "messages", "repo_store", "sameness"),
    },
    "service.conversion": {"markdown", "repo_store", "sameness"},
    "service.formats": {"conversion", "markdown", "present", "repo_store"},
    "service.accounts": {"repo_store", "sameness"},
    "service.outbound": {"repo_store"},
    "service.webhooks": {"accounts", "outbound", "present", "repo_store", "periodic"},
    "service.provenance": {"diffing", "messages", "paging", "present", "repo_store", "sameness"},
    "service.audit": {"present", "repo_store", "periodic"},
    "service.audit.export": {
        *("audit", "comparison", "diffing", "diffing.render", "present", "repo_store"),
    },
    "service.audit.witnesses": {"outbound", "repo_store", "periodic"},
    "service.audit.monitoring": {"audit", "audit.witnesses", "outbound", "repo_store"},
    "service.audit.verify": {
        *("audit", "audit.export", "audit.witnesses", "comparison", "diffing.render"),
        "repo_store",
    },
    "service.usecases": {
        *("accounts", "audit", "audit.witnesses", "comparison", "conversion", "diffing"),
        *("diffing.render", "formats", "markdown", "messages", "paging", "present", "repo_store"),
        *("periodic", "sameness"),
    },
    "service.cache_epoch": {"repo_store"},
    "service.static_trimmer": {"periodic", "repo_store"},
    "service.wiring": {
        *("accounts", "audit", "audit.export", "audit.witnesses", "cache_epoch", "config", "look"),
        *("provenance", "repo_store", "static_trimmer", "usecases", "webhooks"),
    },
    "service.web.wire": {"logs"},
    "service.web.http": {
        *(
            "messages",
            "accounts",
            "audit",
            "audit.export",
            "diffing.render",
            "logs",
            "markdown",
            "metrics",
            "present",
            "provenance",
            "repo_store",
            "usecases",
        ),
        *("web.wire", "wiring"),
    },
    "service.web.public": {
        "accounts",
        "comparison",
        "diffing",
        "markdown",
        "messages",
        "present",
        "provenance",
        "repo_store",
        "usecases",
        "web.http",
    },
    "service.web.api": {
        *("accounts", "audit", "conversion", "diffing.render", "paging", "present"),
        *("provenance", "repo_store", "usecases", "web.http", "webhooks"),
    },
    "service.web.desk": {
        *("accounts", "comparison", "diffing", "paging", "present", "provenance", "repo_store"),
        *("usecases", "web.http"),
    },
    "service.app": {
        *("accounts", "config", "metrics", "usecases", "web.api", "web.desk", "web.http"),
        *("web.public", "wiring"),
    },
    "service.monitor": {"metrics", "repo_store", "wiring"},
    "service.server": {
        *("app", "config", "logs", "look", "metrics", "monitor", "sameness", "web.http"),
        "web.wire",
        "wiring",
    },
    "service.demo": {"repo_store", "usecases"},
    "service.cli": {
        *("accounts", "audit", "audit.export", "audit.monitoring", "audit.verify"),
        *("audit.witnesses", "config", "demo"),
        *(
            "diffing.render",
            "formats",
            "outbound",
            "paging",
            "present",
            "repo_store",
            "server",
            "usecases",
            "webhooks",
        ),
        "wiring",
    },
}
# The store's face, which the service imports; what is behind it is internal. Beside it, what both
# sides share: packages that import nothing else, whose own faces are lists, too.
FACE = "repo_store"
SHARED = ("repo_store.sameness", "repo_store.markdown")
STATUS_CODES = {400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 416, 422, 429, 500, 503, 507}
NOT_STATUS = {
    "repo_store.git": {400},  # ids in a batch
    "repo_store.story": {500},  # characters of a title
    "repo_store.write": {500},  # contents in a cache
    "service.audit": {500},  # characters of a reason
    "service.audit.monitoring": {404, 410},  # what a site answers
    "service.audit.witnesses": {403, 404, 409, 422},  # what a witness answers
    "service.diffing": {500},  # comparisons
    "service.provenance": {500},  # characters of a phrase
    "service.usecases": {500},  # characters of a phrase
    "service.demo": {412, 500, 503},  # centimetres of a river
}
"""Numbers that count something else, by package."""


OWN_CASE = {
    "repo_store.git.trust": "git's names of settings",
    "service.audit.verify.verifier": "names of files, on file systems that ignore case",
    "service.logs": "names of log levels",
    "service.present.language": "finds common words of a language, and compares no texts",
    "service.web.http.languages": "tags in the header Accept-Language",
    "service.web.http.access": "the scheme of the header Authorization",
    "service.web.http.problems": "names of errors, in an address",
    "service.web.http.response_cache": "names of content codings",
    "service.web.wire.refusals": "names of errors, in an address",
}
"""Modules that may call `lower`, each with its reason: for no text that people write."""


@cache
def product() -> Sources:
    paths = [*(ROOT / "repo_store").rglob("*.py"), *(ROOT / "service").rglob("*.py")]
    return {_name(path.relative_to(ROOT)): path.read_text() for path in paths}


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _nodes(text: str) -> list[ast.AST]:
    return list(ast.walk(_parsed(text)))


@cache
def _imports(text: str) -> list[str]:
    found: list[str] = []
    for node in _nodes(text):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@cache
def _package(name: str) -> str:
    """The package or single module of `ARROWS` that a module is in."""
    parts = name.split(".")
    candidates = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((each for each in candidates if each in ARROWS), parts[0])


def _arrows(sources: Sources) -> Iterator[tuple[str, str, str]]:
    """Each import that leaves a package: its module, its package, and the package imported."""
    for name, text in sources.items():
        for imported in _imports(text):
            if imported.split(".")[0] in ("repo_store", "service"):
                target = _package(imported)
                if name.startswith("service") and target.startswith(FACE):
                    target = target if target in SHARED else FACE
                if target != _package(name):
                    yield name, _package(name), target


def unlisted_arrows(sources: Sources) -> list[str]:
    """Imports between packages that `ARROWS` does not allow."""
    found = []
    for name, package, target in _arrows(sources):
        root = package.split(".")[0]
        allowed = {_target(root, each) for each in ARROWS.get(package, ())}
        if package == root == "repo_store":
            continue  # the face imports what it is made of
        if target not in allowed:
            found.append(f"{name} imports {target}")
    return found


def _target(root: str, name: str) -> str:
    """The package that `ARROWS` names for one of the packages below `root`."""
    shared = f"{FACE}.{name}"
    return name if name == FACE else shared if shared in SHARED else f"{root}.{name}"


def unused_arrows(sources: Sources) -> list[str]:
    used = {(package, target) for _, package, target in _arrows(sources)}
    return [
        f"{package} → {target}"
        for package, targets in ARROWS.items()
        for target in targets
        if (package, _target(package.split(".")[0], target)) not in used
    ]


def imports_behind_the_face(sources: Sources) -> list[str]:
    """Imports of the service from the store, and of anything from what both share, that the
    package's face does not list.
    """
    faces = (FACE, *SHARED)
    listed = {f"{package}.{name}" for package in faces for name in _face(sources[package])}
    return [
        f"{name} imports {imported}"
        for name, text in sources.items()
        for imported in _imports(text)
        if imported not in listed
        and (imported.startswith(SHARED) or name.startswith("service"))
        and _package(name) != _package(imported)
        and imported.split(".")[0] == FACE
    ]


def _face(text: str) -> list[str]:
    return next(
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )


def reads_of_the_environment(sources: Sources) -> list[str]:
    """Uses of `os.environ` and its like, under whatever name, outside the configuration."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv", "*"}
    found = []
    for name, text in sources.items():
        imports = [node for node in _nodes(text) if isinstance(node, ast.Import)]
        aliases = {
            alias.asname or alias.name
            for node in imports
            for alias in node.names
            if alias.name == "os"
        }
        for node in _nodes(text):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in aliases:
                used = {node.attr}
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                used = {alias.name for alias in node.names}
            else:
                continue
            if used & names and name != "service.config":
                found.append(name)
    return found


def status_codes(sources: Sources) -> list[str]:
    """Numbers that are HTTP errors, and modules of the web's libraries, outside `web/`."""
    found = []
    for name, text in sources.items():
        if name.startswith("service.web"):
            continue
        for node in _nodes(text):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                if node.value not in STATUS_CODES - NOT_STATUS.get(_package(name), set()):
                    continue
                written = ast.get_source_segment(text, node)
                if str(node.value) == written:
                    found.append(f"{name}: {written}")
        wired = ("service.app", "service.server")
        web = {"flask", "werkzeug", "http.HTTPStatus"}
        if name not in wired and any(
            each in web or each.split(".")[0] in web for each in _imports(text)
        ):
            found.append(f"{name}: knows the web")
    return found


def applications_at_import(sources: Sources) -> list[str]:
    return [
        name
        for name, text in sources.items()
        if "create_app" in text
        for node in _parsed(text).body
        if "create_app(" in ast.unparse(node)
        and not isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]


def chance_in_the_differ(sources: Sources) -> list[str]:
    """A clock, chance or the environment in the differ, whose results must be reproducible."""
    impure = {"time", "datetime", "random", "os", "secrets"}
    return [
        name
        for name, text in sources.items()
        if name.startswith("service.diffing")
        and any(imported.split(".")[0] in impure for imported in _imports(text))
    ]


def other_importers_of_git(sources: Sources) -> list[str]:
    return [
        name
        for name, text in sources.items()
        if any(each.split(".")[0] == "git" for each in _imports(text))
        and name not in ("repo_store.git.command", "repo_store.git.repository")
    ]


def other_folding(sources: Sources) -> list[str]:
    """Uses, outside the one package for it, of what makes different texts the same: `unicodedata`,
    `casefold`, `normalize`; and of `lower` where `OWN_CASE` does not say why.
    """
    found = []
    for name, text in sources.items():
        if name.startswith("repo_store.sameness"):
            continue
        folds = {"unicodedata", "casefold", "normalize", "swapcase"}
        folds |= set() if name in OWN_CASE else {"lower"}
        used = {node.attr for node in _nodes(text) if isinstance(node, ast.Attribute)}
        used |= {each.split(".")[0] for each in _imports(text)}
        found += [f"{name}: {each}" for each in used & folds]
    return found


def unused_exceptions(sources: Sources) -> list[str]:
    return [name for name in OWN_CASE if ".lower" not in sources[name]]


RULES: tuple[Callable[[Sources], list[str]], ...] = (
    unlisted_arrows,
    unused_arrows,
    imports_behind_the_face,
    reads_of_the_environment,
    status_codes,
    applications_at_import,
    chance_in_the_differ,
    other_importers_of_git,
    other_folding,
    unused_exceptions,
)


@pytest.mark.parametrize("rule", RULES)
def test_the_product_keeps_the_rule(rule: Callable[[Sources], list[str]]) -> None:
    assert rule(product()) == []


PLANTS: tuple[tuple[Callable[[Sources], list[str]], str, str], ...] = (
    (unlisted_arrows, "service.diffing.differ", "from service.present import wording"),
    (unlisted_arrows, "repo_store.git.refs", "from repo_store.history import trailers"),
    (unlisted_arrows, "service.web.http.error_handlers", "from service.web.desk import signin"),
    (unlisted_arrows, "repo_store.archive", "from service import config"),
    (imports_behind_the_face, "service.usecases.reading", "from repo_store.git import refs"),
    (imports_behind_the_face, "service.cli.log", "import repo_store.index.search"),
    (reads_of_the_environment, "service.cli.log", "from os import environ"),
    (reads_of_the_environment, "repo_store.locks", "import os\nhome = os.environ['HOME']"),
    (reads_of_the_environment, "service.app", "import os as o\nhome = o.getenv('HOME')"),
    (status_codes, "service.usecases.reading", "GONE = 410"),
    (status_codes, "service.present.wording", "from http import HTTPStatus"),
    (status_codes, "service.audit.log", "from flask import abort"),
    (applications_at_import, "service.server", "app = create_app()"),
    (chance_in_the_differ, "service.diffing.words", "import random"),
    (imports_behind_the_face, "service.diffing.words", "from repo_store.sameness import levels"),
    (imports_behind_the_face, "repo_store.archive", "import repo_store.sameness.levels"),
    (imports_behind_the_face, "service.present.wording", "import repo_store.markdown.inline"),
    (unlisted_arrows, "repo_store.markdown.blocks", "from repo_store.sameness import canonical"),
    (unlisted_arrows, "repo_store.git.refs", "from repo_store.markdown import parse"),
    (unlisted_arrows, "service.cli.log", "from repo_store.sameness import same_word"),
    (unlisted_arrows, "repo_store.sameness.levels", "from repo_store.errors import Malformed"),
    (other_folding, "service.provenance.origins", "from unicodedata import category"),
    (other_folding, "service.usecases.takedown", "import unicodedata as names"),
    (other_folding, "service.diffing.words", "fold = str.casefold"),
    (other_folding, "service.logs", "name = 'A'.casefold()"),
    (other_folding, "repo_store.history.records", "same = 'A'.lower() == 'a'"),
    (other_folding, "repo_store.index.search", "lowest = map(str.lower, 'A')"),
    (other_importers_of_git, "repo_store.git.refs", "from git import Repo"),
)


@pytest.mark.parametrize(("rule", "name", "line"), PLANTS)
def test_a_violation_is_found(rule: Callable[[Sources], list[str]], name: str, line: str) -> None:
    sources = product()
    assert rule({**sources, name: f"{sources[name]}\n{line}\n"})


def test_an_unused_arrow_is_found() -> None:
    sources = {
        name: "" if name.startswith("service.demo") else text for name, text in product().items()
    }
    assert "service.demo → repo_store" in unused_arrows(sources)


def test_no_two_packages_depend_on_each_other() -> None:
    graph = {
        package: {each if each == FACE else f"{package.split('.')[0]}.{each}" for each in targets}
        for package, targets in ARROWS.items()
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_every_module_is_in_a_listed_package() -> None:
    unlisted = {name for name in product() if _package(name) not in ARROWS}
    assert unlisted == {"repo_store", "service", "service.web"}


def test_a_file_is_one_idea_and_not_more_than_600_lines() -> None:
    """But for the script in each export, which is to be read and run alone."""
    long = [name for name, text in product().items() if len(text.splitlines()) > 600]
    assert long == ["service.audit.verify.standalone"]


def test_templates_hold_no_script_no_style_and_no_unescaped_text() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*(?:src=|ld\+json))|<style|\sstyle=|\son\w+=|\|\s*safe|autoescape"
    )
    for path in (ROOT / "service" / "templates").rglob("*.html"):
        assert not forbidden.search(path.read_text()), path
