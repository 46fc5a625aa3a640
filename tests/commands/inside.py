"""`python -m tests.commands.inside COMMAND …`: the commands in this very environment, which stands in for the venv."""

import sys

from helpdesk import bootstrap
from helpdesk.commands.venv import Venv

if __name__ == "__main__":
    Venv.is_running = Venv.is_fresh = lambda venv: True  # type: ignore[method-assign]
    sys.exit(bootstrap.main(sys.argv[1:]))
