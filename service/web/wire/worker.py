"""gunicorn's thread worker, whose threads wait neither for a client nor for one another's work.

The event loop receives each request in full and sends what a client is slow to read, both against a
deadline. A thread gets a request that is complete, and hands back its answer. Each kind of work has
threads and a queue of its own (`lanes`).
"""

import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from errno import EAGAIN, ECONNABORTED, EMFILE, ENFILE
from functools import partial
from typing import TYPE_CHECKING, Any

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from service.web.wire import refusals
from service.web.wire.connections import IDLE, LINGER, RATE, Connection, Phase
from service.web.wire.lanes import ARRIVED, LANE, Elsewhere, Lane, threads
from service.web.wire.requests import LINE_TOO_LONG, TOO_SLOW, Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONNECTIONS = 500
"""Connections of a process. For more, one that no thread works for makes room."""
_PROMPT = 1.0
"""Seconds in which a request must arrive before its connection is the first to make room."""
_HELD = 64 * 1024 * 1024
"""Bytes of requests that a process holds. For more, the oldest unfinished one is refused."""
_UNREAD = 128 * 1024 * 1024
"""Bytes of answers that wait for their readers. For more, the oldest of them is broken off."""
_QUEUE = 32
"""Requests that wait for each lane."""
_WAIT = 10.0
"""Seconds that a request waits for its lane."""
_DRAINED = 1024 * 1024
"""Bytes that are thrown away before a connection is closed without waiting for more."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_FOREVER = float("inf")


class Worker(ThreadWorker):
    patience: float
    """Seconds in which a request must arrive and an answer be read, and more for long ones."""

    def init_process(self) -> None:
        self._connections: set[Connection] = set()
        self._held = 0
        self._checked = 0.0
        self._threads = threads(self.cfg.threads)
        self._running = dict.fromkeys(self._threads, 0)
        self._queues: dict[Lane, deque[Connection]] = {lane: deque() for lane in self._threads}
        self._making: dict[object, deque[Connection]] = {}
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        self._pools = {
            lane: ThreadPoolExecutor(count, thread_name_prefix=lane.value)
            for lane, count in self._threads.items()
        }
        return self._pools[Lane.READY]

    def load_wsgi(self) -> None:
        app: WSGIApplication = self.app.wsgi()

        def with_lane(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
            exchange = environ["gunicorn.socket"]
            environ[LANE], environ[ARRIVED] = exchange.lane, exchange.arrived
            return app(environ, start_response)

        self.wsgi = with_lane

    def run(self) -> None:
        super().run()
        for pool in self._pools.values():
            pool.shutdown(wait=False)

    # Receiving

    def accept(self, listener: socket.socket) -> None:
        try:
            raw, client = listener.accept()
        except OSError as error:
            if error.errno in (EMFILE, ENFILE):
                self.log.error("No file descriptor is left for another connection.")
                self._make_room()
                time.sleep(0.05)  # the same connection is offered again at once
            elif error.errno not in (EAGAIN, ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, raw, client, listener.getsockname(), self.patience)
        self._connections.add(connection)
        self._receive(connection)

    def _receive(self, connection: Connection) -> None:
        """Wait for a request, or for the rest of one."""
        if connection.incoming.complete():
            self._received(connection)
            return
        patience = self.patience if len(connection.incoming) else IDLE
        if not self.alive:
            patience = min(patience, LINGER)
        self._watch(connection, Phase.RECEIVING, selectors.EVENT_READ, self._readable)
        connection.deadline = connection.since + patience

    def _readable(self, connection: Connection, _: object) -> None:
        if connection.phase is not Phase.RECEIVING:
            return  # it was ended by another event of the same turn
        try:
            data = connection.raw.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        incoming = connection.incoming
        if not len(incoming):
            connection.since = time.monotonic()
        incoming.add(data)
        self._count(connection)
        if incoming.complete():
            self._received(connection)
            return
        connection.deadline = connection.since + self.patience + len(incoming) / RATE
        if incoming.expects and incoming.has_head:
            incoming.expects = False
            try:
                connection.sock.sendall(_CONTINUE)
            except OSError:  # it has gone away already
                self._drop(connection)
                return
        if self._held > _HELD:
            self._shed()

    def _received(self, connection: Connection) -> None:
        if refusal := connection.incoming.refused:
            self._refuse(connection, refusal)
            return
        self._unwatch(connection)
        connection.begin()
        self._enter(connection, Lane.READY if connection.reading() else Lane.WRITING)

    # Working

    def _enter(self, connection: Connection, lane: Lane) -> None:
        """Have a thread of the lane handle the request: now, soon, or not at all."""
        connection.lane = lane
        if self._running[lane] < self._threads[lane]:
            self._start(connection, lane)
        elif lane is Lane.READY or len(self._queues[lane]) < _QUEUE:
            self._wait_in(connection, self._queues[lane])
        else:
            self._refuse_work(connection)

    def _wait_in(self, connection: Connection, queue: deque[Connection]) -> None:
        queue.append(connection)
        connection.phase, connection.queue = Phase.WAITING, queue
        connection.since = time.monotonic()
        # What is ready is worth waiting for; the client can go away when it likes.
        patience = _FOREVER if connection.lane is Lane.READY else _WAIT
        connection.deadline = connection.since + patience

    def _refuse_work(self, connection: Connection) -> None:
        connection.lane = Lane.FULL
        self._start(connection, Lane.READY)

    def _start(self, connection: Connection, lane: Lane) -> None:
        connection.phase, connection.queue = Phase.WORKING, None
        connection.deadline = _FOREVER
        self._running[lane] += 1
        future = self._pools[lane].submit(self.handle, connection)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self._finished, connection, lane, done)
        )

    def handle(self, connection: Connection) -> bool:
        """In a thread. Whether the connection can be used again."""
        connection.again()
        keep: bool = super().handle(connection)
        return keep and connection.clean()

    def handle_request(self, request: Any, connection: Connection) -> bool:
        if connection.cut:
            request.force_close()
        try:
            return bool(super().handle_request(request, connection))
        except Elsewhere as elsewhere:
            connection.elsewhere = elsewhere
            return False

    def handle_error(self, request: Any, client: Any, address: Any, error: Exception) -> None:
        """In a thread: answer a request that the parser refused, or a fault of our own."""
        refusal = _refusal(error)
        if refusal is None:
            refusal = Refusal(500, "Internal Server Error", "The error has been logged.")
            self.log.exception("Error handling a request")
        refusals.note(refusal, str(address[0]) if address else "")
        client.sendall(refusals.response(refusal))

    def _finished(self, connection: Connection, lane: Lane, done: Future[bool]) -> None:
        self._running[lane] -= 1
        if queue := self._queues[lane]:
            self._start(queue.popleft(), lane)
        keep = done.exception() is None and done.result()
        if elsewhere := connection.elsewhere:
            self._move(connection, elsewhere)
            return
        self._forget(connection)
        self._send(connection, keep)

    def _forget(self, connection: Connection) -> None:
        """Its request is done with: let go on who waited for the same answer."""
        for other in self._making.pop(connection.work, ()):
            self._enter(other, Lane.READY)
        connection.finish()
        self._count(connection)

    def _move(self, connection: Connection, elsewhere: Elsewhere) -> None:
        """To the lane of its work, or after the request that has the same answer made already."""
        if elsewhere.work is not None:
            if (others := self._making.get(elsewhere.work)) is not None:
                connection.lane = elsewhere.lane
                self._wait_in(connection, others)
                return
            self._making[elsewhere.work] = deque()
            connection.work = elsewhere.work
        self._enter(connection, elsewhere.lane)

    # Sending

    def _send(self, connection: Connection, keep: bool) -> None:
        """Let the client read the rest of its answer; then go on with the connection, or end it."""
        connection.keep = keep
        if connection.sock.waiting:
            self._watch(connection, Phase.SENDING, selectors.EVENT_WRITE, self._writable)
            connection.deadline = connection.since + connection.sock.patience()
            sending = [each for each in self._connections if each.phase is Phase.SENDING]
            if sum(each.sock.waiting for each in sending) > _UNREAD:
                self._drop(min(sending, key=lambda each: each.since))
        elif keep:
            self._receive(connection)
        else:
            self._linger(connection)

    def _writable(self, connection: Connection, _: object) -> None:
        if connection.phase is not Phase.SENDING:
            return
        try:
            done = connection.sock.push()
        except OSError:
            self._drop(connection)
            return
        connection.deadline = connection.since + connection.sock.patience()
        if done:
            self._unwatch(connection)
            self._send(connection, connection.keep)

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        refusals.note(refusal, str(connection.client[0]) if connection.client else "")
        self._unwatch(connection)
        try:
            connection.sock.sendall(refusals.response(refusal))
        except OSError:
            self._drop(connection)
        else:
            self._send(connection, keep=False)

    # Ending

    def _linger(self, connection: Connection) -> None:
        """Close without losing the answer's end: the client closes first (RFC 9112, 9.6)."""
        try:
            connection.raw.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
            return
        connection.drained = 0
        self._watch(connection, Phase.LINGERING, selectors.EVENT_READ, self._drain)
        connection.deadline = connection.since + LINGER

    def _drain(self, connection: Connection, _: object) -> None:
        if connection.phase is not Phase.LINGERING:
            return
        try:
            data = connection.raw.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.drained += len(data)
        if not data or connection.drained > _DRAINED:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._unwatch(connection)
        connection.phase, connection.deadline = Phase.CLOSED, _FOREVER
        connection.raw.close()
        self._connections.discard(connection)
        self._held -= connection.counted
        self.nr_conns -= 1

    def _shed(self) -> None:
        """End what has been receiving for longest."""
        receiving = (each for each in self._connections if each.phase is Phase.RECEIVING)
        if oldest := min(receiving, key=lambda each: each.since, default=None):
            self._expired(oldest)

    def _make_room(self) -> None:
        """End one connection: that has its answer, or sends no request, or else the oldest."""
        now = time.monotonic()

        def rank(each: Connection) -> tuple[int, float]:
            if each.phase is Phase.LINGERING:
                return 0, each.since
            silent = each.phase is Phase.RECEIVING and each.since < now - _PROMPT
            return 1 if silent else 2, each.since

        idle = (each for each in self._connections if each.phase is not Phase.WORKING)
        first = min(idle, key=rank, default=None)
        if first and first.phase is Phase.WAITING and first.queue is not None:
            first.queue.remove(first)
            self._forget(first)
            self._refuse(first, refusals.BUSY)
        elif first:
            self._expired(first)

    def murder_keepalived(self, force: bool = False) -> None:
        """gunicorn calls this each second, and with `force` at the end."""
        now = time.monotonic()
        if not force and now - self._checked < 0.5:
            return
        self._checked = now
        for connection in list(self._connections):
            if connection.deadline < now or (force and connection.phase is Phase.RECEIVING):
                self._expired(connection)

    def murder_pending(self) -> None:
        """gunicorn calls this after each turn; what is pending is whoever connects next."""
        if self.alive and self.nr_conns >= self.worker_connections:
            self._make_room()

    def _cap_keepalive(self, deadline: float) -> None:
        """gunicorn calls this when it stops: silent connections are closed soon."""
        for connection in self._connections:
            if connection.phase is Phase.RECEIVING and not len(connection.incoming):
                connection.deadline = min(connection.deadline, deadline)

    def _expired(self, connection: Connection) -> None:
        if connection.phase is Phase.RECEIVING and len(connection.incoming):
            self._refuse(connection, TOO_SLOW)
        elif connection.phase is Phase.WAITING and connection.queue is not None:
            connection.queue.remove(connection)
            self._refuse_work(connection)
        elif connection.phase is not Phase.WORKING:
            self._drop(connection)

    # The poller

    def _watch(self, connection: Connection, phase: Phase, events: int, then: Any) -> None:
        connection.phase, connection.since = phase, time.monotonic()
        self.poller.register(connection.raw, events, partial(then, connection))
        connection.watched = True

    def _unwatch(self, connection: Connection) -> None:
        if connection.watched:
            self.poller.unregister(connection.raw)
            connection.watched = False

    def _count(self, connection: Connection) -> None:
        held = connection.held
        self._held += held - connection.counted
        connection.counted = held


def _refusal(error: Exception) -> Refusal | None:
    """None for what is no fault of the client."""
    if isinstance(error, errors.LimitRequestLine):
        return LINE_TOO_LONG
    if isinstance(error, errors.LimitRequestHeaders):
        return Refusal(431, "Request Header Fields Too Large", "There are too many headers.")
    if isinstance(error, errors.UnsupportedTransferCoding):
        return Refusal(501, "Not Implemented", "This transfer coding is not known.")
    if isinstance(error, errors.ExpectationFailed):
        return Refusal(417, "Expectation Failed", "This expectation is not known.")
    if isinstance(error, errors.ParseException):
        return Refusal(400, "Bad Request", f"The request is malformed: {error}")
    return None


def patient(seconds: float) -> type[Worker]:
    """The worker with this patience."""
    return type("Worker", (Worker,), {"patience": seconds})
