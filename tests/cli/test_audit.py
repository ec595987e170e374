"""The log, its key, exports and their verification on the command line."""

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.audit.keys import PublicKey
from service.wiring import now
from tests.audit.conftest import by_hand, files_of
from tests.audit.test_tampering import as_it_is
from tests.cli.conftest import Run, line, ndjson
from tests.samples import append, content, entry


@pytest.fixture(autouse=True)
def stories(library: None, run: Run, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "check.ndjson", line("check", title="A story called check"))
    assert run("import", file).returncode == 0


def test_export_and_verify(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "library.zip"
    done = run("export", "library", "-o", path)
    assert done.returncode == 0, done.stderr
    fingerprint = done.stdout.split()[-1]
    checked = run("verify", path, "--key", fingerprint)
    assert checked.returncode == 0, checked.stderr
    assert "verified" in checked.stdout
    assert "Not proven:" in checked.stdout
    assert by_hand(path, fingerprint) == "verified"
    assert run("verify", path, "--key", "SHA256:other").returncode == 1


def test_export_again_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        assert run("export", "--all", "-o", tmp_path / name).returncode == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert {each.suffix for each in tmp_path.iterdir()} & {".part"} == set()


def test_a_changed_export_fails_and_names_the_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "library.zip"
    run("export", "library", "-o", path)
    files = files_of(path)
    text = files["data/stories/library/versions/0002.json"]
    files["data/stories/library/versions/0002.json"] = text.replace(b"The second", b"The Second")
    as_it_is(path, files)
    done = run("verify", path)
    assert done.returncode == 1
    assert "library/versions/0002.json" in done.stderr, "and the file is named"
    assert done.stdout == ""


def test_drafts_are_exported_on_request(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "library.zip"
    run("export", "library", "--drafts", "-o", path)
    assert any("/drafts/r0003.txt" in name for name in files_of(path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "-o", "x.zip"], "name stories"),
        (["export", "library", "--all", "-o", "x.zip"], "not several of these"),
        (["export", "nothing", "-o", "x.zip"], "There is no story"),
        (["export", "--since", "soon", "-o", "x.zip"], "--since: must be a day"),
        (["export", "--since", "2031-01-01", "-o", "x.zip"], "Nothing was recorded"),
        (["export", "library", "-o", "none/x.zip"], "none"),
        (["verify", "missing.zip"], "does not exist"),
        (["log", "proof", "library", "99"], "has no revision 99"),
        (["log", "consistency", "99"], "first"),
        (
            ["log", "check", "--since", "nonsense"],
            "since: is neither a file that exists, nor SIZE:ROOT",
        ),
        (["log", "check", "--since", "12:"], "since: must be a signed checkpoint"),
        (["log", "check", "--since", "no-text"], "since: must be a signed checkpoint"),
        (["log", "proof", "\udcff", "1"], "“\\udcff” is not UTF-8"),
        (["export", "\udcff", "-o", "x.zip"], "“\\udcff” is not UTF-8"),
        (["key", "create"], "there is a key already"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing(
    run: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    run("log", "checkpoint")  # so that there is a key
    (tmp_path / "no-text").write_bytes(b"PK\3\4\xff\xfe")
    done = run(*arguments)
    assert done.returncode == 2, done.stdout
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "x.zip").exists()


def test_log_check_finds_whether_a_checkpoint_is_extended(
    run: Run, tmp_path: Path, archive_path: Path
) -> None:
    seen = tmp_path / "seen"
    seen.write_text(run("log", "checkpoint").stdout)
    short = run("log", "checkpoint", "--short").stdout.strip()
    run("import", ndjson(tmp_path / "more.ndjson", line(title="More")))
    for given in (str(seen), short):
        done = run("log", "check", "--since", given)
        assert done.returncode == 0, done.stderr
        assert "extends the checkpoint of 4" in done.stdout
    lines = seen.read_text().split("\n")
    other = "A" * 43 + "="
    seen.write_text("\n".join([*lines[:2], other, *lines[3:]]))
    done = run("log", "check", "--since", seen)
    assert done.returncode == 1
    assert "not signed by a key of this log" in done.stderr
    assert "the first 4 leaves are not the ones that were seen" in done.stderr
    done = run("log", "check", "--since", f"99:{other}")
    assert done.returncode == 1
    assert "the log was cut off" in done.stderr


def test_proofs_are_json(run: Run) -> None:
    proof = run("log", "proof", "library", "2").json
    assert json.loads(proof["leaves"][0]["leaf"])["revision"] == 2
    assert run("log", "consistency", "2").json["second"] == 4


def test_the_imprint_has_the_key_in_each_form(run: Run, tmp_path: Path) -> None:
    environ = {"STORY_HISTORY_KEY": str(tmp_path / "own.key")}
    made = run("key", "create", "--name", "news.example/log", environ=environ)
    fingerprint, line, verifier = made.stdout.splitlines()
    printed = run("key", "show", "--imprint", environ=environ).stdout
    shown = run("key", "show", "--json", environ=environ).json
    published = PublicKey(f"{line}/published").vkey
    assert shown == {
        "fingerprint": fingerprint,
        "key": line,
        "verifier": verifier,
        "published_verifier": published,
    }
    assert published.startswith("news.example/log/published+")
    assert {line, f"Fingerprint: {fingerprint}", verifier, published} < {*printed.splitlines()}
    assert (
        "a checker from a\nrelease of story-history (the package story-history-checker)" in printed
    )
    assert "VERIFY.txt" not in printed


def test_a_story_may_have_the_name_of_a_command(run: Run) -> None:
    assert "version 1" in run("log", "versions", "check").stdout
    assert run("log", "check").returncode == 2


def test_keys_are_created_shown_and_rotated(run: Run, archive_path: Path, tmp_path: Path) -> None:
    key = tmp_path / "own.key"
    environ = {"STORY_HISTORY_ARCHIVE": str(archive_path), "STORY_HISTORY_KEY": str(key)}
    made = run("key", "create", "--name", "news.example/log", environ=environ)
    assert made.returncode == 0, made.stderr
    assert made.stdout == run("key", "show", environ=environ).stdout
    assert "news.example/log+" in made.stdout
    assert run("log", "checkpoint", environ=environ).stdout.startswith("news.example/log\n4\n")
    rotated = run("key", "rotate", environ=environ)
    assert rotated.returncode == 0, rotated.stderr
    assert rotated.stdout.split()[0] != made.stdout.split()[0]
    assert "is retired" in rotated.stderr
    path = tmp_path / "library.zip"
    run("export", "library", "-o", path, environ=environ)
    assert by_hand(path, rotated.stdout.split()[0]) == "verified"
    assert not archive_path.with_name("archive.key").exists()


def test_verify_finds_a_forged_signature_on_a_checkpoint(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    """By someone who can write to the archive but does not have the key."""
    run("log", "checkpoint")
    assert run("verify").returncode == 0
    with closing(Archive.open(archive_path, now)) as archive:
        append(archive, entry(content(), "forged"))

        def sign(size: int, root: bytes) -> str:
            encoded = base64.b64encode(root).decode()
            return f"localhost/story-history\n{size}\n{encoded}\n\n— localhost/story-history AAAA\n"

        archive.checkpoint(sign, lambda known: known)
    run("backup", tmp_path / "backup")
    elsewhere = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "restored")}
    for done in (run("verify"), run("restore", tmp_path / "backup", environ=elsewhere)):
        assert done.returncode == 1
        assert "log: its newest checkpoint is not signed by its key" in done.stderr


def test_maintain_signs_a_checkpoint_if_there_is_a_key(run: Run) -> None:
    assert run("maintain").returncode == 0
    assert run("key", "show").returncode == 2, "no key is made by the way"
    run("key", "create")
    run("maintain")
    assert run("log", "consistency", "4").json["second"] == 4


def test_verify_prints_json(run: Run, archive_path: Path, tmp_path: Path) -> None:
    found = run("verify", "--json").json
    assert found.pop("seconds") > 0
    assert found == {"ok": True, "stories": 2, "revisions": 4, "findings": [], "out_of_order": []}
    with closing(sqlite3.connect(archive_path / "index.db")) as connection, connection:
        connection.execute("update revision set note = 'x' where story = 'check'")
    done = run("verify", "--json")
    assert done.returncode == 1
    what = "the index does not say what git says"
    assert done.json["findings"] == [{"story": "check", "revision": 1, "version": 1, "what": what}]
    path = tmp_path / "library.zip"
    run("export", "library", "-o", path)
    said = run("verify", path, "--json").json
    assert (said["ok"], said["signer_known"], said["not_compared"]) == (True, False, [])
    fingerprint = run("key", "show", "--json").json["fingerprint"]
    assert run("verify", path, "--key", fingerprint, "--json").json["signer_known"]


def test_the_last_word_on_an_export_is_whether_its_signer_is_known(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    """Exit code 0 either way: whoever gives no key asked for no more."""
    path = tmp_path / "library.zip"
    run("export", "library", "-o", path)
    done = run("verify", path)
    assert done.returncode == 0
    *_, last = done.stdout.splitlines()
    assert last == f"{path}: consistent, but nobody is known to have signed it"
    first = done.stdout.partition("\nNot proven:\n")[2].splitlines()[0]
    assert first.startswith("- whose key that is: get the publisher's elsewhere")
    fingerprint = run("key", "show", "--json").json["fingerprint"]
    done = run("verify", path, "--key", fingerprint)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{path}: verified")
