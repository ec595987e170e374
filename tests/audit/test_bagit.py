"""Bags that the Library of Congress's conformance suite calls invalid, or warns of, made of an
export with its own key, are refused: github.com/LibraryOfCongress/bagit-conformance-suite.
"""

import re
from collections.abc import Callable
from hashlib import sha256, sha512
from pathlib import Path

from service.audit.keys import Signer
from service.audit.log import AuditLog
from tests.audit.conftest import Files, Make, failures, files_of
from tests.audit.test_tampering import STORY, as_it_is

_TEXT = f"{STORY}/versions/0001.txt"
_MANIFEST = "manifest-sha256.txt"
_TAGS = "tagmanifest-sha256.txt"
_NOTHING = sha256(b"").hexdigest().encode()
_OUTSIDE = (
    *("../../../README.md", "data/../../README.md", "/tmp/foo", "~/foo", "~root/foo"),
    *(r"C:\Windows\foo", "C:/Windows/foo", r"\\?\UNC\server\foo", "%HOMEDRIVE%/foo", "data//foo"),
)


def _put(name: str, data: bytes) -> Callable[[Files], Files]:
    return lambda files: files | {name: data}


def _sub(name: str, pattern: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        changed = re.sub(pattern, new, files[name], count=1)
        assert changed != files[name]
        return files | {name: changed}

    return change


def _without(name: str) -> Callable[[Files], Files]:
    return lambda files: {each: data for each, data in files.items() if each != name}


def _listed(path: str, digest: bytes = _NOTHING) -> Callable[[Files], Files]:
    line = digest + f"  {path}\n".encode()
    return lambda files: files | {_MANIFEST: files[_MANIFEST] + line}


def _twice(files: Files) -> Files:
    return _listed(_TEXT, sha256(files[_TEXT]).hexdigest().encode())(files)


def _manifest_of_one_file(files: Files) -> Files:
    line = f"{sha512(files[_TEXT]).hexdigest()}  {_TEXT}\n".encode()
    return files | {"manifest-sha512.txt": line}


KINDS: dict[str, Callable[[Files], Files]] = {
    "baginfo-missing-encoding": _put("bagit.txt", b"BagIt-Version: 1.0\n"),
    "bom-in-bagit.txt": _sub("bagit.txt", b"^", b"\xef\xbb\xbf"),
    "bagit-with-invalid-whitespace": _sub("bagit.txt", b": 1.0", b" : 1.0"),
    "invalid-version-number": _sub("bagit.txt", b"1.0", b".97"),
    "missing-bagit.txt": _without("bagit.txt"),
    "missing-baginfo": _without("bag-info.txt"),
    "corrupt-data-file": _sub(_TEXT, b".$", b"x"),
    "corrupt-tag-file": lambda files: files | {"VERIFY.txt": b"x"},
    "extra-file-in-bag": _put("data/extra", b""),
    "missing file": _without(_TEXT),
    "same-filename-listed-twice-with-different-hashes": _listed(_TEXT),
    "same-filename-listed-twice-with-the-same-hash": _twice,
    "notAllManifestsListAllFiles": _manifest_of_one_file,
    "duplicate-file-with-different-case": _listed(_TEXT.replace("versions", "VERSIONS")),
    "made-with-md5sum-tools": _sub(_MANIFEST, b"  data", b" *data"),
    "relative-path": _sub(_MANIFEST, b"  data", b"  ./data"),
    "special-system-files": _put("data/.DS_Store", b""),
    **{f"out-of-scope-file-paths: {path}": _listed(path) for path in _OUTSIDE},
    **{
        f"out-of-scope-file-paths-for-fetch: {path}": _put(
            "fetch.txt", f"https://a.example/x - {path}\n".encode()
        )
        for path in (_TEXT, *_OUTSIDE)
    },
}


def _signed(files: Files, signer: Signer) -> Files:
    """With a list of the tag files as they are, but for the one that was corrupted, and its
    signature.
    """
    names = [each for each in files if not each.startswith(("data/", _TAGS))]
    digests = {each: sha256(files[each]).hexdigest() for each in names}
    if files["VERIFY.txt"] == b"x":
        digests["VERIFY.txt"] = _NOTHING.decode()
    listed = "".join(f"{digests[each]}  {each}\n" for each in names).encode()
    return files | {_TAGS: listed, f"{_TAGS}.sig": signer.sign_file(listed).encode()}


def test_each_invalid_kind_of_the_conformance_suite_is_refused(
    export: Make, audit: AuditLog, tmp_path: Path
) -> None:
    files, signer = files_of(export("library")), audit.signer()
    key, path = signer.public.line, tmp_path / "made.zip"
    assert failures(as_it_is(path, _signed(files, signer)), key) == []
    taken = []
    for kind, made in KINDS.items():
        if not failures(as_it_is(path, _signed(made(files), signer)), key):
            taken.append(kind)
    assert taken == []
