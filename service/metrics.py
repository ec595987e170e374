"""Metrics for Prometheus: summed over the server's processes, served on an address of their own."""

from tempfile import mkdtemp
from typing import Protocol

from service.config import set_variable

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics(Protocol):
    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        """Count a response; `hit`: it came from the response cache."""


class NoMetrics:
    """For a server whose metrics nobody reads."""

    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
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

    def observe(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        cache = "hit" if hit else "miss"
        self._requests.labels(method, route, str(status), cache).inc()
        self._seconds.labels(route).observe(seconds)
