"""`python -m tests.commands.inside COMMAND …`: the commands in this very environment, which stands in for the venv."""

import signal
import sys

from helpdesk import bootstrap
from helpdesk.commands.venv import Venv

if __name__ == "__main__":
    # In the background of a shell Ctrl-C is ignored from birth, and what is ignored stays so; the tests' counts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Venv.is_running = Venv.is_fresh = lambda venv: True  # type: ignore[method-assign]
    sys.exit(bootstrap.main(sys.argv[1:]))
