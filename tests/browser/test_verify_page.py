"""The page that checks an export: from a file, in a real browser, without a server or a network."""

import base64
import hashlib
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from repo_store import BUILT_IN
from repo_store.archive import Archive
from service.audit.export.story_files import shapes_file
from service.audit.keys import Signer, create, rotate
from service.audit.log import AuditLog
from service.audit.verify import standalone
from service.config import Settings
from tests.audit.conftest import SEVERAL, Files, Make, files_of
from tests.audit.conftest import audit as audit
from tests.audit.conftest import export as export
from tests.audit.conftest import settings as settings
from tests.audit.conftest import story as story
from tests.audit.test_tampering import TAMPERED, packed
from tests.browser.axe import assert_accessible
from tests.chance import seeded
from tests.redactions import removal, remove
from tests.samples import append, content, entry

PAGE = Path(standalone.__file__ or "").with_name("verify.html")
VERIFIED = "Verified: this is what the publisher signed."
WHY = "The disk with the key burnt."


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    """The page, as a file; it may ask for nothing, and say nothing to the console."""
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.on("pageerror", lambda error: asked.append(str(error)))
        page.goto(PAGE.as_uri())
        yield page
        assert set(asked) == {PAGE.as_uri()}


Verdict = Callable[[Path, str], str]


RUN = """async ([data, trusted]) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  files.items.add(new File([bytes], "export.zip"));
  by("file").files = files.files;
  by("trust").value = trusted;
  await run();
  return [by("verdict").innerText, document.activeElement === by("verdict")];
}"""
"""What the button does; in one call, since there are hundreds."""


@pytest.fixture
def check(opened: Page) -> Verdict:
    """The verdict on an export to who has this from print."""

    def verdict(path: Path, trusted: str) -> str:
        data = base64.b64encode(path.read_bytes()).decode()
        said, focused = opened.evaluate(RUN, [data, trusted])
        assert focused
        return str(said).replace("’", "'")

    return verdict


def _check(page: Page, path: Path, trusted: str) -> str:
    page.get_by_label("The publisher’s key, from print").fill(trusted)
    page.get_by_label("The zip file").set_input_files(path)
    page.get_by_role("button", name="Check").press("Enter")
    shown = page.locator("#verdict")
    shown.wait_for()
    expect(shown).to_be_focused()
    return shown.inner_text().replace("’", "'")


@pytest.fixture
def signer(audit: AuditLog) -> Signer:
    audit.checkpoint()
    return audit.signer()


@pytest.fixture
def key(signer: Signer) -> str:
    return signer.public.fingerprint


def test_the_page_s_own_policy_lets_it_ask_for_nothing() -> None:
    page = PAGE.read_text("utf-8")
    hashes = {
        name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name in ("script", "style")
        for text in re.findall(rf"<{name}>(.*?)</{name}>", page, re.S)
    }
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}';"
        f" style-src 'sha256-{hashes['style']}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|import)\b ?\(", page)


@pytest.mark.parametrize("stories", [("library",), SEVERAL, ()])
def test_a_genuine_export_is_verified(
    export: Make, check: Verdict, signer: Signer, stories: tuple[str, ...]
) -> None:
    path = export(*stories, drafts=True)
    public = signer.public
    policy = f"# of the paper\nlog {public.vkey}\nquorum none\n"
    for trusted in (public.fingerprint, public.line, public.vkey, policy):
        said = check(path, trusted)
        assert said.startswith(VERIFIED)
    assert "All of it is signed by the key that you have from print." in said
    assert hashlib.sha256(path.read_bytes()).hexdigest() in said


def test_an_export_after_removals_is_verified(
    export: Make, story: Archive, audit: AuditLog, check: Verdict, key: str
) -> None:
    audit.checkpoint()
    remove(story, removal(2, (4,)))
    remove(story, removal(1, story="airport"))
    for stories, gone in ((("library",), 2), ((), 3)):
        said = check(export(*stories, drafts=True), key)
        assert said.startswith(VERIFIED)
        assert f"as the signed register says: {gone} texts." in said


def test_a_compressed_export_is_verified_the_same(
    export: Make, check: Verdict, key: str, opened: Page
) -> None:
    """Inflate is the page's own: each kind of block, and where its stream ends."""
    rng = seeded(7)
    for data in (b"", b"a", b"abc" * 999, rng.randbytes(70_000), PAGE.read_bytes()):
        for level in (0, 1, 6, 9):
            for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY):
                made = zlib.compressobj(level, wbits=-15, strategy=strategy)
                packed = base64.b64encode(made.compress(data) + made.flush()).decode()
                found = opened.evaluate(
                    "([text, size]) => { const data = joined(fromBase64(text), new Uint8Array(9));"
                    " const { bytes, end } = inflate(data, 0, size);"
                    " return [hex(sha256(bytes)), data.length - end]; }",
                    [packed, len(data)],
                )
                assert found == [hashlib.sha256(data).hexdigest(), 9]


def test_a_large_export_is_read_in_parts(
    export: Make, opened: Page, signer: Signer, key: str, tmp_path: Path
) -> None:
    print_of_it = {"data/stories/library/report.pdf": seeded(5).randbytes((1 << 24) + 1)}
    path = packed(tmp_path / "large.zip", files_of(export("library")) | print_of_it, signer)
    opened.reload()
    assert _check(opened, path, key).startswith(VERIFIED)


def test_its_sha256_is_sha256(opened: Page) -> None:
    for size in (0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1_000):
        found = opened.evaluate(f"hex(sha256(new Uint8Array({size}).fill(255)))")
        assert found == hashlib.sha256(b"\xff" * size).hexdigest()


def test_without_a_key_it_says_that_nobody_is_known_to_have_signed(
    export: Make, check: Verdict
) -> None:
    said = check(export("library"), "")
    assert said.startswith("It is whole. But whose is it?")
    assert "Get the key from print, and check again." in said


def test_what_the_log_s_own_key_signed_is_refused_if_it_is_not_in_the_log(
    export: Make, check: Verdict, signer: Signer, tmp_path: Path
) -> None:
    files = files_of(export(*SEVERAL))
    for name, (change, fault) in TAMPERED.items():
        path = packed(tmp_path / "tampered.zip", change(files), signer)
        said = check(path, signer.public.fingerprint)
        assert said.startswith("Not verified."), name
        assert fault.lower() in said.lower() or name == "a removal made up", (name, said)


def test_a_stranger_s_export_under_the_publisher_s_name_is_refused(
    export: Make, check: Verdict, key: str, signer: Signer, tmp_path: Path
) -> None:
    files = files_of(export("library"))
    forger = create(tmp_path / "forger.key", signer.public.name)
    line = f"{forger.public.line}\n".encode()
    body = files["data/log/checkpoint"].decode().rpartition("\n\n")[0] + "\n"
    note = forger.sign_note(body).encode()
    own = {"data/log/checkpoint": note, "data/log/checkpoint.sig": forger.sign_file(note).encode()}
    second = {
        "data/log/keys/02.pub": line,
        "data/log/keys/02.pub.sig": forger.sign_file(line).encode(),
    }
    cases: list[tuple[str, Files, Signer]] = [
        ("not the key that you have from print", own | {"data/log/keys/01.pub": line}, forger),
        ("key 2 was not signed by the key before it", own | second, forger),
        ("the list of its files is not signed by the log's key", {}, forger),
        ("the checkpoint is not signed by the log's key", own, signer),
    ]
    for fault, changed, by in cases:
        said = check(packed(tmp_path / "forged.zip", files | changed, by), key)
        assert said.startswith("Not verified.")
        assert fault in said.lower()


def test_an_older_key_leads_to_the_newest(
    export: Make, check: Verdict, signer: Signer, settings: Settings, audit: AuditLog
) -> None:
    for _ in range(2):
        audit.checkpoint()
        rotate(settings.signing_key)
    path = export("library")
    for each in audit.public_keys():
        assert check(path, each.fingerprint).startswith(VERIFIED)
    assert "to which the key that you have from print leads" in check(path, signer.public.line)


@pytest.mark.parametrize("gone", ["its key", "what it signed"])
def test_a_new_epoch_is_another_key_s_and_the_reader_learns_why(
    export: Make, check: Verdict, signer: Signer, key: str, audit: AuditLog, gone: str
) -> None:
    if gone == "its key":
        signer.path.unlink()
    else:
        signed = json.loads(signer.memory.path.read_text())
        signed[signer.public.name]["size"] += 5
        signer.memory.path.write_text(json.dumps(signed))
    audit.begin_epoch(WHY)
    path = export("library")
    said = check(path, key)
    assert said.startswith("Not verified.")
    assert f"The log goes on under a new key, which says why (“{WHY}”)" in said
    said = check(path, audit.public_keys()[-1].fingerprint)
    assert said.startswith(VERIFIED)
    assert f"That the log is still the one that {key} signed: epoch 2" in said
    [epoch] = audit.epochs()
    assert ["given up" in said, *(each in said for each in epoch.given_up)] == (
        [False] if gone == "its key" else [True] * 2
    )


def test_a_changed_byte_and_another_zip_are_refused(
    export: Make, check: Verdict, key: str, tmp_path: Path
) -> None:
    path = export("other")
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), len(data) // 9):
        data[at] ^= 1
        path.write_bytes(data)
        assert "The file was damaged or changed" in check(path, key)
        data[at] ^= 1
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as made:
        made.writestr("library/x.txt", "x" * 999)
    body = (tmp_path / "other.zip").read_bytes()
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    assert "is no export" in check(path, key)
    path.write_bytes(b"")
    assert "is no export" in check(path, key)


LAYOUTS = ["listed twice", "not listed", "another name"]


@pytest.mark.parametrize("case", LAYOUTS)
def test_a_zip_that_other_programs_may_read_otherwise_is_refused(
    export: Make, check: Verdict, key: str, case: str
) -> None:
    path = export("library")
    body = path.read_bytes()[:-64]
    if case == "not listed":
        body = b"#!/bin/sh\n" + body
    elif case == "another name":
        body = body.replace(b"library/verify.py", b"library/verify.pY", 1)
    else:
        body = body.replace(b"library/VERIFY.txt", b"library/verify.pyx")
        body = body.replace(b"library/verify.pyx", b"library/verify.htm")
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    assert check(path, key).startswith("Not verified.")


def test_what_is_no_key_is_said_where_it_was_typed(opened: Page, export: Make, key: str) -> None:
    opened.reload()
    field = opened.get_by_label("The publisher’s key, from print")
    for text in ("SHA256:abc", key[:-1], "hello", "ssh-rsa AAAA x"):
        field.fill(text)
        opened.get_by_role("button", name="Check").press("Enter")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(opened.locator("#trust-error")).to_contain_text("This is no key.")
    field.fill(key)
    opened.get_by_role("button", name="Check").press("Enter")
    expect(opened.locator("#file-error")).to_have_text("Choose the zip file.")


def _random_story(rng: random.Random) -> dict[str, object]:
    bits = ["\\", " ", "\x85", "\ufeff", "—", " — ", "? ", "?", "？”", "(2)", "Sources (2)", "٣"]
    bits += ["Overview", "FAQ", "History", "leaning:", r"\u200f", r"\\u061c", "{", "<", "a", "\x1f"]

    def text() -> str:
        return "".join(rng.choices(bits, k=rng.randrange(4)))

    source = {"name": text(), "url": text(), "title": text(), "leaning": text()}
    return {
        **{name: text() for name in ("title", "summary", "section", "language")},
        **{name: [text() for _ in range(rng.randrange(3))] for name in ("overview", "body")},
        "analysis": [text()],
        "sources": [source, {"name": text(), "url": "https://a.example/"}],
        "faq": [{"question": text(), "answer": text()}],
        "image": {"url": text(), "caption": text()},
    }


def test_it_writes_a_text_as_the_script_does(opened: Page) -> None:
    rng = seeded(3)
    shapes = {"article": json.loads(shapes_file([BUILT_IN["article"]]))["article"]}
    shapes["story"] = standalone.STORY
    stories = [_random_story(rng) for _ in range(400)]
    for parts in shapes.values():
        for marks in (True, False):
            made = opened.evaluate(
                "([stories, parts, marks]) => stories.map((each) => pageText(each, parts, marks))",
                [stories, parts, marks],
            )
            known = [standalone.page(each, marks, parts) for each in stories]  # type: ignore[no-untyped-call]  # untyped: shipped as it is
            assert made == known


def test_a_reader_reads_what_a_version_said(
    opened: Page, export: Make, check: Verdict, key: str
) -> None:
    check(export("library"), key)
    opened.get_by_text("Three (library): 3 versions").press("Enter")
    second = opened.get_by_role("button", name="Version 2,")
    second.press("Enter")
    expect(second).to_have_attribute("aria-expanded", "true")
    expect(opened.locator("pre")).to_contain_text("Nine of 15 .")


def test_a_dropped_file_is_the_one_that_is_checked(opened: Page, key: str) -> None:
    opened.reload()
    opened.evaluate(
        "() => { const moved = new DataTransfer(); moved.items.add(new File(['x'], 'dropped.zip'));"
        " document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: moved, bubbles: true,"
        " cancelable: true })); }"
    )
    assert opened.evaluate("document.getElementById('file').files[0].name") == "dropped.zip"


def test_axe_finds_nothing(axe_page: Page, export: Make, key: str, tmp_path: Path) -> None:
    axe_page.goto(PAGE.as_uri())
    assert_accessible(axe_page, "at first")
    path = export("library")
    for trusted, name in ((key, "verified"), ("", "open"), ("SHA256:" + "A" * 43, "refused")):
        _check(axe_page, path, trusted)
        assert_accessible(axe_page, name)


def test_stories_named_like_devices_are_verified(
    archive: Archive, audit: AuditLog, export: Make, check: Verdict
) -> None:
    append(archive, entry(content(), "con"), entry(content(), "a" * 120))
    path = export("con", "a" * 120)
    assert check(path, audit.public_keys()[-1].fingerprint).startswith(VERIFIED)
