"""The application's services, within a request."""

from typing import cast

from flask import Flask, current_app

from repo_store import Action, Revision
from service.usecases.publishing import Publishing
from service.usecases.reading import Stories
from service.wiring import Services


def services_of(app: Flask) -> Services:
    return cast(Services, app.extensions["story_history"])


def services() -> Services:
    return services_of(current_app)


def stories() -> Stories:
    return services().stories


def publishing() -> Publishing:
    return services().publishing


def withdrawals_of(version: Revision) -> list[Action]:
    """The actions that took a story off its page while a version was live."""
    return stories().withdrawals(version)


def removal_of(revision: Revision) -> Action | None:
    """The action that removed a revision's text."""
    return stories().removal(revision)
