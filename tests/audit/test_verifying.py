"""A true export is verified, by strangers with common tools and by our checker."""

import ast
import re
import zipfile
from pathlib import Path

import bagit
import pytest

from repo_store.archive import Archive
from service.audit.log import AuditLog
from service.audit.verify.verifier import verify
from tests.audit.conftest import BY_HAND, SEVERAL, Make, by_hand, failures
from tests.plain_git import git, mirror
from tests.redactions import removal, remove

GUIDE = Path(__file__).parents[2] / "service/audit/verify/VERIFY.txt"
CHECKER = GUIDE.with_name("standalone.py")


@pytest.fixture
def key(audit: AuditLog) -> str:
    return audit.public_keys()[-1].fingerprint


@pytest.mark.parametrize("stories", [("library",), SEVERAL, ()])
@pytest.mark.parametrize("drafts", [False, True])
def test_a_true_export_is_verified_by_all(
    export: Make, key: str, stories: tuple[str, ...], drafts: bool
) -> None:
    path = export(*stories, drafts=drafts)
    assert by_hand(path, key) == "verified"
    assert failures(path, key) == []


def test_after_removals_too(export: Make, story: Archive, audit: AuditLog, key: str) -> None:
    """Several texts of a story by one order and another, and one of another story."""
    audit.checkpoint()
    remove(story, removal(2, (4,)))
    remove(story, removal(1, story="airport"))
    for stories in (("library",), SEVERAL, ()):
        path = export(*stories, drafts=True)
        assert by_hand(path, key) == "verified"
        assert failures(path, key) == []
    assert remove(story, removal(1)).removal
    assert by_hand(export("library"), key) == "verified"


def test_the_bag_is_one_to_the_reference_implementation(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library")) as packed:
        packed.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / "library"))
    assert bag.validate()
    assert bag.info["Export-Scope"] == "some"


def test_by_hand_is_what_the_guide_says() -> None:
    """Each command of VERIFY.txt stands in the script, but for where it keeps its files."""

    def plain(text: str) -> str:
        text = text.replace("\\\n", " ").replace('"$HERE/', "/tmp/").replace('.git"', ".git")
        text = re.sub(r"(/tmp/\w+)\"", r"\1", text)
        return re.sub(r"\s+", " ", text.replace('AUTHORITY.pem"', "AUTHORITY.pem"))

    script = plain(BY_HAND.read_text()).replace("/tmp/AUTHORITY", "AUTHORITY")
    script = script.replace(" 2> /dev/null", "").replace("diff -q -", "diff -")
    script = script.replace("cmp -s", "cmp")
    guide = GUIDE.read_text()
    commands = re.findall(r"(?:^ {5}\S.*\n(?: {7}.*\n)*)", guide, re.M)
    assert len(commands) > 12
    for command in commands:
        for line in plain(command).strip().split(" done"):
            words = line.strip().rstrip(";")
            if words not in ("", "tail -c 64 EXPORT.zip"):
                assert words in script, words


def test_the_checker_is_short_and_needs_nothing() -> None:
    text = CHECKER.read_text()
    assert len(text.splitlines()) < 150
    ast.parse(text, feature_version=(3, 9))
    known = {"base64", "hashlib", "io", "json", "subprocess", "sys", "tempfile", "pathlib"}
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) == known


def test_it_says_in_words_what_is_proven_and_what_is_not(export: Make, key: str) -> None:
    path = export("library")
    told, trusting = verify(path), verify(path, key)
    assert any("signed by the key" in each for each in told.proven)
    assert any("compare the fingerprint" in each for each in told.unproven)
    assert not any("compare the fingerprint" in each for each in trusting.unproven)
    assert any("not made up" in each for each in told.unproven)


def test_the_text_reads_with_plain_git(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library")) as packed:
        packed.extractall(tmp_path)
    bundle = tmp_path / "library/data/history.bundle"
    mirror(bundle, tmp_path / "mirror")
    log = git(tmp_path / "mirror", "log", "-p", "--all")
    assert '+  "title": "Two"' in log
    assert "The sum was wrong." in log
