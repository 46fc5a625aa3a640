"""`python -m helpdesk.sandbox --config FILE --port N`: prints its port first, then serves until told to end."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from .config import ConfigError
from .server import serve


def main() -> int:
    """Exit code 0 after SIGTERM or SIGINT, 2 with one line when it cannot start."""
    parser = argparse.ArgumentParser(prog="helpdesk.sandbox", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file of accounts; read again when it changes")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--data", type=Path, help="directory for chats and files; without it they end with the process")
    asked = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        running = serve({}, asked.port, host=asked.host, directory=asked.data, config_file=asked.config)
    except (ConfigError, OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    print(running.port, flush=True)
    ended.wait()
    running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
