"""`flask …`: what operators type. A command group is a module and one line in GROUPS."""

from __future__ import annotations

import os

from flask import Flask

from helpdesk.cli import agents, clock, doctor, events, inbox_health, secrets, tokens

GROUPS = (
    agents.group,
    inbox_health.group,
    tokens.group,
    events.group,
    secrets.group,
    clock.group,
    doctor.doctor,
)


def init_app(app: Flask) -> None:
    """Adds our commands; `flask db …` comes with Flask-Migrate, and needs it attached."""
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        from helpdesk import migrating  # only here: see there

        migrating.attach(app)
    for group in GROUPS:
        app.cli.add_command(group)
