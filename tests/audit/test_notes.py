"""Signed notes and cosignatures, by the examples of the specifications and of other programs."""

import struct
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from service.audit.witnesses.notes import BadNote, BadVerifierKey, Note, Signature, VerifierKey

# From https://c2sp.org/signed-note.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
MESSAGE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# From https://c2sp.org/tlog-cosignature, whose keys are not given.
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz\
Gku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1\
nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
# From the tests of litewitness (filippo.io/torchwood): a log of Sigsum.
SIGSUM = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"
SIGSUM_NOTE = (
    f"{SIGSUM}\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n— {SIGSUM} UgIom2VbtIcdFbwFAy1n7"
    "s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=\n"
)
TEXT = "news.example/log/published\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
SECONDS = 1_790_000_000


def vkey(name: str, kind: int, raw: bytes) -> str:
    data = bytes([kind]) + raw
    key_id = sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    return f"{name}+{key_id}+{b64encode(data).decode()}"


def cosign(text: str, seconds: int, signed: int | None = None) -> tuple[VerifierKey, Note]:
    """A note that a witness cosigned, by hand."""
    key = VerifierKey.parse(vkey("w.example", 4, WITNESS.public_key().public_bytes_raw()))
    line = f"cosignature/v1\ntime {seconds if signed is None else signed}\n{text}"
    value = struct.pack(">Q", seconds) + WITNESS.sign(line.encode())
    return key, Note(text, (Signature(key.name, key.key_id, value),))


def note(data: str) -> Note:
    return Note.parse(data.encode())


def test_a_note_of_the_specification_is_verified_by_its_key() -> None:
    key = VerifierKey.parse(FOO)
    found = key.verify(note(MESSAGE))
    assert found
    assert found.time is None
    assert note(MESSAGE).format() == MESSAGE
    assert str(key) == FOO


def test_a_checkpoint_that_another_program_signed_is_verified() -> None:
    key = VerifierKey.parse(vkey(SIGSUM, 1, bytes.fromhex(SIGSUM_KEY)))
    assert key.verify(note(SIGSUM_NOTE))
    assert note(SIGSUM_NOTE).checkpoint().size == 3


def test_the_time_of_a_cosignature_is_the_one_that_was_signed() -> None:
    key, signed = cosign(TEXT, SECONDS)
    found = key.verify(note(signed.format()))
    assert found
    assert found.time == datetime.fromtimestamp(SECONDS, UTC)


@pytest.mark.parametrize("seconds", [0, 2**63, 2**62])
def test_a_cosignature_without_a_time_that_there_is_is_false(seconds: int) -> None:
    key, signed = cosign(TEXT, seconds)
    with pytest.raises(BadNote, match=r"w\.example is false"):
        key.verify(signed)


def test_a_cosignature_whose_time_was_changed_is_false() -> None:
    key, signed = cosign(TEXT, SECONDS - 1, SECONDS)
    with pytest.raises(BadNote, match=r"w\.example is false"):
        key.verify(signed)


def test_a_cosignature_with_ml_dsa_is_verified() -> None:
    private = MLDSA44PrivateKey.generate()
    key = VerifierKey.parse(vkey("w.example", 6, private.public_key().public_bytes_raw()))
    head = note(f"{TEXT}\n— x aaaaaaaa\n").checkpoint()
    message = b"".join(
        (
            *(b"subtree/v1\n\0", b"\x09w.example", struct.pack(">Q", SECONDS)),
            *(b"\x1anews.example/log/published", struct.pack(">QQ", 0, 7), head.root),
        )
    )
    value = struct.pack(">Q", SECONDS) + private.sign(message)
    found = key.verify(Note(TEXT, (Signature(key.name, key.key_id, value),)))
    assert found
    assert found.time == datetime.fromtimestamp(SECONDS, UTC)
    other = TEXT.replace("\n7\n", "\n8\n")
    with pytest.raises(BadNote, match="false"):
        key.verify(Note(other, (Signature(key.name, key.key_id, value),)))


def test_of_several_cosignatures_by_one_witness_the_earliest_counts_and_all_must_hold() -> None:
    key, late = cosign(TEXT, SECONDS + 60)
    early = cosign(TEXT, SECONDS)[1].signatures
    found = key.verify(late.signed_also(early))
    assert found
    assert found.time == datetime.fromtimestamp(SECONDS, UTC)
    with pytest.raises(BadNote, match="false"):
        key.verify(late.signed_also(cosign(TEXT, SECONDS, SECONDS + 1)[1].signatures))


def test_signatures_of_unknown_keys_are_ignored_even_under_a_known_name() -> None:
    key = VerifierKey.parse(FOO)
    assert key.verify(note(SOFA)) is None
    text = MESSAGE.replace("Uw2QOkn8", "Ux2QOkn8")
    assert key.verify(note(text)) is None


def test_a_false_signature_by_a_known_key_rejects_the_note() -> None:
    with pytest.raises(BadNote, match=r"example\.com/foo is false"):
        VerifierKey.parse(FOO).verify(note(MESSAGE.replace("example message", "other message")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signatures\n",
        "text\n\n",
        MESSAGE.removesuffix("\n"),
        MESSAGE.replace("\n\n", "\n"),
        MESSAGE.replace("\n", "\r\n"),
        MESSAGE.replace("example message", "example\tmessage"),
        MESSAGE.replace("—", "-"),
        MESSAGE.replace("— example.com/foo", "— example.com/a+b"),
        MESSAGE.replace("— example.com/foo", "— example.com/a\u2003b"),
        MESSAGE.replace("— example.com/foo", "—  "),
        MESSAGE.replace("aQM=", "aQN="),
        MESSAGE.replace("aQM=", "aQM"),
        MESSAGE.replace("aQM=", "aQM= "),
        "text\n\n— example.com/foo Uw2QOg==\n",
        "text\n\n" + "— a aaaaaaaa\n" * 101,
        "x" * 2**20 + MESSAGE,
    ],
)
def test_what_is_not_exactly_a_note_is_none(text: str) -> None:
    with pytest.raises(BadNote):
        note(text)


def test_bytes_that_are_not_utf_8_are_no_note() -> None:
    with pytest.raises(BadNote, match="UTF-8"):
        Note.parse(MESSAGE.encode().replace(b"example message", b"\xff"))


def test_the_text_of_a_note_may_have_empty_lines() -> None:
    assert note("a\n\nb\n\n\n— a aaaaaaaa\n").text == "a\n\nb\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n1\nnothash\n",
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n٧\n"),
        TEXT.replace("\n7\n", "\n99999999999999999999\n"),
        f"{TEXT}\nextension\n",
        TEXT.replace("news.example/log/published", ""),
    ],
)
def test_a_note_that_is_not_exactly_a_checkpoint_is_none(text: str) -> None:
    with pytest.raises(BadNote, match="checkpoint"):
        note(f"{text}\n— a aaaaaaaa\n").checkpoint()


def test_the_extension_lines_of_a_checkpoint_are_read() -> None:
    assert note(f"{TEXT}one\ntwo\n\n— a aaaaaaaa\n").extensions == ["one", "two"]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "name"),
        ("example.com/foo", "name"),
        (FOO.replace("example.com/foo", "exa mple"), "name"),
        (FOO.replace("+530d903a", "+530D903A"), "its id is 530d903a"),
        (FOO.replace("example.com/foo", "example.com/bar"), "its id is"),
        (vkey("a", 2, b"k" * 32), "type 0x02"),
        (vkey("a", 1, b"k" * 31), "31 bytes"),
        (FOO[:-1] + "l", "its id is"),
        (FOO.replace("foo", "\x1bfoo"), "name"),
        (FOO.replace("foo", "\ud800foo"), "name"),
    ],
)
def test_a_verifier_key_that_is_not_exactly_one_is_refused(key: str, message: str) -> None:
    with pytest.raises(BadVerifierKey, match=message):
        VerifierKey.parse(key)


def test_signatures_are_added_after_those_that_are_there_and_each_once() -> None:
    one, more = note(MESSAGE), cosign(TEXT, SECONDS)[1].signatures
    both = one.signed_also(more).signed_also(more)
    assert both.signatures == (*one.signatures, *more)
    assert note(both.format()) == both
