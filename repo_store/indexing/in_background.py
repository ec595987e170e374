"""One job at a time in the background, which all who need it wait for a while."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait


class InBackground:
    """Whoever asks while the job runs waits for that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Future[None] | None = None

    def run(self, job: Callable[[], None], patience: float | None) -> bool:
        """Whether it ended within `patience` seconds. Raises what the job raised."""
        with self._lock:
            running = self._running
            if running is None or running.done():
                running = self._running = Future()
                thread = threading.Thread(target=_run, args=(job, running), daemon=True)
                thread.start()
        wait([running], patience)
        if not running.done():
            return False
        running.result()
        return True


def _run(job: Callable[[], None], outcome: Future[None]) -> None:
    try:
        job()
    except BaseException as error:
        outcome.set_exception(error)
    else:
        outcome.set_result(None)
