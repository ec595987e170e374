"""The documents say what there is: every setting, every public address."""

import re
import subprocess
from pathlib import Path

from repo_store import STORY
from repo_store.archive import Archive
from service.app import create_app
from service.config import DEFAULT_ARCHIVE, Settings
from service.demo import fill
from service.usecases.ndjson import Line
from service.usecases.publishing import Publishing
from tests.samples import ticking

ROOT = Path(__file__).parents[1]


def _document(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r'"(STORY_HISTORY_[A-Z_]+)"', (ROOT / "service/config.py").read_text()))
    documented = set(re.findall(r"^\| `(STORY_HISTORY_[A-Z_]+)`", _document("deploy.md"), re.M))
    assert len(read) > 5
    assert documented == read


def test_every_public_address_is_documented(archive_path: Path) -> None:
    app = create_app(Settings(archive_path))
    listed = _document("web.md")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("api.", "desk.", "static")):
            continue  # described by the API's own document; desk.md; files
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule))
        assert f"`{path}`" in listed, path


def test_every_field_of_an_imported_line_is_documented() -> None:
    lines = _document("import.md").splitlines()
    for name in (*Line.model_fields, *(part.id for part in STORY.parts)):
        assert [each for each in lines if each.startswith("|") and f"`{name}`" in each], name


def test_what_documents_lead_to_is_there() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)


def test_connecting_is_typed_to_one_server_and_leaves_a_clone_clean() -> None:
    """What connect.md has typed works as it is: one server, and archives that git ignores."""
    blocks = re.findall(r"^```\w+\n(.*?)^```", _document("connect.md"), re.M | re.S)
    typed = "\n".join(blocks)
    sites = re.findall(r"https?://[^/\s\"]+(?=/(?:api|embed|stories)/)", typed)
    assert (len(sites), set(sites)) == (3, {"http://127.0.0.1:8001"})
    ignored = (ROOT / ".gitignore").read_text().split()
    named = re.findall(r"STORY_HISTORY_ARCHIVE=(\S+)", typed)
    assert {f"/{each}/" for each in [*named, DEFAULT_ARCHIVE]} <= set(ignored)


def test_what_is_typed_on_installing_is_there() -> None:
    """What deploy.md copies is in the release, and it starts every unit that there is."""
    typed = "\n".join(re.findall(r"^    (\S.*)$", _document("deploy.md"), re.M))
    for source in re.findall(r"\bdocs/\S+", typed):
        assert list(ROOT.glob(source)), source
    started = re.sub(
        r"(\S+)\{(.*?)\}(\S+)",
        lambda found: " ".join(f"{found[1]}{each}{found[3]}" for each in found[2].split(",")),
        typed,
    ).split()
    for unit in (ROOT / "docs" / "systemd").glob("*story-history*.*"):
        if "[Install]" in (unit.read_text() if unit.is_file() else ""):
            assert unit.name in started, unit.name
    command = (ROOT / "docs" / "systemd" / "as-server.sh").read_text()
    [program] = re.findall(r"(/opt/\S+)", command)
    server = (ROOT / "docs" / "systemd" / "story-history.service").read_text()
    assert f"ExecStart={program} serve" in server
    assert re.findall(r"STORY_HISTORY_ARCHIVE=\S+", command)[0] in server


SETTINGS = r"""
# NOTED=1
; NOTED=2
  # NOTED=3
STORY_HISTORY_TIMESTAMPS=https://tsa.example/tsr?customer=7&policy=2
  STORY_HISTORY_URL = "https://history.example.org"
BACKUP_TO='/var/back ups/$HOME'
SEMICOLON=a; touch ran `touch ran` $(touch ran) #b=c
ESCAPED="\"\$HOME\" \n"
UNQUOTED=a\ b"c'd
EMPTY=
2ND=x
NO NAME=x
export EXPORTED=x
no setting at all
STORY_HISTORY_ARCHIVE=/srv/archive"""
READ = {
    "STORY_HISTORY_TIMESTAMPS": "https://tsa.example/tsr?customer=7&policy=2",
    "STORY_HISTORY_URL": "https://history.example.org",
    "BACKUP_TO": "/var/back ups/$HOME",
    "SEMICOLON": "a; touch ran `touch ran` $(touch ran) #b=c",
    "ESCAPED": r'"$HOME" \n',
    "UNQUOTED": "a b\"c'd",
    "EMPTY": "",
    "STORY_HISTORY_ARCHIVE": "/srv/archive",
}
"""What systemd.exec(5) makes of them under EnvironmentFile=."""


def test_what_root_types_has_the_settings_as_systemd_reads_them(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text(SETTINGS.replace('org"', 'org" \t'))
    (tmp_path / "runuser").write_text('#!/bin/sh\nprintf "%s\\n" "$@"; env\n')
    (tmp_path / "runuser").chmod(0o755)
    script = (ROOT / "docs" / "systemd" / "as-server.sh").read_text()
    script = script.replace("/etc/story-history.env", f"{tmp_path}/settings")
    script = script.replace("cd /", f"cd {tmp_path}")
    done = subprocess.run(
        ["sh", "-c", script, "story-history", "log", "a b"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    arguments, printed = done.stdout.splitlines()[:6], done.stdout.splitlines()[6:]
    assert arguments[:3] == ["-u", "story-history", "--"]
    assert arguments[4:] == ["log", "a b"]
    found = dict(line.split("=", 1) for line in printed)
    assert {
        name: found[name] for name in found.keys() - {"PATH", "PWD", "OLDPWD", "_", "SHLVL"}
    } == READ
    assert not (tmp_path / "ran").exists()
    assert done.stderr == ""


def test_negotiation_goes_as_it_is_shown(archive_path: Path, archive: Archive) -> None:
    """What web.md shows of curl's Memento requests is what the demo answers."""
    [shown] = re.findall(r"```console\n(.*?)```", _document("web.md"), re.S)
    _definitions, *requests = re.split(r"^\$ ", shown, flags=re.M)[1:]
    assert len(requests) == 3
    fill(archive, Publishing(archive, ticking()))
    client = create_app(Settings(archive_path)).test_client()
    for request in requests:
        command, _, printed = request.partition("\n")
        path = re.findall(r"\$S(\S+)", command)[0]
        asked = dict(re.findall(r"-H '([^:]+): ([^']+)'", command))
        answer = client.get(path, base_url="http://127.0.0.1:8000", headers=asked)
        if command.startswith("curl -s "):
            assert answer.text.strip() == printed.strip()
            continue
        status, *lines = printed.replace(",\n  ", ", ").splitlines()
        assert status == f"HTTP/1.1 {answer.status}"
        for name, value in (line.split(": ", 1) for line in lines):
            assert answer.headers[name] == value
