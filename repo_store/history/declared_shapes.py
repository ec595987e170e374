"""The shapes that an archive declares, kept in git under a ref of their own.

Each declaration is a commit whose tree has all of them, a file each, as they were written.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from repo_store.errors import Damaged, InvalidInput
from repo_store.git.objects import COMMITTER, commit_of, files_of, git_object, parse_commit, tree
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.story.shapes import BUILT_IN, Shapes, parse_shape

SHAPES_REF = "refs/archive/shapes"
_SUFFIX = ".toml"

_T = TypeVar("_T")


class DeclaredShapes:
    """The archive's shapes, read again when their ref has moved."""

    def __init__(self, git: Repository) -> None:
        self._git = git
        self._refs = Refs(git.path)
        self._known: tuple[str | None, Shapes] = (None, BUILT_IN)

    def current(self) -> Shapes:
        """Those of now. Raises Damaged if they cannot be read."""
        head = self._refs.read(SHAPES_REF)
        if head != self._known[0]:
            self._known = head, _read(self._git, head)
        return self._known[1]

    def reading(self, read: Callable[[bytes, Shapes], _T], data: bytes) -> _T:
        """What `read` makes of stored bytes. Only if it fails, the ref is looked at: most texts
        have shapes that are known.
        """
        known = self._known[1]
        try:
            return read(data, known)
        except Damaged:
            if (current := self.current()) == known:
                raise
            return read(data, current)

    def knowing(self, part: str) -> Shapes:
        """The shapes as they were last read; the ref is looked at only if none has this part."""
        known = self._known[1]
        return known if part in known.parts else self.current()

    def add(self, text: str, at: datetime) -> str:
        """Declare a shape, or a later form of one; its name. The caller keeps other writers out.

        Raises InvalidInput that names what is not valid.
        """
        parent = self._refs.read(SHAPES_REF)
        self.current().declared(text)
        name = parse_shape(text).name
        blob = git_object("blob", text.encode())
        files = {**_files(self._git, parent), name + _SUFFIX: blob.id}
        folder = tree(files)
        seconds = int(at.timestamp())
        commit = commit_of(
            folder.id, parent, COMMITTER, seconds, seconds, f"shapes: declare {name}\n"
        )
        self._git.write([blob, folder, commit])
        self._refs.set(SHAPES_REF, commit.id)
        return name


def texts(git: Repository, head: str | None) -> dict[str, str]:
    """The declarations as they were written, by the name of the shape."""
    files = _files(git, head)
    blobs = git.read("blob", list(files.values()))
    return {
        name.removesuffix(_SUFFIX): data.decode() for name, data in zip(files, blobs, strict=True)
    }


def _read(git: Repository, head: str | None) -> Shapes:
    shapes = BUILT_IN
    try:
        for text in texts(git, head).values():
            shapes = shapes.declared(text)
    except (ValueError, KeyError, InvalidInput) as error:
        raise Damaged(f"the declared shapes cannot be read: {error}") from None
    return shapes


def _files(git: Repository, head: str | None) -> dict[str, str]:
    if head is None:
        return {}
    commit = parse_commit(head, git.read("commit", [head])[0])
    if isinstance(commit, Damaged):
        raise commit
    return files_of(git.read("tree", [commit.tree])[0])
