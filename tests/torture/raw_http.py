"""Raw HTTP, well formed, odd and malformed, sent to the real server.

Each request has one bounded answer, or the connection is closed; no answer is a fault of the
server, none shows a traceback, and the server goes on. Run short by tests/server, long by
`make torture`.
"""

import json
import random
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from repo_store.archive import Archive
from service.wiring import now
from tests.chance import seeded
from tests.samples import append, content, entry
from tests.servers import get, serving

LARGEST = 4 * 2**20
"""Bytes: more is no bounded answer."""
_TIMEOUT = 30.0
_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.M)

_METHODS = [
    *["GET"] * 6, *["HEAD"] * 2, "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI",
    "get", "", "G ET", "GET\0", "GET\t", "\u00c9T\u00c9", "X" * 200, "POST" * 2_000,
]  # fmt: skip
_SEGMENTS = [
    "", ".", "..", "%2e", "%2E%2e", "%00", "%", "%zz", "%C3%A9", "%ff", "%252f", "%2F", "%5c",
    "\\", "stories", "stories", "library", "library", "lib%72ary", "LIBRARY", "history",
    "versions", "1", "2", "0", "99999999999", "-1", "r1", "diff", "1..2", "..", "provenance",
    "play", "api", "v1", "timegate", "timemap", "sitemap", "1.xml", "history.atom", "static",
    "style.css", "desk", "sign-in", "feed", "embed", "openapi.json", "healthz", "readyz", "export",
    "log", "revisions", "*", "~", "a:b", "@", ";x=1", "\u00e9", "\x7f", "\x01", "x" * 300,
]  # fmt: skip
_ADDRESSES = [
    "/", "/history.atom", "/sitemap.xml", "/robots.txt", "/api", "/healthz", "/desk/sign-in",
    "/stories/library", "/stories/library/history", "/stories/library/versions/1", "/desk",
    "/stories/library/diff/1..2", "/stories/library/play/2", "/api/v1/stories",
    "/api/v1/stories/library", "/api/v1/stories/library/versions", "/api/v1/export",
    "/stories/library/provenance", "/timemap/stories/library", "/timegate/stories/library",
    "/stories/library/history/embed", "/static/style.css", "/embed/story-history.js",
]  # fmt: skip
_QUERIES = [
    *[""] * 6, "?", "??", "?q=", "?q=council", "?q=%00", "?q=%ff&q=2", "?q=" + "a+" * 500, "?&&&",
    "?=", "?cursor=x", "?cursor=WzFd", "?limit=0", "?limit=9999999",
    "?since=9999-12-31T23:59:59-14:00", "?since=1", "?view=split", "?view[]=1", "?format=unified",
    "?phrase=%F0%9F%98%80", "?page=0", "?utm_source=x",
    "?" + "&".join(f"a{n}=1" for n in range(300)), "?x=%0d%0aSet-Cookie:%20a=b", "?v=1",
    "?as=page", "?from=1&to=2", "?from=2&to=x", "?live_at=2026-01-01T00:00:00Z", "#f", "?q=1#f",
]  # fmt: skip
_HOSTS = [
    *["localhost"] * 8, "", "a b", "evil.example", "[::1", "[::1]:99999", "x:y", "a,b", "\u00e9",
    "@", "evil.example/path", "a" * 500, "'\"><script>", "localhost:0", "xn--", "\t", "a\0b",
]  # fmt: skip
_VERSIONS = [
    *["HTTP/1.1"] * 12, "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "http/1.1", "", "X",
]  # fmt: skip
_ENDS = [*["\r\n"] * 14, "\n", "\r", "\r\r\n"]
_HEADERS = [
    "Content-Length: 0", "Content-Length: 5", "Content-Length: -1", "Content-Length: +5",
    "Content-Length: 5, 5", "Content-Length: 1e3", "Content-Length: 0x5", "Content-Length:  5 ",
    "Content-Length: 99999999999999999999", "Content-Length: 3000000", "Content-Length: \u0665",
    "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "Transfer-Encoding: identity",
    "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: xchunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding : chunked",
    "Transfer_Encoding: chunked", "Transfer-Encoding: chunked\r\n\tx", "TE: trailers",
    "Expect: 100-continue", "Expect: 200-ok", "Connection: close", "Connection: keep-alive",
    "Connection: upgrade, http2-settings", "Upgrade: h2c", "HTTP2-Settings: AAAA",
    "Upgrade: websocket", "Range: bytes=0-1", "Range: bytes=-",
    "Range: " + "bytes=" + "0-1," * 500, "If-None-Match: *", 'If-None-Match: "',
    "If-None-Match: " + '"x",' * 800, "If-Modified-Since: never", "Accept: \x01",
    "Accept-Encoding: gzip;q=x, zstd;q=", "Accept-Encoding: *",
    "Accept-Encoding: " + "a;q=1," * 900, "Accept-Datetime: Thu, 99 Foo 0000",
    "Accept-Datetime: Thu, 31 May 2007 20:35:00 GMT", "Authorization: Bearer",
    "Authorization: Bearer \u00e9", "Authorization: Digest x", "Cookie: story_history_desk=x",
    "Cookie: " + "a=b; " * 500, "Cookie: =;;=\x00", "Content-Type: application/json",
    "Content-Type: multipart/form-data; boundary=",
    "Content-Type: application/x-www-form-urlencoded", "Content-Type: \u00ff/;;=",
    "Idempotency-Key: \x7f", "X-Request-ID: \x1b[31m", "X-Request-ID: from-the-proxy-1",
    "X-Forwarded-For: not an address", "X-Forwarded-Proto: https", "X-Forwarded-Proto: x, y",
    "X-Forwarded-Ssl: on", "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: //evil.example",
    "SCRIPT_NAME: /evil", "SCRIPT-NAME: /evil", "PATH_INFO: /evil", "X_Forwarded_For: 1",
    "Host: two", "NoColon", ": empty", " folded: x", "a\tb: c", "Sp ace: x", "Nul\0: x",
    "Val: a\0b", "Val: a\rb", "Long: " + "x" * 9_000, "\r\n".join(f"H{n}: x" for n in range(120)),
    "Trailer: Host", "Sec-Fetch-Site: cross-site", "Origin: null", "Method-Override: DELETE",
    "Max-Forwards: 0",
]  # fmt: skip
_BODIES = [
    *[""] * 8, "hello", "{}", '{"content": {}}', "[" * 5_000, "\0" * 5, "a=b&c=%", "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n", "5;x=y\r\nhello\r\n0\r\nHost: evil\r\n\r\n", "ffffffffffffffff\r\n",
    "-5\r\nhello\r\n", "5\r\nhel", "5\nhello\n0\n\n", "zz\r\n\r\n", "0\r\n" + "x" * 2_000,
    "1\r\nA\r\n" * 200 + "0\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip


def requests(seed: int) -> Iterator[bytes]:
    """Without end; the same seed gives the same requests."""
    chance = seeded(seed)
    while True:
        sent = _request(chance)
        if chance.random() < 0.1:
            sent += _request(chance)
        if chance.random() < 0.05:
            sent = sent[: chance.randrange(len(sent) + 1)]
        if chance.random() < 0.05:
            at = chance.randrange(len(sent) + 1)
            sent = sent[:at] + chance.randbytes(chance.randrange(1, 9)) + sent[at:]
        yield sent


def _request(chance: random.Random) -> bytes:
    if chance.random() < 0.4:
        return _nearly_good(chance)
    end = chance.choice(_ENDS)
    line = f"{chance.choice(_METHODS)} {_target(chance)} {chance.choice(_VERSIONS)}"
    hosts = [f"Host: {host}" for host in chance.sample(_HOSTS, chance.choice([0, *[1] * 6, 2]))]
    headers = chance.choices(_HEADERS, k=chance.choice([0, 0, 0, 1, 1, 2, 3, 6]))
    head = end.join([line, *hosts, *headers]) + end * chance.choice([2, 2, 2, 2, 2, 2, 2, 1, 3])
    return (head + chance.choice(_BODIES)).encode("latin-1", "replace")


def _nearly_good(chance: random.Random) -> bytes:
    """A browser's request, with one odd header."""
    path = "/" + "/".join(chance.choices(_SEGMENTS, k=chance.randrange(0, 5)))
    target = chance.choice([*_ADDRESSES, path]) + chance.choice(["", "", chance.choice(_QUERIES)])
    head = f"{chance.choice(['GET', 'HEAD'])} {target} HTTP/1.1\r\nHost: localhost\r\n"
    return f"{head}{chance.choice(_HEADERS)}\r\n\r\n".encode("latin-1", "replace")


def _target(chance: random.Random) -> str:
    kind = chance.random()
    segments = chance.choices(_SEGMENTS, k=chance.randrange(0, 7))
    path = "/" + "/".join(segments)
    if kind < 0.08:
        hosts = ("http://localhost", "http://evil.example", "HTTPS://[::1", "http:", "ftp://x@y")
        path = chance.choice(hosts) + path
    elif kind < 0.12:
        odd = ["*", "localhost:80", "/" + path, "", "/ /x", path[1:], "/" + "x" * 6_000]
        path = chance.choice(odd)
    return path + chance.choice(_QUERIES)


@dataclass
class Done:
    statuses: Counter[int] = field(default_factory=Counter)
    """Of first answers; 0 where the connection was closed."""
    faults: list[str] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.statuses.total()


def ask(address: tuple[str, int], sent: bytes) -> bytes:
    """All that comes back until the server closes. TimeoutError if it does not."""
    answer = bytearray()
    connection = socket.create_connection(address, timeout=_TIMEOUT)
    with connection, suppress(ConnectionError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while len(answer) <= LARGEST and (data := connection.recv(65_536)):
            answer += data
    return bytes(answer)


def fault(answer: bytes) -> str:
    """What is wrong with what came back; empty if nothing is."""
    if not answer:
        return ""
    if len(answer) > LARGEST:
        return "an answer without end"
    if not _STATUS.match(answer):
        return "no answer in HTTP"
    if wrong := [code for code in map(int, _STATUS.findall(answer)) if code >= 500 and code != 501]:
        return f"a {wrong[0]}"
    return "a traceback" if b"Traceback" in answer else ""


def run(count: int, seed: int, show: Callable[[Done], None] = lambda _: None) -> Done:
    """Send so many to a server of its own; its log must name no error either."""
    done = Done()
    with TemporaryDirectory() as folder:
        path, logs = Path(folder, "archive"), Path(folder, "log")
        archive = Archive.open(path, now, create=True)
        append(archive, entry(content(title="First")), entry(content(title="Second")))
        archive.close()
        with serving("serve", "--archive", path, logs=logs) as server:
            for number, sent in zip(range(count), requests(seed), strict=False):
                try:
                    answer = ask(("127.0.0.1", server.port), sent)
                except TimeoutError:
                    done.faults.append(f"no end: {sent[:500]!r}")
                    break
                first = _STATUS.match(answer)
                done.statuses[int(first[1]) if first else 0] += 1
                if wrong := fault(answer):
                    done.faults.append(f"{wrong}: {sent[:500]!r} -> {answer[:300]!r}")
                if number % 100 == 99:
                    show(done)
            if get(f"{server.url}healthz")[0] != 200:
                done.faults.append("the server is gone")
        done.faults += _errors(logs)
    return done


def _errors(logs: Path) -> list[str]:
    lines = map(json.loads, logs.read_text().splitlines())
    return [f"logged: {line}" for line in lines if line["level"] in ("error", "critical")]
