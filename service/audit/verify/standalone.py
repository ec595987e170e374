"""Checks an unpacked export. Run it isolated:  python3 -I verify.py FOLDER --key KEY

KEY is what the publisher printed, and never taken from the export: a line "ssh-ed25519 AAAA…", a
fingerprint "SHA256:…", or a verifier key "NAME+1234abcd+…". Get this script from elsewhere, too.

It needs Python 3.9 and git, and no software of the publisher. It has six layers, see LAYERS: files
(hashes), signatures (Ed25519), the log (a Merkle tree), chains (git), the public log, and what the
export says of itself. Each vouches for what the next one reads, and the first with a fault is the
last that is looked at. Whatever can be worked out from chains and log is worked out here, and
compared.
"""

import sys

if __name__ == "__main__" and not sys.flags.isolated:  # before a file beside it is imported
    sys.exit("FAILED: run it as: python3 -I verify.py FOLDER --key KEY")

import argparse
import base64
import csv
import io
import json
import os
import re
import subprocess
import tempfile
from datetime import datetime, timezone
from hashlib import sha1, sha512
from hashlib import sha256 as sha
from pathlib import Path

# Every file that an export may have, and what in it is compared with no value made here.
STORY_ID = "[a-z0-9]+(?:-[a-z0-9]+)*"
FOLDER = "data/stories/[a-z0-9-]{1,120}(?:_[0-9a-f]{16})?"
PAGES = "story-history verify makes it again and compares"
COUNTS = "the numbers of changed words in it, which story-history verify counts again"
OPENSSL = "check it with openssl ts -verify and the authority's own certificate"
READERS = "compare it with the publisher's own copy"
KNOWN = {
    r"bagit\.txt|bag-info\.txt|(tag)?manifest-sha256\.txt|tagmanifest-sha256\.txt\.sig": "",
    r"VERIFY\.txt|verify\.py|verify\.html": READERS,
    r"data/history\.bundle|data/removals\.ndjson|data/damaged\.ndjson": "",
    r"data/shapes\.json": "the publisher says how texts of other shapes are laid out",
    r"data/log/(leaves\.ndjson|checkpoint|checkpoint\.sig)": "",
    r"data/log/keys/\d{2,4}\.(pub|pub\.sig|epoch|epoch\.sig)": "",
    r"data/log/allowed_signers": "not needed: who signed is never taken from the export",
    r"data/log/timestamp\.tsr|data/(log|published)/stamps/\d\d\.(tsr|pem)": OPENSSL,
    FOLDER + r"/(versions\.csv|entries\.ndjson)": COUNTS,
    FOLDER + r"/(versions/\d{4,9}|drafts/r\d{4,9})\.(json|txt)": "",
    FOLDER + r"/differences/\d{4,9}-\d{4,9}\.(html|docx)|" + FOLDER + r"/report\.html": PAGES,
    FOLDER + r"/report\.pdf": "a print of report.html, which prevails",
    FOLDER + r"/versions/\d{4,9}\.tlog-proof": "",
    r"data/published/(checkpoint|(leaves|heads|records|ties)\.ndjson)": "",
}
MOST = 1 << 22  # bytes of a JSON text
VERBS = "publish|approve|reject|comment|remove|explain|withdraw|alias|waive"


def parsed(text):
    """JSON that every program reads alike: no name twice, no NaN, no fraction, no huge number."""

    def once(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a JSON object has one name twice")
        return dict(pairs)

    def whole(digits):
        if len(digits) > 18:
            raise ValueError("a number of more than 18 digits")
        return int(digits)

    def never(number):
        raise ValueError(f"{number} is no number that an export has")

    if len(text) > MOST:
        raise ValueError("a JSON text of more than 4 MiB")
    numbers = {"parse_int": whole, "parse_float": never, "parse_constant": never}
    return json.loads(text, object_pairs_hook=once, **numbers)


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines(path):
    """The values of a file's lines, each of which is written as `line` writes it."""
    with open(path, "rb") if path.exists() else io.BytesIO() as file:
        for number, text in enumerate(iter(lambda: file.readline(1 << 16), b""), 1):
            value = parsed(text.decode("utf-8"))
            if line(value) != text:
                raise ValueError(f"{path.name} line {number} is not written as exports write it")
            yield value


# 1  Files: each is as the two manifests say, none is missing, and none was added.


def plain_files(found):
    """The paths of all files; a link, a device or the like is a fault."""
    paths = set()
    for folder, folders, names in os.walk(found.root):
        for path in (Path(folder, name) for name in folders + names):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                found.fail(f"{path.relative_to(found.root).as_posix()} is not a plain file")
            elif path.is_file():
                paths.add(path.relative_to(found.root).as_posix())
            elif not os.listdir(path):
                found.fail(f"{path.relative_to(found.root).as_posix()} is an empty folder")
    return paths


def hash_of(path):
    digest = sha()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 18), b""):
            digest.update(part)
    return digest.hexdigest()


def check_files(found):
    found.present = plain_files(found)
    listed = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    if not {*listed, "manifest-sha256.txt", "bag-info.txt", "bagit.txt"} <= found.present:
        return found.fail("its manifests are missing")
    for path in sorted(found.present):
        if not any(re.fullmatch(pattern, path, re.ASCII) for pattern in KNOWN):
            found.fail(f"{path} is not a file that an export has")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for text in (found.root / name).read_text("utf-8").splitlines():
            digest, path = text.split("  ", 1)
            if path in listed or path.startswith("data/") != (name == "manifest-sha256.txt"):
                found.fail(f"{path} is listed twice, or in the wrong manifest")
            listed.add(path)
            if path not in found.present or hash_of(found.root / path) != digest:
                found.fail(f"{path} is missing or was changed")
    for path in sorted(found.present - listed):
        found.fail(f"{path} is in no manifest")


# 2  Signatures: Ed25519 (RFC 8032), of files as OpenSSH makes them, of the checkpoint as a note.

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def plus(one, two):
    """The sum of two points in extended coordinates (RFC 8032, section 5.1.4)."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, two
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        total = plus(total, point) if number & 1 else total
        point, number = plus(point, point), number >> 1
    return total


def point_of(data):
    """A point from the one encoding that it has (RFC 8032, section 5.1.3), else None."""
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = x if x % 2 == odd else P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(key, data, signature):
    """Whether it is this key's signature on the data; strict: each number has one encoding."""
    if (len(key), len(signature)) != (32, 64):
        return False
    r, a, s = point_of(signature[:32]), point_of(key), int.from_bytes(signature[32:], "little")
    if not r or not a or s >= ORDER or times(8, a)[0] == 0:
        return False
    k = int.from_bytes(sha512(signature[:32] + key + data).digest(), "little") % ORDER
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, BASE), plus(r, times(k, a))
    return (x1 * z2 - x2 * z1) % P == (y1 * z2 - y2 * z1) % P == 0


def string(data):
    return len(data).to_bytes(4, "big") + data  # as SSH writes one (RFC 4251, section 5)


class Key:
    """An Ed25519 key. `name` is the log's; `text` is a line as in a .pub file."""

    def __init__(self, text):
        _, blob, self.name = text.split(" ", 2)
        self.blob = base64.b64decode(blob, validate=True)
        self.raw = self.blob[-32:]
        known = f"ssh-ed25519 {base64.b64encode(self.blob).decode()} {self.name}"
        if self.blob != string(b"ssh-ed25519") + string(self.raw) or known != text:
            raise ValueError("a key that is not a line of OpenSSH's with an Ed25519 key")
        self.line, self.fingerprint = text, fingerprint(self.raw)

    def signed_file(self, found, data, armor):
        """Whether it is this key's signature on a file, just as ssh-keygen -Y sign writes it."""
        try:
            value = base64.b64decode("".join(armor.split("\n")[1:-2]), validate=True)[-64:]
        except ValueError:
            return False
        purpose = string(b"story-history") + string(b"") + string(b"sha512")
        signature = string(string(b"ssh-ed25519") + string(value))
        blob = b"SSHSIG" + (1).to_bytes(4, "big") + string(self.blob) + purpose + signature
        text = base64.b64encode(blob).decode()
        rows = [text[at : at + 70] for at in range(0, len(text), 70)]
        ends = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
        data = b"SSHSIG" + purpose + string(sha512(data).digest())
        whole = armor == "\n".join([ends[0], *rows, ends[1], ""])
        return whole and found.ed25519(self.raw, data, value)

    def signed_note(self, found, note):
        """Whether a note (c2sp.org/signed-note) has a signature by this key."""
        text, _, signatures = note.rpartition("\n\n")
        mark = sha(self.name.encode() + b"\n\1" + self.raw).digest()[:4]
        for signature in signatures.splitlines():
            if signature.startswith(f"— {self.name} "):
                value = base64.b64decode(signature.split(" ")[2])
                if value[:4] == mark and found.ed25519(self.raw, f"{text}\n".encode(), value[4:]):
                    return True
        return False


def signed_lines(note):
    return note.rpartition("\n\n")[0].split("\n")


def fingerprint(raw):
    digest = sha(string(b"ssh-ed25519") + string(raw)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def trusted_key(text):
    """The fingerprint of a key as the publisher printed it. Raises ValueError if it is none."""
    text = " ".join(text.split())
    printed = re.fullmatch("(?:Fingerprint: )?(SHA256: ?[A-Za-z0-9+/]{43})=?", text)
    if printed:
        return printed[1].replace(" ", "")
    try:
        if text.startswith("ssh-ed25519 "):
            return Key(text + " name" * (text.count(" ") < 2)).fingerprint
        name, mark, key = [*text.split("+", 2), "", ""][:3]
        data = base64.b64decode(key or "-", validate=True)
        known = sha(f"{name}\n".encode() + data).hexdigest()[:8] == mark
        if len(data) == 33 and data[:1] == b"\1" and known:
            return fingerprint(data[1:])
    except ValueError:
        pass
    raise ValueError("it is none of: ssh-ed25519 AAAA…, SHA256:…, NAME+1234abcd+…")


EPOCH = """This log goes on under a new key, which the key before it does not vouch for.
epoch: (\\d{1,4})
begins after: (\\d{1,18}):([A-Za-z0-9+/]{43}=)
((?:given up: [!-~]{1,300} \\d{1,18}:[A-Za-z0-9+/]{43}=\n)*)key before: (SHA256:[A-Za-z0-9+/]{43})
new key: (SHA256:[A-Za-z0-9+/]{43})
reason: ([^\\n]{1,500})
"""


def read(found, name):
    path = found.root / name
    return path.read_text("utf-8") if path.exists() else ""


def check_signatures(found):
    folder, fail = "data/log/keys", found.fail
    names = sorted(x[len(folder) + 1 :] for x in found.present if x.startswith(folder))
    count = sum(name.endswith(".pub") for name in names)
    texts = [read(found, f"{folder}/{n:02d}.pub") for n in range(1, count + 1)]
    keys = [Key(text.removesuffix("\n")) for text in texts]
    expected, trusted, found.epochs = {"01.pub"}, keys[:1], []
    for n, (old, new) in enumerate(zip(keys, keys[1:]), 2):
        name, text = f"{folder}/{n:02d}", read(found, f"{folder}/{n:02d}.epoch")
        if not text:
            expected |= {f"{n:02d}.pub", f"{n:02d}.pub.sig"}
            trusted.append(new)
            data = (found.root / f"{name}.pub").read_bytes()
            if not old.signed_file(found, data, read(found, f"{name}.pub.sig")):
                fail(f"key {n} was not signed by the key before it")
            continue
        expected |= {f"{n:02d}.{end}" for end in ("pub", "epoch", "epoch.sig")}
        trusted, said = [new], re.fullmatch(EPOCH, text, re.ASCII)
        if not said or said.group(5, 6) != (old.fingerprint, new.fingerprint):
            fail(f"key {n} has a statement about other keys")
        elif not new.signed_file(found, text.encode(), read(found, f"{name}.epoch.sig")):
            fail(f"key {n} did not sign its statement")
        elif int(said[1]) != len(found.epochs) + 2:
            fail(f"key {n} says that it begins epoch {said[1]}, and it is another one")
        else:
            found.epochs.append(said)
            began = (
                f"epoch {said[1]} began after entry {said[2]}, signed by the key {said[6]},"
                f" not vouched for by {said[5]}: {said[7]}"
            )
            for gone in said[4].splitlines():
                began += f"; that key had signed {gone.split(': ')[1]}, which is given up"
            found.unproven.append(f"that the log is still the one that {said[5]} signed: {began}")
    for name in sorted({*names} ^ expected):
        fail(f"{folder}/{name} does not belong in this series of keys, or is missing from it")
    found.keys, found.key = keys, (key := keys[-1])
    for name in ("tagmanifest-sha256.txt", "data/log/checkpoint"):
        if not key.signed_file(found, (found.root / name).read_bytes(), read(found, f"{name}.sig")):
            fail(f"{Path(name).name} is not signed by the log's key")
    note = read(found, "data/log/checkpoint")
    if not key.signed_note(found, note):
        fail("the checkpoint's own signature is wrong")
    if len(signed_lines(note)) != 3:
        return fail("the checkpoint has other lines than its log's name, size and root")
    found.origin, size, root = signed_lines(note)
    if found.origin != key.name:
        fail("the checkpoint is of another log than the key's")
    if not re.fullmatch("[1-9][0-9]{0,17}", size):
        raise ValueError("the checkpoint's size is no number")
    found.size, found.tree_root = int(size), base64.b64decode(root, validate=True)
    if found.trusted and found.trusted.isdisjoint(each.fingerprint for each in trusted):
        fault = f"it is signed by {key.fingerprint}, which is not the key that you trust"
        if found.epochs and not found.trusted.isdisjoint(each.fingerprint for each in keys):
            fault += f": {began}. Ask the publisher whether that is so, and then trust the new key"
        fail(fault)


# 3  Log: each leaf is in the tree (RFC 6962) whose root is signed, and replaces what it says.


def node(left, right):
    return sha(b"\1" + left + right).digest()


def tree(hashes):
    """The root of the tree over these hashes of leaves."""
    while len(hashes) > 1:
        pairs = [node(*hashes[at : at + 2]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0]


def root_of(leaf, number, size, path):
    """The root of a tree of this size, from the hash of one of its leaves and its audit path."""
    if size == 1:
        return b"" if path else leaf
    half = 1 << (size - 1).bit_length() - 1
    if not path:
        return b""
    if number < half:
        return node(root_of(leaf, number, half, path[:-1]), path[-1])
    return node(path[-1], root_of(leaf, number - half, size - half, path[:-1]))


NUMBER, HEX = "[1-9][0-9]{0,17}", "[0-9a-f]{%d}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
LEAF = {"story": STORY_ID, "entry": NUMBER, "revision": NUMBER, "action": VERBS}
LEAF.update({"version": NUMBER, "removed": "True", "redacted": "True", "commit": HEX % 40})
LEAF.update({"was": HEX % 40, "sha256": HEX % 64, "record": HEX % 64, "words": HEX % 64})
LEAF["time"] = TIME
OPTIONAL = {"action", "version", "removed", "redacted", "was", "words"}
TEXTS = {"story", "action", "commit", "was", "sha256", "record", "words", "time"}
SAME = ("story", "entry", "revision", "action", "version", "sha256", "time")


def leaf_of(text):
    """The fields of a leaf. Raises ValueError if it is not written as a log writes it."""
    leaf = parsed(text)
    names = [name for name in LEAF if name in leaf or name not in OPTIONAL]
    written = json.dumps(leaf, separators=(",", ":")) == text and list(leaf) == names
    if not written or not all(
        re.fullmatch(LEAF[name], str(value)) and (type(value) is str) == (name in TEXTS)
        for name, value in leaf.items()
    ):
        raise ValueError(f"a leaf of the log cannot be: {text[:200]}")
    return leaf


def words(leaf):
    """The hash of a commit without its parents; in a leaf of version 1 `record` is that."""
    return leaf.get("words", leaf["record"])


def fault_of_replacement(old, new):
    """What is wrong with a leaf that replaces another of its entry after a removal."""
    if new.get("was") != old["commit"]:
        return "a leaf before this one is missing, or it is there twice"
    if any(old.get(name) != new.get(name) for name in SAME):
        return "its leaf says something else than the one that it replaces"
    if any(old.get(name) and not new.get(name) for name in ("removed", "redacted")):
        return "its leaf brings back what a removal took"
    if "words" in old and "words" not in new:
        return "its leaf is of an older version than the one that it replaces"
    if "words" in new and new["words"] != words(old):
        return "its leaf has another hash of its words than the one that it replaces"
    if "words" in old and new["record"] != old["record"]:
        return "more of it was changed than a removal takes"
    return ""


def check_log(found):
    found.info = bag_info(found)
    whole, last, hashes, found.leaves = found.info.get("Export-Scope") == "all", None, [], {}
    for item in lines(found.root / "data/log/leaves.ndjson"):
        number, leaf = item["number"], leaf_of(item["leaf"])
        at = (number,) if whole else (leaf["story"], number)
        if list(item) != ["number", "leaf", "path"][: 2 if whole else 3] or type(number) is not int:
            raise ValueError("a line of leaves.ndjson has other fields")
        if last is not None and at <= last:
            found.fail(f"leaf {number} is there twice, or in another order than an export's")
        last, leaf_hash = at, sha(b"\0" + item["leaf"].encode()).digest()
        hashes += [leaf_hash] if whole else []
        path = [] if whole else [bytes.fromhex(step) for step in item["path"]]
        if not whole and (
            not 0 <= number < found.size
            or root_of(leaf_hash, number, found.size, path) != found.tree_root
        ):
            found.fail(f"leaf {number} is not in the log of the checkpoint")
        found.leaves.setdefault(leaf["story"], []).append(dict(leaf, number=number))
    if not found.leaves:
        return found.fail("it has no leaves of a log")
    if whole and (len(hashes) != found.size or tree(hashes) != found.tree_root):
        found.fail("the leaves are not those of the checkpoint")
    for said in found.epochs if whole else ():
        size, root = int(said[2]), base64.b64decode(said[3])
        if size > len(hashes) or (tree(hashes[:size]) if size else sha().digest()) != root:
            found.fail(f"epoch {said[1]} began after another log than this one")
    every = [leaf for own in found.leaves.values() for leaf in own]
    first = min((x["number"] for x in every if "words" in x), default=found.size)
    if first < found.size and found.info.get("Export-Format") == "1":  # of which less is compared
        found.fail("bag-info.txt says Export-Format: 1, which has no leaves of version 2")
    if late := sum(x["number"] > first for x in every if "words" not in x):
        found.unproven.append(
            f"that removals would take no more of {late:,} entries than their words: their leaves"
            " are of version 1, after others of version 2"
        )
    found.lost = {}
    for item in lines(found.root / "data/damaged.ndjson"):
        story, problem = item["story"], item["problem"]
        if story not in found.leaves or story in found.lost or list(item) != ["story", "problem"]:
            found.fail(f"damaged.ndjson names {story}, which the log does not have")
        found.lost[story] = problem
        found.unproven.append(f"anything of {story}, which the archive could not read: {problem}")
    found.chains = {story: own for story, own in found.leaves.items() if story not in found.lost}
    for story, own in found.chains.items():
        newest = {}
        for leaf in own:
            where, before = f"{story} entry {leaf['entry']}", newest.get(leaf["entry"])
            if before:
                fault = fault_of_replacement(before, leaf)
            else:
                gap = leaf["entry"] != len(newest) + 1 or "was" in leaf
                fault = "a leaf before this one is missing" if gap else ""
            if fault:
                found.fail(f"{where}: {fault}")
                break
            last = newest.get(leaf["entry"] - 1)
            if last and not before and seconds(last["time"]) > seconds(leaf["time"]) + SKEW:
                found.disorder.append(
                    f"that {where} was recorded at {leaf['time']}: the one before it says"
                    f" {last['time']}"
                )
            newest[leaf["entry"]] = leaf


# 4  Chains: each commit is what its leaf says, and each file is what the commits say.

LOST = "Salt", "Override-Reason", "Old-Value", "Redacted", "Removed"  # what a removal changes
TEXT = ":story.json"
COMMIT = re.compile(
    rb"tree ([0-9a-f]{40})\n(?:parent ([0-9a-f]{40})\n)?"
    rb"(author ([^<>\n]*) <[^<>\n]*> ([0-9]{1,12}) \+0000\n"
    rb"committer [^<>\n]* <[^<>\n]*> ([0-9]{1,12}) \+0000\n)\n"
)


def when(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


SUBJECTS = {
    "publish": "publish revision {0.revision} as version {0.version}",
    "approve": "approve revision {0.revision}",
    "reject": "reject revision {0.revision}",
    "comment": "comment on revision {0.revision}",
    "remove": "remove the text of revision {0.revision}",
    "explain": "explain revision {0.revision}",
    "withdraw": "withdraw the story",
    "alias": "also known as {alias}",
    "waive": "let an old value stand in revision {0.revision}",
}


class Record:
    """What a commit says. ValueError if no archive writes such a commit."""

    def __init__(self, commit):
        head = COMMIT.match(commit)
        message = commit[head.end() if head else 0 :].decode("utf-8")
        body, _, block = message.removesuffix("\n").rpartition("\n\n")
        subject, rows = body.partition("\n\n")[0], block.split("\n")
        self.title = subject
        self.get = dict(row.partition(": ")[::2] for row in rows).get
        if not head or len({row.partition(": ")[0] for row in rows}) < len(rows):
            raise ValueError(f"a commit that no archive writes: {commit[:200]!r}")
        self.tree, self.parent = head[1].decode(), (head[2] or b"").decode()
        self.author, self.at, self.recorded = head[4].decode("utf-8"), int(head[5]), int(head[6])
        self.story, self.verb = self.get("Story-Id"), self.get("Action")
        self.note = body.partition("\n\n")[2]
        self.revision = self.number("On-Revision" if self.verb else "Story-Revision")
        self.entry = self.number("Story-Entry") or self.revision
        self.version = self.number("Story-Version")
        ground, at, *parts = self.get("Redacted", "- -").split(" ")
        self.gone = {part: {"reason": ground, "at": at} for part in parts}
        self.removal = self.verb == "remove" and self.get("Removal-Reason", "")
        also = [] if self.get("Text-Stays") else [self.revision, *self.list("Also-Removed", int)]
        self.removes = also if self.removal else []
        self.redacts = self.list("Also-Redacted", int) if self.removal else []
        self.out_of_order = False
        kept = "\n".join(row for row in rows if row.partition(": ")[0] not in LOST)
        self.bare = sha(head[3] + f"\n{subject}\n\n{kept}\n".encode()).hexdigest()
        parent = b"parent " + head[2] + b"\n" if head[2] else b""
        self.whole = sha(commit.replace(parent, b"", 1)).hexdigest()

    def number(self, name):
        if self.get(name) and not re.fullmatch("0|" + NUMBER, self.get(name)):
            raise ValueError(f"{name}: {self.get(name)[:80]}")
        return int(self.get(name)) if self.get(name) else None

    def list(self, name, of=str):
        return [of(each) for each in self.get(name).split(", ")] if self.get(name) else []

    def subject(self):
        """What the subject of such a commit is."""
        if self.verb:
            notes = "remove notes, not the text of revision {0.revision}"
            form = notes if self.get("Text-Stays") else SUBJECTS[self.verb]
        elif self.version:
            form = "version {0.version}, {kind}"
        else:
            form = "draft, revision {0.revision}"
        said = form.format(self, alias=self.get("Alias"), kind=self.get("Change-Kind"))
        return f"{self.story}: {said}"

    def has_words(self):
        return bool(self.note) or any(map(self.get, LOST[:3]))


def git(folder, *arguments, data=None, piped=False):
    """What git says, or git itself; with no one's configuration or hooks, and bounded memory."""
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    quiet.update({"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"})
    env = {
        **quiet,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOC_LIMIT": "1g",
        "PATH": os.pathsep.join(os.get_exec_path()),
    }
    command = ["git", "-c", "core.bigFileThreshold=16m", f"--git-dir={folder}", *arguments]
    if piped:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    return subprocess.run(command, check=True, capture_output=True, env=env, input=data).stdout


def objects(folder, commits):
    """Of each commit its bytes, the id of its text, and the text; one at a time, to save memory."""
    with git(folder, "cat-file", "--batch", piped=True) as process:
        for at in range(0, len(commits), 16):  # as many as a pipe takes before git answers
            names = [each for commit in commits[at : at + 16] for each in (commit, commit + TEXT)]
            os.write(process.stdin.fileno(), "".join(f"{name}\n" for name in names).encode())
            raw = b""
            for name in names:
                oid, kind, *size = process.stdout.readline().decode().split()
                if kind not in ("commit", "blob") or not size:
                    raise ValueError(f"the bundle has no {name}")
                data = process.stdout.read(int(size[0]) + 1)[:-1]
                if name.endswith(TEXT):
                    yield raw, oid, data
                raw = data


def unbundled(found, folder):
    """Unpacks the chains; returns the bundle's refs and the ids of all its objects."""
    bundle, refs = (found.root / "data/history.bundle").resolve(), {}
    with open(bundle, "rb") as file:
        if file.readline(100) != b"# v2 git bundle\n":
            raise ValueError("data/history.bundle is not a git bundle")
        for text in iter(lambda: file.readline(512), b"\n"):
            head, _, name = text.decode("utf-8").rstrip("\n").partition(" ")
            if not re.fullmatch(HEX % 40, head) or name in refs:
                raise ValueError("data/history.bundle has another header than an export's")
            refs[name] = head
    git(folder, "init", "-q", "--bare", "--template=", folder)
    git(folder, "bundle", "unbundle", str(bundle))
    form = "--batch-check=%(objectname) %(objectsize)"
    every = git(folder, "cat-file", "--batch-all-objects", form)
    sizes = dict(row.split(" ") for row in every.decode().splitlines())
    if max(map(int, sizes.values()), default=0) > 1 << 24:
        raise ValueError("data/history.bundle holds more than 16 MiB in one object")
    return refs, set(sizes)


def check_chains(found):
    shapes, register, reached, heads = layouts(found), [], set(), {}
    with tempfile.TemporaryDirectory() as folder:
        refs, every = unbundled(found, folder)
        newest = {story: {x["entry"]: x for x in own} for story, own in found.chains.items()}
        for story, entries in newest.items():
            ref = f"refs/stories/{sha(story.encode()).hexdigest()[:2]}/{story}"
            heads[ref] = entries[max(entries)]["commit"]
        odd = sorted(x for x in refs.keys() | heads.keys() if refs.get(x) != heads.get(x))
        if odd:
            return found.fail(
                f"{odd[0]} does not end where the log says, or one of the two lacks it"
            )
        order = [x["commit"] for story in sorted(newest) for _, x in sorted(newest[story].items())]
        stored = objects(folder, order)
        for story in sorted(newest):
            chain = Chain(found, story, shapes)
            for _, leaf in sorted(newest[story].items()):
                chain.add(leaf, *next(stored))
            chain.finish()
            register += chain.register()
            reached |= chain.reached
            if found.visit and not found.faults:
                found.visit(found, chain)
        stored.close()
    if every - reached:
        found.fail(f"the bundle has {len(every - reached)} objects that no chain reaches")
    found.same("data/removals.ndjson", b"".join(map(line, register)))
    for path in sorted(found.present - found.expected):
        if path.startswith("data/stories/") and not path.endswith(".tlog-proof"):
            found.fail(f"{path} is of no story, version or draft in the chains")


class Chain:
    """A story's commits, compared with their leaves as they come, and the files that they make."""

    def __init__(self, found, story, shapes):
        self.found, self.story, self.shapes = found, story, shapes
        self.leaves, self.records, self.commits, self.blobs = {}, [], [], []
        for leaf in found.chains[story]:
            self.leaves.setdefault(leaf["entry"], []).append(leaf)
        short = f"{story[:31]}_{sha(story.encode()).hexdigest()[:16]}"  # where an id is too long
        is_short = f"data/stories/{short}/versions.csv" in found.present
        self.folder = f"data/stories/{short if is_short else story}"
        every = [leaf for own in self.leaves.values() for leaf in own]
        self.version_of = {x["revision"]: x["version"] for x in every if "version" in x}
        self.hashes, self.text_blobs, self.tombstones, self.reached = {}, {}, {}, set()

    def fail(self, entry, fault):
        self.found.fail(f"{self.story} entry {entry}: {fault}")

    def add(self, leaf, commit, blob, text):
        entry, before, record = leaf["entry"], self.leaves[leaf["entry"]][:-1], Record(commit)
        is_revision, head = not record.verb, self.records[-1].commit if self.records else ""
        record.commit, record.words = leaf["commit"], leaf.get("words", "")
        self.records.append(record)
        self.commits.append(commit)
        self.blobs.append(blob)
        if is_revision:
            self.hashes.setdefault(record.revision, record.get("Content-SHA256"))
            self.text_blobs.setdefault(record.revision, blob)
        said = {
            "story": record.story, "entry": record.entry, "revision": record.revision,
            "action": record.verb, "version": record.version,
            "removed": True if is_revision and record.get("Removed") else None,
            "redacted": True if record.gone else None, "commit": leaf["commit"],
            "was": before[-1]["commit"] if before else None,
            "sha256": self.hashes.get(record.revision),
            "record": record.bare if "words" in leaf else record.whole,
            "words": (words(before[-1]) if before else record.whole) if "words" in leaf else None,
            "time": when(record.recorded),
        }  # fmt: skip
        for name, value in said.items():
            if leaf.get(name) != value:
                self.fail(entry, f"the log says {name} {leaf.get(name)}, its commit {value}")
        if "words" in leaf and record.title != record.subject():
            self.fail(entry, "its subject is not the one that its trailers make")
        if record.parent != head:
            self.fail(entry, "its parent is not the commit before it")
        tree = b"tree 38\0" + b"100644 story.json\0" + bytes.fromhex(blob)
        if record.tree != sha1(tree).hexdigest():
            self.fail(entry, "its tree holds more than its text")
        if self.text_blobs.get(record.revision) != blob:
            self.fail(entry, "it is on a revision that is not there, or holds another text than it")
        self.reached |= {record.commit, record.tree, blob}
        if sha(text).hexdigest() != leaf["sha256"]:
            self.tombstones[record.revision] = text
        number = self.version_of.get(record.revision)
        if number and (leaf.get("version") == number):
            self.compare_text(f"{self.folder}/versions/{number:04d}", text)
        elif is_revision and not number and self.found.info.get("Drafts") == "yes":
            self.compare_text(f"{self.folder}/drafts/r{record.revision:04d}", text)

    def compare_text(self, path, text):
        self.found.same(f"{path}.json", text)
        said = parsed(text.decode("utf-8"))
        if "removed" in said:
            return
        shape = said.get("shape", "story")
        if shape not in self.shapes:
            return self.found.fail(f"{path}.json has the shape {shape}: {SHAPES} has no such shape")
        parts = self.shapes[shape]
        for name in sorted(not_laid_out(said, parts)):
            self.found.fail(f"{path}.json has {name}, which no part of the shape {shape} lays out")
        marks = (True, False) if self.found.info.get("Export-Format") == "1" else (True,)
        self.found.same(f"{path}.txt", *(page(said, x, parts).encode() for x in marks))

    def finish(self):
        """What takes the whole chain: its removals, the order of its steps, and its files."""
        removals = [record for record in self.records if record.removes or record.redacts]
        removed = {number: each for each in reversed(removals) for number in each.removes}
        redacted = {number for each in removals for number in each.redacts}
        for record, leaves in zip(self.records, self.leaves.values()):
            lawful = record.revision in removed or record.entry in redacted
            if {record.whole} != {record.whole, *map(words, leaves)}:
                if not lawful:
                    self.fail(record.entry, "it was rewritten, and no removal says so")
                elif record.has_words():
                    self.fail(record.entry, "it was rewritten, and has words that no removal left")
                elif "words" not in leaves[0]:
                    self.found.old_rules += 1
            if record.entry in redacted and (not record.gone or record.has_words()):
                self.fail(record.entry, "a removal says that its note is gone, and it is not")
            if record.gone and record.entry not in redacted:
                self.fail(record.entry, "its note is marked as removed, and no removal says so")
        self.revisions, self.removals = replayed(self.records, self.fail), removals
        for number, revision in self.revisions.items():
            stone = self.tombstones.get(number)
            if {number in removed} != {revision.state == "removed", stone is not None}:
                said = "a removal says that its text is gone, and it is not"
                no_removal = "its text is gone, and no removal says so"
                self.fail(revision.entry, said if number in removed else no_removal)
            elif stone is not None and stone != tombstone(revision, removed[number]):
                self.fail(revision.entry, "what replaces its text is not what its removal says")
        public = (each for each in self.revisions.values() if each.version)
        self.versions = sorted(public, key=lambda each: each.version)
        self.found.same(f"{self.folder}/versions.csv", table(self.versions), of=rows_of)
        entries = b"".join(map(line, self.entries()))
        self.found.same(f"{self.folder}/entries.ndjson", entries, of=values_of)
        self.found.expect(f"{self.folder}/report.html")
        self.found.expected.add(f"{self.folder}/report.pdf")
        for old, new in zip(self.versions, self.versions[1:]):
            if "removed" not in (old.state, new.state):
                name = f"{self.folder}/differences/{old.version:04d}-{new.version:04d}"
                self.found.expect(f"{name}.html")
                form, scope = map(self.found.info.get, ("Export-Format", "Export-Scope"))
                if form != "1" and scope != "all":
                    self.found.expect(f"{name}.docx")
        self.found.versions += len(self.versions)
        self.found.public[self.story] = public_events(self)
        self.found.folders[self.story] = self.folder
        for version in self.versions:
            if abs(version.live.at - version.live.recorded) > 60:
                order = ", out of order" if version.live.out_of_order else ""
                self.found.claimed.append(
                    f"that {self.story} version {version.version} was published at"
                    f" {when(version.live.at)}, as it claims{order}: it was recorded at"
                    f" {when(version.live.recorded)}"
                )

    def entries(self):
        for record in self.records:
            revision = self.revisions[record.revision]
            said = action_entry(record) if record.verb else revision_entry(revision)
            yield {"entry": record.entry, **said}

    def register(self):
        """The lines of the register: a text or a note that was removed, by whom and why."""
        ids = {entry: [x["commit"] for x in own] for entry, own in self.leaves.items()}
        rewritten = [{"entry": x, "ids": ids[x]} for x in sorted(ids) if len(ids[x]) > 1]
        for record in self.removals:
            about = {
                "at": when(record.at), "reason": record.get("Removal-Reason"),
                "legal_reference": record.get("Legal-Reference"),
                "note": note_of(record, record.gone),
                "ordered_by": record.author, "confirmed_by": record.get("Confirmed-By"),
                "entry": record.entry, "commits": rewritten,
            }  # fmt: skip
            for number in sorted(record.removes):
                revision = self.revisions[number]
                what = {"story": self.story, "revision": number, "version": revision.version}
                what["sha256"] = revision.record.get("Content-SHA256")
                yield present({**what, **about})
            for entry in record.redacts:
                about_it = {"revision": self.records[entry - 1].revision, "note_of_entry": entry}
                yield present({"story": self.story, **about_it, **about})


# What a chain's steps make of its revisions, and how that is written in files.


class Revision:
    """A revision after all steps of its chain. `live`: the record that made it a version, `shown`:
    the one whose note is shown.
    """

    def __init__(self, record, state):
        self.record, self.entry, self.number = record, record.entry, record.revision
        self.state, self.now = ("removed" if record.get("Removed") else state), state
        self.version, self.live, self.kind = record.version, None, record.get("Change-Kind")
        self.shown, self.note, self.gone = record, record.note, record.gone
        self.override = record.get("Override-Reason")
        self.unexplained = record.list("Unexplained-Facts")
        self.explanations, self.superseded_by = [], None


def replayed(records, fail):
    """The revisions after a chain's records, by number. A step that no archive takes is a fault."""
    revisions, version, latest = {}, 0, 0
    for record in records:
        verb, state = record.verb, record.get("State")
        of = revisions.get(record.revision)
        publishes = verb == "publish" or (not verb and state == "published")
        if record.version != (version + 1 if publishes else None):
            fail(record.entry, f"its version is {record.version}, after version {version}")
        if publishes:
            version += 1
            record.out_of_order = record.at < latest or record.at > record.recorded + 300
            latest = max(latest, record.at)
        if not verb:
            if record.revision != len(revisions) + 1 or state not in ("draft", "published"):
                where = f"it is revision {record.revision}, {state}, after {len(revisions)}"
                fail(record.entry, where)
            revisions[record.revision] = made = Revision(record, state)
            made.live = record if publishes else None
            if record.number("Supersedes") in revisions:
                revisions[record.number("Supersedes")].superseded_by = record.revision
            continue
        if of is None:
            fail(record.entry, "it is on a revision that is not there")
            continue
        if verb in ("publish", "approve", "reject") and of.now != "draft":
            fail(record.entry, f"{verb} of revision {record.revision}, which is {of.now}, no draft")
        if verb in ("explain", "withdraw", "waive") and not of.version:
            fail(record.entry, f"{verb} of revision {record.revision}, which was never public")
        if verb == "publish":
            of.version, of.live, of.now = record.version, record, "published"
            of.state = of.state if of.state == "removed" else "published"
            of.kind = record.get("Change-Kind") or of.kind
            of.shown = record if record.note or record.gone else of.shown
            of.note, of.gone = of.shown.note, of.shown.gone
            of.override = record.get("Override-Reason")
            of.unexplained = record.list("Unexplained-Facts")
        elif verb == "explain":
            of.explanations.append(record)
            tells = record.gone or any(map(str.isalnum, record.note))
            if of.state == "removed" or (tells and record.get("Change-Kind") != "minor"):
                of.unexplained = []
        elif verb == "reject":
            of.now = "rejected"
            of.state = of.state if of.state == "removed" else "rejected"
        for number in record.removes:
            if number in revisions:
                revisions[number].now = "removed"
            else:
                fail(record.entry, f"it removes revision {number}, which is not there")
        if any(not 0 < entry < record.entry for entry in record.redacts):
            fail(record.entry, "it removes the note of an entry that is not there")
    return revisions


def tombstone(revision, removal):
    """What replaces a removed text."""
    said = {
        "story": revision.record.story, "revision": revision.number, "version": revision.version,
        "sha256": revision.record.get("Content-SHA256"), "reason": removal.get("Removal-Reason"),
        "legal_reference": removal.get("Legal-Reference"), "by": removal.author,
        "confirmed_by": removal.get("Confirmed-By"), "at": when(removal.at),
    }  # fmt: skip
    return (json.dumps({"removed": said}, ensure_ascii=False, indent=2) + "\n").encode()


def present(value):
    return {name: each for name, each in value.items() if each is not None}


GROUNDS = {"court-order": "a court order", "data-protection": "data protection"}
GROUNDS.update({"protection": "the protection of a person", "other": "another legal reason"})


def note_of(said, gone):
    """The note of a record or revision, or what stands in its place."""
    if "note" not in gone:
        return said.note
    ground, at = gone["note"]["reason"], datetime.strptime(gone["note"]["at"], "%Y-%m-%dT%H:%M:%SZ")
    return f"[note removed: {GROUNDS.get(ground, ground)}, {at.day} {at:%B %Y, %H:%M} UTC]"


def table(versions):
    """versions.csv"""
    names = "version state kind live_from live_until recorded_at out_of_order author note "
    names += "explanations words_added words_removed sections revision commit sha256"
    out, until = io.StringIO(), {}
    rows, ends = csv.writer(out, lineterminator="\r\n"), None
    for each in reversed(versions):
        until[each.version] = "" if ends is None else when(ends)
        ends = each.live.at if ends is None else min(ends, each.live.at)

    def cell(text):  # which a spreadsheet would otherwise take for a formula
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text

    rows.writerow(names.split())
    for each in versions:
        get = each.record.get
        kinds = [x.get("Change-Kind", "correction") for x in each.explanations]
        said = [f"{when(x.at)}: {note_of(x, x.gone)}" for x in each.explanations]
        said = map(", ".join, zip(kinds, said))
        order = "yes" if each.live.out_of_order else ""
        rows.writerow([
            each.version, each.state, each.kind, when(each.live.at), until[each.version],
            when(each.live.recorded), order, cell(each.record.author),
            cell(note_of(each, each.gone)), cell("\n".join(said)),
            get("Words-Added"), get("Words-Removed"),
            " ".join(each.record.list("Sections-Changed")), each.number,
            each.record.commit, get("Content-SHA256"),
        ])  # fmt: skip
    return out.getvalue().encode()


def revision_entry(each):
    """A revision's line of entries.ndjson."""
    record, numbers = each.record, each.record.number
    live = each.live or record
    value = {"story": record.story, "revision": each.number, "version": each.version}
    value["base_version"] = numbers("Base-Version")
    changes = {"sections": record.list("Sections-Changed"), "words_added": numbers("Words-Added")}
    changes["words_removed"] = numbers("Words-Removed")
    explained = [
        present({
            "note": x.note, "note_removed": x.gone.get("note"),
            "kind": x.get("Change-Kind") or "correction", "created_at": when(x.at),
            "recorded_at": when(x.recorded), "author": {"name": x.author},
        }) for x in each.explanations
    ]  # fmt: skip
    more = {
        "state": each.state, "kind": each.kind, "note": each.note,
        "note_removed": each.gone.get("note"), "author": {"name": record.author},
        "created_at": when(record.at), "recorded_at": when(live.recorded),
        "out_of_order": live.out_of_order or None, "commit": record.commit,
        "sha256": record.get("Content-SHA256"), "changes": changes, "explanations": explained,
        "published_at": None if live is record else when(live.at),
        "supersedes": numbers("Supersedes"), "superseded_by": each.superseded_by,
        "override_reason": each.override, "override_reason_removed": each.gone.get("reason"),
        "unexplained": each.unexplained or None,
    }  # fmt: skip
    return {**value, **present(more)}


def action_entry(record):
    """An action's line of entries.ndjson."""
    get, of_removal = record.get, record.get if record.removal else {}.get
    return present({
        "story": record.story, "revision": record.revision, "action": record.verb,
        "version": record.version, "kind": get("Change-Kind"), "note": record.note,
        "note_removed": record.gone.get("note"), "section": get("Section"),
        "block": record.number("Block"), "override_reason": get("Override-Reason"),
        "override_reason_removed": record.gone.get("reason"),
        "unexplained": record.list("Unexplained-Facts") or None, "alias": get("Alias"),
        "old": get("Old-Value"), "old_removed": record.gone.get("value"),
        "out_of_order": record.out_of_order or None, "reason": of_removal("Removal-Reason"),
        "legal_reference": of_removal("Legal-Reference"),
        "confirmed_by": of_removal("Confirmed-By"),
        "scope": "notes" if get("Text-Stays") else None,
        "also": record.list("Also-Removed", int) or None,
        "also_notes": record.list("Also-Redacted", int) or None,
        "author": {"name": record.author}, "created_at": when(record.at),
        "recorded_at": when(record.recorded), "commit": record.commit,
    })  # fmt: skip


# Texts as .txt files.


def part(name, label, kind="text", required=True):
    return {"id": name, "label": label, "kind": kind, "required": required}


STORY = [part("overview", "Overview"), part("analysis", "Analysis")]
STORY += [part("sources", "Sources", "sources"), part("faq", "FAQ", "faq")]
NAMES = "authors Authors lines,section Section line,tags Tags lines,language Language line"
NAMES += ",url Address url,image Image image,body Text text,sources Sources sources,faq FAQ faq"
ARTICLE = [part(x, label, kind, False) for x, label, kind in map(str.split, NAMES.split(","))]
ARTICLE += [part("ids", "Other IDs", "lines", False)]
IMAGE = [["url", "Address"], ["alt", "Alternative text"], ["caption", "Caption"]]
IMAGE += [["credit", "Credit"]]
LAYOUTS, SHAPES = {"story": STORY, "article": ARTICLE}, "data/shapes.json"
RECORDS = {"sources": {"name", "url", "title", "leaning"}, "faq": {"question", "answer"}}
RECORDS["image"] = {name for name, _ in IMAGE}


def layouts(found):
    """How texts are laid out, by shape: as is fixed here; of other shapes as the export says."""
    said = parsed(read(found, SHAPES) or "{}")
    for shape, parts in said.items():
        fixed = [{name: each.get(name) for name in STORY[0]} for each in parts]
        labels = [each["label"] for each in parts]
        labels += [label for each in parts for _, label in each.get("fields", ())]
        if fixed != LAYOUTS.get(shape, fixed):
            found.fail(f"{SHAPES} lays out the shape {shape} otherwise than every export does")
        if len({each["id"] for each in parts}) < len(parts):
            found.fail(f"{SHAPES} has one part of the shape {shape} twice")
        if any("\n" in label for label in labels):
            found.fail(f"{SHAPES} has a label of several lines in the shape {shape}")
    if said.keys() <= LAYOUTS.keys():
        found.covered.add(SHAPES)
    return {**said, **LAYOUTS}


def not_laid_out(said, parts):
    """The names of what a text has, and its page would not say."""
    names = {"shape", "title", "summary", "salt", *(each["id"] for each in parts)}
    names |= {"source_count" for each in parts if each["kind"] == "sources"}
    for each in parts:
        known = RECORDS.get(each["kind"]) or {name for name, _ in each.get("fields", ())}
        value = said.get(each["id"])
        for record in value if isinstance(value, list) else [value]:
            if isinstance(record, dict):
                yield from (f"{each['id']}.{name}" for name in record.keys() - known)
    yield from said.keys() - names


def marked(text, parts=STORY, more=""):
    """A line of a page, with backslashes if it would be read as something else."""
    core, end = text.strip("\\"), "\\" * text.rstrip("\\")[-1:].isspace()
    labels = [re.escape(x["label"]) for x in parts] + ["History"]
    counted = [re.escape(x["label"]) for x in parts if x["kind"] == "sources"] + ["Sources"]
    heading = "|".join([*labels, counted[0] + " \\(\\d{1,7}\\)"])
    read = core != core.strip() or re.fullmatch(heading, core) or re.search("^\ufeff" + more, core)
    return f"\\{text}{end}" if read else text


def page(story, marks=True, parts=STORY):
    """A story as text; without marks, which tell text from form, as earlier releases wrote it."""

    def mark(text, more=""):
        return marked(text, parts, more) if marks else text

    lone = str if not marks else lambda text: re.sub(r"(?<![^ ])(\\*—)(?![^ ])", r"\\\1", text)
    text, asked = [mark(story["title"], "|^[{<]")], "[?？؟]['\"”’»)]*$"
    text += [mark(story.get("summary", ""))]
    for each in parts:
        value, sources = story.get(each["id"]), each["kind"] == "sources"
        values = value if isinstance(value, list) else [value] if value else []
        count = f" ({story.get('source_count', len(values))})" if sources else ""
        text += [each["label"] + count] if values or each["required"] else []
        for value in values:
            if sources:
                title = " — " + value.get("title", "")
                title = re.sub(r"(?<= — )(\\*leaning:)(?![^ ])", r"\\\1", title) if marks else title
                leaning = f"leaning: {value['leaning']}" if marks and "leaning" in value else ""
                items = [lone(value["name"]), title[3:], leaning, value["url"]]
                text += [mark(" — ".join(filter(None, items)))]
            elif each["kind"] == "faq":
                question = value["question"]
                plain = re.search(asked, question) and not question.startswith(("\\", "? "))
                if question and marks and (not plain or mark(question) != question):
                    question = f"? {question}" + "\\" * question.rstrip("\\")[-1:].isspace()
                answer = mark(value["answer"], f"|^\\? |{asked}")
                text += [*filter(None, [question]), answer]
            elif isinstance(value, dict):
                known = IMAGE if each["kind"] == "image" else each["fields"]
                fields = [(label, value[name]) for name, label in known if name in value]
                ends = ["\\" * x.rstrip("\\")[-1:].isspace() for _, x in fields]
                text += [f"{label}: {x}{end}" for (label, x), end in zip(fields, ends)]
            else:
                text += [mark(value)]
    text = "\n".join([*text, "History", ""])
    code = r"(?<!\\)(\\+)(?=u(061c|200e|200f|202[abc]|206[6-9]|feff))"
    return re.sub(code, r"\1\1", text) if marks else text


# 5  Public log: it says of these stories what their chains say, and nothing else.

PUBLISHED = "data/published/"
REMOVALS = "removed", "redacted"
EVENTS = {"explain": "explained", "withdraw": "withdrawn", "alias": "alias", "remove": "removed"}
B64 = "[A-Za-z0-9+/]{43}="
PUBLIC_LEAF = {"event": "[a-z]{3,9}", "story": STORY_ID, "version": NUMBER, "text": B64}
PUBLIC_LEAF.update({"record": B64, "previous": "0|" + NUMBER, "log": "[!-~]{1,210}"})
PUBLIC_LEAF.update({"replayed": "0|" + NUMBER, "stories": NUMBER, "root": B64, "tie": B64})
PUBLIC_LEAF.update({"key": "SHA256:[A-Za-z0-9+/]{43}", "time": TIME})


def b64(data):
    return base64.b64encode(data).decode()


def public_leaf(text):
    leaf = parsed(text)
    names = [name for name in PUBLIC_LEAF if name in leaf]
    if json.dumps(leaf, separators=(",", ":")) != text or list(leaf) != names:
        raise ValueError(f"a leaf of the public log cannot be: {text[:200]}")
    if not all(re.fullmatch(PUBLIC_LEAF[name], str(leaf[name])) for name in names):
        raise ValueError(f"a leaf of the public log cannot be: {text[:200]}")
    return leaf


def public_events(chain):
    """What the public log must say of a story, in the order of its chain: the event and version of
    each leaf, the hash of its text, its time, and the public record, which it has a digest of.
    """
    revisions, made = chain.revisions, []
    public = {
        x.entry
        for x in chain.records
        if x.version or (x.verb in EVENTS and not x.get("Text-Stays"))
    }

    def add(event, version, record, author, note, kind, salt, text=None):
        removal = record.get if record.removal else {}.get
        value = {
            "event": event, "story": chain.story, "version": version, "kind": kind, "note": note,
            "author": author, "created_at": when(record.at), "recorded_at": when(record.recorded),
            "salt": note and salt and sha(f"public record {salt}".encode()).hexdigest(),
            "reason": removal("Removal-Reason"), "confirmed_by": removal("Confirmed-By"),
            "alias": record.get("Alias"),
        }  # fmt: skip
        said = {name: each for name, each in value.items() if each}
        said = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        made.append((event, version, text, when(record.recorded), said))

    for record in chain.records:
        of, note = revisions[record.revision], "" if record.removal else record.note
        if record.version:
            own, text = of.record.author, of.record.get("Content-SHA256")
            salt = of.shown.get("Salt")
            add("published", record.version, record, own, of.note, of.kind, salt, text)
            continue
        said = record.author, note, record.get("Change-Kind"), record.get("Salt")
        for number in [record.revision, *record.list("Also-Removed", int)]:
            version, live = revisions[number].version, revisions[number].live
            if record.entry in public and version and live.entry < record.entry:
                add(EVENTS[record.verb], version, record, *said)
        gone = set(record.redacts)
        shorn = {x.revision for x in chain.records if x.entry in gone & public}
        for number, each in sorted(revisions.items()):
            if each.version and (number in shorn or (each.entry in gone and each.record.gone)):
                add("redacted", each.version, record, *said)
    return made


def public_signer(found, note):
    """The public log's key: the private one's, under the public log's name."""
    return Key(f"{found.key.line}/published").signed_note(found, note)


def bit(key, at):
    return key[at >> 3] >> (7 - (at & 7)) & 1


def head_hash(story, versions, last):
    """A story's key in the map, and the hash of its entry."""
    key, text = sha(story.encode()).digest(), '{"story":"%s","versions":%d,"last":%d}'
    return key, sha(b"\0" + key + (text % (story, versions, last)).encode()).digest()


def check_published(found):
    stories, fail = found.public, found.fail
    found.single_proofs = {path for path in found.present if path.endswith(".tlog-proof")}
    if PUBLISHED + "checkpoint" not in found.present:
        due = found.info.get("Export-Format") != "1" and any(map(len, stories.values()))
        if due or found.single_proofs or any(x.startswith(PUBLISHED) for x in found.present):
            fail(f"{PUBLISHED}checkpoint is missing: what was published is in the public log")
        for path in sorted(found.single_proofs):
            fail(f"{path} is of no story, version or draft in the chains")
        found.unproven.append("that there were no other versions: it says nothing of a public log")
        return
    note = read(found, PUBLISHED + "checkpoint")
    if len(signed_lines(note)) != 3:
        return fail("the public log's checkpoint has other lines than its name, size and root")
    origin, size, root = signed_lines(note)
    if origin != f"{found.key.name}/published" or not public_signer(found, note):
        return fail("the public log's checkpoint is not signed by the log's key")
    size, root, whole = (
        int(size),
        base64.b64decode(root),
        PUBLISHED + "heads.ndjson" not in found.present,
    )
    leaves, hashes = {}, []
    for item in lines(found.root / PUBLISHED / "leaves.ndjson"):
        number, leaf = item["number"], public_leaf(item["leaf"])
        if list(item) != ["number", "leaf", "path"][: 2 if whole else 3] or number in leaves:
            raise ValueError(
                "a line of the public log's leaves has other fields, or is there twice"
            )
        leaf_hash = sha(b"\0" + item["leaf"].encode()).digest()
        hashes += [leaf_hash] if whole else []
        path = [] if whole else [bytes.fromhex(step) for step in item["path"]]
        if not whole and not (
            0 <= number < size and root_of(leaf_hash, number, size, path) == root
        ):
            fail(f"leaf {number} is not in the public log")
        leaves[number], found.public_leaves[number] = leaf, (item["leaf"], path)
    if whole and (list(leaves) != list(range(size)) or tree(hashes) != root):
        fail("the leaves of the public log are not those of its checkpoint")
    last = leaves.get(size - 1, {})
    if last.get("event") != "heads" or leaves.get(0, {}).get("event") != "genesis":
        return fail("the public log does not begin and end as one does")
    check_public_leaves(found, leaves, size)
    found.public_time, found.public_size, found.public_note = last["time"], size, note
    found.whole, found.replayed, found.began = whole, leaves[0]["replayed"], leaves[0]["time"]
    by_story = {}
    for number, leaf in sorted(leaves.items()):
        if "story" in leaf:
            by_story.setdefault(leaf["story"], []).append((number, leaf))
    heads = published_heads(found, leaves) if whole else proven_heads(found, last)
    for story in sorted(stories):
        check_public_story(found, story, by_story.pop(story, []), heads.get(story))
    everything = found.info.get("Export-Scope") == "all"
    if everything and not whole:
        fail("an export of everything has all leaves of the public log, and here are some")
    if everything or not whole:  # an export of many stories has the public log of all others, too
        for story in sorted(by_story.keys() - found.lost.keys()):
            fail(f"the public log's leaves here are of {story}, which is not exported")
    check_openings(found, leaves)


SKEW = 300  # seconds that a publisher's clock may be set back


def seconds(time):
    """A time of a log since 1970. ValueError if there is no such time."""
    return int(datetime.strptime(time, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def check_public_leaves(found, leaves, size):
    """That the leaves that are of no story are those that a log may have, and their times fit."""
    last, begun = seconds(leaves[size - 1]["time"]), seconds(leaves[0]["time"])
    fingerprints, replayed = {key.fingerprint for key in found.keys}, leaves[0].get("replayed")
    if leaves[0].get("log") not in {key.name for key in found.keys} or replayed is None:
        found.fail("the public log's first leaf is of another log")
    if last > datetime.now(timezone.utc).timestamp() + 86400:
        found.fail(f"the public log is dated {leaves[size - 1]['time']}, which is in the future")
    for number, leaf in sorted(leaves.items()):
        event = leaf["event"]
        own = "story" in leaf or (event == "genesis") == (number == 0)
        if event not in {
            "published",
            "genesis",
            "tie",
            "key",
            "heads",
            *EVENTS.values(),
            "redacted",
        }:
            own = False
        if not own or (event == "key" and leaf.get("key") not in fingerprints):
            found.fail(f"leaf {number} of the public log is none that a log has: {event}")
        if seconds(leaf["time"]) > last + SKEW:
            found.fail(f"leaf {number} of the public log is later than the log's last leaf")
        if "story" in leaf and number > (replayed or 0) and seconds(leaf["time"]) < begun - SKEW:
            found.fail(
                f"leaf {number} of the public log is of before the log began, which says nothing"
                " of it"
            )


def published_heads(found, leaves):
    """The map that all leaves make: of each story how many versions, and its last leaf. So must
    each leaf that states the map have it, as it was then.
    """
    heads, tree = {}, Map()
    for number, leaf in sorted(leaves.items()):
        if "story" in leaf:
            versions = heads.get(leaf["story"], (0, 0))[0] + (leaf["event"] == "published")
            heads[leaf["story"]] = versions, number
            tree.put(*head_hash(leaf["story"], versions, number))
        elif leaf["event"] == "heads" and (leaf["root"], leaf["stories"]) != (
            b64(tree.root()),
            len(heads),
        ):
            found.fail(
                f"leaf {number} of the public log is not the map that the leaves before it make"
            )
            break
    return heads


class Map:
    """The map of stories, as it grows. A node is its hash and, if it has several stories, its two
    halves; if it has one, that story's key.
    """

    def __init__(self):
        self.top = None

    def root(self):
        return hash_in(self.top)

    def put(self, key, value):
        self.top = self.added(self.top, key, value, 0)

    def added(self, there, key, value, depth):
        if there is None or there[1] == key:
            return value, key
        halves = there[1]
        if isinstance(halves, bytes):  # one story, which goes further down
            halves = (None, there) if bit(halves, depth) else (there, None)
        at = bit(key, depth)
        made = self.added(halves[at], key, value, depth + 1)
        halves = (halves[0], made) if at else (made, halves[1])
        return node(*map(hash_in, halves)), halves


def hash_in(there):
    return there[0] if there else bytes(32)


def proven_heads(found, last):
    """What the map says of each story here, which is proven to be in it, or not to be."""
    heads = {}
    for item in lines(found.root / PUBLISHED / "heads.ndjson"):
        story, text = item["story"], item["head"]
        path, key = [bytes.fromhex(step) for step in item["path"]], sha(story.encode()).digest()
        head = parsed(text) if text else None
        value = bytes(32)
        if head:
            other, value = head_hash(head["story"], head["versions"], head["last"])
            same = all(bit(other, n) == bit(key, n) for n in range(len(path)))
            if not same or list(head) != ["story", "versions", "last"] or len(path) > 256:
                found.fail(f"what the public log's map says of {story} is of another place in it")
        for depth in range(len(path), 0, -1):
            sibling = path[len(path) - depth]
            value = node(sibling, value) if bit(key, depth - 1) else node(value, sibling)
        if b64(value) != last["root"] or story in heads:
            found.fail(f"what the public log's map says of {story} is not in it")
        there = head and head["story"] == story
        heads[story] = (head["versions"], head["last"]) if there else None
    if sorted(heads) != sorted(found.public):
        found.fail("the public log's map is not asked of just the stories that are here")
    return heads


def check_public_story(found, story, own, head):
    """That a story's leaves are all that there are, and say what its chain does."""
    numbers, expected = [number for number, _ in own], found.public[story]
    previous = [None, *numbers[:-1]] if numbers else []
    if [leaf.get("previous") for _, leaf in own] != previous:
        found.fail(f"{story}: a leaf of it is missing from the public log's leaves here")
    count = sum(leaf["event"] == "published" for _, leaf in own)
    if (head or (0, None)) != (count, numbers[-1] if numbers else None):
        found.fail(
            f"{story}: the public log has {head[0] if head else 0} versions of it, and here are"
            f" {count}: some are missing, or are made up"
        )
    versions = [leaf["version"] for _, leaf in own if leaf["event"] == "published"]
    if versions != list(range(1, count + 1)):
        found.fail(f"{story}: the public log has its versions in another order than their numbers")
    late = [each for each in expected if each[3] >= found.public_time]
    known = [(x["event"], x["version"], x.get("text"), x["time"], x["record"]) for _, x in own]
    while len(expected) > len(known) and expected[-1] in late:
        found.too_new.append(f"{story} version {expected[-1][1]}, {expected[-1][0]}")
        expected = expected[:-1]
    hashed = [
        (event, version, text and b64(bytes.fromhex(text)), time, b64(sha(said.encode()).digest()))
        for event, version, text, time, said in expected
    ]
    shorn = {version for event, version, *_ in hashed if event in REMOVALS}
    for there, made in zip(sorted(known, key=order_of), sorted(hashed, key=order_of)):
        same = there == made
        bare = there[:4] == made[:4] and made[1] in shorn and made[0] not in REMOVALS
        if not same and not bare:
            found.fail(
                f"{story}: the public log says of version {there[1]} that it was {there[0]} at"
                f" {there[3]}, and the chain says it otherwise"
            )
        elif not same:  # the digest is of the words, too
            found.shorn.append(
                f"that the public record of {story} version {there[1]}, {there[0]}, said what the"
                " chain says of kind, author and claimed time: it had words that were removed"
            )
    if len(known) != len(hashed):
        found.fail(
            f"{story}: the public log has {len(known)} leaves of it, its chain {len(hashed)}"
        )
    lines_by_hash = {b64(sha(said.encode()).digest()): said for *_, said in expected}
    for number, leaf in own:
        if leaf["record"] in lines_by_hash:
            value = {"number": number, "record": lines_by_hash[leaf["record"]]}
            found.records.append(line(value))
        if leaf["event"] == "published" and not found.whole:
            name = f"{found.folders[story]}/versions/{leaf['version']:04d}.tlog-proof"
            found.same(name, proof(found, number))
            found.single_proofs.discard(name)


def order_of(event):
    return event[3], event[1], event[0]


MOST_UNTIED = 7200  # seconds: a log ties in the private one each hour, and may be busy then


def check_openings(found, leaves):
    """The records whose digests are in leaves, what ties in the private log, and single proofs."""
    found.same(PUBLISHED + "records.ndjson", b"".join(found.records))
    newest = max(n for n, leaf in leaves.items() if leaf["event"] in ("genesis", "tie"))
    if seconds(found.public_time) - seconds(leaves[newest]["time"]) > MOST_UNTIED:
        found.fail(
            "the last leaf of the public log that ties in the log is missing: the one here is of"
            f" {leaves[newest]['time']}, and there is one each hour"
        )
    closed = {0, newest}
    for item in lines(found.root / PUBLISHED / "ties.ndjson"):
        note, number = item["checkpoint"], item["number"]
        closed.discard(number)
        tied = sha(bytes.fromhex(item["blind"]) + note.encode()).digest()
        if leaves.get(number, {}).get("tie") != b64(tied):
            found.fail(f"what is said to open leaf {number} of the public log does not")
        elif not any(key.signed_note(found, note) for key in found.keys):
            found.fail(f"the checkpoint that leaf {number} ties in is not signed by the log's key")
        else:
            first, root = int(note.split("\n")[1]), base64.b64decode(note.split("\n")[2])
            sides = sorted([(first, root), (found.size, found.tree_root)])
            proof = [bytes.fromhex(step) for step in item["consistency"]]
            if not extends(*sides[0], *sides[1], proof):
                found.fail(f"the log here is not the one that leaf {number} ties in")
            found.tied = max(found.tied, (leaves[number]["time"], first))
            for leaf in (leaf for own in found.leaves.values() for leaf in own):
                if leaf["number"] < first and seconds(leaf["time"]) > seconds(found.tied[0]) + SKEW:
                    found.fail(f"leaf {number} ties in entries that were recorded after it")
                    break
    for number in sorted(closed):
        found.fail(f"what opens leaf {number} of the public log, which ties in the log, is missing")
    for path in sorted(found.single_proofs):
        found.fail(f"{path} is of no version in the public log's leaves here")


def proof(found, number):
    """A proof that a leaf is in the public log (c2sp.org/tlog-proof)."""
    text, path = found.public_leaves[number]
    extra = b64(json.dumps({"leaf": text}, separators=(",", ":")).encode())
    rows = ["c2sp.org/tlog-proof@v1", f"extra {extra}", f"index {number}", *map(b64, path)]
    return "\n".join([*rows, "", found.public_note]).encode()


def extends(old, old_root, size, root, proof):
    """Whether a proof shows that a log begins with an older one (RFC 9162, section 2.1.4.2)."""
    if old == size:
        return not proof and old_root == root
    if not old:
        return not proof
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    if not path:
        return False
    before = after = path[0]
    for each in path[1:]:
        if not last:
            return False
        if first & 1 or first == last:
            before, after = node(each, before), node(each, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node(after, each)
        first, last = first >> 1, last >> 1
    return not last and (before, after) == (old_root, root)


# Who must have signed: a policy (c2sp.org/tlog-policy) names logs, witnesses and how many of these.


class Policy:
    """`logs`: fingerprints of the keys of logs; `accepts`: whether the names of witnesses that have
    cosigned are enough. ValueError for a text that is none.
    """

    def __init__(self, text):
        self.logs, self.witnesses, known, quorum = set(), {}, {"none": lambda _: True}, ""
        for number, row in enumerate(text.split("\n"), 1):
            kind, *rest = row.split() if row.split() else ["#"]
            try:
                if kind == "log":
                    self.logs.add(trusted_key(rest[0]))
                elif kind == "witness":
                    name, vkey = rest[:2]
                    self.witnesses[name] = witness_key(vkey)
                    self.define(known, name, lambda there, name=name: name in there)
                elif kind == "group":
                    name, least, *members = rest
                    least = {"any": 1, "all": len(members)}.get(least) or int(least)
                    parts = [known[member] for member in members if member != "none"]
                    if not 1 <= least <= len(parts) == len(members):
                        raise ValueError(f"a group of {len(parts)} that needs {least}")
                    self.define(known, name, self.group(least, parts))
                elif kind == "quorum" and not quorum:
                    quorum, self.accepts = rest[0], known[rest[0]]
                elif not kind.startswith("#"):
                    raise ValueError(f"“{kind}” is none of log, witness, group, quorum")
            except (IndexError, KeyError, ValueError) as error:
                raise ValueError(f"line {number} of the policy cannot be read: {error}") from None
        if not quorum:
            raise ValueError("the policy has no line “quorum”")

    def group(self, least, parts):
        return lambda there: sum(part(there) for part in parts) >= least

    def define(self, known, name, rule):
        if name in known:
            raise ValueError(f"the name {name} is there twice")
        known[name] = rule

    def cosigned(self, found, note):
        """Of each witness that has cosigned a note, its name and when."""
        text, _, signatures = note.rpartition("\n\n")
        for name, (key_name, mark, raw) in filter(lambda each: each[1], self.witnesses.items()):
            for signature in signatures.splitlines():
                if signature.startswith(f"— {key_name} "):
                    value = base64.b64decode(signature.split(" ")[2])
                    at = int.from_bytes(value[4:12], "big")
                    signed = f"cosignature/v1\ntime {at}\n{text}\n".encode()
                    if value[:4] == mark and found.ed25519(raw, signed, value[12:]):
                        yield name, at


def witness_key(vkey):
    """Name, key id and key of a witness, from its verifier key (type 4: cosignature/v1). None of
    type 6, ML-DSA, which Python cannot check by itself: it counts as a witness that is silent.
    """
    name, mark, key = [*vkey.split("+", 2), "", ""][:3]
    data = base64.b64decode(key or "-", validate=True)
    if len(data) == 1313 and data[0] == 6:
        return None
    if len(data) != 33 or data[0] != 4 or sha(f"{name}\n".encode() + data).hexdigest()[:8] != mark:
        raise ValueError("it is no verifier key of a witness: NAME+1234abcd+B…")
    return name, bytes.fromhex(mark), data[1:]


def check_policy(found):
    """That the witnesses whom the reader's policy demands have cosigned the public checkpoint."""
    if found.policy is None:
        return
    there = dict(found.policy.cosigned(found, found.public_note)) if found.public_note else {}
    found.cosigned = sorted(there.items())
    if not found.policy.accepts(there):
        found.fail(
            "the public log's checkpoint is not cosigned as your policy demands: it has the"
            f" cosignatures of {', '.join(sorted(there)) or 'none of its witnesses'}"
        )


# 6  What the export says of itself: bag-info.txt and bagit.txt.


def bag_info(found):
    info = {}
    for text in read(found, "bag-info.txt").splitlines():
        name, colon, value = text.partition(": ")
        if not colon or name in info:
            found.fail(f"bag-info.txt has a line that is no field, or one twice: {text[:80]}")
        info[name] = value
    return info


UNCHECKED = {"External-Description", "Bag-Software-Agent", "Bagging-Date"}


def check_info(found):
    info, stories = found.info, sorted(found.leaves)
    payload = [found.root / path for path in found.present if path.startswith("data/")]
    name = stories[0] if len(stories) == 1 else f"{len(stories):,} stories"
    _, *span = re.split(" (?=from |to before )", info.get("External-Identifier", ""))
    newest = max((leaf for own in found.leaves.values() for leaf in own), key=lambda x: x["number"])
    said = {
        "Source-Organization": found.origin, "External-Identifier": " ".join([name, *span]),
        "Payload-Oxum": f"{sum(x.stat().st_size for x in payload)}.{len(payload)}",
        "Log-Size": str(found.size), "Log-Key": found.key.fingerprint,
        "Drafts": "yes" if info.get("Drafts") == "yes" else "no",
        "Export-Scope": "all" if info.get("Export-Scope") == "all" else "some",
        "Export-Format": "2" if info.get("Export-Format") == "2" else "1",
        "External-Description": "Versions and differences of news stories, with proof",
        "Damaged-Stories": str(len(found.lost)) if found.lost else None,
    }  # fmt: skip
    if newest["number"] == found.size - 1:
        said["Bagging-Date"] = newest["time"][:10]
    day, first = info.get("Bagging-Date", ""), when(seconds(newest["time"]) - SKEW)[:10]
    last = when(datetime.now(timezone.utc).timestamp() + 86400)[:10]
    if not re.fullmatch(TIME, f"{day}T00:00:00Z", re.ASCII) or not first <= day <= last:
        found.fail(
            f"bag-info.txt says Bagging-Date: {day}, and it has an entry of {newest['time']}"
        )
    form = f"|from {TIME}|(from {TIME} )?to before {TIME}"
    if not re.fullmatch(form, " ".join(span), re.ASCII) or (span and said["Export-Scope"] == "all"):
        found.fail(f"bag-info.txt says {' '.join(span)}, which is no span of an export")
    for field, value in said.items():
        if info.get(field) != value:
            found.fail(f"bag-info.txt says {field}: {info.get(field)}, and it is {value}")
    for field in info.keys() - said.keys() - UNCHECKED:
        found.fail(f"bag-info.txt says {field}, which no export says")
    if read(found, "bagit.txt") != "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
        found.fail("bagit.txt is not that of an export")
    if span:
        found.unproven.append(f"that these are all stories recorded {' '.join(span)}")
    found.newest = newest["time"]


MOST_FAULTS = 100
LAYERS = (
    check_files,
    check_signatures,
    check_log,
    check_chains,
    check_published,
    check_policy,
    check_info,
)


class Found:
    """What was found of an export: faults, what remains unproven, and what a layer hands on."""

    def __init__(self, root, trusted="", policy=None, visit=None, verify=ed25519):
        given = [trusted] if isinstance(trusted, str) else [*trusted]
        self.trusted = {*filter(None, given), *(policy.logs if policy else ())}
        self.root, self.policy, self.visit, self.ed25519 = root, policy, visit, verify
        self.faults, self.unproven, self.claimed, self.missing = [], [], [], {}
        self.expected, self.versions, self.old_rules, self.chains = set(), 0, 0, {}
        self.public, self.folders, self.records, self.public_note = {}, {}, [], ""
        self.public_leaves, self.too_new, self.tied, self.cosigned = {}, [], ("", 0), []
        self.replayed, self.disorder, self.shorn, self.covered = 0, [], [], set()

    def fail(self, fault):
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def expect(self, path):
        self.expected.add(path)
        if path not in self.present:
            self.fail(f"{path} is missing")
        return path in self.present

    def same(self, path, *allowed, of=None):
        """That a file has these bytes, or others that are allowed. Earlier releases wrote fewer
        fields into lists: `of` reads them, and each that is there must be right.
        """
        if not self.expect(path) or (data := (self.root / path).read_bytes()) in allowed:
            return
        if of and self.info.get("Export-Format") == "1":
            there, made = of(data), of(allowed[0])
            if len(there) == len(made) and all(x.items() <= y.items() for x, y in zip(there, made)):
                lacks = sorted({name for x, y in zip(there, made) for name in y.keys() - x.keys()})
                if lacks:
                    self.missing[path.rpartition("/")[2]] = ", ".join(lacks)
                    return
        agreed = max(len(os.path.commonprefix([data, each])) for each in allowed)
        number = data[:agreed].count(b"\n") + 1
        self.fail(f"{path} is not what the chain says: line {number}")


def check(root, trusted="", policy=None, layers=LAYERS, **more):
    """What is found of the export in a folder, layer by layer up to the first with a fault."""
    found = Found(Path(root), trusted, policy, **more)
    try:
        for layer in layers:
            if not found.faults:
                layer(found)
    except subprocess.CalledProcessError as error:
        found.fail(f"git finds fault with the chains: {error.stderr.decode(errors='replace')}")
    except Exception as error:
        found.fail(f"it cannot be read: {type(error).__name__}: {error}")
    return found


def printable(text):
    """One line without characters that paint a terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def values_of(data):
    return [parsed(text) for text in data.decode("utf-8").split("\n")[:-1]]


NAMED = 5


def some(said, others):
    """The first of what is said, and how many others there are."""
    rest = len(said) - NAMED
    return said[:NAMED] + [f"the same of {rest:,} more {others}"] * (rest > 0)


def verdict(found):
    """In words, what a check without faults has proven, and what not."""
    stories, count = sorted(found.chains), len(found.chains)
    named = ", ".join(stories) if count <= NAMED else f"{count:,} stories"
    versions = "1 version" if found.versions == 1 else f"{found.versions:,} versions"
    proven = []
    if found.chains:
        proven = [
            f"of {named}: {versions}, what they say, their order, numbers and notes, and who"
            " decided what, all as the chains and the log have it",
            f"that is as of a log of {found.size:,} entries, and of {found.newest}, when the newest"
            " in here was recorded by the publisher's clock",
            "of these, the only missing texts and notes are those that were removed for legal"
            " reasons, as the register says",
        ]
    if found.chains and found.public_note:
        newer = ", but for what is newer (see below)" if found.too_new else ""
        proven.append(
            f"as of {found.public_time}, by the publisher's clock, the public log, of"
            f" {found.public_size:,} leaves, has these versions of each and no other{newer}"
        )
    if found.tied[1]:
        proven.append(
            f"the first {found.tied[1]:,} entries of this log were tied into the public log at"
            f" {found.tied[0]}, by the publisher's clock"
        )
    proven += [f"{name} cosigned the public log at {when(at)}" for name, at in found.cosigned]
    unproven = found.unproven + some(found.claimed, "versions: see recorded_at in versions.csv")
    unproven += some(found.disorder, "entries") + some(found.shorn, "public records")
    too_new = [f"that the public log has {each}: it is newer" for each in found.too_new]
    unproven += some(too_new, "events")
    if found.replayed:
        unproven.append(
            f"that what was published before {found.began} was not made up then: the first"
            f" {found.replayed:,} events of the public log were not witnessed before it began"
        )
    if found.public_note and not found.cosigned:
        unproven.append("that everybody was shown this public log: no witness was looked for")
    if found.old_rules:
        unproven.append(
            f"that {found.old_rules:,} entries lost their words alone: they were rewritten under"
            " the rules before leaves of version 2"
        )
    if found.info["Export-Scope"] != "all":
        newest = "drafts and decisions" if found.public_note else "entries"
        unproven.append(f"that these are the newest {newest} of each story: the publisher signs so")
    unproven.append("that what was recorded before the first outside witness was not made up then")
    unproven += [f"{name} lacks {what}: not compared" for name, what in found.missing.items()]
    return proven, unproven


def not_compared(found, instead=()):
    """The files whose content nothing was compared with, and what to do about each; `instead`: by
    what is to be done, what to say in its place.
    """
    for pattern, how in KNOWN.items():
        files = sorted(found.present - found.covered)
        files = [path for path in files if re.fullmatch(pattern, path, re.ASCII)]
        how = dict(instead).get(how, how)
        if how and files:
            yield f"{files[0]}{f' and {len(files) - 1:,} more' * (len(files) > 1)}: {how}"


def main():
    options = argparse.ArgumentParser(description="Checks an unpacked export of story-history.")
    options.add_argument("folder", nargs="?", default=".")
    options.add_argument(
        "--key", default="", help="as the publisher printed it, not from the export"
    )
    options.add_argument(
        "--any-signer",
        action="store_true",
        help="accept whoever signed it: then nobody vouches for it",
    )
    options.add_argument("--policy", default="", help="a file that names logs and witnesses")
    given = options.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        policy = Policy(Path(given.policy).read_text("utf-8")) if given.policy else None
        found = check(given.folder, trusted_key(given.key) if given.key else "", policy)
    except (OSError, ValueError) as error:
        found = Found(given.folder)
        found.fail(f"{'--policy' if given.policy else '--key'}: {error}")
    if not found.faults and not found.trusted and not given.any_signer:
        found.fail(
            f"nobody is known to have signed it: it names the key {found.key.fingerprint}, as any"
            " forger could name one. Get the publisher's key elsewhere, and give it with --key"
        )
    for fault in found.faults:
        print(printable(f"FAILED: {fault}"))
    if found.faults:
        more = " or more" * (len(found.faults) == MOST_FAULTS)
        print(f"NOT VERIFIED; failures: {len(found.faults)}{more}")
        return 1
    proven, unproven = verdict(found)
    whose = "that you gave" if found.trusted else "that is in it; whose that is, was not checked"
    proven.insert(0, f"all of it is signed by the key {found.key.fingerprint}, {whose}")
    parts = {"Proven": proven, "Not proven": unproven, "Not compared": not_compared(found)}
    for title, said in parts.items():
        print(f"{title}:", *[f"- {printable(each)}" for each in said], "", sep="\n")
    print("verified" if found.trusted else "consistent, but nobody is known to have signed it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
