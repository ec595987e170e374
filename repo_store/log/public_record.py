"""What the public log says of an event: a digest of what everybody sees of it, and of the text.

The digest is of a line of JSON, which whoever has the version also has. The salt of the commit is
in it, so that the digest of a note that was removed later confirms no guess of what it said.
"""

import json
from base64 import b64encode
from hashlib import sha256

from repo_store.history.records import Action, Record, Revision
from repo_store.times import rfc3339

REDACTED = "redacted"
"""The event of a removal of a note alone; the text that it was about stays."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def record_line(event: str, record: Record, revision: Revision) -> str:
    """What the public sees of an event: `record` made it, `revision` is the one that it is about,
    as it was after it.
    """
    is_version = isinstance(record, Revision) or record.version is not None
    words = revision if is_version else record
    fields = {
        "event": event,
        "story": record.story,
        "version": revision.version,
        "kind": words.kind,
        "note": words.note,
        "author": words.author.name,
        "created_at": rfc3339(revision.live_since if is_version else record.created_at),
        "recorded_at": rfc3339(record.recorded_at),
        "salt": getattr(words, "salt", None),
    }
    if isinstance(record, Action) and (removal := record.removal):
        # The note, the reference and the salt of a removal are not public.
        fields |= {"note": None, "salt": None, "reason": removal.ground}
        fields["confirmed_by"] = removal.confirmed_by
    elif isinstance(record, Action):
        fields["alias"] = record.alias
    return _encode({name: value for name, value in fields.items() if value not in (None, "")})


def digest(line: str) -> str:
    """As leaves have it: SHA-256 in base64."""
    return b64encode(sha256(line.encode()).digest()).decode()
