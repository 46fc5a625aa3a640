"""A program for tests: keeps the commands of its JSON argument alive, like `run` does with the desk's processes."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from helpdesk import supervisor
from helpdesk.supervisor import Service, ServiceFailed, Stopped, Supervisor


def main(logs: Path, commands: dict[str, list[str]], grace: float) -> int:
    supervisor.GRACE = grace
    # In the background of a shell these are ignored from birth, and the supervisor keeps it so; the tests' count.
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    with Supervisor(logs, Path.cwd(), say=lambda line: print(line, flush=True)) as watched:
        try:
            for name, command in commands.items():
                watched.start(Service(name, tuple(command), os.environ))
            print("started", flush=True)
            watched.watch()
        except Stopped:
            return 0
        except ServiceFailed as failure:
            print(failure, flush=True)
            return 1
    return 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2]), float(sys.argv[3])))
