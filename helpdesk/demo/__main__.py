"""`python -m helpdesk.demo`: fills an empty desk on this machine with the demo workspace, while the desk runs."""

from __future__ import annotations

import os
import sys

import config
from helpdesk.app import create_app
from helpdesk.demo import people, workspace


def main() -> int:
    """0: filled, or people were there already. 1: not, or not whole. What it says goes into its log."""
    try:
        settings = config.load(os.environ)
        with create_app(settings).app_context():
            workspace.fill(settings, say=lambda line: print(line, file=sys.stderr, flush=True))
    except (config.ConfigError, workspace.Refused, workspace.Incomplete, people.NoAccounts) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
