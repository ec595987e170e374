"""Wires the parts together; builds nothing at import."""

from datetime import UTC, datetime
from functools import partial

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from repo_store.store import Store
from service.accounts import Tokens
from service.accounts.database import Database
from service.accounts.orders import Orders
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches
from service.accounts.webhooks import Webhooks
from service.audit.export import Exports
from service.audit.log import audit_log
from service.config import Settings
from service.metrics import Metrics, NoMetrics
from service.notifying import notifier
from service.provenance.ledger import Ledger
from service.provenance.origins import Origins
from service.removing import Removing, beside, settle
from service.stories import Clock, Stories
from service.web import (
    access,
    api_audit,
    desk,
    embedding,
    errors,
    feeds,
    headers,
    limits,
    memento,
    operations,
    pages,
)
from service.web.context import Services, removal_of
from service.web.display import FILTERS
from service.web.keeping import Keeping
from service.web.links import absolute
from service.web.observing import Observing
from service.writing import Writing

MAX_BODY = 2 * 1024 * 1024
"""A request must be shorter, in bytes; a story takes at most half of it."""


def now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None, clock: Clock = now, metrics: Metrics | None = None
) -> Flask:
    """The WSGI application on the archive that the settings name; made if it is not there yet."""
    settings = settings or Settings.read()
    store = Store.open(settings.archive, clock, create=True)
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
    stories = Stories(store)
    ledger = Ledger(settings.archive / "provenance.db")
    notify = notifier(webhooks)
    audit = audit_log(store, settings)
    forget = beside(settings.archive)
    orders = Orders(database)
    removing = Removing(store, audit, orders, forget, clock, notify, settings.two_persons)
    settle(store, forget)
    app.extensions["story_history"] = Services(
        stories,
        Origins(stories, ledger),
        Writing(store, clock, notify),
        removing,
        audit,
        Exports(store, audit),
        tokens,
        Sessions(database, tokens),
        Watches(database, tokens),
        webhooks,
        clock,
        settings.url,
    )
    for part in (pages, memento, feeds, embedding, operations, api_audit, desk):
        app.register_blueprint(part.blueprint)
    access.register(app)
    limits.register(app)
    errors.register(app)
    headers.register(app)
    # Around the application, from the inside out. mypy takes this, Flask's own way, for an
    # assignment to a method.
    kept = Keeping(app.wsgi_app, partial(headers.stamp, stories), settings.cache * 2**20)
    app.wsgi_app = Observing(kept, metrics or NoMetrics())  # type: ignore[method-assign]
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count)  # type: ignore[method-assign]
    return app
