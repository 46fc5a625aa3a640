"""What may be asked of us: pages, webhooks, files, health. A page is a module and one line in AREAS."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

from helpdesk.web import (
    account,
    alerts,
    answers,
    assets,
    auth,
    banners,
    changes,
    contacts,
    files,
    health,
    keys,
    security,
    settings,
    tickets,
    uploads,
    views,
    webhooks,
)

AREAS = (
    account.bp,
    alerts.bp,
    assets.bp,
    changes.bp,
    contacts.bp,
    files.bp,
    health.bp,
    keys.bp,
    settings.bp,
    tickets.bp,
    uploads.bp,
    views.bp,
    webhooks.bp,
)


class Number(IntegerConverter):
    """`<int:…>` as we write numbers: Werkzeug's takes digits of every script, and more of them than a database."""

    regex = "[0-9]{1,18}"


def init_app(app: Flask, *, has_api: bool) -> None:
    """Registers everything of the web: who is asking, what protects, and every area."""
    app.url_map.converters["int"] = Number
    answers.init_app(app)
    auth.init_app(app)
    security.init_app(app)
    assets.init_app(app)
    banners.init_app(app)
    keys.init_app(app)
    for area in AREAS:
        app.register_blueprint(area)
    if has_api:
        from helpdesk.web import api  # late: see create_app

        app.register_blueprint(api.bp)
