"""`create_app()`: the table of contents. Each line names a part of the desk; nothing happens before it is called."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

import config
from helpdesk import channels, cli, db, disk, logs, queue, subscribers, web
from helpdesk.domain import events, presentation
from helpdesk.fetch import PlatformHttp
from helpdesk.realtime import broadcasts
from helpdesk.secrets import Vault
from helpdesk.storage import open_storage

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: config.Settings | None = None, *, has_api: bool = True) -> Flask:
    """The whole desk as a Flask app; without the API for processes that programs do not ask, since its shapes need
    6 MB in each. Without `settings` they come from the environment; raises config.ConfigError."""
    settings = settings or config.load(os.environ)
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.from_mapping(settings.flask_mapping(), SQLALCHEMY_ENGINE_OPTIONS=db.pool(settings.database_url))
    app.extensions["settings"] = settings
    app.extensions["vault"] = Vault(settings.encryption_keys)
    app.extensions["storage"] = open_storage(settings.storage_url)
    app.extensions["disk"] = disk.guard(settings.data_dir, settings.database_url, settings.storage_url)
    app.extensions["channels"] = channels.build(
        {
            "instagram": settings.instagram_api_url,
            "facebook": settings.facebook_api_url,
            "telegram": settings.telegram_api_url,
        }
    )
    app.extensions["platforms"] = PlatformHttp(trusted_origins=settings.trusted_origins)

    logs.init_app(app)
    db.init_app(app)
    db.before_commit[:] = [events.number]
    events.reactions = subscribers.REACTIONS
    queue.connect_to(settings.redis_url_now)
    broadcasts.init_app(app)
    presentation.init_app(app)
    web.init_app(app, has_api=has_api)
    cli.init_app(app)
    return app
