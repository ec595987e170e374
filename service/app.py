"""The Flask application. Builds nothing at import."""

from contextlib import suppress
from functools import partial

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from jinja2 import ChoiceLoader, PackageLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from service.accounts import AccountsUnavailable
from service.config import Settings
from service.metrics import Metrics, NoMetrics
from service.usecases.reading import Clock
from service.web import api, desk, public
from service.web.http import (
    access,
    addresses,
    bodies,
    error_handlers,
    headers,
    languages,
    rate_limits,
)
from service.web.http.links import absolute
from service.web.http.path_prefix import PathPrefix
from service.web.http.request_log import RequestLog
from service.web.http.response_cache import ResponseCache
from service.web.http.services import removal_of, withdrawals_of
from service.web.http.shared_counts import SharedCounts
from service.web.http.static_answers import StaticAnswers
from service.web.http.template_filters import FILTERS
from service.web.public import (
    assets,
    corrections,
    embedding,
    feeds,
    health,
    memento,
    oembed,
    previews,
    transparency,
)
from service.wiring import Services, now, open_services

_BLUEPRINTS = (
    public.blueprint,
    memento.blueprint,
    feeds.blueprint,
    corrections.blueprint,
    embedding.blueprint,
    oembed.blueprint,
    previews.blueprint,
    health.blueprint,
    assets.blueprint,
    transparency.blueprint,
    api.blueprint,
    api.docs.blueprint,
    desk.blueprint,
)


def create_app(
    settings: Settings | None = None, clock: Clock = now, metrics: Metrics | None = None
) -> Flask:
    """The WSGI application on the archive that the settings name, which is created if missing."""
    return app_on(open_services(settings or Settings.read(), clock, create=True), metrics)


def app_on(
    services: Services, metrics: Metrics | None = None, counts: SharedCounts | None = None
) -> Flask:
    """`counts`: those that all processes of a server share."""
    app = Flask("service")
    app.json = json = DefaultJSONProvider(app)
    json.sort_keys = json.ensure_ascii = False
    app.jinja_loader = ChoiceLoader([PackageLoader("service"), PackageLoader("service.present")])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        absolute=absolute,
        paper=services.look,
        removal_of=removal_of,
        withdrawals_of=withdrawals_of,
    )
    with suppress(AccountsUnavailable):  # whoever needs accounts is told
        app.secret_key = services.cookie_key()
    app.extensions["story_history"] = services
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    if services.settings.patterns:
        # Importing it makes all the samples, which every command would wait for.
        from service.web.public import patterns

        app.register_blueprint(patterns.blueprint)
    for part in (languages, addresses, bodies, access):
        part.register(app)
    rate_limits.register(app, counts)
    for part in (error_handlers, headers):
        part.register(app)
    _wrap(app, services, metrics or NoMetrics())
    return app


def _wrap(app: Flask, services: Services, metrics: Metrics) -> None:
    """Put the middleware around the application, from the inside out."""
    settings = services.settings
    state_of = partial(headers.state_of, services.stories)
    static = StaticAnswers(services.archive.index.static, state_of)
    cache = ResponseCache(app.wsgi_app, state_of, settings.cache * 2**20, static.keep)
    # mypy takes this, Flask's own way, for an assignment to a method.
    app.wsgi_app = RequestLog(cache, metrics)  # type: ignore[method-assign]  # see above
    if prefix := settings.prefix:
        trusted = settings.proxies > 0
        under_it = PathPrefix(app.wsgi_app, prefix, trusted)
        app.wsgi_app = under_it  # type: ignore[method-assign]  # as above
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count)  # type: ignore[method-assign]  # as above
