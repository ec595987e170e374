"""Growing the public log: leaves, their signed checkpoint, and the files that it is served from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from repo_store import locks
from repo_store.durable import disk_errors
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.index.read_model import Index
from repo_store.log import checkpoint_commits
from repo_store.log.checkpoint import Checkpoint, PublishedExtension, StoredCheckpoint
from repo_store.write import tile_files

_REF, _NEXT = checkpoint_commits.PUBLISHED_REF, checkpoint_commits.PUBLISHED_NEXT_REF

Sign = Callable[[Checkpoint, Callable[[int], bytes]], str]
"""Makes the signed note of a checkpoint; it is given what tells the root at any smaller size."""


@dataclass(frozen=True)
class PublicLog:
    """`catch_up` brings the index up to date with git."""

    path: Path
    git: Repository
    refs: Refs
    index: Index
    clock: Callable[[], datetime]
    catch_up: Callable[[], None]

    @property
    def files(self) -> Path:
        """The folder of the files that it is served from. May be deleted at any time."""
        return self.path.absolute() / "published"

    def newest(self) -> StoredCheckpoint | None:
        """The newest checkpoint, without its leaves; None if there is none yet."""
        last = self.index.public_log.last_checkpoint()
        return checkpoint_commits.read(self.git, last[0]) if last else None

    def intent(self) -> StoredCheckpoint | None:
        """What was about to be signed when a process was killed, and may have been; None if there
        is nothing that the log lacks.
        """
        last = self.index.public_log.last_checkpoint()
        signed = last[1].size if last else 0
        return checkpoint_commits.read_next(self.git, self.refs.read(_NEXT), signed)

    def extend(
        self,
        origin: str,
        sign: Sign,
        extension: Callable[[StoredCheckpoint | None], PublishedExtension],
    ) -> StoredCheckpoint | None:
        """Add what was published since, sign and store a checkpoint, and return the newest; None if
        nothing was ever published. `extension` is given the last one, and says what else to add.
        """
        with self._growing():
            before = self.newest()
            if intent := self.intent():
                # Killed on the way: it may have been signed, so this very one comes first.
                with self.index.publishing() as publication:
                    publication.load(intent)
                    before = publication.stored = self._sign(intent, origin, sign)
            more = extension(before)
            if not self.index.public_log.is_due() and not (more.leaves and before):
                return before
            self.index.allocate()
            with self.index.publishing() as publication:
                publication.add(more.leaves, self.clock())
                log = publication.log
                checkpoint = Checkpoint(origin, log.size(), log.root(log.size()))
                checkpoint = checkpoint._replace(note=checkpoint.body)
                bodies = (
                    leaf.body for leaf in log.leaves(before.size if before else 0, log.size())
                )
                intent = StoredCheckpoint("", checkpoint, tuple(bodies), None, more.keys, more.ties)
                self._store(_NEXT, intent)
                publication.stored = self._sign(intent, origin, sign)
            return publication.stored

    def cosign(self, stored: StoredCheckpoint, note: str) -> StoredCheckpoint:
        """Store the newest checkpoint with more signatures. An older one is returned as it is."""
        with self._growing():
            last = self.index.public_log.last_checkpoint()
            if not last or last[0] != stored.commit:
                return stored
            checkpoint = stored.checkpoint._replace(note=note)
            self.index.allocate()
            with self.index.publishing() as publication:
                more = stored._replace(checkpoint=checkpoint, leaves=(), ties="")
                publication.stored = self._store(_REF, more)
            return publication.stored

    def write_files(self) -> None:
        """Bring the files up to date with the newest checkpoint."""
        with self._growing():
            if newest := self.newest():
                tile_files.write(self.files, self.index.public_log, newest)

    def file(self, name: str) -> bytes | None:
        """One of these files; None if it is not there. The name must be a `tiles.PATH`."""
        try:
            return (self.files / name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    @contextmanager
    def _growing(self) -> Iterator[None]:
        """The one process that lets the log grow, with the index up to date."""
        with disk_errors(), locks.locked(f"{self.path}/locks/published"):
            self.catch_up()
            yield

    def _sign(self, intent: StoredCheckpoint, origin: str, sign: Sign) -> StoredCheckpoint:
        """Sign and store a checkpoint whose leaves are in git, and in the index's transaction."""
        unsigned = intent.checkpoint._replace(origin=origin)
        signed = unsigned._replace(note=sign(unsigned, self.index.public_log.root))
        return self._store(_REF, intent._replace(checkpoint=signed))

    def _store(self, ref: str, new: StoredCheckpoint) -> StoredCheckpoint:
        stored, objects = checkpoint_commits.encode(self.refs.read(_REF), new, self.clock())
        self.git.write(objects)
        self.refs.set(ref, stored.commit)
        return stored
