"""A socket that writes whole frames: simple-websocket calls `send`, which may write a part, and the next frame would
land in the middle of this one. Slow pages would meet that first."""

from __future__ import annotations

import socket
from threading import Lock
from typing import Any


class WholeSocket:
    """Stands in for a connection's socket; everything but `send` is the socket's own."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._turn = Lock()  # the answer to a ping must not fall into a frame either

    def dup(self) -> WholeSocket:
        return WholeSocket(self._inner.dup())

    def send(self, data: bytes) -> int:
        with self._turn:
            self._inner.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
