"""What our checker alone makes again from the chains, since the script has no differ: redlines and
reports. The forger is the operator, with the key.
"""

import re
from pathlib import Path

import pytest

from service.audit.verify.verifier import verify
from tests.audit.conftest import Files
from tests.audit.test_forgeries import STORY, Case, World, _script, _text, _unpacked
from tests.audit.test_forgeries import world as world
from tests.audit.test_tampering import packed

PAGES: dict[str, Case] = {
    "a redline changed": (
        _text(f"{STORY}/differences/0001-0002.html", b"15", b"51"),
        f"{STORY}/differences/0001-0002.html is not what is made of the chain",
    ),
    "a Word document changed": (
        _text(f"{STORY}/differences/0001-0002.docx", b"15", b"51", one=True),
        f"{STORY}/differences/0001-0002.docx is not what is made of the chain",
    ),
    "a report changed": (
        _text(f"{STORY}/report.html", b"Dara Voss", b"Mika Lund"),
        f"{STORY}/report.html is not what is made of the chain",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_was_changed_is_refused_by_whoever_can_make_it(
    world: World, tmp_path: Path, name: str
) -> None:
    """The script cannot, and says so."""
    forge, fault = PAGES[name]
    path = packed(tmp_path / "forged.zip", forge(world, tmp_path), world.signer)
    assert verify(path, world.key).faults == [fault]
    done = _script(_unpacked(path, tmp_path / "out"), "--key", world.key)
    assert done.returncode == 0
    assert "story-history verify makes it again and compares" in done.stdout


def _elsewhere(files: Files, agent: str = "story-history 0.0.9") -> Files:
    """The same, said to be made by another release."""
    info = re.sub(
        rb"(?m)^(Bag-Software-Agent: ).*", rb"\g<1>" + agent.encode(), files["bag-info.txt"]
    )
    assert info != files["bag-info.txt"]
    return files | {"bag-info.txt": info}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_was_changed_is_not_proven_whoever_is_said_to_have_made_it(
    world: World, tmp_path: Path, name: str
) -> None:
    forge, fault = PAGES[name]
    path = packed(tmp_path / "forged.zip", _elsewhere(forge(world, tmp_path)), world.signer)
    verdict = verify(path, world.key)
    assert verdict.faults == []
    [line] = [each for each in verdict.unproven if "show what changed" in each]
    assert line.startswith(f"that {fault.partition(' ')[0]} show what changed: ")
    assert "made by story-history 0.0.9; verify it with that release" in line


def test_pages_of_another_release_are_proven_if_this_one_makes_the_same(
    world: World, tmp_path: Path
) -> None:
    for number, files in enumerate((world.one, _elsewhere(world.one))):
        verdict = verify(packed(tmp_path / f"{number}.zip", files, world.signer), world.key)
        assert verdict.faults == []
        assert not any("show what changed" in each for each in verdict.unproven)
        same = "what is made of the chains here is the same: 3 Word documents, 3 redlines, 1 report"
        assert same in verdict.proven


def test_pages_of_another_release_that_differ_are_all_named(world: World, tmp_path: Path) -> None:
    def changed(name: str, data: bytes) -> bytes:
        page = name.endswith((".html", ".docx")) and name.startswith("data/")
        return data + b" " if page else data

    files = {name: changed(name, data) for name, data in _elsewhere(world.all, "\x1b[1m").items()}
    verdict = verify(packed(tmp_path / "made.zip", files, world.signer), world.key)
    assert verdict.faults == []
    [line] = [each for each in verdict.unproven if "show what changed" in each]
    assert line.count("data/stories/") == 5
    assert " and 1 more (of other: report.html) show what changed" in line
    pages = [each for each in verdict.in_full if "is not what is made of the chain" in each]
    assert len(pages) == 6
    assert pages[-1].startswith("data/stories/other/report.html ")
    assert "\x1b" not in line
    assert not any(each.startswith("what is made of the chains here") for each in verdict.proven)
