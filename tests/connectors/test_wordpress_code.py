"""What WordPress's directory of plugins looks at, without a site."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.connectors.wordpress import PLUGIN

_HERE = Path(__file__).parent / "wordpress"
_FILES = sorted(PLUGIN.rglob("*.php"))


def _php(*arguments: str | Path) -> str:
    command = ["php", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True).stdout


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_php_parses_it(file: Path) -> None:
    assert _php("-l", file).startswith("No syntax errors")


def test_php_7_4_knows_its_syntax() -> None:
    assert _php(_HERE / "newer-than-7.4.php", *_FILES) == ""


def test_its_style_is_wordpress_s() -> None:
    command = ["phpcs", "-q", f"--standard={_HERE / 'phpcs.xml'}", str(PLUGIN)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_nobody_opens_its_files_alone() -> None:
    for file in _FILES:
        assert re.search(r"^defined\( '\w+' \) \|\| exit;$", file.read_text(), re.M), file


def test_every_text_can_be_translated() -> None:
    call = re.compile(r"\b(?:esc_html_|esc_attr_|_)?_[enx]?\(\s*'")
    for file in (*_FILES, *PLUGIN.rglob("*.js")):
        for line in file.read_text().splitlines():
            assert not call.search(line) or "'story-history'" in line, (file.name, line.strip())


def test_its_version_is_one() -> None:
    main, readme = (PLUGIN / "story-history.php").read_text(), (PLUGIN / "readme.txt").read_text()
    [header] = re.findall(r"\* Version: +(\S+)", main)
    assert re.findall(r"VERSION = '(.+)'", main) == [header]
    assert re.findall(r"^Stable tag: (\S+)", readme, re.M) == [header]
    for name in ("Requires at least", "Requires PHP"):
        [value] = re.findall(rf"\* {name}: +(\S+)", main)
        assert f"{name}: {value}\n" in readme
