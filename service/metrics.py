"""Counters for Prometheus, shared by the server's processes and read at an address of their own."""

from tempfile import mkdtemp
from typing import Protocol

from service.config import hand_on

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics(Protocol):
    def saw(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        """Count a request that was answered."""


class NoMetrics:
    """Nobody reads them."""

    def saw(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        pass


def share() -> str:
    """Make the folder that the processes count in; called before any of them is there.

    prometheus_client looks for it in the environment, when it is first imported.
    """
    folder = mkdtemp(prefix="story-history-metrics-")
    hand_on(_FOLDER, folder)
    return folder


def serve(host: str, port: int) -> int:
    """Answer the sums of all processes' counts at this address, and nowhere else; its port."""
    from prometheus_client import CollectorRegistry, start_http_server  # see `share`
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's only one without
    server, _ = start_http_server(port, host, registry)
    return int(server.server_port)


class Counting:
    """Counts into the shared folder. One a process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # see `share`

        registry = CollectorRegistry()
        self._requests = Counter(
            "story_history_requests",
            "Requests answered; cache: whether the answer was kept from before.",
            ["method", "route", "status", "cache"],
            registry=registry,
        )
        self._seconds = Histogram(
            "story_history_request_seconds",
            "Time to the first byte of the answer.",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )

    def saw(self, method: str, route: str, status: int, seconds: float, hit: bool) -> None:
        kept = "hit" if hit else "miss"
        self._requests.labels(method, route, str(status), kept).inc()
        self._seconds.labels(route).observe(seconds)
