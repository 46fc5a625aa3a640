"""Alembic for the processes that migrate. The others do without: it weighs 11 MB in each of them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from helpdesk.db import db

DIRECTORY = Path(__file__).resolve().parent.parent / "migrations"


def attach(app: Flask) -> Flask:
    """The same app, ready for `flask_migrate`'s functions."""
    Migrate(app, db, directory=str(DIRECTORY))
    return app
