"""Keeps the files of public answers within their room, in the background."""

from repo_store import StaticFiles
from service.periodic import Periodic

_SECONDS = 30.0


class StaticTrimmer(Periodic):
    def __init__(self, files: StaticFiles) -> None:
        super().__init__("static answers", _SECONDS, "the oldest static answers stay")
        self._files = files

    def once(self) -> None:
        self._files.trim()
