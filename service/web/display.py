"""How values read on a page: times, counts, names of sections and kinds, addresses of files."""

from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import url_for

from service.diffing.labels import counted, fact_kind, section_name

_STATIC = Path(__file__).parent.parent / "static"


def exact_time(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def machine_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@cache
def static_url(name: str) -> str:
    """A file's address with its hash, so that a new file is never mistaken for a kept old one."""
    digest = sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=name, v=digest)


FILTERS = {
    "exact_time": exact_time,
    "machine_time": machine_time,
    "counted": counted,
    "fact_kind": fact_kind,
    "section_name": section_name,
    "static_url": static_url,
}
