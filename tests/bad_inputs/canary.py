"""Somebody who listens where nobody may call, and hears of every connection that this process tries to open."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_HOST = re.compile(r"(https?://)(\[[^\]]*\]|[^/:?#]+)")
_watching: list[list[object]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        for heard in _watching:
            heard.append(arguments[1])


sys.addaudithook(_hear)  # it cannot be taken away again: it stands here once, and is silent while nobody watches


@dataclass
class Canary:
    """`heard` is every address that somebody reached for; those at one of `ours` are the desk's own servers."""

    listener: socket.socket
    ours: Collection[int]
    heard: list[object] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.listener.getsockname()[1]

    def beside(self, address: str) -> str:
        """The same host at the canary's port; without a host that one can name, the canary itself."""
        found = _HOST.match(address)
        host = "".join(found.groups()) if found else "http://127.0.0.1"
        return f"{host}:{self.port}/canary"

    @property
    def reached_for(self) -> list[object]:
        return [each for each in self.heard if isinstance(each, tuple) and each[1] not in self.ours]

    @property
    def has_visitors(self) -> bool:
        """A connection waits in the listener's queue whether or not somebody accepts it."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@contextmanager
def canary(ours: Collection[int]) -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        listening = Canary(listener, ours)
        _watching.append(listening.heard)
        try:
            yield listening
        finally:
            _watching.remove(listening.heard)
