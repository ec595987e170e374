"""Policy files: which checkpoints count, by which witnesses."""

import struct
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit.witnesses.notes import Note, Signature, VerifierKey
from service.audit.witnesses.policies import BadPolicy, Policy
from tests.audit.test_notes import vkey

ORIGIN = "news.example/log/published"
TEXT = f"{ORIGIN}\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SECONDS = 1_790_000_000
Private = Ed25519PrivateKey


def private(name: str) -> Private:
    return Private.from_private_bytes(name.encode().ljust(32, b"."))


def key(name: str, kind: int = 4) -> str:
    return vkey(name, kind, private(name).public_key().public_bytes_raw())


def signed(*names: str, text: str = TEXT, by: str = ORIGIN) -> Note:
    """By the log, and cosigned by these witnesses, each a second later."""
    log = VerifierKey.parse(key(by, 1))
    lines = [Signature(log.name, log.key_id, private(by).sign(text.encode()))]
    for seconds, name in enumerate(names, SECONDS):
        value = private(name).sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        own = VerifierKey.parse(key(name))
        lines.append(Signature(name, own.key_id, struct.pack(">Q", seconds) + value))
    return Note(text, tuple(lines))


# The example of the specification, with keys.
EXAMPLE = f"""# an example
log {key(ORIGIN, 1)} https://news.example/log/

witness X1 {key("x1")}
witness X2 {key("x2")} https://x2.example/prefix
\twitness \t X3 {key("x3")}
group X-witnesses 2 X1 X2 X3

  # indented
witness Y1 {key("y1")}
witness Y2 {key("y2")}
witness Y3 {key("y3")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return Policy.parse(text.encode())


@pytest.mark.parametrize(
    "names", [("x1", "x2", "y3"), ("x3", "x1", "y1", "y2"), ("x2", "x3", "y1")]
)
def test_a_checkpoint_that_a_quorum_cosigned_is_accepted(names: tuple[str, ...]) -> None:
    verdict = policy(EXAMPLE).accepts(signed(*names))
    assert verdict.accepted
    assert str(verdict.log) == key(ORIGIN, 1)
    by = {each.witness.lower(): each.time for each in verdict.cosigned}
    times = (datetime.fromtimestamp(SECONDS + at, UTC) for at in range(len(names)))
    assert by == dict(zip(names, times, strict=True))


@pytest.mark.parametrize(
    ("names", "who"),
    [
        ((), "no witness"),
        (("x1", "x2", "x3"), "X1, X2, X3"),
        (("x1", "y1", "y2"), "X1, Y1, Y2"),
        (("stranger", "x1"), "X1"),
    ],
)
def test_a_checkpoint_without_a_quorum_is_not_accepted(names: tuple[str, ...], who: str) -> None:
    verdict = policy(EXAMPLE).accepts(signed(*names))
    assert not verdict.accepted
    assert verdict.fault == f"cosigned by {who}, which is not the quorum X-and-Y"


def test_a_checkpoint_of_another_log_is_not_accepted() -> None:
    text = TEXT.replace(ORIGIN, "other.example")
    for note in (signed("x1", text=text, by="other.example"), signed("x1", text=text)):
        verdict = policy(EXAMPLE).accepts(note)
        assert verdict.fault == "it is not signed by a known key of the log other.example"


def test_a_false_cosignature_rejects_a_checkpoint_that_has_a_quorum_without_it() -> None:
    other = signed("x3", text=TEXT.replace("\n7\n", "\n8\n")).signatures[1:]
    verdict = policy(EXAMPLE).accepts(signed("x1", "x2", "y1").signed_also(other))
    assert verdict.fault == "the signature of x3 is false"


def test_a_policy_may_need_no_witness_or_just_one() -> None:
    log = f"log {key(ORIGIN, 1)}\n"
    assert policy(f"{log}quorum none\n").accepts(signed()).accepted
    one = policy(f"{log}witness W {key('w')}\nquorum W\n")
    assert one.accepts(signed("w")).accepted
    assert not one.accepts(signed()).accepted


def test_a_policy_without_logs_is_used_for_one_that_is_known() -> None:
    bare = policy(f"witness W {key('w')}\nquorum W\n")
    assert not bare.accepts(signed("w")).accepted
    assert bare.of_log(VerifierKey.parse(key(ORIGIN, 1))).accepts(signed("w")).accepted


def test_a_policy_is_written_as_it_is_read() -> None:
    known = policy(EXAMPLE)
    assert policy(known.format()) == known


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "there is no quorum line"),
        ("quorum none\nquorum none", "line 2: a second quorum"),
        ("quorum W", "line 1: no line before defines W"),
        (f"quorum W\nwitness W {key('w')}", "line 1: no line before defines W"),
        ("quorum", "line 1: not a line of a policy"),
        ("witnesses W", "line 1: not a line of a policy"),
        ("\x80 x", "line 1: not a line of a policy"),
        ("log", "line 1: not a line of a policy"),
        (f"log {key('l', 1)} http://l.example/ more", "line 1: not a line of a policy"),
        ("log l.example", "line 1: l.example: a verifier key is"),
        (f"log {key('l', 1)}\nlog {key('l', 1)}", "line 2: the key of l was listed before"),
        (f"witness W {key('w', 1)}", "line 1: w is not the key of a witness"),
        (f"witness none {key('w')}", "line 1: the name none is taken"),
        (f"witness W {key('w')}\nwitness W {key('v')}", "line 2: the name W is taken"),
        (f"witness W {key('w')}\nwitness V {key('w')}", "line 2: the key of w was listed before"),
        (f"witness W {key('w')}\ngroup W any W", "line 2: the name W is taken"),
        (f"witness W {key('w')}\ngroup G any", "line 2: not a line of a policy"),
        (f"witness W {key('w')}\ngroup G 2 W", "line 2: of 1 members: any, all, or a count, not 2"),
        (f"witness W {key('w')}\ngroup G 0 W", "line 2: of 1 members"),
        (f"witness W {key('w')}\ngroup G 01 W", "line 2: of 1 members"),
        (f"witness W {key('w')}\ngroup G some W", "line 2: of 1 members"),
        (f"witness W {key('w')}\ngroup G any W W", "line 2: W is a member already"),
        (f"witness W {key('w')}\ngroup G any W\ngroup H any W", "line 3: W is a member already"),
        (f"witness W {key('w')}\ngroup G any none", "line 2: no line before defines none"),
        (f"witness W {key('w')}\ngroup G any G", "line 2: no line before defines G"),
        ("# fine\nquorum none\r", "line 2: control characters"),
        ("\x7f", "line 1: control characters"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_with_its_line(lines: str, message: str) -> None:
    with pytest.raises(BadPolicy, match=message):
        policy(f"{lines}\n" if lines else "")


def test_a_policy_that_was_cut_off_in_a_line_is_refused() -> None:
    with pytest.raises(BadPolicy, match="line 1: it does not end in a newline"):
        policy("quorum none")


def test_names_in_a_policy_are_octets_and_not_characters() -> None:
    """Two names that look alike, one of which is not even UTF-8."""
    lines = b"witness \xe2\x84\xaa %s\nwitness \xff %s\nwitness K %s\nquorum \xff\n"
    known = Policy.parse(lines % (key("a").encode(), key("b").encode(), key("c").encode()))
    assert len(known.witnesses) == 3
    assert known.of_log(VerifierKey.parse(key(ORIGIN, 1))).accepts(signed("b")).accepted
    fault = known.of_log(VerifierKey.parse(key(ORIGIN, 1))).accepts(signed("a")).fault
    assert fault.encode()
