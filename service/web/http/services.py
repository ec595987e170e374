"""The application's services, within a request."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from repo_store import Action, Revision
from service.accounts import Tokens
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches
from service.audit.export.exports import Exports
from service.audit.log import AuditLog
from service.provenance.origins import Origins
from service.usecases.publishing import Publishing
from service.usecases.reading import Clock, Stories
from service.usecases.takedown import Takedown
from service.webhooks.subscriptions import Webhooks


@dataclass(frozen=True)
class Services:
    """`url`: the site's public address, if it is configured."""

    stories: Stories
    origins: Origins
    writing: Publishing
    removing: Takedown
    audit: AuditLog
    exports: Exports
    tokens: Tokens
    sessions: Sessions
    watches: Watches
    webhooks: Webhooks
    clock: Clock
    url: str


def services() -> Services:
    return cast(Services, current_app.extensions["story_history"])


def stories() -> Stories:
    return services().stories


def writing() -> Publishing:
    return services().writing


def removal_of(revision: Revision) -> Action | None:
    """The action that removed a revision's text."""
    return stories().removal(revision)
