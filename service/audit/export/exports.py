"""The export: what stories said and when, with proof, as a bag that is verified without us.

An export is of a checkpoint, not of the moment: the same request gives the same bytes until
something that it covers is recorded. So an interrupted transfer resumes by producing it again.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from importlib.resources import files
from itertools import chain, tee
from operator import methodcaller
from typing import NamedTuple

from repo_store import (
    STORY,
    Archive,
    Damaged,
    Leaf,
    Moved,
    NotFound,
    StoredCheckpoint,
    rfc3339,
    story_ref,
)
from service.audit.export.bag import Bag, File, Packed
from service.audit.export.bundle import bundle
from service.audit.export.making import SHARE, Task, makers
from service.audit.export.names import folder_of
from service.audit.export.pdf import UNSIGNED, PdfSettings, check_pdf_settings
from service.audit.export.published_files import PublishedPart, published_files, published_part
from service.audit.export.spool import Spool
from service.audit.export.story_files import batched, json_line, several, shapes_file
from service.audit.export.zip_stream import COMPRESSOR
from service.audit.keys import PublicKey, Signer
from service.audit.log import AuditLog, key_of, parse_keys
from service.audit.published import PublishedLog
from service.audit.snapshot import Snapshot
from service.audit.timestamps import BadStamp, read_stamp
from service.diffing.render.labels import counted

log = logging.getLogger(__name__)

FORMAT = 2
RELEASE = metadata.version("story-history")
AGENT = f"story-history {RELEASE}"
"""Who says in an export that it made it."""
_ATTEMPTS = 10


@dataclass(frozen=True)
class ExportRequest:
    """What to export: the stories named; or those in which something was written or published from
    `since` to before `until`; or all. `drafts` adds the texts of drafts and rejected revisions,
    `pdf` a PDF of each report.
    """

    stories: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    drafts: bool = False
    pdf: bool = False

    @property
    def span(self) -> list[str]:
        ends = ("from", self.since), ("to before", self.until)
        return [f"{word} {rfc3339(end)}" for word, end in ends if end]

    @property
    def all(self) -> bool:
        return not (self.stories or self.since or self.until)

    @property
    def name(self) -> str:
        """The name of the bag's folder, and of its file without the suffix."""
        return folder_of(self.stories[0]) if len(self.stories) == 1 else "story-history"

    def etag(
        self,
        note: str,
        stories: Sequence[str],
        stamps: Sequence[bytes] = (),
        version: int = FORMAT,
        release: str = RELEASE,
        compressor: str = COMPRESSOR,
    ) -> str:
        """Identifies the bytes of an export of these stories at the checkpoints with these notes,
        one after the other, and these time stamps.
        """
        digest = sha256("\n".join(stories).encode()).hexdigest()
        parts = [version, release, compressor, note, digest, self.drafts, self.pdf, *self.span]
        if len(self.stories) > 1:
            parts.append("named")
        parts += [sha256(each).hexdigest() for each in stamps]
        return sha256(json.dumps(parts).encode()).hexdigest()[:32]


class Export(NamedTuple):
    """An export that is ready to be produced.

    `etag` is the same for the same bytes. `key` signs the export. Each call of `parts` produces it
    from the beginning, and notes in `damaged` which stories could not be read, and why.
    """

    name: str
    etag: str
    key: PublicKey
    parts: Callable[[], Iterator[bytes]]
    damaged: dict[str, str]


class _Lists(NamedTuple):
    """What is gathered from the stories: lines of the public log's records and of the removal
    register, and which stories could not be read, with why.
    """

    records: Spool
    damaged: dict[str, str]
    removals: list[bytes]


class Exports:
    def __init__(self, archive: Archive, audit: AuditLog, pdf: PdfSettings = UNSIGNED) -> None:
        self._archive, self._audit, self._pdf = archive, audit, pdf
        self._published = PublishedLog(archive, audit)

    def prepare(self, request: ExportRequest) -> Export:
        """Raises NotFound for an unknown story, or if nothing was recorded in the span; Damaged if
        a story that is asked for by name cannot be read. Of several others the readable ones are
        exported. BadKey if PDFs are asked for and cannot be signed.
        """
        if request.pdf:
            check_pdf_settings(self._pdf)
        signer, checkpoint, stories, public = self._parts_of(request)
        key = key_of(checkpoint)
        checkpoints = {"log": checkpoint} | ({"published": public.checkpoint} if public else {})
        stamps = {folder: self._audit.anchors.of(each) for folder, each in checkpoints.items()}
        snapshot = Snapshot(self._archive, checkpoint.size)
        for story in request.stories:
            try:
                snapshot.check(snapshot.story(story))
            except Damaged as error:
                raise Damaged(f"{story}: {error}") from None
        damaged: dict[str, str] = {}

        def parts() -> Iterator[bytes]:
            damaged.clear()
            with Bag(request.name) as bag, Spool() as records:
                lists = _Lists(records, damaged, [])
                log = signer, checkpoint, stamps
                yield from self._fill(bag, request, *log, public, stories, lists)

        note = "".join(each.note for each in checkpoints.values())
        etag = request.etag(note, stories, [*chain.from_iterable(stamps.values())])
        return Export(request.name, etag, key, parts, damaged)

    def _parts_of(
        self, request: ExportRequest
    ) -> tuple[Signer, StoredCheckpoint, list[str], PublishedPart | None]:
        """What signs it, the checkpoint, the stories, and what the public log has of them: of one
        moment. Raises Moved if others write or replace the key too often to find one.
        """
        archive, published = self._archive, self._published
        for attempt in range(_ATTEMPTS):
            signer = self._audit.signer()
            # First, so that the private log of the other checkpoint has all that this one covers.
            published.checkpoint()
            checkpoint, stories = self._scope(request)
            whole = request.all or attempt == _ATTEMPTS - 1
            with suppress(Moved):  # published meanwhile
                public = published_part(archive, published, stories, whole, checkpoint.size)
                keys = [key_of(checkpoint), *([key_of(public.checkpoint)] if public else [])]
                if all(key == signer.public for key in keys):
                    return signer, checkpoint, stories, public
        raise Moved(stories[0])

    def _scope(self, request: ExportRequest) -> tuple[StoredCheckpoint, list[str]]:
        if len(request.stories) == 1:
            return self._audit.checkpoint_covering(request.stories[0]), list(request.stories)
        checkpoint = self._audit.checkpoint()
        index = self._archive.index
        if request.stories:
            stories = sorted(set(request.stories))
            for story in stories:
                if not index.log.of_story(story, checkpoint.size):
                    raise NotFound(f"There is no story “{story}”.")
        else:
            stories = index.log.stories(checkpoint.size)
            if request.since or request.until:
                touched = index.touched(request.since, request.until)
                stories = [story for story in stories if story in touched]
        if not stories:
            raise NotFound("Nothing was recorded in this span.")
        return checkpoint, stories

    def _fill(
        self,
        bag: Bag,
        request: ExportRequest,
        signer: Signer,
        checkpoint: StoredCheckpoint,
        stamps: Mapping[str, Sequence[bytes]],
        public: PublishedPart | None,
        stories: list[str],
        lists: _Lists,
    ) -> Iterator[bytes]:
        damaged = lists.damaged
        for file in self._story_files(request, checkpoint, public, stories, lists):
            yield from bag.add(file)
        if damaged:
            lines = [{"story": story, "problem": why} for story, why in damaged.items()]
            yield from bag.add(File("data/damaged.ndjson", b"".join(map(json_line, lines))))
        leaves = self._leaves(None if request.all else stories, checkpoint.size)
        for file in _log_files(checkpoint, signer, leaves, b"".join(lists.removals)):
            yield from bag.add(file)
        if public:
            readable, records = public.without(damaged), lists.records.parts()
            for file in published_files(self._archive, readable, records, checkpoint.size):
                yield from bag.add(file)
        for folder, responses in stamps.items():
            for file in stamp_files(f"data/{folder}/stamps", responses):
                yield from bag.add(file)
        yield from bag.tag("bagit.txt", _DECLARATION)
        for name in CHECKERS:
            yield from bag.tag(name, own_checker(name))
        [last] = self._archive.index.log.leaves(checkpoint.size - 1, checkpoint.size)
        key = key_of(checkpoint)
        yield from bag.tag("bag-info.txt", _bag_info(request, last, key, stories, bag, damaged))
        yield from bag.manifest()
        manifest = bag.tag_manifest()
        yield from bag.unlisted("tagmanifest-sha256.txt", manifest)
        yield from bag.unlisted("tagmanifest-sha256.txt.sig", signer.sign_file(manifest).encode())
        yield from bag.end()

    def _story_files(
        self,
        request: ExportRequest,
        checkpoint: StoredCheckpoint,
        public: PublishedPart | None,
        stories: list[str],
        lists: _Lists,
    ) -> Iterator[File | Packed]:
        """Each story's files, then the bundle. A story that cannot be read is in `lists` before
        anything of it was given out.
        """
        snapshot = Snapshot(self._archive, checkpoint.size)
        shapes: set[str] = set()
        pdf = self._pdf if request.pdf else None
        bare = checkpoint._replace(leaves=(), ties="")
        task = Task(bare, request.drafts, pdf, not request.all, public.size if public else 0)
        entries = checkpoint.size if request.all else sum(map(snapshot.entries, stories))
        with makers(self._archive, task, entries) as (maker, run):
            shares = (methodcaller("made", each) for each in maker.shares(stories))
            for made in maker.whole(chain.from_iterable(run(shares))):
                if made.damaged:
                    problem = made.share.story, made.damaged
                    log.error("export: %s is damaged and left out: %s", *problem)
                    lists.damaged[made.share.story] = made.damaged
                yield from made.files
                lists.removals.extend(made.removals)
                for line in made.records:
                    lists.records.write(line)
                shapes |= made.shapes
            known = self._archive.shapes
            yield File(
                "data/shapes.json", shapes_file(known[name] for name in shapes - {STORY.name})
            )
            readable = [story for story in stories if story not in lists.damaged]
            heads: list[tuple[str, str]] = []
            count = 0
            for story in readable:
                commits = snapshot.commits(story)
                heads.append((story_ref(story), commits[-1][0]))
                count += len(commits) + 2 * sum(revision for _, revision in commits)
            # Each is read once more, so that memory stays bounded.
            all_commits = chain.from_iterable(map(snapshot.commits, readable))
            packs = run(methodcaller("entries", some) for some in several(all_commits, SHARE))
            yield File("data/history.bundle", bundle(sorted(heads), count, packs))

    def _leaves(self, stories: list[str] | None, size: int) -> Iterator[bytes]:
        """Leaves, a line each: of some stories with their audit paths, or the whole log."""
        log = self._archive.index.log
        if stories is None:
            return batched(_leaf_line(leaf, None) for leaf in log.leaves(0, size))
        wanted = (leaf for story in stories for leaf in log.of_story(story, size))
        leaves, numbered = tee(wanted)
        proofs = log.proofs((leaf.number for leaf in numbered), size)
        return batched(map(_leaf_line, leaves, proofs))


def _log_files(
    checkpoint: StoredCheckpoint, signer: Signer, leaves: Iterable[bytes], removals: bytes
) -> Iterator[File]:
    yield File("data/removals.ndjson", removals)
    yield File("data/log/leaves.ndjson", leaves)
    note = checkpoint.note.encode()
    yield File("data/log/checkpoint", note)
    yield File("data/log/checkpoint.sig", signer.sign_file(note).encode())
    keys = parse_keys(checkpoint.keys)
    for number, each in enumerate(keys, 1):
        name = f"data/log/keys/{number:02d}"
        yield File(f"{name}.pub", f"{each.key.line}\n".encode())
        if each.handover:
            yield File(f"{name}.pub.sig", each.handover.encode())
        if each.epoch:
            yield File(f"{name}.epoch", each.epoch.encode())
            yield File(f"{name}.epoch.sig", each.epoch_signature.encode())


def stamp_files(folder: str, responses: Iterable[bytes]) -> Iterator[File]:
    """The responses of time-stamping authorities about a checkpoint, in order, each with the
    certificates in it: what openssl needs beside a certificate that the reader trusts.
    """
    for number, response in enumerate(responses, 1):
        yield File(f"{folder}/{number:02d}.tsr", response)
        with suppress(BadStamp):  # kept by an older release, which did not check it
            yield File(f"{folder}/{number:02d}.pem", read_stamp(response).pem)


CHECKERS = {
    "VERIFY.txt": "VERIFY.txt",
    "verify.py": "standalone.py",
    "verify.html": "verify.html",
}
"""What checks an export, by its name there, and our file of it."""


def own_checker(name: str) -> bytes:
    """One of `CHECKERS`, as this release has it."""
    return files("service.audit.verify").joinpath(CHECKERS[name]).read_bytes()


_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def _bag_info(
    request: ExportRequest,
    last: Leaf,
    key: PublicKey,
    stories: Sequence[str],
    bag: Bag,
    damaged: Mapping[str, str],
) -> bytes:
    about = stories[0] if len(stories) == 1 else counted(len(stories), "story")
    fields = {
        "Source-Organization": key.name,
        "External-Description": "Versions and differences of news stories, with proof",
        "External-Identifier": " ".join([about, *request.span]),
        "Bagging-Date": json.loads(last.body)["time"][:10],
        "Bag-Software-Agent": AGENT,
        "Payload-Oxum": f"{bag.octets}.{bag.files}",
        "Export-Format": str(FORMAT),
        "Export-Scope": "all" if request.all else "some",
        "Drafts": "yes" if request.drafts else "no",
        "Log-Size": str(last.number + 1),
        "Log-Key": key.fingerprint,
    }
    if damaged:
        fields["Damaged-Stories"] = str(len(damaged))
    return "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()


def _leaf_line(leaf: Leaf, path: list[bytes] | None) -> bytes:
    value: dict[str, object] = {"number": leaf.number, "leaf": leaf.body}
    if path is not None:
        value["path"] = [step.hex() for step in path]
    return json_line(value)
