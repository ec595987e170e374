"""Wires the parts together; builds nothing at import."""

from datetime import UTC, datetime
from functools import partial

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from repo_store import Archive
from service.accounts import Tokens
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequests
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches
from service.audit.export.exports import Exports
from service.audit.log import audit_log
from service.config import Settings
from service.metrics import Metrics, NoMetrics
from service.provenance.ledger import Ledger
from service.provenance.origins import Origins
from service.usecases.publishing import Publishing
from service.usecases.reading import Clock, Stories
from service.usecases.takedown import Takedown, beside, settle
from service.web import api, desk
from service.web.http import access, errors, headers, rate_limits
from service.web.http.links import absolute
from service.web.http.request_log import RequestLog
from service.web.http.response_cache import ResponseCache
from service.web.http.services import Services, removal_of
from service.web.http.template_filters import FILTERS
from service.web.public import embedding, feeds, memento, operations, pages
from service.webhooks.events import notifier
from service.webhooks.subscriptions import Webhooks

MAX_BODY = 2 * 1024 * 1024
"""A request must be shorter, in bytes; a story takes at most half of it."""


def now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None, clock: Clock = now, metrics: Metrics | None = None
) -> Flask:
    """The WSGI application on the archive that the settings name; made if it is not there yet."""
    settings = settings or Settings.read()
    archive = Archive.open(settings.archive, clock, create=True)
    app = Flask("service")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    # Attributes of Flask's default provider, which the type of `app.json` does not promise.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(absolute=absolute, removal_of=removal_of)
    database = Database(settings.archive)
    tokens, webhooks = Tokens(database), Webhooks(database)
    app.secret_key = database.secret("cookies")
    stories = Stories(archive)
    ledger = Ledger(settings.archive / "provenance.db")
    notify = notifier(webhooks)
    audit = audit_log(archive, settings)
    forget = beside(settings.archive)
    orders = RemovalRequests(database)
    removing = Takedown(archive, audit, orders, forget, clock, notify, settings.two_persons)
    settle(archive, forget)
    app.extensions["story_history"] = Services(
        stories,
        Origins(stories, ledger),
        Publishing(archive, clock, notify),
        removing,
        audit,
        Exports(archive, audit),
        tokens,
        Sessions(database, tokens),
        Watches(database, tokens),
        webhooks,
        clock,
        settings.url,
    )
    for part in (pages, memento, feeds, embedding, operations, api, desk):
        app.register_blueprint(part.blueprint)
    access.register(app)
    rate_limits.register(app)
    errors.register(app)
    headers.register(app)
    # Around the application, from the inside out. mypy takes this, Flask's own way, for an
    # assignment to a method.
    kept = ResponseCache(app.wsgi_app, partial(headers.stamp, stories), settings.cache * 2**20)
    app.wsgi_app = RequestLog(kept, metrics or NoMetrics())  # type: ignore[method-assign]
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count)  # type: ignore[method-assign]
    return app
