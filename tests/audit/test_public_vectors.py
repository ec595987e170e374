"""Signatures and signed notes, judged as public test vectors and specifications say."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repo_store import Checkpoint
from service.audit.keys import PublicKey, is_signature
from service.audit.verify import standalone

_VECTORS: list[Any] = json.loads(Path(__file__).with_name("ed25519_signatures.json").read_bytes())[
    "signatures"
]
Verify = Callable[[bytes, bytes, bytes], bool]


@pytest.mark.parametrize("verify", [is_signature, standalone.ed25519])
def test_a_signature_is_judged_as_wycheproof_says(verify: Verify) -> None:
    wrong = [
        (number, what)
        for number, what, *values, valid in _VECTORS
        if verify(*map(base64.b64decode, values)) is not valid
    ]
    assert wrong == []
    assert [sum(valid is row[-1] for row in _VECTORS) for valid in (True, False)] == [88, 63]


def _key(vkey: str) -> PublicKey:
    name, _, value = vkey.split("+", 2)
    raw = base64.b64decode(value)[1:]
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + raw
    key = PublicKey(f"ssh-ed25519 {base64.b64encode(blob).decode()} {name}")
    assert key.vkey == vkey
    return key


# https://c2sp.org/signed-note, “Example”
_KEY = _key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
_SIGNATURE = (
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
_TEXT = "This is an example message.\n"
_OTHER = "— other.example/key AAAAAHg=\n"


@pytest.mark.parametrize(
    "note",
    [
        f"{_TEXT}\n{_SIGNATURE}",
        f"{_TEXT}\n{_OTHER}{_SIGNATURE}",
        f"{_TEXT}\n{_SIGNATURE}{_SIGNATURE.replace('Uw2Q', 'Uw2R')}",
        f"{_TEXT}\n{_OTHER * 16}{_SIGNATURE}",
    ],
)
def test_a_note_of_the_specification_is_valid_whoever_else_signed_it(note: str) -> None:
    assert _KEY.verify_note(note)


@pytest.mark.parametrize(
    "note",
    [
        "",
        _TEXT,
        f"{_TEXT}\n",
        f"{_TEXT}{_SIGNATURE}",
        f"\n{_SIGNATURE}",
        f"{_TEXT}\n{_OTHER}",
        f"{_TEXT}\n{_SIGNATURE[:-1]}",
        f"{_TEXT}\n{_SIGNATURE}\n",
        f"{_TEXT}\n{_SIGNATURE}more\n",
        f"{_TEXT}\n{_SIGNATURE.replace('— ', '- ')}",
        f"{_TEXT}\n{_SIGNATURE.replace('— ', '—  ')}",
        f"{_TEXT}\n{_SIGNATURE.replace('=', '')}",
        f"{_TEXT}\n{_SIGNATURE.replace('Uw2Q', 'Uw2R')}",
        f"{_TEXT}\n{_SIGNATURE.replace('example.com/foo', 'example.com/bar')}",
        f"{_TEXT}\n{_SIGNATURE.replace('Okn8', 'Okn9')}",
        f"{_TEXT}\n{_SIGNATURE.replace('Okn8', 'Okn9')}{_SIGNATURE}",
        f"{_TEXT}\n— \n{_SIGNATURE}",
        f"{_TEXT}\n{_OTHER.replace('AAAA', '****')}{_SIGNATURE}",
        f"{_TEXT}\n{_OTHER}\x0b{_SIGNATURE}",
        f"{_TEXT}\n{_SIGNATURE}".replace("\n", "\r\n"),
        f"{_TEXT}\n{_SIGNATURE}".replace("example message", "example\tmessage"),
        f"{_TEXT.replace('example', 'exampl e')}\n{_SIGNATURE}",
    ],
)
def test_a_note_that_is_not_laid_out_and_signed_as_the_specification_says_is_refused(
    note: str,
) -> None:
    assert not _KEY.verify_note(note)


def test_the_checkpoint_of_the_specification_is_read() -> None:
    """https://c2sp.org/tlog-checkpoint: origin, size and root of its example."""
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint.parse(f"{body}\n— example.com/behind-the-sofa Az3grlg=\n")
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root.hex().startswith("0ac5186a9186")
    assert checkpoint.body == body
