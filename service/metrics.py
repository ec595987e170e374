"""Metrics for Prometheus: summed over the server's processes, served on an address of their own.

docs/deploy.md lists them. What the requests show is counted by each process (`Counting`); what the
archive shows is measured by one of them from time to time (`Gauges`, filled by service/monitor.py).
"""

from tempfile import mkdtemp
from typing import Protocol

from service.config import set_variable

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
REFUSALS = ("sign-in", "token", "cold-work")
"""What may be refused beside the usual errors: each is worth an alert."""
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics(Protocol):
    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        """Count a response; `hit`: it came from the response cache."""

    def refuse(self, what: str) -> None:
        """Count a request that was refused; `what`: one of `REFUSALS`."""


class NoMetrics:
    """For a server whose metrics nobody reads."""

    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        pass

    def refuse(self, what: str) -> None:
        pass


def share() -> str:
    """Create the folder that all processes write their counts to. Call this before any starts.

    prometheus_client reads its path from the environment when it is first imported.
    """
    folder = mkdtemp(prefix="story-history-metrics-")
    set_variable(_FOLDER, folder)
    return folder


def serve(host: str, port: int) -> int:
    """Serve the sums over all processes at this address; returns the port."""
    from prometheus_client import CollectorRegistry, start_http_server  # see `share`
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's only one without
    server, _ = start_http_server(port, host, registry)
    return int(server.server_port)


class Counting:
    """Counts into the shared folder; one for each process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # see `share`

        registry = CollectorRegistry()
        self._requests = Counter(
            "story_history_requests",
            "Responses; cache: whether it came from the response cache.",
            ["method", "route", "status", "cache"],
            registry=registry,
        )
        self._seconds = Histogram(
            "story_history_request_seconds",
            "Time to the first byte of the response.",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._refused = Counter(
            "story_history_refused",
            "Requests refused, by what was refused.",
            ["what"],
            registry=registry,
        )
        for what in REFUSALS:
            self._refused.labels(what)

    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        cache = "hit" if hit else "miss"
        self._requests.labels(method, route, str(status), cache).inc()
        self._seconds.labels(route).observe(seconds)

    def refuse(self, what: str) -> None:
        self._refused.labels(what).inc()


class Gauges:
    """What is measured now and then, by whichever process does so: the newest value counts."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Gauge  # see `share`

        registry = CollectorRegistry()
        self._gauges = {
            name: Gauge(
                f"story_history_{name}",
                text,
                labels,
                registry=registry,
                multiprocess_mode="mostrecent",
            )
            for name, (text, labels) in GAUGES.items()
        }

    def set(self, name: str, value: float, *labels: str) -> None:
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)


GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ready": ("1 if the archive can be read.", ()),
    "writable": ("1 if the archive's disk accepts writes.", ()),
    "drafts_waiting": ("Drafts that wait for review.", ()),
    "oldest_draft_age_seconds": ("Age of the oldest draft that waits for review.", ()),
    "webhook_deliveries_waiting": ("Webhook deliveries that are due or will be retried.", ()),
    "webhook_deliveries_failed": ("Webhook deliveries that were given up.", ()),
    "webhooks_suspended": ("Webhooks that nothing is sent to until someone resumes them.", ()),
    "witnesses_failing": ("Witnesses whose last attempts to cosign failed.", ()),
    "witness_conflicts": ("Witnesses that say they saw another log.", ()),
    "last_run_timestamp_seconds": ("When a regular run last ended well; 0: never.", ("run",)),
    "disk_free_bytes": ("Free room on the archive's disk.", ()),
    "disk_size_bytes": ("Size of the archive's disk.", ()),
    "index_lag_stories": ("Stories with records that the index lacks.", ()),
    "memory_bytes": ("Memory of the server and its children, shared pages counted once.", ()),
}
"""Name, without `story_history_`: help text and labels."""
