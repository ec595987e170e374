"""The export: what a story said and when, with proof, as a bag that is checked without us.

The same request gives the same bytes for as long as nothing is recorded that it covers: it stands
on a checkpoint, not on the moment. So a transfer that broke off is taken up by making it again.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version as release
from importlib.resources import files
from typing import NamedTuple

from repo_store import Archive, Leaf, NotFound, StoredCheckpoint, story_ref
from service.audit.export.bag import Bag, File
from service.audit.export.bundle import bundle
from service.audit.export.report import Proven
from service.audit.export.story_files import json_line, register, story_files
from service.audit.keys import NAMESPACE, PublicKey, Signer
from service.audit.log import AuditLog, keys_in
from service.audit.snapshot import Snapshot
from service.present.times import rfc3339

FORMAT = 1
_LINES = 1_000


@dataclass(frozen=True)
class Wanted:
    """What is to be exported: some stories; or all, or those in which something was written or
    published from `since` to before `until`. `drafts`: the texts of drafts and rejected revisions
    too; `pdf`: each report printed as well.
    """

    stories: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    drafts: bool = False
    pdf: bool = False

    @property
    def span(self) -> list[tuple[str, datetime | None]]:
        return [("from", self.since), ("to before", self.until)]

    @property
    def all(self) -> bool:
        return not (self.stories or self.since or self.until)

    @property
    def name(self) -> str:
        """Of the bag's folder, and of its file without the ending."""
        return self.stories[0] if len(self.stories) == 1 else "story-history"


class Export(NamedTuple):
    """`etag`: the same for the same bytes. `key` signs it. `parts` begins anew at each call."""

    name: str
    etag: str
    key: PublicKey
    parts: Callable[[], Iterator[bytes]]


class Exports:
    def __init__(self, store: Archive, audit: AuditLog) -> None:
        self._archive, self._audit = store, audit

    def of(self, wanted: Wanted) -> Export:
        """NotFound for a story that is not there, or if there is none in the span."""
        sealed, stories = self._scope(wanted)
        mark = json.dumps(
            [
                FORMAT,
                release("story-history"),
                sealed.note,
                sha256("\n".join(stories).encode()).hexdigest(),
                wanted.drafts,
                wanted.pdf,
            ]
        )
        etag = sha256(mark.encode()).hexdigest()[:32]
        key = keys_in(sealed.keys)[-1][0]
        return Export(wanted.name, etag, key, lambda: self._parts(wanted, sealed, stories))

    def _scope(self, wanted: Wanted) -> tuple[StoredCheckpoint, list[str]]:
        if len(wanted.stories) == 1:
            return self._audit.covering(wanted.stories[0]), list(wanted.stories)
        sealed = self._audit.checkpoint()
        index = self._archive.index
        if wanted.stories:
            stories = sorted(set(wanted.stories))
            for each in stories:
                if not index.log.of_story(each, sealed.size):
                    raise NotFound(f"There is no story “{each}”.")
        else:
            stories = index.log.stories(sealed.size)
            if wanted.since or wanted.until:
                touched = index.touched(wanted.since, wanted.until)
                stories = [each for each in stories if each in touched]
        if not stories:
            raise NotFound("Nothing was recorded in this span.")
        return sealed, stories

    def _parts(
        self, wanted: Wanted, sealed: StoredCheckpoint, stories: list[str]
    ) -> Iterator[bytes]:
        with Bag(wanted.name) as bag:
            yield from self._filled(bag, wanted, sealed, stories)

    def _filled(
        self, bag: Bag, wanted: Wanted, sealed: StoredCheckpoint, stories: list[str]
    ) -> Iterator[bytes]:
        archive = Snapshot(self._archive, sealed.size)
        signer = self._audit.signer()
        keys = [key for key, _ in keys_in(sealed.keys)]
        root = b64encode(sealed.checkpoint.root).decode()
        proven = Proven(sealed.size, root, keys[-1], sealed.timestamp is not None)
        missing: list[bytes] = []
        for file in self._files(archive, wanted, stories, proven, missing):
            yield from bag.add(file)
        proofs = self._leaves(archive, None if wanted.all else stories, sealed)
        for file in _log_files(sealed, signer, proofs, b"".join(missing)):
            yield from bag.add(file)
        guide = files("service.audit.verify")
        yield from bag.tag("bagit.txt", _DECLARATION)
        yield from bag.tag("VERIFY.txt", guide.joinpath("VERIFY.txt").read_bytes())
        yield from bag.tag("verify.py", guide.joinpath("standalone.py").read_bytes())
        [last] = self._archive.index.log.leaves(sealed.size - 1, sealed.size)
        yield from bag.tag("bag-info.txt", _info(wanted, last, keys[-1], stories, bag))
        yield from bag.manifest()
        listed = bag.tag_manifest()
        yield from bag.last("tagmanifest-sha256.txt", listed)
        yield from bag.last("tagmanifest-sha256.txt.sig", signer.file(listed).encode())
        yield from bag.sealed()

    def _files(
        self,
        archive: Snapshot,
        wanted: Wanted,
        stories: list[str],
        proven: Proven,
        missing: list[bytes],
    ) -> Iterator[File]:
        heads: list[tuple[str, str]] = []
        count = 0
        for story, head, entries, revisions in archive.heads(stories):
            heads.append((story_ref(story), head))
            count += entries + 2 * revisions
        only = archive.story(stories[0]) if len(stories) == 1 else None
        told = (only or archive.story(story) for story in stories)
        objects = (item for each in told for item in archive.objects(each))
        yield File("data/history.bundle", bundle(sorted(heads), count, objects))
        for story in stories:
            each = only or archive.story(story)
            missing += register(each)
            yield from story_files(archive, each, proven, wanted.drafts, wanted.pdf)

    def _leaves(
        self, archive: Snapshot, stories: list[str] | None, sealed: StoredCheckpoint
    ) -> Iterator[bytes]:
        """The leaves, a line each: of some stories with their audit paths, else the whole log."""
        log = self._archive.index.log
        if stories is None:
            yield from _packed(_leaf(leaf, None) for leaf in log.leaves(0, sealed.size))
            return
        yield from _packed(
            _leaf(leaf, log.inclusion(leaf.number, sealed.size))
            for story in stories
            for leaf in log.of_story(story, archive.size)
        )


def _log_files(
    sealed: StoredCheckpoint, signer: Signer, leaves: Iterable[bytes], register: bytes
) -> Iterator[File]:
    yield File("data/removals.ndjson", register)
    yield File("data/log/leaves.ndjson", leaves)
    checkpoint = sealed.note.encode()
    yield File("data/log/checkpoint", checkpoint)
    yield File("data/log/checkpoint.sig", signer.file(checkpoint).encode())
    if sealed.timestamp:
        yield File("data/log/timestamp.tsr", sealed.timestamp)
    allowed = []
    for number, (key, handover) in enumerate(keys_in(sealed.keys), 1):
        name = f"data/log/keys/{number:02d}.pub"
        yield File(name, f"{key.line}\n".encode())
        if handover:
            yield File(f"{name}.sig", handover.encode())
        allowed.append(f'{key.name} namespaces="{NAMESPACE}" {key.line}\n')
    yield File("data/log/allowed_signers", allowed[-1].encode())


_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def _info(wanted: Wanted, last: Leaf, key: PublicKey, stories: Sequence[str], bag: Bag) -> bytes:
    span = [f"{name} {rfc3339(each)}" for name, each in wanted.span if each]
    about = stories[0] if len(stories) == 1 else f"{len(stories)} stories"
    fields = {
        "Source-Organization": key.name,
        "External-Description": "Versions and differences of news stories, with proof",
        "External-Identifier": " ".join([about, *span]),
        "Bagging-Date": json.loads(last.body)["time"][:10],
        "Bag-Software-Agent": f"story-history {release('story-history')}",
        "Payload-Oxum": f"{bag.octets}.{bag.files}",
        "Export-Format": str(FORMAT),
        "Export-Scope": "all" if wanted.all else "some",
        "Drafts": "yes" if wanted.drafts else "no",
        "Log-Size": str(last.number + 1),
        "Log-Key": key.fingerprint,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()


def _leaf(leaf: Leaf, path: list[bytes] | None) -> bytes:
    value: dict[str, object] = {"number": leaf.number, "leaf": leaf.body}
    if path is not None:
        value["path"] = [each.hex() for each in path]
    return json_line(value)


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Some lines at a time."""
    some: list[bytes] = []
    for line in lines:
        some.append(line)
        if len(some) >= _LINES:
            yield b"".join(some)
            some = []
    yield b"".join(some)
