"""Where the settings come from: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ARCHIVE = Path("archive")


class ConfigError(Exception):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """`archive`: the data directory. `workers`: server processes, each with `threads` threads.

    `proxies`: how many stand before the server, whose word on the client and on TLS is taken.
    """

    archive: Path
    workers: int = 2
    threads: int = 4
    proxies: int = 0

    @classmethod
    def read(
        cls,
        archive: Path | None = None,
        default: Path = DEFAULT_ARCHIVE,
        environ: Mapping[str, str] = os.environ,
    ) -> "Settings":
        """The environment's settings; an archive named by the caller outweighs them."""
        named = archive or Path(environ.get("STORY_HISTORY_ARCHIVE") or default)
        return cls(
            archive=named,
            workers=_count(environ, "STORY_HISTORY_WORKERS", cls.workers),
            threads=_count(environ, "STORY_HISTORY_THREADS", cls.threads),
            proxies=_count(environ, "STORY_HISTORY_PROXIES", cls.proxies, least=0),
        )


def _count(environ: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= 1_000:
        raise ConfigError(f"{name}: must be a whole number from {least} to 1000, not {text!r}")
    return int(text)
