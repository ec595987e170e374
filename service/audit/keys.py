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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256, sha512
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHPrivateKeyTypes,
    load_ssh_private_key,
    load_ssh_public_key,
)

from repo_store import Checkpoint, durable
from service.audit.memory import BadKey as BadKey
from service.audit.memory import Memory, RootAt

NAMESPACE = "story-history"
"""The purpose named in a file's signature; a signature made for another purpose is rejected."""
_ED25519 = b"\1"
_NAME = re.compile(r"[!-*,-~]{1,200}")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([!-~]+)")
_CONTROL = re.compile(r"[\x00-\t\x0b-\x1f]")
_WAIT_SECONDS = 2.0
PUBLISHED = "/published"
"""What the origin of the public log has after the key's name, which is that of the private one."""


@dataclass(frozen=True)
class PublicKey:
    """A key as OpenSSH writes it: `ssh-ed25519 AAAA… name`. The name is the log's origin line."""

    line: str

    @property
    def name(self) -> str:
        return self.line.split(" ", 2)[2]

    def named(self, name: str) -> "PublicKey":
        """The same key under another name: that of another log that it signs."""
        return PublicKey(" ".join([*self.line.split(" ", 2)[:2], name]))

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
        """Whether a signed note is one, and has a valid signature by this key."""
        text, _, lines = note.rpartition("\n\n")
        *signatures, end = lines.split("\n")
        if end or _CONTROL.search(note):
            return False
        try:
            found = [_signature(line) for line in signatures]
        except ValueError:
            return False
        own = (data for name, data in found if (name, data[:4]) == (self.name, self.key_id))
        return is_signature(self.raw, f"{text}\n".encode(), next(own, b"")[4:])

    def verify_file(self, data: bytes, armor: str) -> bool:
        """Whether `armor` is this key's signature on the data, exactly as `Signer.sign_file`
        writes it.
        """
        try:
            value = base64.b64decode("".join(armor.split("\n")[1:-2]), validate=True)[-64:]
        except ValueError:
            return False
        valid = is_signature(self.raw, _signed_data(data), value)
        return valid and armor == _armor(self, value)


def _signature(line: str) -> tuple[str, bytes]:
    """Name and value in a line of a note. Raises ValueError for any other line."""
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        raise ValueError(line)
    return found[1], base64.b64decode(found[2], validate=True)


def is_signature(key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether it is the Ed25519 key's signature on the data (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (ValueError, InvalidSignature):
        return False
    return True


class Signer:
    """The private key in a file, `path`, with its public key beside it in `<file>.pub`.

    `handover` is the previous key's signature on this public key; empty for a log's first key.
    `memory`: what it signed last.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        """Raises BadKey if the file is missing or is not an Ed25519 key with a name. `name`: the
        key's, where it is known; then the private key alone is needed.
        """
        try:
            private = load_ssh_private_key(path.read_bytes(), None)
            if name:
                line = f"{_public_line(private)} {name}"
            else:
                line = Path(f"{path}.pub").read_text("ascii").strip()
            public = load_ssh_public_key(line.encode())
            handover = Path(f"{path}.pub.sig")
            self.handover = handover.read_text("ascii") if handover.exists() else ""
        except FileNotFoundError as error:
            raise BadKey(
                f"{error.filename}: there is no signing key here: story-history key create"
            ) from None
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadKey(f"{path}: this signing key cannot be read: {error}") from None
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(public, Ed25519PublicKey):
            raise BadKey(f"{path}: the signing key must be an Ed25519 key without a passphrase")
        raw = (Encoding.Raw, PublicFormat.Raw)
        if private.public_key().public_bytes(*raw) != public.public_bytes(*raw):
            raise BadKey(f"{path}.pub: this is the public key of another key")
        if len(line.split(" ", 2)) < 3 or not _NAME.fullmatch(line.split(" ", 2)[2]):
            raise BadKey(f"{path}.pub: the line must end in a name for the key, without spaces")
        self._private, self.path, self.memory = private, path, Memory.beside(path)
        self.public = PublicKey(line)

    def follows(self, key: PublicKey) -> bool:
        """Whether this is that key, or one that it signed."""
        own = f"{self.public.line}\n".encode()
        return self.public.raw == key.raw or key.verify_file(own, self.handover)

    def sign_note(self, text: str, name: str = "") -> str:
        """The text, which must end in a newline, as a note signed under the key's name, or this.
        No memory is asked.
        """
        key = self.public.named(name) if name else self.public
        data = key.key_id + self._private.sign(text.encode())
        return f"{text}\n— {key.name} {base64.b64encode(data).decode()}\n"

    def sign_checkpoint(self, checkpoint: Checkpoint, root_at: RootAt) -> str:
        """The signed note of a checkpoint of the private or the public log. `root_at` tells that
        log's root at a smaller size. What is signed must be in git already: it is remembered.

        Raises BadKey if it contradicts what the key signed before; StoreFull or Unwritable if it
        cannot be remembered.
        """
        self.remember(checkpoint, root_at)
        return self.sign_note(checkpoint.body, checkpoint.origin)

    def remember(self, checkpoint: Checkpoint, root_at: RootAt) -> None:
        """Note that this is signed; raises the same."""
        logs = (self.public.name, f"{self.public.name}{PUBLISHED}")
        if checkpoint.origin not in logs:
            raise ValueError(f"{checkpoint.origin} is none of {logs}")
        self.memory.advance(checkpoint, root_at, self.public.fingerprint, logs)

    def sign_file(self, data: bytes) -> str:
        """The signature that `ssh-keygen -Y sign -n story-history` would make; deterministic."""
        return _armor(self.public, self._private.sign(_signed_data(data)))


def create(path: Path, name: str) -> Signer:
    """Create a key. Raises BadKey if one exists already or the name is not allowed."""
    if not _NAME.fullmatch(name):
        raise BadKey(f"{name!r}: a key's name has no spaces and no +, such as news.example/log")
    if path.exists() or Path(f"{path}.pub").exists():
        raise BadKey(f"{path}: there is a key already; to replace it: story-history key rotate")
    with _folder_beside(path) as folder:
        key = _write_key_pair(folder / "key", name)
        # If two processes create one at once, the first to link its public key wins.
        try:
            os.link(f"{key}.pub", f"{path}.pub")
        except FileExistsError:
            raise BadKey(f"{path}: another process has just created a key") from None
        key.rename(path)
    return Signer(path)


def load(path: Path, name: str) -> Signer:
    """The key in a file; `name` is what it is called if its `.pub` file is missing."""
    return Signer(path, "" if Path(f"{path}.pub").exists() else name)


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
    return load(path, name), False


def find(path: Path, fixed: bool, wanted: PublicKey) -> Signer:
    """The log's key, or one that this key signed: in `path`, in the file where a new one waits, or
    unless `path` is `fixed` by a setting, in another `*.key` beside it, as a folder may have been
    renamed. The private key decides, whatever the `.pub` file says. No key is created.

    Raises BadKey, which says what to do.
    """
    others = [] if fixed else sorted(path.parent.glob("*.key"))
    there = "does not hold it"
    for each in (path, _waiting(path), *others):
        try:
            found = Signer(each, wanted.name)
        except BadKey as error:
            if each == path and path.exists():
                there = f"cannot be used ({error})"
            continue
        if found.follows(wanted):
            return found
        if each == path:
            there = f"holds another key, {found.public.fingerprint}"
    raise BadKey(
        f"this log's key is {wanted.fingerprint}, and {path} {there}: put the backup of the key"
        " back there, or name its place in STORY_HISTORY_KEY; if the key is lost for good, go on"
        " without it: story-history log epoch --reason TEXT"
    )


def holds(path: Path, key: PublicKey) -> bool:
    """Whether a file holds this key, be it with a passphrase: OpenSSH does not encrypt the public
    key in it. Raises OSError if that cannot be known.
    """
    if not path.exists():
        return False
    lines = [each for each in path.read_bytes().split(b"\n") if not each.startswith(b"-----")]
    try:
        return key.blob in base64.b64decode(b"".join(lines))
    except ValueError:
        return False


# The key of a new epoch waits in a file of its own until the log names it. So whatever fails, the
# log's key is in a file where `find` looks, and nothing that was there before is gone.


def _waiting(path: Path) -> Path:
    return Path(f"{path}.new")


def create_successor(path: Path, name: str) -> Signer:
    """The key that waits to begin an epoch: a new one, unless one waits already, since an attempt
    failed.
    """
    waiting = _waiting(path)
    if not waiting.exists():
        Path(f"{waiting}.pub").unlink(missing_ok=True)
        create(waiting, name)
    return Signer(waiting, name)


def put_in_place(signer: Signer, path: Path) -> Signer:
    """The log's key in its place, `path` if it still waits, with its public key beside it.

    What was there before is kept, in a new folder.
    """
    waits = signer.path == _waiting(path)
    if waits:
        _set_aside(path)
    else:
        path = signer.path
    public, line = Path(f"{path}.pub"), f"{signer.public.line}\n".encode()
    if not public.exists() or public.read_bytes() != line:
        durable.replace(str(public.absolute()), line)
        public.chmod(0o644)
    if waits:
        signer.path.rename(path)
        Path(f"{signer.path}.pub").unlink(missing_ok=True)
        durable.flush([str(path.parent.absolute())])
    return Signer(path)


def _set_aside(path: Path) -> None:
    files = [Path(f"{path}{suffix}") for suffix in ("", ".pub", ".pub.sig")]
    if found := [each for each in files if each.exists()]:
        folder = Path(tempfile.mkdtemp(prefix=f"{path.name}.lost-", dir=path.parent))
        for each in found:
            each.rename(folder / each.name)
        durable.flush([str(folder)])


def rotate(path: Path) -> tuple[PublicKey, Signer]:
    """Replace the key with a new one that the old one signs; return the old and the new key.

    The old private key is kept in `<file>.old-<first 8 hex digits>` for the operator to destroy.
    """
    old = Signer(path)
    digits = old.public.raw.hex()[:8]
    with _folder_beside(path) as folder:
        key = _write_key_pair(folder / "key", old.public.name)
        public = Path(f"{key}.pub")
        signature = folder / "key.sig"
        signature.write_text(old.sign_file(public.read_bytes()), "ascii")
        for suffix in ("", ".pub"):
            with suppress(FileExistsError):  # the same key, from an attempt that was killed
                os.link(f"{path}{suffix}", f"{path}.old-{digits}{suffix}")
        # Until the last step, the old key is in place; after it, the new one with its signature.
        signature.rename(f"{path}.pub.sig")
        public.rename(f"{path}.pub")
        durable.flush([str(path.parent.absolute())])
        key.rename(path)
    return old.public, Signer(path)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """What is moved from this folder to its final name is durable."""
    with durable.errors_at(path.parent):
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
            yield Path(folder)
        durable.flush([str(path.parent.absolute())])


def _write_key_pair(path: Path, name: str) -> Path:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    for file, data, mode in (
        (str(path), private, 0o600),
        (f"{path}.pub", f"{_public_line(key)} {name}\n".encode(), 0o644),
    ):
        os.close(durable.write_new(file, data, mode))
        durable.flush([file])
    return path


def _public_line(key: SSHPrivateKeyTypes) -> str:
    """Its public key as OpenSSH writes it, without a name."""
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


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
