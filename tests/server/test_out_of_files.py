"""A server that is out of open files says so, and takes nothing for damaged."""

import os
import resource
from contextlib import closing
from pathlib import Path

from repo_store.archive import Archive
from service.wiring import now
from tests.samples import append, content, entry
from tests.servers import get, serving


def _worker(server: int) -> int:
    """The process id of a server's one worker."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    [worker] = [int(each) for each in children]
    return worker


def _leave_files(process: int, spare: int) -> None:
    """Let a process open only so many files more."""
    used = {int(each) for each in os.listdir(f"/proc/{process}/fd")}
    free = (number for number in range(2_000) if number not in used)
    limit = [next(free) for _ in range(spare + 1)][-1]
    _, hard = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (limit, hard))


def test_a_server_out_of_open_files_says_so_and_recovers(
    archive_path: Path, tmp_path: Path
) -> None:
    with closing(Archive.open(archive_path, now, create=True)) as archive:
        for number in range(4):
            append(archive, entry(content(), f"s-{number}"))
    index = archive_path / "index.db"
    before, logs = index.stat().st_ino, tmp_path / "logs"
    arguments = ("serve", "--archive", archive_path)
    with serving(*arguments, logs=logs, STORY_HISTORY_WORKERS="1") as server:
        assert get(f"{server.url}healthz")[0] == 200
        worker = _worker(server.process.pid)
        limits = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        _leave_files(worker, 1)  # for the connection
        answers = [get(f"{server.url}stories/s-{number}/history") for number in range(3)]
        resource.prlimit(worker, resource.RLIMIT_NOFILE, limits)
        assert [status for status, _ in answers] == [503] * 3
        assert "short of resources" in answers[0][1]
        for address in ("stories/s-3/history", "stories/s-0", "readyz"):
            assert get(f"{server.url}{address}")[0] == 200
    said = logs.read_text()
    assert "LimitNOFILE" in said
    assert "Traceback" not in said
    assert "damaged" not in said
    assert "rebuilt" not in said
    assert index.stat().st_ino == before
