"""What an agent's open page hears: the streams that are published for the rooms that this agent may enter."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from redis.client import PubSub

from helpdesk.domain import access
from helpdesk.models import Agent
from tests.support.valkey import Valkey

CHANNEL = "socketio"


@dataclass(frozen=True)
class Heard:
    """One change to the page, with the number of the event that told it."""

    action: str
    target: str
    html: str
    room: str
    seq: int
    prev: int


@dataclass
class OpenPage:
    """Rooms are those of the moment in which the page was opened, as for a socket; `enter_anew` is a reconnection."""

    agent: Agent
    rooms: set[str]
    _subscription: PubSub
    _heard: list[Heard] = field(default_factory=list)

    @classmethod
    def new(cls, valkey: Valkey, agent: Agent) -> OpenPage:
        subscription = valkey.client().pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(CHANNEL)
        subscription.get_message(timeout=5)  # the server's word that we are subscribed
        return cls(agent, access.rooms(agent), subscription)

    def enter_anew(self) -> None:
        self.rooms = access.rooms(self.agent)

    @property
    def streams(self) -> list[Heard]:
        """Everything heard so far, in order."""
        self._listen()
        return list(self._heard)

    def to(self, target: str) -> list[Heard]:
        """What was heard for one element."""
        return [stream for stream in self.streams if stream.target == target]

    @property
    def html(self) -> str:
        """All that was drawn on it, to look for words that must or must not be there."""
        return "\n".join(stream.html for stream in self.streams)

    def forget(self) -> None:
        """What was heard so far does not count."""
        self._listen()
        self._heard.clear()

    def close(self) -> None:
        self._subscription.close()

    def _listen(self) -> None:
        """Takes what has been published. Our own PING comes back after all of it."""
        self._subscription.ping("fence")
        while True:
            message = self._subscription.get_message(ignore_subscribe_messages=True, timeout=5)
            if message is None:
                continue
            if message["type"] == "pong":
                return
            self._take(json.loads(message["data"]))

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") != "emit" or message.get("event") != "stream" or message.get("room") not in self.rooms:
            return
        data = message["data"][0] if isinstance(message["data"], list) else message["data"]
        for stream in data["streams"]:
            self._heard.append(
                Heard(
                    action=stream["action"],
                    target=stream.get("target", ""),
                    html=stream.get("html", ""),
                    room=data["room"],
                    seq=data["seq"],
                    prev=data["prev"],
                )
            )
