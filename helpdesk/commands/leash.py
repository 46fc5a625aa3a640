"""`python leash.py PARENT COMMAND…`: runs a command that is told to end when the process PARENT has ended."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h; survives exec


def main(parent: int, command: list[str]) -> None:
    """Becomes `command`. Elsewhere than on Linux it becomes it without the promise."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the promise was made
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
