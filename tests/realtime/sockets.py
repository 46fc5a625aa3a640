"""A page's socket, spoken by hand: Engine.IO's and Socket.IO's packets are short texts."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.realtime.websocket import Closed, Refused, WebSocket

PATIENCE = 8.0  # seconds; more than an ended session may go on hearing

__all__ = ["Closed", "PageSocket", "Refused"]


@dataclass
class PageSocket:
    """One connection to the process `live`. `heard` holds what came: [(event, data)]."""

    socket: WebSocket
    heard: list[tuple[str, Any]] = field(default_factory=list)
    acks: list[str] = field(default_factory=list)

    @classmethod
    def knock(cls, live_url: str, *, cookie: str = "", origin: str = "") -> PageSocket:
        """Up to the handshake. Raises Refused."""
        headers = {name: value for name, value in {"Cookie": cookie, "Origin": origin}.items() if value}
        address = live_url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        page = cls(WebSocket(address, headers))
        page.next("0")
        return page

    @classmethod
    def enter(cls, live_url: str, *, cookie: str = "", origin: str = "") -> PageSocket:
        """As the library of the page does it. Raises Refused."""
        page = cls.knock(live_url, cookie=cookie, origin=origin)
        page.send("40")
        if page.next(("40", "44")).startswith("44"):
            raise Refused("no place in a room")
        return page

    def say(self, event: str, *data: object, ack: int | None = None) -> None:
        self.send(f"42{'' if ack is None else ack}{json.dumps([event, *data])}")

    def send(self, packet: str | bytes) -> None:
        self.socket.send(packet)

    def next(self, kind: str | tuple[str, ...]) -> str:
        """The next packet whose text begins so; events before it are kept. Raises Closed, TimeoutError."""
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            packet = self._receive(left)
            if packet.startswith(kind):
                return packet
        raise TimeoutError(f"no packet {kind}… came; heard {self.heard}")

    def wait_for(self, event: str, **facts: object) -> dict[str, Any]:
        """The next event of that name and with these facts, also one that came before; it is not in `heard` after."""
        while True:
            for index, (name, data) in enumerate(self.heard):
                if name == event and all(data.get(key) == value for key, value in facts.items()):
                    del self.heard[index]
                    return data
            self.next("42")

    def fence(self) -> None:
        """Everything that the server had to say to us until now has come, and it has taken what we have said."""
        self.say("typing", {}, ack=9)
        self.next("439")
        self.acks.remove("439[]")

    def is_closed_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._receive(left)
        except Closed:
            return True
        except TimeoutError:
            pass
        return False

    def close(self) -> None:
        self.socket.close()

    def _receive(self, seconds: float) -> str:
        packet = str(self.socket.receive(seconds))
        if packet == "2":
            self.send("3")
        elif packet.startswith("42"):
            self.heard.append(tuple(json.loads(packet[2:])))
        elif packet.startswith("43"):
            self.acks.append(packet)
        return packet
