"""Whose signatures count: a policy, and keys that the log's known key handed over to."""

import base64
from hashlib import sha256
from itertools import pairwise

from service.audit.log import fault_of_next, parse_keys
from service.audit.monitoring.site import CannotLook, Site
from service.audit.witnesses.notes import KeyType, Note, VerifierKey
from service.audit.witnesses.policies import KnownLog, Policy, Verdict

_SUFFIX = "/published"


def of_key(key: VerifierKey) -> Policy:
    """A policy that needs no witness. The key of the private log is that of the public one, too."""
    if key.name.endswith(_SUFFIX):
        return Policy((KnownLog(key),))
    return Policy((KnownLog(key), KnownLog(VerifierKey(key.name + _SUFFIX, key.type, key.raw))))


def judge(policy: Policy, note: Note, site: Site) -> Verdict:
    """By the policy; where a newer key signed, and the log's known key led to it, by that one."""
    verdict = policy.accepts(note)
    if verdict.log is not None:
        return verdict
    for key in _successors(policy, note, site):
        later = policy.of_log(key).accepts(note)
        if later.log is not None:
            return later
    return verdict


def fingerprint(key: VerifierKey) -> str:
    """As `ssh-keygen -l` shows an Ed25519 key."""
    blob = b"".join(len(each).to_bytes(4) + each for each in (b"ssh-ed25519", key.raw))
    return "SHA256:" + base64.b64encode(sha256(blob).digest()).decode().rstrip("=")


def _successors(policy: Policy, note: Note, site: Site) -> list[VerifierKey]:
    """The keys that one of the policy's led to, each by a signature of the one before."""
    origin = note.checkpoint().origin
    trusted = {each.key.raw for each in policy.logs if each.key.name == origin}
    found: list[VerifierKey] = []
    try:
        keys = parse_keys(site.keys())
        for before, after in pairwise(keys):
            led = before.key.raw in trusted
            if led and not after.epoch and not fault_of_next(before.key, after):
                trusted.add(after.key.raw)
                found.append(VerifierKey(origin, KeyType.ED25519, after.key.raw))
    except (AttributeError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise CannotLook("keys: they cannot be read") from None
    return found
