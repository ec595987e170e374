"""The log's key and what it signs: checkpoints and files.

One Ed25519 key in OpenSSH's format signs both, so that stock tools check either: a checkpoint is a
signed note (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint), a file gets a
signature that `ssh-keygen -Y verify` reads (OpenSSH's PROTOCOL.sshsig).
"""

import base64
import os
import re
import struct
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256, sha512
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from repo_store import ArchiveError, durable

NAMESPACE = "story-history"
"""What file signatures are for: one made for another purpose does not pass."""
_ED25519 = b"\1"
_NAME = re.compile(r"[!-*,-~]{1,200}")
_PATIENCE = 2.0


class BadKey(ArchiveError):
    """The signing key cannot be used; the message says why and what helps."""


@dataclass(frozen=True)
class PublicKey:
    """A key as OpenSSH writes it: `ssh-ed25519 AAAA… name`. The name is the log's origin."""

    line: str

    @property
    def name(self) -> str:
        return self.line.split(" ", 2)[2]

    @property
    def blob(self) -> bytes:
        return base64.b64decode(self.line.split(" ")[1])

    @property
    def raw(self) -> bytes:
        """The key's own 32 bytes."""
        return self.blob[-32:]

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it."""
        return "SHA256:" + base64.b64encode(sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def hint(self) -> bytes:
        """The four bytes that name the key in a note's signature."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def mark(self) -> str:
        """How the line of its signature begins in a note; the last of the hint's bits left out."""
        return f"\n— {self.name} {base64.b64encode(self.hint).decode()[:5]}"

    @property
    def vkey(self) -> str:
        """As https://c2sp.org/signed-note writes a key that checks."""
        return f"{self.name}+{self.hint.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    def signed(self, note: str) -> bool:
        """Whether a signed note carries this key's signature."""
        text, _, lines = note.rpartition("\n\n")
        for line in lines.splitlines():
            dash, _, rest = line.partition(" ")
            name, _, value = rest.partition(" ")
            if dash != "—" or name != self.name:
                continue
            try:
                data = base64.b64decode(value, validate=True)
                if data[:4] == self.hint:
                    key = Ed25519PublicKey.from_public_bytes(self.raw)
                    key.verify(data[4:], f"{text}\n".encode())
                    return True
            except (ValueError, InvalidSignature):
                continue
        return False


class Signer:
    """The private key in a file, its public one beside it in `<file>.pub`.

    `handover`: the signature of the key before it over that public one, if there was a key before.
    """

    def __init__(self, path: Path) -> None:
        """BadKey if it is not there or is none of ours."""
        try:
            private = load_ssh_private_key(path.read_bytes(), None)
            line = Path(f"{path}.pub").read_text("ascii").strip()
            public = load_ssh_public_key(line.encode())
            handover = Path(f"{path}.pub.sig")
            self.handover = handover.read_text("ascii") if handover.exists() else ""
        except FileNotFoundError as error:
            told = f"{error.filename}: there is no signing key here: story-history key create"
            raise BadKey(told) from None
        except (OSError, ValueError) as error:
            raise BadKey(f"{path}: this signing key cannot be read: {error}") from None
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(public, Ed25519PublicKey):
            raise BadKey(f"{path}: the signing key must be an Ed25519 key without a passphrase")
        raw = (Encoding.Raw, PublicFormat.Raw)
        if private.public_key().public_bytes(*raw) != public.public_bytes(*raw):
            raise BadKey(f"{path}.pub: this is the public key of another one")
        if len(line.split(" ", 2)) < 3 or not _NAME.fullmatch(line.split(" ", 2)[2]):
            raise BadKey(f"{path}.pub: the key needs a name, without spaces, at its line's end")
        self._private = private
        self.public = PublicKey(line)

    def note(self, text: str) -> str:
        """The text, which ends in a newline, as a signed note."""
        data = self.public.hint + self._private.sign(text.encode())
        return f"{text}\n— {self.public.name} {base64.b64encode(data).decode()}\n"

    def checkpoint(self, size: int, root: bytes) -> str:
        return self.note(f"{self.public.name}\n{size}\n{base64.b64encode(root).decode()}\n")

    def file(self, data: bytes) -> str:
        """A signature as `ssh-keygen -Y sign -n story-history` makes it: the same each time."""
        return _armored(self.public, self._private.sign(_to_sign(data)))


def signs(key: PublicKey, data: bytes, armor: str) -> bool:
    """Whether a file's signature, just as `Signer.file` writes it, is the key's over the data."""
    try:
        value = base64.b64decode("".join(armor.split("\n")[1:-2]), validate=True)[-64:]
        Ed25519PublicKey.from_public_bytes(key.raw).verify(value, _to_sign(data))
    except (ValueError, InvalidSignature):
        return False
    return armor == _armored(key, value)


def create(path: Path, name: str) -> Signer:
    """A new key. BadKey if there is one already, or the name cannot be one."""
    if not _NAME.fullmatch(name):
        raise BadKey(f"{name!r}: a key's name has no spaces and no +, such as news.example/log")
    if path.exists() or Path(f"{path}.pub").exists():
        raise BadKey(f"{path}: there is a key already; a new one is made by: key rotate")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        made = _written(Path(folder) / "key", name)
        # Of two that make one at once, the one whose public key comes to stand wins.
        try:
            os.link(f"{made}.pub", f"{path}.pub")
        except FileExistsError:
            raise BadKey(f"{path}: another process has just made a key") from None
        made.rename(path)
    durable.flush([str(path.parent.absolute())])
    return Signer(path)


def found_or_made(path: Path, name: str) -> tuple[Signer, bool]:
    """The key there, or else a new one; whether it was made."""
    if not path.exists():
        try:
            return create(path, name), True
        except BadKey:
            # Another process is making one.
            patience = time.monotonic() + _PATIENCE
            while not path.exists() and time.monotonic() < patience:
                time.sleep(0.02)
    return Signer(path), False


def rotate(path: Path) -> tuple[PublicKey, Signer]:
    """A new key in the place of the one there, which signs it over; the old and the new one.

    The old private key stays in `<file>.old-<its fingerprint's beginning>`, to be destroyed.
    """
    old = Signer(path)
    mark = old.public.raw.hex()[:8]
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        made = _written(Path(folder) / "key", old.public.name)
        public = Path(f"{made}.pub")
        signature = Path(folder) / "key.sig"
        signature.write_text(old.file(public.read_bytes()), "ascii")
        path.rename(f"{path}.old-{mark}")
        Path(f"{path}.pub").rename(f"{path}.old-{mark}.pub")
        signature.rename(f"{path}.pub.sig")
        public.rename(f"{path}.pub")
        made.rename(path)
    durable.flush([str(path.parent.absolute())])
    return old.public, Signer(path)


def _written(path: Path, name: str) -> Path:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    for name_, data, mode in (
        (path, private, 0o600),
        (Path(f"{path}.pub"), public + f" {name}\n".encode(), 0o644),
    ):
        os.close(durable.write_new(str(name_), data, mode))
        durable.flush([str(name_)])
    return path


_TOLD = b"".join(
    struct.pack(">I", len(each)) + each for each in (NAMESPACE.encode(), b"", b"sha512")
)


def _to_sign(data: bytes) -> bytes:
    return b"SSHSIG" + _TOLD + _string(sha512(data).digest())


def _armored(key: PublicKey, value: bytes) -> str:
    signature = _string(_string(b"ssh-ed25519") + _string(value))
    blob = b"SSHSIG" + struct.pack(">I", 1) + _string(key.blob) + _TOLD + signature
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def _string(data: bytes) -> bytes:
    """As SSH writes bytes: their length first (RFC 4251, section 5)."""
    return struct.pack(">I", len(data)) + data
