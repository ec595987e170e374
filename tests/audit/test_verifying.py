"""A genuine export verifies, by hand with common tools and with our checker."""

import ast
import json
import lzma
import re
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bagit
import pytest

from repo_store import STORY, parse_content
from repo_store.archive import Archive
from repo_store.log import leaves
from service.audit.export import exports, story_files
from service.audit.export.exports import ExportRequest, Exports
from service.audit.keys import create, rotate
from service.audit.log import AuditLog
from service.audit.verify import standalone
from service.audit.verify.verifier import verify
from service.config import Settings
from service.present.story_text import parse_page
from tests.audit.authority import Authority
from tests.audit.conftest import GUIDE, SEVERAL, Make, by_hand, failures, files_of
from tests.audit.test_tampering import packed
from tests.audit.test_timestamps import query
from tests.plain_git import git, mirror
from tests.redactions import removal, remove
from tests.samples import append, content, entry

CHECKER = GUIDE.with_name("standalone.py")


@pytest.fixture
def key(audit: AuditLog) -> str:
    return audit.public_keys()[-1].fingerprint


@pytest.mark.parametrize("stories", [("library",), SEVERAL, ()])
@pytest.mark.parametrize("drafts", [False, True])
def test_a_genuine_export_verifies(
    export: Make, key: str, stories: tuple[str, ...], drafts: bool
) -> None:
    path = export(*stories, drafts=drafts)
    assert by_hand(path, key) == "verified"
    assert failures(path, key) == []


def test_an_export_after_removals_verifies(
    export: Make, story: Archive, audit: AuditLog, key: str
) -> None:
    """Several texts of one story by two orders, and a text of another story."""
    audit.checkpoint()
    remove(story, removal(2, (4,)))
    remove(story, removal(1, story="airport"))
    for stories in (("library",), SEVERAL, ()):
        path = export(*stories, drafts=True)
        assert by_hand(path, key) == "verified"
        assert failures(path, key) == []
    assert remove(story, removal(1)).removal
    assert by_hand(export("library"), key) == "verified"


def test_the_reference_implementation_accepts_the_bag(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library")) as packed:
        packed.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / "library"))
    assert bag.validate()
    assert bag.info["Export-Scope"] == "some"


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh"])
def test_the_guide_s_commands_work_in_each_shell(
    export: Make, audit: AuditLog, settings: Settings, shell: str
) -> None:
    """From the first key's line and from the newest one's, after two rotations."""
    for _ in range(2):
        audit.checkpoint()
        rotate(settings.signing_key)
    path = export(*SEVERAL)
    for key in audit.public_keys():
        assert by_hand(path, key.line, shell=shell) == "verified"
    other = create(settings.signing_key.with_name("other.key"), "other.example/log").public
    for printed in (other.line, other.fingerprint):
        assert by_hand(path, printed, shell=shell) == "FAILED at step 3"


def test_the_guide_believes_a_stamp_whose_certificate_has_run_out_since(
    export: Make, key: str, audit: AuditLog, tmp_path: Path
) -> None:
    """One of each log's checkpoint."""
    files = files_of(export("library"))
    authority = Authority(tmp_path / "authority", days=(9, 2 / 86_400))
    at = datetime.now(UTC)
    for folder in ("data/log", "data/published"):
        asked = query(files[f"{folder}/checkpoint"], "sha256")
        files[f"{folder}/stamps/01.tsr"] = authority.answer(asked)
        files[f"{folder}/stamps/01.pem"] = (authority.folder / "tsa.pem").read_bytes()
    path = packed(tmp_path / "stamped.zip", files, audit.signer())
    time.sleep(max(0, 2.1 - (datetime.now(UTC) - at).total_seconds()))
    assert by_hand(path, key, authority.certificate, at) == "verified"
    late = at + timedelta(days=1)
    assert by_hand(path, key, authority.certificate, late) == "FAILED at step 5"


def test_the_guide_writes_only_where_nothing_was_before() -> None:
    """So a second check in one sitting does not stumble over the first."""
    commands = re.findall(r"^ {5}.*", GUIDE.read_text(), re.M)
    targets = re.findall(r"(?<!2)> +(\S+)", "\n".join(commands))
    assert len(targets) > 8
    assert {each for each in targets if not each.startswith('"$OUT/')} == {"/dev/null"}
    assert "/tmp" not in GUIDE.read_text()


def test_the_standalone_checker_needs_only_python() -> None:
    text = CHECKER.read_text()
    ast.parse(text, feature_version=(3, 9))
    known = {"argparse", "base64", "csv", "datetime", "hashlib", "io", "json", "os", "pathlib"}
    known |= {"re", "subprocess", "sys", "tempfile"}
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) == known


def test_the_standalone_checker_knows_each_heading() -> None:
    for label in (part.label for part in STORY.parts[2:]):
        assert standalone.marked(label) == f"\\{label}"  # type: ignore[no-untyped-call]  # shipped as it is


ODD = {
    "title": "{Overview",
    "overview": ["FAQ", " spaced", r"\u200f"],
    "sources": [{"name": "A — B", "url": "https://a.example/", "title": "C", "leaning": "left"}],
    "faq": [{"question": "Who pays", "answer": "Who not?"}],
}
BEFORE = r"""{Overview
A vote of nine to six.
Overview
FAQ
 spaced
\u200f
Analysis
Reports agree on the sums.
Sources (2)
A — B — C — https://a.example/
FAQ
Who pays
Who not?
History"""


def test_a_page_verifies_as_this_release_and_as_earlier_ones_wrote_it(
    archive: Archive, audit: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaves, "leaf_body", leaves.leaf_body_1)
    append(archive, entry(content(**ODD)))

    def exported() -> tuple[bytes, list[str], str]:
        path = tmp_path / "export.zip"
        parts = Exports(archive, audit).prepare(ExportRequest(("library",))).parts()
        path.write_bytes(b"".join(parts))
        said = files_of(path)["data/stories/library/versions/0001.txt"]
        return said, failures(path), by_hand(path, audit.signer().public.fingerprint)

    text, *verdicts = exported()
    assert parse_page(text.decode()) == content(**ODD)
    assert verdicts == [[], "verified"]
    monkeypatch.setattr(exports, "FORMAT", 1)
    monkeypatch.setattr(story_files, "page_text", lambda _: BEFORE)
    assert exported() == (f"{BEFORE}\n".encode(), [], "verified")
    monkeypatch.setattr(story_files, "page_text", lambda _: BEFORE.replace("Who not", "Who"))
    [fault] = exported()[1]
    assert fault == "data/stories/library/versions/0001.txt is not what the chain says: line 13"


OLD = Path(__file__).with_name("format-1.zip.xz")
OLD_KEY = "SHA256:rrvQrX4JU38lR5/J/Lq5emZRBpE1ShtVyuWSiNlNOxM"


def test_an_export_of_an_earlier_release_verifies(tmp_path: Path) -> None:
    """Of format 1 and with leaves of version 1, after texts and notes were removed."""
    path = tmp_path / "old.zip"
    path.write_bytes(lzma.decompress(OLD.read_bytes()))
    verdict = verify(path, OLD_KEY)
    assert verdict.faults == []
    assert any("6 entries lost their words alone" in each for each in verdict.unproven)
    assert any("redlines and reports" in each for each in verdict.unproven)
    with zipfile.ZipFile(path) as made:
        made.extractall(tmp_path / "out")
    command = [sys.executable, "-I", str(CHECKER), "--key", OLD_KEY]
    command.append(str(tmp_path / "out" / "story-history"))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "verified"


def test_an_article_verifies_without_our_software(
    archive: Archive, audit: AuditLog, tmp_path: Path
) -> None:
    said = {
        "shape": "article",
        "title": "Text",
        "authors": ["A. Berg", " C. Dahl"],
        "image": {"url": "https://a.example/1.jpg", "caption": "A bridge "},
        "body": ["Sources (1)", "It **closes**."],
        "sources": ODD["sources"],
    }
    append(archive, entry(parse_content(said)))
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(Exports(archive, audit).prepare(ExportRequest(("library",))).parts()))
    assert failures(path) == []
    assert by_hand(path, audit.signer().public.fingerprint) == "verified"
    shapes = json.loads(files_of(path)["data/shapes.json"])
    assert [part["id"] for part in shapes["article"]][:2] == ["authors", "section"]


def test_the_verdict_says_what_is_proven_and_what_is_not(export: Make, key: str) -> None:
    path = export("library")
    verdict, trusting = verify(path), verify(path, key)
    assert any("signed by the key" in each for each in verdict.proven)
    assert verdict.unproven[0].startswith("whose key that is: get the publisher's elsewhere")
    assert not any("whose key that is" in each for each in trusting.unproven)
    assert any("whose that is, was not checked" in each for each in verdict.proven)
    assert not any("was not checked" in each for each in trusting.proven)
    assert (verdict.signer_known, trusting.signer_known) == (False, True)
    assert any("not made up" in each for each in verdict.unproven)


def test_what_was_compared_with_nothing_is_named(
    export: Make, audit: AuditLog, tmp_path: Path
) -> None:
    """In an export of this release that is nothing."""
    path = export("library")
    verdict = verify(path)
    assert verdict.not_compared == []
    assert "as this release has them: VERIFY.txt, verify.py, verify.html" in verdict.proven
    made_up = {
        "verify.py": b"print('verified')",
        "data/log/allowed_signers": b"anything",
        "data/log/stamps/01.pem": b"Certified by the court",
        "data/stories/library/report.pdf": b"%PDF-1.4 The mayor is a thief",
    }
    verdict = verify(packed(tmp_path / "made.zip", files_of(path) | made_up, audit.signer()))
    assert verdict.faults == []
    assert "as this release has them: VERIFY.txt, verify.html" in verdict.proven
    assert verdict.not_compared == [
        "verify.py: compare it with the publisher's own copy",
        "data/log/allowed_signers: not needed: who signed is never taken from the export",
        "data/log/stamps/01.pem: at most it helps to find the way to a certificate that you named",
        "data/stories/library/report.pdf: a print of report.html, which prevails",
    ]


def test_plain_git_shows_the_text(export: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(export("library")) as packed:
        packed.extractall(tmp_path)
    bundle = tmp_path / "library/data/history.bundle"
    mirror(bundle, tmp_path / "mirror")
    log = git(tmp_path / "mirror", "log", "-p", "--all")
    assert '+  "title": "Two"' in log
    assert "The sum was wrong." in log
