"""What goes over the wire to the rooms of an agent: whole events, also those without a change to show."""

from __future__ import annotations

import json
from typing import Any

from helpdesk.domain import access
from helpdesk.models import Agent
from tests.support.page import CHANNEL
from tests.support.valkey import Valkey


class Wire:
    def __init__(self, valkey: Valkey, agent: Agent) -> None:
        self._rooms = access.rooms(agent)
        self._heard: list[dict[str, Any]] = []
        self._subscription = valkey.client().pubsub()
        self._subscription.subscribe(CHANNEL)
        self._subscription.get_message(timeout=5)  # the server's word that we are subscribed

    @property
    def events(self) -> list[dict[str, Any]]:
        """`[{room, seq, prev, streams}]` until now: our own PING comes back after all of it."""
        self._subscription.ping("fence")
        while (message := self._subscription.get_message(timeout=5)) is None or message["type"] != "pong":
            if message is not None and message["type"] == "message":
                self._take(json.loads(message["data"]))
        return self._heard

    def close(self) -> None:
        self._subscription.close()

    def _take(self, message: dict[str, Any]) -> None:
        if message["event"] == "stream" and message["room"] in self._rooms:
            self._heard += message["data"]
