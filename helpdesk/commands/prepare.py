"""`python -m helpdesk.commands.prepare`: brings the database to the newest migration, then says whether it is empty.

A process of its own, so that the supervisor need not hold the application in memory.
"""

from __future__ import annotations

from flask_migrate import upgrade
from sqlalchemy import select

from helpdesk import migrating
from helpdesk.app import create_app
from helpdesk.db import db
from helpdesk.models.agent import Agent

EMPTY, PEOPLED = "empty", "peopled"


def main() -> str:
    """Answers EMPTY when nobody has an account yet, else PEOPLED."""
    with migrating.attach(create_app()).app_context():
        upgrade()
        return EMPTY if db.session.scalar(select(Agent.id).limit(1)) is None else PEOPLED


if __name__ == "__main__":
    print(main())
