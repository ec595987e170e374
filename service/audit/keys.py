"""The log's signing key, and its signatures on checkpoints and files.

One Ed25519 key in OpenSSH's format signs both, so stock tools can verify either: a checkpoint is a
signed note (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint), and a file gets a
signature that `ssh-keygen -Y verify` accepts (OpenSSH's PROTOCOL.sshsig).
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

from repo_store import ArchiveError, Checkpoint, durable

NAMESPACE = "story-history"
"""The purpose named in a file's signature; a signature made for another purpose is rejected."""
_ED25519 = b"\1"
_NAME = re.compile(r"[!-*,-~]{1,200}")
_WAIT_SECONDS = 2.0


class BadKey(ArchiveError):
    """The signing key cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class PublicKey:
    """A key as OpenSSH writes it: `ssh-ed25519 AAAA… name`. The name is the log's origin line."""

    line: str

    @property
    def name(self) -> str:
        return self.line.split(" ", 2)[2]

    @property
    def blob(self) -> bytes:
        return base64.b64decode(self.line.split(" ")[1])

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key itself."""
        return self.blob[-32:]

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it."""
        return "SHA256:" + base64.b64encode(sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def key_id(self) -> bytes:
        """The four bytes that identify the key in a note's signature."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def signature_prefix(self) -> str:
        """How its signature line in a note begins: its name, and most of the key ID in base64."""
        return f"\n— {self.name} {base64.b64encode(self.key_id).decode()[:5]}"

    @property
    def vkey(self) -> str:
        """The verifier key, as https://c2sp.org/signed-note writes it."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    def verify_note(self, note: str) -> bool:
        """Whether a signed note has a valid signature by this key."""
        text, _, lines = note.rpartition("\n\n")
        for line in lines.splitlines():
            dash, _, rest = line.partition(" ")
            name, _, value = rest.partition(" ")
            if dash != "—" or name != self.name:
                continue
            try:
                data = base64.b64decode(value, validate=True)
                if data[:4] == self.key_id:
                    key = Ed25519PublicKey.from_public_bytes(self.raw)
                    key.verify(data[4:], f"{text}\n".encode())
                    return True
            except (ValueError, InvalidSignature):
                continue
        return False

    def verify_file(self, data: bytes, armor: str) -> bool:
        """Whether `armor` is this key's signature on the data, exactly as `Signer.sign_file`
        writes it.
        """
        try:
            value = base64.b64decode("".join(armor.split("\n")[1:-2]), validate=True)[-64:]
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, _signed_data(data))
        except (ValueError, InvalidSignature):
            return False
        return armor == _armor(self, value)


class Signer:
    """The private key in a file, `path`, with its public key beside it in `<file>.pub`.

    `handover` is the previous key's signature on this public key; empty for a log's first key.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadKey if the file is missing or is not an Ed25519 key with a name."""
        try:
            private = load_ssh_private_key(path.read_bytes(), None)
            line = Path(f"{path}.pub").read_text("ascii").strip()
            public = load_ssh_public_key(line.encode())
            handover = Path(f"{path}.pub.sig")
            self.handover = handover.read_text("ascii") if handover.exists() else ""
        except FileNotFoundError as error:
            raise BadKey(
                f"{error.filename}: there is no signing key here: story-history key create"
            ) from None
        except (OSError, ValueError) as error:
            raise BadKey(f"{path}: this signing key cannot be read: {error}") from None
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(public, Ed25519PublicKey):
            raise BadKey(f"{path}: the signing key must be an Ed25519 key without a passphrase")
        raw = (Encoding.Raw, PublicFormat.Raw)
        if private.public_key().public_bytes(*raw) != public.public_bytes(*raw):
            raise BadKey(f"{path}.pub: this is the public key of another key")
        if len(line.split(" ", 2)) < 3 or not _NAME.fullmatch(line.split(" ", 2)[2]):
            raise BadKey(f"{path}.pub: the line must end in a name for the key, without spaces")
        self._private, self.path = private, path
        self.public = PublicKey(line)

    def sign_note(self, text: str) -> str:
        """The text, which must end in a newline, as a signed note."""
        data = self.public.key_id + self._private.sign(text.encode())
        return f"{text}\n— {self.public.name} {base64.b64encode(data).decode()}\n"

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        return self.sign_note(Checkpoint(self.public.name, size, root).body)

    def sign_file(self, data: bytes) -> str:
        """The signature that `ssh-keygen -Y sign -n story-history` would make; deterministic."""
        return _armor(self.public, self._private.sign(_signed_data(data)))


def create(path: Path, name: str) -> Signer:
    """Create a key. Raises BadKey if one exists already or the name is not allowed."""
    if not _NAME.fullmatch(name):
        raise BadKey(f"{name!r}: a key's name has no spaces and no +, such as news.example/log")
    if path.exists() or Path(f"{path}.pub").exists():
        raise BadKey(f"{path}: there is a key already; to replace it: story-history key rotate")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        key = _write_key_pair(Path(folder) / "key", name)
        # If two processes create one at once, the first to link its public key wins.
        try:
            os.link(f"{key}.pub", f"{path}.pub")
        except FileExistsError:
            raise BadKey(f"{path}: another process has just created a key") from None
        key.rename(path)
    durable.flush([str(path.parent.absolute())])
    return Signer(path)


def load_or_create(path: Path, name: str) -> tuple[Signer, bool]:
    """The key, and whether it had to be created."""
    if not path.exists():
        try:
            return create(path, name), True
        except BadKey:
            # Another process is creating one.
            deadline = time.monotonic() + _WAIT_SECONDS
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
    return Signer(path), False


def find(path: Path, fixed: bool, wanted: PublicKey) -> Path:
    """The file of the log's key, or of one that this key signed: `path`, or unless that is `fixed`
    by a setting another `*.key` beside it, as a folder may have been renamed. No key is created.

    Raises BadKey, which says what to do.
    """
    others = [] if fixed else sorted(path.parent.glob("*.key"))
    for each in (path, *others):
        if _is_or_follows(each, wanted):
            return each
    # A public key alone, left behind when the private one was lost, is no key that is held.
    found = _public(path) if path.is_file() else None
    there = f"holds another key, {found.fingerprint}" if found else "does not hold it"
    raise BadKey(
        f"this log's key is {wanted.fingerprint}, and {path} {there}: put the backup of the key and"
        " of its .pub file back there, or name their place in STORY_HISTORY_KEY; if the key is"
        " lost for good, go on without it: story-history log epoch --reason TEXT"
    )


def _is_or_follows(path: Path, wanted: PublicKey) -> bool:
    found = _public(path)
    if found is None or not path.is_file():
        return False
    if found.raw == wanted.raw:
        return True
    try:
        handover = Path(f"{path}.pub.sig").read_text("ascii")
    except (OSError, ValueError):
        return False
    return wanted.verify_file(f"{found.line}\n".encode(), handover)


def _public(path: Path) -> PublicKey | None:
    try:
        line = Path(f"{path}.pub").read_text("ascii").strip()
        load_ssh_public_key(line.encode())
        return PublicKey(line) if len(line.split(" ", 2)) == 3 else None
    except (OSError, ValueError):
        return None


def create_in_place_of(path: Path, lost: PublicKey) -> Signer:
    """A new key with the same name where the lost one was; what is left of that is kept beside."""
    for suffix in ("", ".pub", ".pub.sig"):
        if Path(f"{path}{suffix}").exists():
            Path(f"{path}{suffix}").rename(f"{path}.lost-{lost.raw.hex()[:8]}{suffix}")
    return create(path, lost.name)


def rotate(path: Path) -> tuple[PublicKey, Signer]:
    """Replace the key with a new one that the old one signs; return the old and the new key.

    The old private key is kept in `<file>.old-<first 8 hex digits>` for the operator to destroy.
    """
    old = Signer(path)
    digits = old.public.raw.hex()[:8]
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        key = _write_key_pair(Path(folder) / "key", old.public.name)
        public = Path(f"{key}.pub")
        signature = Path(folder) / "key.sig"
        signature.write_text(old.sign_file(public.read_bytes()), "ascii")
        path.rename(f"{path}.old-{digits}")
        Path(f"{path}.pub").rename(f"{path}.old-{digits}.pub")
        signature.rename(f"{path}.pub.sig")
        public.rename(f"{path}.pub")
        key.rename(path)
    durable.flush([str(path.parent.absolute())])
    return old.public, Signer(path)


def _write_key_pair(path: Path, name: str) -> Path:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    for file, data, mode in (
        (str(path), private, 0o600),
        (f"{path}.pub", public + f" {name}\n".encode(), 0o644),
    ):
        os.close(durable.write_new(file, data, mode))
        durable.flush([file])
    return path


def _string(data: bytes) -> bytes:
    """As SSH writes a string: its length, then its bytes (RFC 4251, section 5)."""
    return struct.pack(">I", len(data)) + data


_PURPOSE = _string(NAMESPACE.encode()) + _string(b"") + _string(b"sha512")
"""The fields common to the signed data and the signature: namespace, reserved, hash algorithm."""


def _signed_data(data: bytes) -> bytes:
    return b"SSHSIG" + _PURPOSE + _string(sha512(data).digest())


def _armor(key: PublicKey, value: bytes) -> str:
    signature = _string(_string(b"ssh-ed25519") + _string(value))
    blob = b"SSHSIG" + struct.pack(">I", 1) + _string(key.blob) + _PURPOSE + signature
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])
