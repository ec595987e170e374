"""Docs, "Trust, file by file": each row of its table, tried: what changing that file gains."""

import base64
import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import zlib
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged, StoreError
from repo_store.last_runs import Run as LastRun
from repo_store.log.checkpoint import Checkpoint
from service import cache_epoch
from service.accounts import Gate
from service.audit.export.exports import ExportRequest
from service.audit.keys import BadKey, Signer, create
from service.audit.log import parse_seen
from service.audit.published import origin_of
from service.audit.witnesses.notes import KeyType, VerifierKey
from service.config import Settings
from service.wiring import Services, now
from tests.audit import public_tlog
from tests.audit.conftest import failures
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.plain_git import git
from tests.redactions import CANARY, removal, traces
from tests.samples import append, content, entry, new_token, ticking
from tests.samples import story as values
from tests.web.conftest import Writer, application

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def test_each_file_is_tried() -> None:
    section = DOCS.read_text().partition("\n## Trust, file by file")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    wanted = {f"test_{re.sub(r'[^a-z0-9]+', '_', row.lower()).strip('_')}" for row in rows}
    tried = {name for name in globals() if name.startswith("test_")}
    assert wanted == tried - {"test_each_file_is_tried"}
    on_disk = DOCS.with_name("architecture.md").read_text().partition("\n## An archive on disk")[2]
    names = re.findall(r"^\| `([^`]+)`", on_disk, re.MULTILINE)
    assert [name for name in names if f"\n| `{name}`" not in section] == []


@pytest.fixture
def services(settings: Settings, story: Archive) -> Services:
    """On the archive of `story`, whose logs are signed."""
    services = Services(settings, story)
    services.audit.checkpoint()
    services.published.checkpoint()
    return services


@pytest.fixture
def fingerprint(services: Services) -> str:
    return services.audit.signer().public.fingerprint


def _page(services: Services, path: str = "/stories/library", **changed: Any) -> tuple[int, str]:
    settings = Settings(services.settings.archive, **changed)
    answer = application(settings).test_client().get(path)
    return answer.status_code, answer.text


def _sql(path: Path, statement: str, *values: object) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).rowcount


def _findings(services: Services) -> str:
    return "\n".join(map(str, services.verify().findings))


def _exported(services: Services, path: Path) -> Path:
    path.write_bytes(b"".join(services.exports.prepare(ExportRequest(("library",))).parts()))
    return path


# In the archive's folder


def test_stories_git_what_is_there(services: Services, settings: Settings) -> None:
    live = services.archive.index.version("library", 3)
    assert live
    file = settings.archive / "stories.git" / "objects" / live.blob[:2] / live.blob[2:]
    true = file.read_bytes()
    head, _, body = zlib.decompress(true).partition(b"\0")
    file.chmod(0o600)
    file.write_bytes(zlib.compress(head + b"\0" + body.replace(b"Three", b"Seven")))
    status, page = _page(services)
    assert (status, "Seven" in page) == (500, False)
    assert "is not what its id says" in _findings(services)
    with pytest.raises(Damaged):
        services.exports.prepare(ExportRequest(("library",)))


def test_stories_git_what_is_added(services: Services, settings: Settings) -> None:
    seen = services.audit.checkpoint().checkpoint
    with closing(Archive.open(settings.archive, now)) as forger:  # who needs no account for that
        append(forger, entry(content(title="Nobody wrote this"), note="Forged"))
    assert "Nobody wrote this" in _page(services)[1]
    assert services.audit.checkpoint().size == seen.size + 1
    assert services.audit.check_extends(seen) == [], "it is added, and nothing else is changed"


def test_stories_git_its_checkpoints(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    forger = create(tmp_path / "forger.key", "localhost/story-history")

    def forged(size: int, root: bytes) -> str:
        return forger.sign_note(Checkpoint(forger.public.name, size, root).body)

    append(services.archive, entry(content(title="Four")))
    services.archive.checkpoint(forged, lambda keys: keys)
    assert "its newest checkpoint is not signed by its key" in _findings(services)
    last = services.audit.checkpoint()
    assert services.audit.signer().public.verify_note(last.note), "it is signed again"


def test_git(services: Services, settings: Settings, tmp_path: Path) -> None:
    assert "refs/stories" in git(settings.archive, "for-each-ref")
    git(tmp_path, "init", "-q", "--bare", "elsewhere.git")
    pointer = settings.archive / ".git"
    pointer.write_text(f"gitdir: {tmp_path}/elsewhere.git\n")
    with pytest.raises(StoreError, match=r"\.git: it leads git elsewhere"):
        Archive.open(settings.archive, now)
    pointer.unlink()
    assert "Three" in _page(services)[1]


def test_index_db(services: Services, settings: Settings, tmp_path: Path, fingerprint: str) -> None:
    path = settings.archive / "index.db"
    assert _sql(path, "update revision set note = 'Forged note' where version = 2") > 0
    assert "Forged note" in _page(services)[1]
    assert "library r2 (version 2): the index does not say what git says" in _findings(services)
    file = _exported(services, tmp_path / "x.zip")
    assert b"Forged note" not in file.read_bytes()
    assert failures(file, fingerprint) == []
    services.archive.reindex()
    assert "Forged note" not in _page(services)[1]
    append(services.archive, entry(content(title="Four")))
    assert _sql(path, "update event set text = ? where version = 4", "00" * 32) == 1
    services.published.checkpoint()
    assert "the public log says something else of it than its chain" in _findings(services)
    leaf = "update leaf set body = replace(body, '2026', '2025') where story = 'library'"
    assert _sql(path, leaf) > 1
    append(services.archive, entry(content(title="Five")))
    services.audit.checkpoint()
    assert "the index has other leaves from 0 on than git" in _findings(services)
    assert "is not in the log of the checkpoint" in str(
        failures(_exported(services, tmp_path / "y.zip"), fingerprint)
    )


def test_accounts_db(services: Services, settings: Settings) -> None:
    new_token(settings.archive)
    seen = services.audit.checkpoint().checkpoint
    row = ("f", "Mallory", "admin", sha256(b"forged").hexdigest(), "2026-05-01T00:00:00Z")
    columns = "id, name, role, sha256, created_at"
    path = settings.archive / "accounts.db"
    assert _sql(path, f"insert into token ({columns}) values (?, ?, ?, ?, ?)", *row) == 1
    client = application(settings).test_client()
    mallory = Writer(client, {"Authorization": "Bearer forged"})
    assert mallory.publish(base=3, title="By Mallory").status_code == 201
    assert "By Mallory" in _page(services)[1]
    gone = mallory.act(2, action="remove", note="Gone.", reason="other", legal_reference="None")
    assert gone.status_code == 201
    assert services.audit.check_extends(seen) == [], "recorded under that name, nothing rewritten"
    path.unlink()
    assert "accounts.db is missing" in _findings(services)


def test_provenance_db(services: Services, settings: Settings) -> None:
    address = "/stories/library/provenance"
    _page(services, address)
    path = settings.archive / "provenance.db"
    assert _sql(path, "update form set text = 'Nobody said this.' where story = 'library'") > 0
    assert "Nobody said this." in _page(services, address)[1]
    assert "Nobody said this." not in _page(services)[1]
    assert _findings(services) == ""
    for each in settings.archive.glob("provenance.db*"):
        each.unlink()
    assert "Nobody said this." not in _page(services, address)[1]


def test_removal_due(services: Services, settings: Settings) -> None:
    append(services.archive, entry(content(title=CANARY)), entry(content(title="Another")))
    services.archive.remove(removal(5))
    (settings.archive / "removal-due").unlink()
    assert CANARY not in _page(services)[1]
    assert traces(settings.archive, CANARY), "nobody takes it off the disk any more"
    services.archive.purge()
    assert traces(settings.archive, CANARY) == []


def test_status(services: Services, settings: Settings) -> None:
    services.archive.note_run(LastRun.BACKUP)
    (settings.archive / "status" / "backup").write_text("2030-01-01T00:00:00Z\n")
    assert services.archive.last_runs()[LastRun.BACKUP].year == 2030
    assert _findings(services) == ""


def test_static(services: Services, settings: Settings, tmp_path: Path) -> None:
    append(services.archive, entry(content(title="First")))
    others = tmp_path / "others" / "answers"
    file = others / "library" / "history.gz"
    file.parent.mkdir(parents=True)
    file.touch()
    (settings.archive / "static").write_text(str(others))
    append(services.archive, entry(content(title="Second")))
    assert file.exists(), "a folder without this archive's note"
    (others / ".archive").write_text(str(settings.archive.absolute()))
    append(services.archive, entry(content(title="Third")))
    assert not file.exists()


def test_cache_epoch_conf(services: Services, settings: Settings, tmp_path: Path) -> None:
    file = settings.archive / cache_epoch.FILE
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;"
        f" map $host $epoch {{ include {file}; }} }}"
    )
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "nginx is missing: `make test` installs it"

    def accepts() -> bool:
        command = [nginx, "-t", "-q", "-c", str(conf)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    cache_epoch.renew(settings.archive)
    old = file.read_text()
    assert accepts()
    for text in ('default "x"; } server { listen 1; } map $uri $y {', "nonsense"):
        file.write_text(text)
        assert not accepts(), "then nginx goes on as it was, with what it has cached"
    cache_epoch.renew(settings.archive)
    assert accepts()
    assert file.read_text() != old


def test_locks(services: Services, settings: Settings) -> None:
    client = application(settings).test_client()
    written = threading.Event()

    def write() -> None:
        append(services.archive, entry(content(title="Four")))
        written.set()

    writer = threading.Thread(target=write, daemon=True)
    with (settings.archive / "locks" / "index").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writer.start()
        assert not written.wait(0.3), "who holds it keeps writers waiting"
        assert client.get("/stories/library").status_code == 200
    assert written.wait(20)


def test_published(services: Services, settings: Settings) -> None:
    log, vkey = services.archive.public_log, origin_of(services.audit.signer().public).vkey

    def fetch(name: str) -> bytes:
        return log.file(name) or b""

    public_tlog.check(fetch, vkey)
    [tile] = (settings.archive / "published" / "tile" / "entries").rglob("*.p/*")
    tile.write_bytes(tile.read_bytes().replace(b"library", b"forgery"))
    with pytest.raises(AssertionError):
        public_tlog.check(fetch, vkey)
    shutil.rmtree(settings.archive / "published")
    services.published.checkpoint()
    public_tlog.check(fetch, vkey)


def test_witnesses_json(services: Services, settings: Settings) -> None:
    path = settings.archive / "witnesses.json"
    key = str(VerifierKey("w.example", KeyType.COSIGNATURE, bytes(32)))
    witness = {"name": "w", "url": "http://127.0.0.1:9/", "key": key, "private": True}
    rest = {"seen": 0, "failures": 0, "conflict": False}
    none = dict.fromkeys(("cosigned_at", "failed_at", "reason"))
    path.write_text(json.dumps({"witnesses": [witness | rest | none]}))
    assert [each.address.url for each in services.witnesses.all()] == ["http://127.0.0.1:9/"]
    append(services.archive, entry(content(title="Four")))
    note = services.published.checkpoint()
    assert note
    assert note.note.count("\n— ") == 1, "the log goes on, without a cosignature"
    path.write_text("{}")
    with pytest.raises(Damaged, match=r"witnesses\.json cannot be read"):
        services.witnesses.all()
    path.unlink()
    assert services.witnesses.all() == []


# Beside the archive


def test_archive_key(services: Services, tmp_path: Path) -> None:
    stolen = Signer(services.audit.key_file(), "localhost/story-history")
    note = stolen.sign_note(Checkpoint(stolen.public.name, 9, b"\1" * 32).body)
    assert services.audit.signer().public.verify_note(note), "whatever the thief likes"
    seen = services.audit.checkpoint().checkpoint
    assert services.audit.check_extends(seen) == []
    assert services.audit.check_extends(parse_seen(note)) != []


def test_archive_key_pub(services: Services, settings: Settings, tmp_path: Path) -> None:
    path = Path(f"{settings.signing_key}.pub")
    path.write_text(f"{create(tmp_path / 'other.key', 'other.example/log').public.line}\n")
    append(services.archive, entry(content(title="Four")))
    note = services.audit.checkpoint().note
    assert services.audit.known_key() == services.audit.signer().public
    assert services.audit.signer().public.verify_note(note)


def test_archive_key_signed(services: Services, settings: Settings, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(settings.archive, older)
    memory = services.audit.signer().memory.path
    kept = memory.read_bytes()
    append(services.archive, entry(content(title="Four")))
    seen = services.audit.checkpoint().checkpoint
    with closing(Archive.open(older, now)) as archive:
        append(archive, entry(content(title="Another four")))
        other = Services(Settings(older, key=settings.signing_key), archive)
        with pytest.raises(BadKey, match="has signed other entries"):
            other.audit.checkpoint()
        newer = memory.read_bytes()
        memory.unlink()
        with pytest.raises(BadKey, match="it is not known what the key signed last"):
            other.audit.checkpoint()
        memory.write_bytes(kept)
        fork = other.audit.checkpoint().checkpoint
        assert (fork.size, fork.root != seen.root) == (seen.size, True), "a witness has to see it"
    memory.write_bytes(newer)


def test_a_backup_s_folder(
    run: Run, services: Services, settings: Settings, tmp_path: Path
) -> None:
    assert run("backup", tmp_path / "backup").returncode == 0
    append(services.archive, entry(content(title="Four")))
    services.audit.checkpoint()
    with closing(Archive.open(tmp_path / "other", ticking(), create=True)) as other:
        append(other, entry(content(title="Forged")))
    shutil.rmtree(tmp_path / "backup" / "stories.git")
    shutil.copytree(tmp_path / "other" / "stories.git", tmp_path / "backup" / "stories.git")
    services.archive.close()
    shutil.rmtree(settings.archive)
    assert run("restore", tmp_path / "backup").returncode == 0, "a forged one is whole, too"
    assert "Forged" in _page(services)[1]
    refused = run("log", "checkpoint")
    assert (refused.returncode, "the key has signed" in refused.stderr) == (2, True)


# In others' hands


def test_a_checkpoint_that_a_witness_kept(services: Services) -> None:
    note = services.audit.checkpoint().note
    root = note.split("\n")[2]
    other = base64.b64encode(bytes(32)).decode()
    faults = services.audit.check_extends(parse_seen(note.replace(root, other)))
    assert "the checkpoint is not signed by a key of this log" in faults
    assert services.audit.check_extends(parse_seen(note)) == []


# Settings


def test_story_history_key(services: Services, tmp_path: Path) -> None:
    other = create(tmp_path / "other.key", "localhost/story-history")
    changed = Services(Settings(services.settings.archive, key=other.path), services.archive)
    with pytest.raises(BadKey, match=f"holds another key, {re.escape(other.public.fingerprint)}"):
        changed.audit.checkpoint()


def test_story_history_timestamps(services: Services) -> None:
    nobody = Settings(services.settings.archive, authorities=("http://127.0.0.1:9/tsr",))
    append(services.archive, entry(content(title="Four")))
    assert Services(nobody, services.archive).audit.checkpoint().timestamp is None


def test_story_history_two_persons(services: Services, settings: Settings) -> None:
    for two, status in ((True, 202), (False, 201)):
        client = application(Settings(settings.archive, two_persons=two)).test_client()
        token = new_token(settings.archive, name=f"Ines {two}")
        ines = Writer(client, {"Authorization": f"Bearer {token}"})
        gone = ines.act(2, action="remove", note="Gone.", reason="other", legal_reference="None")
        assert gone.status_code == status
    [action] = services.archive.index.removals("library")
    assert action.removal
    assert action.removal.confirmed_by is None, "which the entry says for ever"


def test_story_history_gate(services: Services, settings: Settings) -> None:
    token = new_token(settings.archive)
    changed = {"overview": ["The council voted eight to seven to keep the library open."]}
    for gate, status in ((Gate.HOLD, 409), (Gate.OFF, 201)):
        client = application(Settings(settings.archive, gate=gate)).test_client()
        writer = Writer(client, {"Authorization": f"Bearer {token}"})
        answer = writer.post(content=values(**changed), base_version=3, note="")
        assert answer.status_code == status, answer.text
    assert "eight" in _page(services, "/stories/library/diff/3..4")[1], "readers see the change"


@pytest.mark.parametrize("proxies", [0, 1])
def test_story_history_proxies(services: Services, proxies: int) -> None:
    settings = Settings(services.settings.archive, proxies=proxies, reads_per_minute=1, cache=0)
    client = application(settings).test_client()
    answers = [
        client.get("/stories/library", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(3)
    ]
    assert [each.status_code for each in answers] == ([200] * 3 if proxies else [200, 429, 429])


def test_story_history_url(services: Services) -> None:
    page = _page(services, url="https://elsewhere.example")[1]
    assert 'href="https://elsewhere.example/stories/library"' in page
    before = services.audit.signer().public.name
    changed = Settings(services.settings.archive, url="https://elsewhere.example")
    assert Services(changed, services.archive).audit.signer().public.name == before
