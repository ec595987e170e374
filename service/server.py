"""The production server: gunicorn, with the worker of `web/wire` in a few processes."""

import gc
import os
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing import Value
from shutil import rmtree
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from repo_store.sameness import load_words
from service import metrics
from service.app import app_on
from service.config import Settings, given_sockets
from service.logs import configuration
from service.look import look_of
from service.monitor import Monitor
from service.web.http.error_handlers import load_error_page
from service.web.http.shared_counts import SharedCounts
from service.web.wire.requests import MAX_LINE
from service.web.wire.worker import CONNECTIONS, patient
from service.wiring import open_services


class Server(BaseApplication):
    """Each worker builds the application for itself after the fork, so no handle is shared."""

    def __init__(self, settings: Settings, host: str, port: int, ready: Callable[[str], None]):
        self._settings, self._host, self._port, self._ready = settings, host, port, ready
        self._booted, self._emptied = Value("i", 0), Value("b", 0)
        self._counts = SharedCounts()
        super().__init__()

    def load_config(self) -> None:
        name = f"[{self._host}]" if ":" in self._host else self._host
        options: dict[str, Any] = {
            "bind": f"{name}:{self._port}",
            "workers": self._settings.workers,
            "worker_class": patient(self._settings.patience),
            "threads": self._settings.threads,
            "worker_connections": CONNECTIONS,
            "limit_request_line": MAX_LINE,
            "sendfile": False,  # answers pass through the worker's own buffer
            "logconfig_dict": configuration(self._settings.access_log),
            "control_socket_disable": True,
            # Who a proxy says the client is, and whether it uses TLS, is for ProxyFix alone.
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "post_worker_init": self._announce,
            "when_ready": self._measure,
            "graceful_timeout": 30,
        }
        for option, value in options.items():
            self.cfg.set(option, value)

    def load(self) -> Flask:
        services = open_services(self._settings, create=True)
        counting = metrics.Counting() if self._settings.metrics else None
        app = app_on(services, counting, self._counts)
        load_error_page(app)
        self._background: list[threading.Thread] = [
            services.deliverer(),
            services.builder(),
            services.finisher(),
            services.publisher(),
            services.cosigner(),
        ]
        with self._emptied.get_lock():
            # Of an earlier server, which may have been of another release or had other settings.
            self._background.append(services.static_answers(empty=not self._emptied.value))
            self._emptied.value = 1
        if self._settings.authorities:
            self._background.append(services.anchor_timer())
        if self._settings.metrics:
            self._background.append(Monitor(services, metrics.Gauges(), os.getppid()))
        stop_briefly()
        return app

    def _measure(self, _: Any) -> None:
        """In the process that watches the workers: it lives as long as the server does."""
        if address := self._settings.metrics:
            metrics.serve(*address)

    def _announce(self, worker: Any) -> None:
        """Start what runs in the background. The last worker that comes up announces the URL."""
        for thread in self._background:
            thread.start()
        with self._booted.get_lock():
            self._booted.value += 1
            if self._booted.value != self._settings.workers:
                return
        host, port, *_ = worker.sockets[0].getsockname()
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 compared only
        self._ready(f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/")


def stop_briefly() -> None:
    """Let no thread of this process hold up the others for long: not those that are ready, such as
    the event loop's and the probes', while others compare large texts.
    """
    sys.setswitchinterval(0.001)  # one that computes makes way after so many seconds, not 5 ms
    gc.freeze()  # the code lives as long as the process: spare each collection a look at it
    # Each collection stops all threads. A large diff is made of 100,000 objects: at Python's own
    # thresholds a third of its time went into 150 collections, some of 50 ms.
    gc.set_threshold(20_000, 5, 10)


def serve(settings: Settings, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until stopped; `ready` is called with the URL once every worker accepts requests.

    On the socket that systemd passed, if it did, whatever the host and the port.
    """
    look_of(settings)  # reports a file that cannot be used, before any process is started
    if settings.static:
        settings.static.mkdir(parents=True, exist_ok=True)  # reports one that cannot be, likewise
    load_words()  # before the workers fork, which then share it
    if not given_sockets():
        _check_free(host, port)
    if settings.metrics is None:
        Server(settings, host, port, ready).run()
        return
    _check_free(*settings.metrics)
    folder = metrics.share()
    try:
        Server(settings, host, port, ready).run()
    finally:
        rmtree(folder, ignore_errors=True)


def _check_free(host: str, port: int) -> None:
    """OSError if the address cannot be bound: at once, where gunicorn would retry for seconds."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise OSError(f"{host} port {port}: {error.strerror}") from None
