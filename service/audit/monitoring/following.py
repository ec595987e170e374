"""Following a public log: is the checkpoint signed, does it extend what was seen, is it all there.

Every leaf is read and hashed, and the root over all of them is compared with the signed one; so no
proof of consistency is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice

from repo_store import log_files, merkle, printable, shortened
from service.audit.monitoring.memory import Memory, Seen
from service.audit.monitoring.replaying import KEY, SLACK, Replay, heads_time
from service.audit.monitoring.site import Site
from service.audit.monitoring.trust import fingerprint, judge
from service.audit.witnesses.notes import BadNote, Note
from service.audit.witnesses.policies import Policy, Verdict

STALE = timedelta(hours=2)
"""A log that is looked after has a checkpoint an hour."""
_TO_COSIGN = timedelta(minutes=15)
_CACHED = timedelta(minutes=10)
_BUNDLES = 16
"""How many are read between two commits."""


@dataclass
class Look:
    """What one look found. `faults`: each a kind, and in words what differs; `notes`: what else."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    size: int = 0

    def fault(self, kind: str, what: str) -> None:
        self.faults.append((kind, what))


def follow(site: Site, policy: Policy, memory: Memory, now: datetime, look: Look) -> None:
    """Bring the memory up to date with the log. Raises CannotLook."""
    data = site.checkpoint()
    try:
        note = Note.parse(data)
        head = note.checkpoint()
        verdict = judge(policy, note, site)
    except BadNote as error:
        look.fault("signature", f"the checkpoint cannot be read: {error}")
        return
    if verdict.log is None:
        _keep_evidence(memory, data, head.size)
        look.fault("signature", f"the checkpoint of {head.size} leaves: {verdict.fault}")
        return
    served = Seen(head.size, head.root, data.decode())
    known = memory.newest()
    if known and (served.size < known.size or _differ(served, known)):
        _keep_evidence(memory, data, head.size)
        _contradiction(served, known, memory, now, look)
        return
    if not known or served.size > known.size:
        if not _extend(site, served, memory, look):
            _keep_evidence(memory, data, head.size)
            return
        _check_tiles(site, known.size if known else 0, served.size, memory, look)
    with memory.change():
        memory.keep(served, now)
    look.size = served.size
    _judge_newest(verdict, served, memory, now, look)


def _differ(one: Seen, other: Seen) -> bool:
    return one.size == other.size and one.root != other.root


def _contradiction(served: Seen, known: Seen, memory: Memory, now: datetime, look: Look) -> None:
    if memory.root(served.size) != served.root:
        look.fault(
            "fork",
            f"the signed checkpoint of {served.size} leaves is of another log than the signed one"
            f" of {known.size}: nobody may sign both",
        )
        return
    what = f"an old checkpoint of {served.size} leaves is served, after one of {known.size}"
    made = _made(served, memory)
    if made and now - made < _CACHED:
        look.notes.append(f"{what}: a cache may have it")
    else:
        look.fault("rollback", what)


def _check_tiles(site: Site, old: int, size: int, memory: Memory, look: Look) -> None:
    """Others have their proofs from the tiles of hashes."""
    for level, number, width in log_files.changed(old, size):
        start = number * log_files.WIDTH
        hashes = site.hashes(level, number, width)
        if hashes != [memory.subtree(level, each) for each in range(start, start + width)]:
            name = log_files.path_of(level, number, width)
            look.fault("tiles", f"{name} has other hashes than those of its leaves")


def _extend(site: Site, served: Seen, memory: Memory, look: Look) -> bool:
    """Add the leaves that are new. Those of an attempt that was interrupted are no checkpoint's
    yet: they are read again if they do not fit.
    """
    if _read(site, served, memory):
        return True
    known = memory.newest()
    size = known.size if known else 0
    unproven = memory.size() > size
    _cut(memory, size)
    if unproven and _read(site, served, memory):
        return True
    _cut(memory, size)
    look.fault(*_difference(site, served, memory, size))
    return False


def _read(site: Site, served: Seen, memory: Memory) -> bool:
    """Whether the leaves that are kept and those that are new have the root that was signed. They
    are kept in either case.
    """
    if memory.size() > served.size:
        return False
    replay, bundles = Replay(memory), _bundles(memory.size(), served.size)
    while some := list(islice(bundles, _BUNDLES)):
        with memory.change():
            for number, width in some:
                start = number * log_files.WIDTH
                leaves = site.entries(number, width)
                kept = memory.size() - start
                if leaves[:kept] != list(memory.leaves(start, start + kept)):
                    return False
                for place, body in enumerate(leaves[kept:], start + kept):
                    sql = "insert into leaf values (?, ?)"
                    memory.connection.execute(sql, [place, body])
                    replay.add(place, body)
    return memory.root(served.size) == served.root


def _bundles(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The number and width of each bundle with leaves from `start` to before `end`."""
    for number in range(start // log_files.WIDTH, -(-end // log_files.WIDTH)):
        width = min(log_files.WIDTH, end - number * log_files.WIDTH)
        if number * log_files.WIDTH + width > start:
            yield number, width


def _cut(memory: Memory, size: int) -> None:
    """Back to the leaves that a checkpoint covers, and what follows from them."""
    replay = Replay(memory)
    with memory.change():
        memory.cut(size)
        for number, body in enumerate(list(memory.leaves(0, size))):
            replay.add(number, body)


def _difference(site: Site, served: Seen, memory: Memory, size: int) -> tuple[str, str]:
    """What is wrong with a log whose leaves do not fit; reads all of them once."""
    edge: list[tuple[int, bytes]] = []
    rewritten = ""
    for number, width in _bundles(0, served.size):
        start = number * log_files.WIDTH
        leaves = site.entries(number, width)
        before = list(memory.leaves(start, min(size, start + width)))
        for place, then, now in zip(count(start), before, leaves, strict=False):
            if now != then and not rewritten:
                rewritten = (
                    f"leaf {place} was rewritten: it was {_shown(then)} and is {_shown(now)}"
                )
        for body in leaves:
            merkle.grow(edge, merkle.leaf_hash(body))
    if merkle.root_of_edge(edge) != served.root:
        what = f"the leaves that are served are not those of the checkpoint of {served.size}"
        return "leaves", f"{what}; {rewritten}" if rewritten else what
    if rewritten:
        return "fork", rewritten
    return "fork", f"the checkpoint of {served.size} leaves does not extend the one of {size}"


def _shown(body: bytes) -> str:
    return shortened(body.decode(errors="replace"), 1_000)


def _judge_newest(
    verdict: Verdict, served: Seen, memory: Memory, now: datetime, look: Look
) -> None:
    for each in memory.leaf_faults():
        look.fault("leaf", each)
    made = _made(served, memory)
    if made is None:
        look.fault(
            "heads", f"the checkpoint of {served.size} leaves does not end in a map of stories"
        )
        return
    if made > now + SLACK:
        look.fault("time", f"the newest checkpoint is dated {made.isoformat()}, in the future")
    if now - made > STALE:
        look.fault(
            "stale", f"the newest checkpoint is of {made.isoformat()}: what came since is withheld"
        )
    if not verdict.accepted:
        what = f"the checkpoint of {served.size} leaves is {verdict.fault}"
        if now - made > _TO_COSIGN:
            look.fault("quorum", what)
        else:
            look.notes.append(f"{what}, yet")
    key = memory.noted(KEY, "")
    if key and verdict.log and key != fingerprint(verdict.log):
        look.fault("signature", f"the log names the key {printable(key)}, and another one signed")


def _made(seen: Seen, memory: Memory) -> datetime | None:
    """When a checkpoint was made: its last leaf says it."""
    for last in memory.leaves(seen.size - 1, seen.size):
        return heads_time(last)
    return None


def _keep_evidence(memory: Memory, data: bytes, size: int) -> None:
    """What was signed and should not have been, for whoever asks."""
    folder = memory.folder / "evidence"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"checkpoint-{size}-{merkle.leaf_hash(data).hex()[:16]}"
    (folder / name).write_bytes(data)
