"""Measures for Prometheus what no request shows: the archive, its tasks, the disk, the memory."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from repo_store import Run, StoreError, locks
from service.metrics import Gauges
from service.wiring import Services

log = logging.getLogger(__name__)

_SECONDS = 15.0


class Measurement(NamedTuple):
    """The value of a gauge (`service.metrics.GAUGES`), with the values of its labels."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


class Monitor(threading.Thread):
    """Measures in the background; among several processes, one at a time does."""

    def __init__(self, services: Services, gauges: Gauges, server: int) -> None:
        super().__init__(name="monitor", daemon=True)
        self._services, self._gauges, self._server = services, gauges, server
        self._lock = str(services.settings.archive / "locks" / "monitor")
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            with suppress(OSError), locks.locked_if_free(self._lock) as free:
                # Kept while this process lives, so that no measurement is made twice.
                while free and not self._stopped.is_set():
                    self.once()
                    self._stopped.wait(_SECONDS)
            self._stopped.wait(_SECONDS)

    def once(self) -> None:
        for each in measurements(self._services, self._server):
            self._gauges.set(each.name, each.value, *each.labels)

    def stop(self) -> None:
        self._stopped.set()


def measurements(services: Services, server: int) -> Iterator[Measurement]:
    """All that can be measured now; what cannot is logged and left out. `server`: a process id."""
    for measure in (_ready, _writable, _queue, _webhooks, _witnesses, _tasks, _disk, _index):
        try:
            yield from measure(services)
        except Exception as error:
            log.error("%s: cannot be measured: %s", measure.__name__.strip("_"), error)
    if used := memory(server):
        yield Measurement("memory_bytes", used)


def _ready(services: Services) -> Iterator[Measurement]:
    yield Measurement("ready", _succeeds(services.stories.check_readable))


def _writable(services: Services) -> Iterator[Measurement]:
    yield Measurement("writable", _succeeds(services.archive.check_writable))


def _queue(services: Services) -> Iterator[Measurement]:
    count, oldest = services.archive.index.waiting_count()
    yield Measurement("drafts_waiting", count)
    age = (services.clock() - oldest).total_seconds() if oldest else 0
    yield Measurement("oldest_draft_age_seconds", age)


def _webhooks(services: Services) -> Iterator[Measurement]:
    webhooks = services.webhooks.all()
    yield Measurement("webhook_deliveries_waiting", sum(each.waiting for each in webhooks))
    yield Measurement("webhook_deliveries_failed", sum(each.failed for each in webhooks))
    suspended = sum(each.state == "suspended" for each in webhooks)
    yield Measurement("webhooks_suspended", suspended)


def _witnesses(services: Services) -> Iterator[Measurement]:
    witnesses = services.witnesses.all()
    yield Measurement("witnesses_failing", sum(each.failures > 0 for each in witnesses))
    yield Measurement("witness_conflicts", sum(each.conflict for each in witnesses))


def _tasks(services: Services) -> Iterator[Measurement]:
    last = services.archive.last_runs()
    for run in Run:
        seconds = last[run].timestamp() if run in last else 0
        yield Measurement("last_run_timestamp_seconds", seconds, (run,))


def _disk(services: Services) -> Iterator[Measurement]:
    usage = shutil.disk_usage(services.settings.archive)
    yield Measurement("disk_free_bytes", usage.free)
    yield Measurement("disk_size_bytes", usage.total)


def _index(services: Services) -> Iterator[Measurement]:
    yield Measurement("index_lag_stories", services.archive.lag())


def _succeeds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (StoreError, OSError):
        return False
    return True


def memory(server: int) -> int:
    """Bytes that a process and its descendants take, shared pages counted once; 0 where the
    system does not say.
    """
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            parents[int(folder.name)] = int(_after_name(folder / "stat")[1])
    family = {server}
    while more := {each for each, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_proportional_size, family))


def _after_name(stat: Path) -> list[str]:
    """The fields of a process after its name, which may hold anything."""
    return stat.read_text("utf-8", "replace").rpartition(")")[2].split()


def _proportional_size(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
