"""`flask …`: Flask's own command line, in the desk's virtual environment and with its keys."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from helpdesk.commands.run import settings_or_problem


def main(arguments: list[str]) -> NoReturn:
    """Becomes `flask --app wsgi …`. Raises CannotGoOn for a setting that cannot be used."""
    settings_or_problem()
    os.execv(sys.executable, [sys.executable, "-m", "flask", "--app", "wsgi", *arguments])
