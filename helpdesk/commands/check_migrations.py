"""`python -m helpdesk.commands.check_migrations`: do the migrations make, from nothing, what the models say?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask_migrate import check, upgrade

import config
from helpdesk import migrating
from helpdesk.app import create_app


def main() -> int:
    """Answers 1, with what differs on standard error, when a migration is missing."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-check-") as directory:
        config.ensure_keys(Path(directory))
        settings = config.load({"DATA_DIR": directory})
        with migrating.attach(create_app(settings)).app_context():
            upgrade()
            check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
