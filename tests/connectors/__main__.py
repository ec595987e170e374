"""`make cms`: plays in WordPress and in Wagtail, once in peace and once while the archive's server
is killed; exits with 1 if the archive differs from what was public.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from tests.chance import seeded
from tests.connectors.archive import ArchiveReader, new_token, shown
from tests.connectors.processes import ArchiveServer, Line, wait_until
from tests.connectors.publications import BY_ITSELF, PLAY, Becomes, Publication, Way
from tests.connectors.site import Shown, Site
from tests.connectors.wagtail import wagtail
from tests.connectors.wordpress import wordpress

SEED = int(time.time())
_EVENTS = {
    Becomes.VERSION: "published",
    Becomes.EXPLANATION: "explained",
    Becomes.WITHDRAWAL: "withdrawn",
}
_DOWN = (1, 2)
"""After which publications a server that was killed is not started at once."""
_DRIFT = timedelta(seconds=2)

Connected = Callable[[Path, Path, str, str], AbstractContextManager[Site]]


@dataclass
class Played:
    """A publication, what its page showed then, and when that was. `version`: the one that it
    became, or explained; `faults`: in what the archive differs, and how.
    """

    publication: Publication
    page: Shown | None
    begun: datetime
    ended: datetime
    version: int
    faults: dict[str, str] = field(default_factory=dict)

    def check(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.faults[what] = f"{found!r}, expected {expected!r}"


def main() -> None:
    cache = Path(sys.argv[1])
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"seed {SEED}")
    fine = True
    sites: tuple[Connected, ...] = (wordpress, wagtail)
    for site in sites:
        for kills in (False, True):
            with tempfile.TemporaryDirectory(prefix="story-history-cms-") as folder:
                fine &= _Play(Path(folder), kills, console).run(site, cache)
    sys.exit(not fine)


class _Play:
    """One archive, and one site that is connected to it."""

    def __init__(self, folder: Path, kills: bool, console: Console) -> None:
        self._folder, self._kills, self._console = folder, kills, console
        path = folder / "archive"
        self._token = new_token(path, "integration", "The site")
        self._server = ArchiveServer(path)
        self._line = Line(self._server, seeded(SEED))
        self._reader = ArchiveReader(path, self._server.url, new_token(path, "editor", "The desk"))

    def run(self, connected: Connected, cache: Path) -> bool:
        """Whether the archive has it all as it was."""
        site_folder = self._folder / "site"
        site_folder.mkdir()
        self._server.start()
        try:
            with connected(cache, site_folder, self._line.url, self._token) as site:
                return self._play(site)
        except Exception:
            for log in self._folder.rglob("*.log"):
                self._console.print(log.name, *log.read_text().splitlines()[-20:], sep="\n  ")
            raise
        finally:
            self._line.close()
            self._server.stop()

    def _play(self, site: Site) -> bool:
        killed = ", its archive killed while it answers" if self._kills else ""
        self._console.print(f"\n{site.name}{killed}", style="bold")
        scheduled, due = site.schedule(BY_ITSELF.article)
        played: list[Played] = []
        number = 0
        for index, publication in enumerate(PLAY):
            if self._kills and self._server.runs:
                self._line.cut()
            begun = datetime.now(UTC)
            number = _perform(site, number, publication)
            played.append(_after(played, publication, site.page(number), begun))
            if self._kills and self._server.runs:
                self._line.wait()
            if not self._server.runs and index not in _DOWN:
                self._server.start()
            if self._server.runs:
                self._drain(site)
                self._check_now(site.story(number), played[-1])
        self._check_story(site, number, played)
        fine = self._report(played)
        site.publish_scheduled(scheduled)
        alone = [_after([], BY_ITSELF, site.page(scheduled), due)]
        self._drain(site)
        self._check_story(site, scheduled, alone)
        return self._report(alone) and fine

    def _drain(self, site: Site) -> None:
        wait_until(lambda: not site.pending(), "the connector's queue")

    def _check_now(self, story: str, last: Played) -> None:
        """What can be seen only until the next publication."""
        withdrawn = last.publication.becomes is Becomes.WITHDRAWAL
        last.check("the site has a page", last.page is not None, not withdrawn)
        last.check("status", self._reader.status(story), 410 if withdrawn else 200)
        if last.publication.becomes is Becomes.VERSION:
            left = self._reader.unexplained(story, last.version)
            last.check("unexplained", left, last.publication.to_explain)

    def _check_story(self, site: Site, number: int, played: list[Played]) -> None:
        story = site.story(number)
        versions, log = self._reader.versions(story), self._reader.log(story)
        expected = [each for each in played if each.publication.becomes is Becomes.VERSION]
        last = played[-1]
        last.check("versions", len(versions), len(expected))
        last.check("versions in the log", len(log), len(expected))
        for each in expected[len(versions) :]:
            each.faults["version"] = "missing"
        for each, found, line in zip(expected, versions, log, strict=False):
            note = each.publication.note
            explanations = [
                other.publication.note
                for other in _explanations(played)
                if other.version == each.version
            ]
            each.check("text", shown(found["content"]), each.page)
            each.check("note", (found["note"], line["note"]), (note, note))
            each.check("kind", found["kind"], "correction" if note else "update")
            said = [explanation["note"] for explanation in found["explanations"]]
            each.check("explanations", said, explanations)
            each.check("author", found["author"]["name"], site.author)
            at = datetime.fromisoformat(found["created_at"])
            if not each.begun - _DRIFT < at < each.ended + _DRIFT:
                each.faults["time"] = f"{at}, expected {each.begun} to {each.ended}"
        aliases = list(dict.fromkeys(each.publication.article.slug for each in played))
        for alias in aliases:
            last.check(alias, self._reader.leads_to(alias), f"/stories/{story}")
        events = [each for each in self._reader.events(story) if each != "alias"]
        kinds = [each.publication.becomes for each in played]
        last.check("changes", events, [_EVENTS[each] for each in kinds if each in _EVENTS])
        last.check("refused", site.refused(), [])
        listed = {version for listed, version in self._reader.to_explain() if listed == story}
        last.check("to explain", listed, _left_unexplained(played))
        self._reader.verify()

    def _report(self, played: list[Played]) -> bool:
        """Print a line a publication and the verdict. Whether there is no fault."""
        for each in played:
            self._console.print(f"  {each.publication.what:45}{_became(each)}")
            for what, fault in each.faults.items():
                self._console.print(f"    {what}: {fault}", style="red")
        versions = [each for each in played if each.publication.becomes is Becomes.VERSION]
        right = sum(1 for each in versions if not each.faults)
        misnoted = sum(1 for each in versions if each.faults.keys() & {"note", "explanations"})
        kills, lost = self._server.kills, self._line.lost
        fine = not any(each.faults for each in played)
        verdict = f"{right} of {len(versions)} recorded as they were, {misnoted} under a wrong note"
        killed = f"; {kills} kills, {lost} answers lost" if kills else ""
        self._console.print(f"  {verdict}{killed}", style="green" if fine else "red")
        return fine


def _after(
    played: list[Played], publication: Publication, page: Shown | None, begun: datetime
) -> Played:
    last = played[-1].version if played else 0
    version = last + (publication.becomes is Becomes.VERSION)
    return Played(publication, page, begun, datetime.now(UTC), version)


def _explanations(played: list[Played]) -> list[Played]:
    return [each for each in played if each.publication.becomes is Becomes.EXPLANATION]


def _left_unexplained(played: list[Played]) -> set[int]:
    explained = {each.version for each in _explanations(played)}
    return {each.version for each in played if each.publication.to_explain} - explained


def _became(played: Played) -> str:
    match played.publication.becomes:
        case Becomes.VERSION:
            noted = ", its note" if played.publication.note else ""
            left = ", ".join(played.publication.to_explain)
            return f"version {played.version}{noted}{f', to explain: {left}' if left else ''}"
        case Becomes.EXPLANATION:
            return f"explains version {played.version}"
        case Becomes.WITHDRAWAL:
            return "withdrawn: 410"
        case Becomes.NOTHING:
            return "nothing new"


def _perform(site: Site, number: int, publication: Publication) -> int:
    """The article's number."""
    article, note = publication.article, publication.note
    match publication.way:
        case Way.CREATE:
            return site.create(article, note)
        case Way.SAVE:
            site.save(number, article, note)
        case Way.SAVE_TWICE:
            site.save_twice(number, article, note)
        case Way.TAKE_OFFLINE:
            site.take_offline(number)
        case Way.PUBLISH_AGAIN:
            site.publish_again(number, article, note)
    return number


if __name__ == "__main__":
    main()
