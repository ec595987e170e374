"""Checks an unpacked export; run it in the export's folder: python3 verify.py. See VERIFY.txt.

Needs only Python and git. It checks hashes, the log's leaves and proofs (RFC 6962), chains,
removals and texts, and stops where one of these fails: git is run on nothing that its hashes or the
log do not vouch for. Signatures and time stamps are checked with ssh-keygen and openssl.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from hashlib import sha256 as sha
from pathlib import Path


def lines(path):
    return [*map(json.loads, path.read_text("utf-8").splitlines())] if path.exists() else []


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


def part(name, label, kind="text"):
    return {"id": name, "label": label, "kind": kind, "required": True}


STORY = [part("overview", "Overview"), part("analysis", "Analysis")]
STORY += [part("sources", "Sources", "sources"), part("faq", "FAQ", "faq")]


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
                fields = [(label, value[name]) for name, label in each["fields"] if name in value]
                ends = ["\\" * x.rstrip("\\")[-1:].isspace() for _, x in fields]
                text += [f"{label}: {x}{end}" for (label, x), end in zip(fields, ends)]
            else:
                text += [mark(value)]
    text = "\n".join([*text, "History", ""])
    code = r"(?<!\\)(\\+)(?=u(061c|200e|200f|202[abc]|206[6-9]|feff))"
    return re.sub(code, r"\1\1", text) if marks else text


def plain_files(root, fail):
    """The paths of all files; a link, a device or the like is a fault."""
    found = set()
    for folder, folders, names in os.walk(root):
        for path in (Path(folder, name) for name in folders + names):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                fail(f"{path.relative_to(root)} is not a plain file")
            elif path.is_file():
                found.add(str(path.relative_to(root)))
    return found


def check_files(root, fail):
    present = plain_files(root, fail)
    listed = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    if not {*listed, "manifest-sha256.txt"} <= present:
        return fail("its manifests are missing")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (root / name).read_text("utf-8").splitlines():
            digest, path = line.split("  ", 1)
            listed.add(path)
            if path not in present or sha((root / path).read_bytes()).hexdigest() != digest:
                fail(f"{path} is missing or was changed")
    for path in present - listed:
        fail(f"{path} is in no manifest")


def check_log(root, fail):
    _, size, value = (root / "data/log/checkpoint").read_text("utf-8").split("\n")[:3]
    size, value, leaves = int(size), base64.b64decode(value), lines(root / "data/log/leaves.ndjson")
    hashes = [sha(b"\0" + line["leaf"].encode()).digest() for line in leaves]
    if "path" not in leaves[0] and (len(leaves) != size or tree(hashes) != value):
        fail("the leaves are not those of the checkpoint")
    for line, leaf in zip(leaves, hashes):
        path = [bytes.fromhex(step) for step in line.get("path", ())]
        if "path" in leaves[0] and root_of(leaf, line["number"], size, path) != value:
            fail(f"leaf {line['number']} is not in the log of the checkpoint")
    lost = {line["story"] for line in lines(root / "data/damaged.ndjson")}
    newest, removed, redacted, changed = {}, {}, set(), set()
    for leaf in map(json.loads, (x["leaf"] for x in sorted(leaves, key=lambda x: x["number"]))):
        named = re.fullmatch("[a-z0-9-]{1,120} [0-9a-f]{40}", f"{leaf['story']} {leaf['commit']}")
        if not named or type(leaf.get("version", 0)) is not int:
            raise ValueError(f"leaf of {leaf['story']} {leaf['commit']}")
        entry, revision = (leaf["story"], leaf["entry"]), (leaf["story"], leaf["revision"])
        if leaf["story"] in lost:
            continue
        before = newest.get(entry, {})
        if leaf.get("was") != before.get("commit"):
            fail(f"{entry}: a leaf before this one is missing")
        if before and (before["record"], words(before)) != (leaf["record"], words(leaf)):
            changed |= {(revision, entry)}
        removed.update({revision: leaf["sha256"]} if leaf.get("removed") else {})
        redacted |= {entry} if leaf.get("redacted") else set()
        newest[entry] = leaf
    for revision, entry in changed:
        if revision not in removed and entry not in redacted:
            fail(f"{entry}: rewritten, but not by a removal")
    register = lines(root / "data/removals.ndjson")
    texts = {(x["story"], x["revision"]): x["sha256"] for x in register if "sha256" in x}
    notes = {(x["story"], x["note_of_entry"]) for x in register if "sha256" not in x}
    if (texts, notes) != (removed, redacted):
        fail("what is missing is not what the removal register says")
    return newest, removed


def words(leaf):
    """The hash of a commit without its parents; in a leaf of version 1 it is the record."""
    return leaf.get("words", leaf["record"])


def bare(commit):
    """What of a commit no removal takes: author, times, subject and trailers but for words."""
    head, _, message = commit.partition(b"\n\n")
    people = b"\n".join(x for x in head.split(b"\n") if not x.startswith((b"tree ", b"parent ")))
    lost = rb"(Salt|Override-Reason|Old-Value|Redacted|Removed)(: |$)"
    trailers = message[:-1].rpartition(b"\n\n")[2].split(b"\n")
    kept = b"\n".join(line for line in trailers if not re.match(lost, line))
    return b"\n\n".join([people, message.partition(b"\n\n")[0], kept]) + b"\n"


def redaction(commit):
    """Whether a commit has lost its words, and has the trace of a removal for them."""
    message = commit.decode(errors="replace").partition("\n\n")[2].rstrip("\n").split("\n\n")
    trailers = [line.partition(": ")[0] for line in message[-1].split("\n")]
    quoting = {"Override-Reason", "Old-Value"}
    return len(message) == 2 and "Redacted" in trailers and quoting.isdisjoint(trailers)


def git(folder, *arguments, data=None, piped=False):
    """What git says, or git itself; with no one's configuration or hooks, and bounded memory."""
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    quiet |= {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}
    env = {**quiet, "GIT_ALLOC_LIMIT": "1g", "PATH": os.pathsep.join(os.get_exec_path())}
    command = ["git", "-c", "core.bigFileThreshold=16m", f"--git-dir={folder}", *arguments]
    if piped:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    return subprocess.run(command, check=True, capture_output=True, env=env, input=data).stdout


def objects(folder, leaves):
    """Each leaf's commit, then its text, in turn: memory may not hold all of them."""
    with git(folder, "cat-file", "--batch", piped=True) as process:
        for name in (leaf["commit"] + end for _, leaf in leaves for end in ("", ":story.json")):
            os.write(process.stdin.fileno(), f"{name}\n".encode())
            yield process.stdout.read(int(process.stdout.readline().split()[2]) + 1)[:-1]


def check_chains(root, folder, newest, removed, fail):
    bundle = (root / "data/history.bundle").resolve()
    with open(bundle, "rb") as file:
        if file.readline() != b"# v2 git bundle\n":
            raise ValueError("data/history.bundle is not a git bundle")
    git(folder, "init", "-q", "--bare", "--template=", folder)
    refs = git(folder, "bundle", "unbundle", str(bundle)).decode()
    sizes = git(folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectsize)")
    if max(map(int, sizes.split()), default=0) > 1 << 24:
        raise ValueError("data/history.bundle holds more than 16 MiB in one object")
    moves = "".join(f"create {line[41:]} {line[:40]}\n" for line in refs.splitlines())
    git(folder, "update-ref", "--stdin", data=moves.encode())
    git(folder, "fsck", "--full", "--strict")
    leaves, heads, versions, files = sorted(newest.items()), {}, {}, set()
    stored, declared = objects(folder, leaves), root / "data/shapes.json"
    shapes = json.loads(declared.read_text("utf-8")) if declared.exists() else {}
    for ((story, entry), leaf), commit, text in zip(leaves, stored, stored):
        before, last = heads.get(story, ("", 0))
        parent = f"parent {before}\n".encode() if before else b""
        said, gone = json.loads(text), (story, leaf["revision"]) in removed
        whole, lost = sha(commit.replace(parent, b"", 1)).hexdigest(), gone or "redacted" in leaf
        true = whole == words(leaf) or (lost and leaf.get("was") and "words" in leaf)
        if "words" in leaf and sha(bare(commit)).hexdigest() != leaf["record"]:
            true = False
        if entry != last + 1 or not true:
            fail(f"{story} entry {entry}: it is not what the log says, or one before it is missing")
        if leaf.get("redacted") and not redaction(commit):
            fail(f"{story} entry {entry}: a removal says that its note is gone, and it is not")
        if (said["removed"]["sha256"] if gone else sha(text).hexdigest()) != leaf["sha256"]:
            fail(f"{story} entry {entry}: its text is not what the log says")
        heads[story] = leaf["commit"], entry
        if "version" in leaf:
            versions.setdefault(story, []).append(leaf["version"])
            path = f"data/stories/{story}/versions/{leaf['version']:04d}"
            parts = shapes.get(said.get("shape"), STORY)
            forms = [] if gone else [page(said, marks, parts).encode() for marks in (True, False)]
            for name, allowed in ((f"{path}.txt", forms), (f"{path}.json", [text])):
                files |= {name} if allowed else set()
                if allowed and (root / name).read_bytes() not in allowed:
                    fail(f"{name} is not what the chain says")
    ends = {line.rpartition("/")[2]: line[:40] for line in refs.splitlines()}
    if ends != {story: head for story, (head, _) in heads.items()}:
        fail("a chain does not end where the log says")
    for story, numbers in versions.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            fail(f"{story}: its versions are not numbered consecutively")
    if {str(path.relative_to(root)) for path in root.glob("data/stories/*/versions/*")} != files:
        fail("the files of versions are not those of the versions in the chains")


def check_records(root, fail):
    faults = []
    known = check_log(root, lambda fault: faults.append(fault) or fail(fault))
    if not faults:
        with tempfile.TemporaryDirectory() as folder:
            check_chains(root, folder, *known, fail)


def check(root, layers=(check_files, check_records)):
    """Every fault, in words, of the first layer that has one; empty if there is none."""
    faults = []
    try:
        for layer in layers:
            if not faults:
                layer(root, faults.append)
    except subprocess.CalledProcessError as error:
        faults.append(f"git finds fault with the chains: {error.stderr.decode(errors='replace')}")
    except Exception as error:
        faults.append(f"it cannot be read: {type(error).__name__}: {error}")
    return faults


def printable(text):
    """One line without characters that paint a terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


if __name__ == "__main__":
    failures = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join([printable(f"FAILED: {fault}") for fault in failures] or ["verified"]))
    sys.exit(1 if failures else 0)
