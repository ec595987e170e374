"""Nothing that a command prints paints a terminal: texts, names and files may come from anyone."""

import re
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from repo_store.archive import Archive
from repo_store.history.records import Kind
from repo_store.ids import Author
from service.cli import options
from service.present import terminal
from service.wiring import now
from tests.cli.conftest import Run, ndjson
from tests.samples import append, content, entry

# Of a window's title, a clipboard, a colour (in one character, too), and of text run backwards.
HOSTILE = "\x1b]0;x\x07\x1b]52;c;eA==\x07\x1b[31m\x9b31m\r\x08\x7f\u2028\u202e\u2067"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(archive_path: Path) -> None:
    """A story whose author, note and texts hold what an archive from elsewhere may hold."""
    with closing(Archive.open(archive_path, now, create=True)) as archive:
        fields: dict[str, Any] = {"author": Author(f"Dara{HOSTILE}"), "note": f"Why{HOSTILE}"}
        append(archive, entry(content(), **fields))
        isolated = content(title="Two \u2067א\u2069", summary="\u2066א\u2069")
        append(archive, entry(isolated, **fields))
        append(archive, entry(content(title=f"Two \u2068א{'x' * 90}\u2069"), kind=Kind.CORRECTION))


@pytest.mark.usefixtures("hostile")
def test_no_command_prints_a_control_character(run: Run, tmp_path: Path) -> None:
    (tmp_path / "forged.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "names.zip", "w") as made:
        made.writestr(f"library/data/{HOSTILE}", "x")
    bad = ndjson(tmp_path / f"bad{HOSTILE.replace('/', '')}.ndjson", f'{{"{HOSTILE[-1]}": 1}}')
    printed = ""
    calls: tuple[list[str], ...] = (
        *(["log", "library"], ["log", "library", "--json"], ["log", HOSTILE]),
        *(["show", "library"], ["show", "library", "2", "--json"], ["show", "library", HOSTILE]),
        *(["diff", "library", "1", "2", *more] for more in ([], ["--json"])),
        *(["diff", "library", "1", "2", "--format", form] for form in ("unified", "markdown")),
        *(["export", "library", "-o", f"x{HOSTILE}.zip"], ["verify", f"x{HOSTILE}.zip"]),
        *(["verify"], ["verify", "names.zip"], ["verify", "forged.zip", "--key", HOSTILE]),
        *(
            ["import", str(bad)],
            ["import", "--id", HOSTILE, str(bad)],
            [HOSTILE],
            ["log", "proof", HOSTILE],
        ),
        ["token", "create", "--role", "editor", "--name", f"A {HOSTILE[-1]} name"],
        *(["token", "list"], ["token", "list", "--json"], ["token", "revoke", HOSTILE]),
        *(["webhook", "add", f"https://{HOSTILE}"], ["webhook", "remove", HOSTILE]),
        *(["log", "checkpoint"], ["log", "check", "--since", HOSTILE], ["maintain"], ["reindex"]),
        ["--archive", f"/nowhere{HOSTILE}", "verify"],
    )
    for arguments in calls:
        done = run(*arguments)
        printed += done.stdout + done.stderr
        assert not CONTROL.search(done.stdout), (arguments, done.stdout)
        assert not CONTROL.search(done.stderr), (arguments, done.stderr)
    assert r"Why\u001b]0;x\u0007" in printed, "it is shown, not left out"
    assert "\u2067" in run("show", "library", "2", "--json").json["content"]["title"]


@pytest.mark.usefixtures("hostile")
def test_a_terminal_gets_no_control_but_our_colours(
    archive_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "is_terminal", True)
    with closing(Archive.open(archive_path, now)) as archive:
        options.plain_console().print(terminal.log(archive.index.chain("library")))
    printed = capsys.readouterr().out
    assert "Dara" in printed
    assert not CONTROL.search(re.sub("\x1b\\[[0-9;]*m", "", printed))


def test_every_command_prints_through_the_one_function() -> None:
    direct = re.compile(r"\bclick\.(?:secho|echo)\(|(?<![\w.])print\(|\bConsole\(")
    for path in Path(options.__file__).parent.glob("*.py"):
        if path.name != "options.py":
            assert not direct.search(path.read_text()), path
