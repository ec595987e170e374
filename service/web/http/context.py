"""What a request works with: the services, and its parameters as values."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, request

from repo_store import Action, FieldError, Malformed, NotFound, Revision
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


def removal_of(revision: Revision) -> Action | None:
    """By what its text was removed."""
    return stories().removal(revision)


def writing() -> Publishing:
    return services().writing


def number(text: str, what: str = "version") -> int:
    """A version's or revision's number from a path; NotFound if it cannot be one."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise NotFound(f"“{text}” is not a {what}: they are numbered from 1.")
    return int(text)


def compared(story: str, old: str, new: str, private: bool) -> tuple[Revision, Revision]:
    """The two ends of `/diff/{old}..{new}`; `r7` names a revision, to those who may see drafts."""

    def end(text: str) -> Revision:
        if private and text.startswith("r"):
            return stories().revision(story, number(text[1:], "revision"))
        return stories().version(story, number(text))

    return end(old), end(new)


def moment(text: str) -> datetime | None:
    """A time as RFC 3339 has it; None if it is not one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def page_limit(default: int) -> int:
    text = request.args.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Malformed([FieldError("limit", "must be a whole number")])
    return int(text)
