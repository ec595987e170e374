"""Checks an unpacked export, in its folder: python3 verify.py. See VERIFY.txt.

Plain Python and git: hashes, leaves and proofs of the log (RFC 6962), chains, removals, texts.
Signatures and the time stamp are for ssh-keygen and openssl.
"""

import base64
import hashlib
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def sha(data):
    return hashlib.sha256(data)


def lines(path):
    return list(map(json.loads, path.read_text("utf-8").splitlines()))


def tree(hashes):
    half = 1 << (len(hashes) - 1 or 1).bit_length() - 1
    pair = [tree(hashes[:half]), tree(hashes[half:])] if len(hashes) > 1 else []
    return sha(b"\1" + b"".join(pair)).digest() if pair else hashes[0]


def root_of(leaf, number, size, path):
    if size == 1:
        return b"" if path else leaf
    half = 1 << (size - 1).bit_length() - 1
    if number < half:
        return sha(b"\1" + root_of(leaf, number, half, path[:-1]) + path[-1]).digest()
    return sha(b"\1" + path[-1] + root_of(leaf, number - half, size - half, path[:-1])).digest()


def page(told):
    text = [told["title"], told["summary"], "Overview", *told["overview"], "Analysis"]
    text += [*told["analysis"], f"Sources ({told['source_count']})"]
    for each in told["sources"]:
        text.append(" — ".join(filter(None, map(each.get, ("name", "title", "url")))))
    questions = [[*filter(None, [each["question"]]), each["answer"]] for each in told["faq"]]
    return "\n".join([*text, "FAQ", *(line for each in questions for line in each), "History", ""])


def check_files(root, fail):
    names = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (root / name).read_text("utf-8").splitlines():
            digest, path = line.split("  ", 1)
            names.add(path)
            if not (root / path).is_file() or sha((root / path).read_bytes()).hexdigest() != digest:
                fail(f"{path} is missing or was changed")
    here = {str(each.relative_to(root)) for each in root.rglob("*") if each.is_file()}
    for path in here - names:
        fail(f"{path} is in no manifest")


def check_log(root, fail):
    _, size, value = (root / "data/log/checkpoint").read_text("utf-8").split("\n")[:3]
    size, value, leaves = int(size), base64.b64decode(value), lines(root / "data/log/leaves.ndjson")
    hashes = [sha(b"\0" + each["leaf"].encode()).digest() for each in leaves]
    if "path" not in leaves[0] and (len(leaves) != size or tree(hashes) != value):
        fail("the leaves are not those of the checkpoint")
    for each, leaf in zip(leaves, hashes):
        path = [bytes.fromhex(step) for step in each.get("path", ())]
        if "path" in leaves[0] and root_of(leaf, each["number"], size, path) != value:
            fail(f"leaf {each['number']} is not in the log of the checkpoint")
    newest, gone, changed = {}, {}, set()
    for leaf in map(json.loads, (x["leaf"] for x in sorted(leaves, key=lambda x: x["number"]))):
        place, about = (leaf["story"], leaf["entry"]), (leaf["story"], leaf["revision"])
        before = newest.get(place, {})
        if leaf.get("was") != before.get("commit"):
            fail(f"{place}: a leaf before this one is missing")
        changed |= {about} if before and before["record"] != leaf["record"] else set()
        gone.update({about: leaf["sha256"]} if leaf.get("removed") else {})
        newest[place] = leaf
    for about in changed - gone.keys():
        fail(f"{about}: rewritten, and not by a removal")
    register = lines(root / "data/removals.ndjson")
    if {(each["story"], each["revision"]): each["sha256"] for each in register} != gone:
        fail("what is missing is not what the removal register says")
    return newest, gone


def check_chains(root, newest, gone, fail):
    with tempfile.TemporaryDirectory() as folder:
        bundle, git = str((root / "data/history.bundle").resolve()), ["git", "-C", folder]
        subprocess.run(["git", "clone", "-q", "--mirror", bundle, folder], check=True)
        subprocess.run([*git, "fsck", "--full", "--strict"], check=True, capture_output=True)
        refs = subprocess.run([*git, "for-each-ref"], capture_output=True, check=True).stdout
        asked = "".join("{0}\n{0}:story.json\n".format(each["commit"]) for each in newest.values())
        out = subprocess.run(
            [*git, "cat-file", "--batch"], input=asked.encode(), capture_output=True
        )
    found, rest = [], io.BytesIO(out.stdout)
    while head := rest.readline():
        found.append(rest.read(int(head.split()[2])))
        rest.read(1)
    texts = dict(zip(newest, zip(found[::2], found[1::2])))
    heads, versions, files = {}, {}, set()
    for (story, entry), leaf in sorted(newest.items()):
        commit, text = texts[story, entry]
        before, place = heads.get(story, ("", 0))
        parent = f"parent {before}\n".encode() if before else b""
        if entry != place + 1 or sha(commit.replace(parent, b"", 1)).hexdigest() != leaf["record"]:
            fail(f"{story} entry {entry}: it is not what the log says, or one before it is missing")
        told, removed = json.loads(text), (story, leaf["revision"]) in gone
        if (told["removed"]["sha256"] if removed else sha(text).hexdigest()) != leaf["sha256"]:
            fail(f"{story} entry {entry}: its text is not what the log says")
        heads[story] = leaf["commit"], entry
        if "version" in leaf:
            versions.setdefault(story, []).append(leaf["version"])
            path = f"data/stories/{story}/versions/{leaf['version']:04d}"
            pages = {} if removed else {f"{path}.txt": page(told).encode()}
            for name, data in (pages | {f"{path}.json": text}).items():
                files.add(name)
                if (root / name).read_bytes() != data:
                    fail(f"{name} is not what the chain says")
    ends = {
        line.split("\t")[1].rpartition("/")[2]: line[:40] for line in refs.decode().splitlines()
    }
    if ends != {story: head for story, (head, _) in heads.items()}:
        fail("a chain does not end where the log says")
    for story, numbers in versions.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            fail(f"{story}: its versions are not numbered in one row")
    if {str(each.relative_to(root)) for each in root.glob("data/stories/*/versions/*")} != files:
        fail("there are other files of versions than the chains have versions")


def check(root):
    """What is wrong; nothing if all is as it should be."""
    wrong = []
    try:
        check_files(root, wrong.append)
        check_chains(root, *check_log(root, wrong.append), wrong.append)
    except Exception as error:
        wrong.append(f"it cannot be read: {type(error).__name__}: {error}")
    return wrong


if __name__ == "__main__":
    failures = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join([f"FAILED: {each}" for each in failures] or ["verified"]))
    sys.exit(1 if failures else 0)
