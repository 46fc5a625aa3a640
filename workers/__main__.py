"""`python -m workers [live delivery bulk clock]`: one parent imports the app and forks a child for each name.

Forked children share the app's memory (measured: 112 MB for three against 300 MB apart). They die with the parent."""

from __future__ import annotations

import gc
import sys

from flask import Flask

from helpdesk.app import create_app
from helpdesk.db import db
from helpdesk.queue import QUEUES
from workers.parent import Parent

CHILDREN = (*QUEUES, "clock")


def main(names: list[str]) -> int:
    """Forks and watches the children until SIGTERM or SIGINT. Answers the exit code."""
    unknown = sorted(set(names) - set(CHILDREN))
    if unknown:
        print(f"workers: there is no {', '.join(unknown)}; there are: {', '.join(CHILDREN)}", file=sys.stderr)
        return 2
    app = create_app(has_api=False)
    with app.app_context():
        db.engine.dispose()
    gc.collect()
    gc.freeze()
    return Parent(app, names or usual(app)).watch()


def usual(app: Flask) -> list[str]:
    """One child for each name; on PostgreSQL two that take in, since they wait for its answers most of the time. On
    SQLite they would only wait for each other."""
    return [*CHILDREN] if app.extensions["settings"].is_sqlite else ["live", *CHILDREN]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
