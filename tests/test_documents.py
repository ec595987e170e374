"""The documents say what there is: every setting, every public address."""

import re
from pathlib import Path

from service.app import create_app
from service.config import Settings

ROOT = Path(__file__).parents[1]


def _document(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r'"(STORY_HISTORY_[A-Z_]+)"', (ROOT / "service/config.py").read_text()))
    documented = set(re.findall(r"^\| `(STORY_HISTORY_[A-Z_]+)`", _document("deploy.md"), re.M))
    assert len(read) > 5
    assert documented == read


def test_every_public_address_is_documented(archive: Path) -> None:
    app = create_app(Settings(archive))
    listed = _document("web.md")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("api.", "desk.", "static")):
            continue  # described by the API's own document; desk.md; files
        path = re.sub(r"<(\w+)>", r"{\1}", str(rule))
        assert f"`{path}`" in listed, path


def test_what_documents_lead_to_is_there() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)
