"""The application's services, within a request."""

from typing import cast

from flask import current_app

from repo_store import Action, Revision
from service.usecases.publishing import Publishing
from service.usecases.reading import Stories
from service.wiring import Services


def services() -> Services:
    return cast(Services, current_app.extensions["story_history"])


def stories() -> Stories:
    return services().stories


def publishing() -> Publishing:
    return services().publishing


def removal_of(revision: Revision) -> Action | None:
    """The action that removed a revision's text."""
    return stories().removal(revision)
