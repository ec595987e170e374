"""The composition root: from settings to services.

The application, the commands, the server's webhook delivery and the demo all take their parts from
here, so each part is put together once.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from repo_store import Archive, Finding, Record, Report, Run
from service import cache_epoch
from service.accounts import AccountsUnavailable, HeldEdits, Quotas, Tokens, care
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequests
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches
from service.audit.anchors import Anchors, Attempt, Timer
from service.audit.export.exports import Exports
from service.audit.export.pdf import PdfSettings
from service.audit.log import AuditLog
from service.audit.published import PublishedLog
from service.audit.publisher import Publisher
from service.audit.witnesses.appointed import Witnesses
from service.audit.witnesses.cosigner import Cosigner
from service.config import Settings
from service.look import Look, look_of
from service.provenance.builder import Builder
from service.provenance.inconsistencies import Inconsistencies
from service.provenance.ledger import Ledger
from service.provenance.origins import Origins
from service.static_trimmer import StaticTrimmer
from service.usecases.backups import BackupReport, back_up
from service.usecases.corrections import Corrections
from service.usecases.identity import identity
from service.usecases.mentions import Mentions
from service.usecases.publishing import Publishing
from service.usecases.reading import Clock, Stories
from service.usecases.takedown import Takedown, TakedownFinisher, finish_pending_takedowns
from service.webhooks.delivery import Deliverer
from service.webhooks.events import Events
from service.webhooks.queue import Queue
from service.webhooks.subscriptions import Webhooks

log = logging.getLogger(__name__)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What can be done with one archive. Each part is built when it is first asked for: a command
    opens only the files that it needs.
    """

    settings: Settings
    archive: Archive
    clock: Clock = now

    @cached_property
    def look(self) -> Look:
        """Raises ConfigError if a file or a colour of the settings cannot be used."""
        return look_of(self.settings)

    @cached_property
    def stories(self) -> Stories:
        return Stories(self.archive)

    @cached_property
    def identity(self) -> str:
        """What names this archive for good; see `usecases/identity.py`."""
        return identity(self.archive, self.settings.url, self.clock())

    @cached_property
    def corrections(self) -> Corrections:
        held = HeldEdits(lambda: self._database)
        return Corrections(self.archive, self.stories, held, self.clock, self.settings.zone)

    @cached_property
    def publishing(self) -> Publishing:
        settings = self.settings
        quotas = Quotas(lambda: self._database, settings.daily_mib * 2**20, settings.open_drafts)
        return Publishing(
            *(self.archive, self.clock, self._notify, quotas, settings.gate),
            held=self.corrections.count_held,
        )

    @cached_property
    def takedown(self) -> Takedown:
        return Takedown(
            self.archive,
            self.audit,
            RemovalRequests(self._database),
            self._derived_stores,
            self.clock,
            self._notify,
            self.settings.two_persons,
        )

    @cached_property
    def mentions(self) -> Mentions:
        return Mentions(self.archive)

    @cached_property
    def origins(self) -> Origins:
        return Origins(self.stories, self._ledger)

    @cached_property
    def inconsistencies(self) -> Inconsistencies:
        return Inconsistencies(self.stories, self.origins, self._ledger)

    @cached_property
    def audit(self) -> AuditLog:
        settings = self.settings
        return AuditLog.open(
            self.archive,
            settings.signing_key,
            settings.log_name,
            Anchors(self.archive, settings.authorities, self.clock),
            fixed=settings.key is not None,
        )

    @cached_property
    def published(self) -> PublishedLog:
        return PublishedLog(self.archive, self.audit)

    @cached_property
    def exports(self) -> Exports:
        settings = self.settings
        pdf = PdfSettings(settings.pdf_certificate, settings.authorities)
        return Exports(self.archive, self.audit, pdf)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self._database)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self._database, self.tokens)

    @cached_property
    def watches(self) -> Watches:
        return Watches(self._database, self.tokens)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self._database)

    @cached_property
    def webhook_queue(self) -> Queue:
        return Queue(self._database)

    def deliverer(self) -> Deliverer:
        """Delivers webhooks; a thread that has not been started."""
        events = Events(self.archive, self.settings.url, self.settings.articles)
        return Deliverer(self.settings.archive, self.webhook_queue, events.of, self.clock)

    def builder(self) -> Builder:
        """Works out where sentences come from, and what still stands; a thread that has not been
        started.
        """
        archive = self.settings.archive
        return Builder(archive, self.inconsistencies, self._ledger, self.archive.index.log)

    def publisher(self) -> Publisher:
        """Keeps the public log up to date; a thread that has not been started."""
        return Publisher(self.settings.archive, self.published)

    @cached_property
    def witnesses(self) -> Witnesses:
        return Witnesses(self.settings.archive)

    def cosigner(self) -> Cosigner:
        """Has witnesses cosign the public log; a thread that has not been started."""
        return Cosigner(self.settings.archive, self.published, self.witnesses, self.clock)

    def static_answers(self, empty: bool) -> StaticTrimmer:
        """Have public answers kept as files, or not, as the settings say; `empty`: none of those
        that are there. Returns what deletes the oldest: a thread that has not been started.
        """
        files, settings = self.archive.index.static, self.settings
        try:
            files.begin(settings.static, settings.static_mib * 2**20, empty)
        except OSError as error:
            log.error("no public answers are kept as files: %s", error)
        return StaticTrimmer(files)

    def finisher(self) -> TakedownFinisher:
        """Finishes removals; a thread that has not been started."""
        return TakedownFinisher(self.archive, self._derived_stores)

    def anchor_timer(self) -> Timer:
        """Anchors the log every hour; a thread that has not been started."""
        return Timer(self.archive, self.anchor, self.clock)

    def anchor(self) -> list[Attempt]:
        """Have authorities stamp the newest checkpoints of both logs, and renew what runs out: what
        came of each request. Nothing is signed if nothing was ever recorded.
        """
        if not self.archive.index.log.size():
            return []
        published = self.published.checkpoint()
        notes = [self.audit.checkpoint().note, *([published.note] if published else [])]
        return self.audit.anchors.run(notes)

    def cookie_key(self) -> bytes:
        """What signs the desk's cookies: the same in every process."""
        return self._database.secret("cookies")

    def finish_pending_takedowns(self) -> None:
        finish_pending_takedowns(self.archive, self._derived_stores)

    @cached_property
    def _database(self) -> Database:
        expected = self.archive.expects_accounts()
        database = Database(self.settings.archive, expected)
        if not expected:
            self.archive.expect_accounts()
        return database

    def check_accounts(self) -> None:
        """Raises AccountsUnavailable."""
        self._database.check()

    def begin_accounts_anew(self) -> Path | None:
        """An empty `accounts.db` in place of a faulty one; returns where that was moved to."""
        moved = care.begin_anew(self.settings.archive, self.clock())
        self.archive.expect_accounts()
        return moved

    def restore_accounts(self, source: Path) -> Path | None:
        """Another `accounts.db` in place of a faulty one, likewise."""
        moved = care.restore(self.settings.archive, source, self.clock())
        self.archive.expect_accounts()
        return moved

    def back_up(self, target: Path) -> BackupReport:
        """Bring the backup in this folder up to date, or begin one."""
        noted = self.settings.worth_noting
        return back_up(self.archive, self.audit, target, noted, self.clock())

    def verify(self, progress: Callable[[int, int], None] = lambda *_: None) -> Report:
        """Check everything: the archive, its log's signatures, the accounts' file; all of it is
        left as it is.
        """
        report = self.archive.verify(progress)
        others = care.faults(self.settings.archive, self.archive.expects_accounts())
        if not report.findings:  # else the log may not be readable
            others += self.audit.signature_faults() + self.audit.memory_faults()
        findings = (*report.findings, *(Finding(None, None, each) for each in others))
        if not findings:
            self.archive.note_run(Run.VERIFY)
        return replace(report, findings=findings)

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.settings.archive / "provenance.db")

    @property
    def _derived_stores(self) -> tuple[Callable[[str], None], ...]:
        """What holds text of stories outside the archive, each as a call that deletes a story's."""
        return (
            lambda _: cache_epoch.renew(self.settings.archive),
            lambda story: self.archive.index.static.forget(story),
            lambda story: self._ledger.forget(story),
        )

    def _notify(self, record: Record) -> None:
        self.webhook_queue.notify(record)


def open_services(settings: Settings, clock: Clock = now, create: bool = False) -> Services:
    """On the archive that the settings name; finishes removals that a crash interrupted.

    ArchiveError if there is none and `create` is not set.
    """
    services = Services(settings, Archive.open(settings.archive, clock, create), clock)
    try:
        services.finish_pending_takedowns()
    except AccountsUnavailable as error:
        log.error("a removal is not complete, since it may be quoted there: %s", error)
    return services


@contextmanager
def inspected(settings: Settings) -> Iterator[Services]:
    """On the archive as it is, neither upgraded nor repaired; closed at the end."""
    with closing(Archive.open_as_found(settings.archive, now)) as archive:
        yield Services(settings, archive)
