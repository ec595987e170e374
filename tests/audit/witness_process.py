"""A witness as https://c2sp.org/tlog-witness describes one, to be run as a program.

It shares no code with the product: a note, a proof and a cosignature are read and made here from
the specifications, with `cryptography` for Ed25519 alone.

    python witness_process.py FOLDER NAME LOG_VKEY...

It prints its vkey and its port, and keeps its key and what it has seen in FOLDER.
"""

import json
import os
import sys
import time
from base64 import b64decode, b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Rejected(Exception):
    """With the status, and the body, of the answer."""


class Witness:
    def __init__(self, folder: Path, name: str, logs: list[str]) -> None:
        seed = folder / "seed"
        if not seed.exists():
            seed.write_bytes(os.urandom(32))
        self._key = Ed25519PrivateKey.from_private_bytes(seed.read_bytes())
        public = b"\4" + self._key.public_key().public_bytes_raw()
        self._id = sha256(name.encode() + b"\n" + public).digest()[:4]
        self._name, self._state, self._lock = name, folder / "seen.json", Lock()
        self.vkey = f"{name}+{self._id.hex()}+{b64encode(public).decode()}"
        self._logs = {}
        for each in logs:
            origin, key_id, data = each.split("+", 2)
            self._logs[origin] = (bytes.fromhex(key_id), b64decode(data)[1:])

    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._state.read_text()) if self._state.exists() else {}
        return found

    def add_checkpoint(self, body: str) -> str:
        head, _, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        old, proof = int(first.removeprefix("old ")), [b64decode(line) for line in lines]
        text, _, signatures = note.rpartition("\n\n")
        origin, size_line, root_line, *_ = text.split("\n")
        size, root = int(size_line), b64decode(root_line)
        if origin not in self._logs:
            raise Rejected(404, "unknown log")
        self._check_signature(origin, f"{text}\n", signatures)
        if old > size:
            raise Rejected(400, "old size")
        with self._lock:
            seen = self.seen()
            known = seen.get(origin, {"size": 0, "root": ""})
            if known["size"] != old:
                raise Rejected(409, f"{known['size']}\n")
            if not _extends(old, size, b64decode(known["root"]), root, proof):
                raise Rejected(422, "consistency")
            seconds = int(time.time())
            message = f"cosignature/v1\ntime {seconds}\n{text}\n"
            value = self._id + seconds.to_bytes(8) + self._key.sign(message.encode())
            line = f"— {self._name} {b64encode(value).decode()}\n"
            seen[origin] = {"size": size, "root": root_line, "note": f"{note}{line}"}
            self._persist(seen)
        return line

    def _check_signature(self, origin: str, text: str, signatures: str) -> None:
        key_id, key = self._logs[origin]
        good = False
        for line in signatures.removesuffix("\n").split("\n"):
            _, name, value = line.split(" ")
            data = b64decode(value)
            if (name, data[:4]) == (origin, key_id):
                try:
                    Ed25519PublicKey.from_public_bytes(key).verify(data[4:], text.encode())
                except InvalidSignature:
                    raise Rejected(403, "false signature") from None
                good = True
        if not good:
            raise Rejected(403, "no signature")

    def _persist(self, seen: dict[str, Any]) -> None:
        temporary = self._state.with_suffix(".new")
        with temporary.open("w") as file:
            json.dump(seen, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self._state)


def _extends(old: int, size: int, old_root: bytes, root: bytes, proof: list[bytes]) -> bool:
    """RFC 6962, section 2.1.2, read backwards."""
    if size == 0:
        return not proof and root == sha256(b"").digest()
    if old == 0:
        return not proof
    rest = list(proof)

    def roots(m: int, n: int, whole: bool) -> tuple[bytes, bytes]:
        if m == n:
            value = old_root if whole else rest.pop()
            return value, value
        k = 1
        while k * 2 < n:
            k *= 2
        last = rest.pop()
        if m <= k:
            before, after = roots(m, k, whole)
            return before, _node(after, last)
        before, after = roots(m - k, n - k, False)
        return _node(last, before), _node(last, after)

    try:
        return roots(old, size, True) == (old_root, root) and not rest
    except IndexError:
        return False


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Handler(BaseHTTPRequestHandler):
    witness: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path != "/add-checkpoint":
            self._answer(404, "no such page")
            return
        try:
            self._answer(200, self.witness.add_checkpoint(body))
        except Rejected as error:
            self._answer(*error.args)
        except ValueError:
            self._answer(400, "not a request")

    def do_GET(self) -> None:
        hashes = {sha256(k.encode()).hexdigest(): v for k, v in self.witness.seen().items()}
        found = hashes.get(self.path.strip("/").partition("/")[0])
        self._answer(200 if found else 404, found["note"] if found else "never seen")

    def _answer(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        kind = "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    folder, name, *logs = sys.argv[1:]
    Handler.witness = Witness(Path(folder), name, logs)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(Handler.witness.vkey, server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
