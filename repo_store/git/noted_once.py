"""A line under a ref of its own that is written once."""

from collections.abc import Callable
from contextlib import suppress

from repo_store import locks
from repo_store.errors import StoreError
from repo_store.git.objects import git_object
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository


def noted_once(git: Repository, refs: Refs, ref: str, lock: str, made: Callable[[], str]) -> str:
    """The line that the ref has; if it has none, the one that is `made`, which it has from now on
    unless the disk rejects writes. `lock`: the file that keeps other writers out.
    """
    if (noted := refs.read(ref)) is None:
        line = made()
        with suppress(StoreError, OSError), locks.locked(lock):
            if refs.read(ref) is None:
                note = git_object("blob", line.encode())
                git.write([note])
                refs.set(ref, note.id)
        if (noted := refs.read(ref)) is None:
            return line
    return git.read_blob(noted).decode()
