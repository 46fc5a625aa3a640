"""The way to the open pages from every other process: written to Redis, read by the processes that hold the sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from redis import Redis

from helpdesk import queue


def channel(redis: Redis) -> str:
    """Where it is published. Redis tells a channel in all its databases, so the number is part of the name."""
    number = redis.connection_pool.connection_kwargs.get("db") or 0
    return f"socketio:{number}" if number else "socketio"


def publish(message: Mapping[str, Any]) -> None:
    """What a Socket.IO manager says to the others. Lost without a word while Redis is away: the cursor heals it, and
    the doorbell's breaker keeps a page from waiting and logs the outage once."""
    text = json.dumps(message, separators=(",", ":"))
    queue.attempt(lambda redis: redis.publish(channel(redis), text))


def is_heard() -> bool:
    """Does any process listen, so that there may be open pages? One that holds sockets does from its first page on,
    and until its end. False while Redis is away."""
    listeners = queue.attempt(lambda redis: redis.pubsub_numsub(channel(redis))) or []
    return any(count for _, count in listeners)


class Announcer:
    """Emits from a process that holds no sockets. Socket.IO's own manager would do it for 10 MB of memory; what it
    says to the others is this (python-socketio, `PubSubManager.emit`)."""

    def __init__(self) -> None:
        self._host = uuid4().hex

    def emit(self, event: str, data: Any, *, room: str) -> None:
        publish(
            {
                "method": "emit",
                "event": event,
                "data": [data],
                "binary": False,
                "namespace": "/",
                "room": room,
                "skip_sid": None,
                "callback": None,
                "host_id": self._host,
            }
        )
