"""One look at a site and its log, and what is kept and told of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from repo_store import rfc3339
from service.audit.monitoring import telling
from service.audit.monitoring.comparing import compare
from service.audit.monitoring.following import STALE, Look, follow
from service.audit.monitoring.memory import Memory
from service.audit.monitoring.site import CannotLook, Site
from service.audit.witnesses.policies import Policy

_LOOKED = "looked"


@dataclass(frozen=True)
class Report:
    """`faults`: each with its kind, and what differs in words. `incomplete`: why not all could be
    looked at; empty if it could. `size`: of the log; 0 if that is not known.
    """

    site: str
    at: datetime
    size: int
    faults: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    incomplete: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "site": self.site,
            "at": rfc3339(self.at),
            "size": self.size,
            "faults": [{"kind": kind, "what": what} for kind, what in self.faults],
            "notes": list(self.notes),
            "incomplete": self.incomplete or None,
        }


@dataclass(frozen=True)
class Monitor:
    """`folder`: what it keeps. `webhook`: where new findings are sent; may be empty."""

    site: Site
    policy: Policy
    folder: Path
    webhook: str = ""

    def look(self, now: datetime) -> Report:
        """Raises BadMemory if the folder cannot be used."""
        look, incomplete = Look(), ""
        with Memory.opened(self.folder, self.site.url) as memory:
            try:
                follow(self.site, self.policy, memory, now, look)
                if look.size:
                    compare(self.site, memory, now, look)
                with memory.change():
                    memory.note(_LOOKED, rfc3339(now))
            except CannotLook as error:
                incomplete = str(error)
                last = memory.noted(_LOOKED, rfc3339(now))
                if now - datetime.fromisoformat(last) > STALE:
                    look.fault("unreachable", f"the site could not be looked at since {last}")
            self._tell(memory, look, now)
        faults = tuple(dict.fromkeys(look.faults))
        return Report(self.site.url, now, look.size, faults, tuple(look.notes), incomplete)

    def _tell(self, memory: Memory, look: Look, now: datetime) -> None:
        with memory.change():
            for kind, what in look.faults:
                memory.found(kind, what, now)
        telling.write_feed(memory, self.site.url)
        untold = memory.findings(untold=True)
        if self.webhook and untold:
            try:
                telling.post(self.webhook, self.site.url, untold, now)
            except telling.NotTold as error:
                look.notes.append(f"the webhook was not told: {error}")
                return
            with memory.change():
                memory.told(untold)
