"""How a process that holds sockets hears the others: through Redis, and it knows when it is deaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import Any

import structlog
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError
from socketio import RedisManager

from helpdesk.realtime import announcer
from helpdesk.realtime.heard import Heard

QUIET = 5.0  # seconds without a word before Redis is asked whether it is there; as long again until we call it away
CONNECT = 2.0  # seconds
RETRY = 1.0  # seconds; the library's own pause grows to 60, and pages would be stale as long

log = structlog.get_logger(__name__)


class Listener(RedisManager):
    """`url` is asked anew for each connection; `on_change(is_away)` is called when Redis goes and when it is back.

    It listens from the first page on: what nobody could see is not even drawn."""

    def __init__(self, url: Callable[[], str], on_change: Callable[[bool], None]) -> None:
        super().__init__()
        self.is_away = True  # until the first connection
        self._url = url
        self._on_change = on_change
        self._is_wanted, self._is_known = Event(), Event()
        self.heard = Heard()

    def begin(self) -> None:
        """Somebody is there to hear. When it returns we listen, or Redis is away."""
        self._is_wanted.set()
        self._is_known.wait(CONNECT)
        self._is_known.set()  # to whoever was let in meanwhile it is away

    def _handle_emit(self, message: Mapping[str, Any]) -> None:
        super()._handle_emit(message)
        if message["event"] == "stream":
            self.heard.note(message["data"][0]["seq"])

    def _publish(self, data: Mapping[str, Any]) -> None:
        announcer.publish(data)

    def _listen(self) -> Iterator[bytes]:
        self._is_wanted.wait()
        while True:
            try:
                yield from self._hear()
            except (RedisError, OSError, ValueError) as error:  # ValueError: no usable URL yet
                self._went(error)
            self.server.sleep(RETRY)

    def _hear(self) -> Iterator[bytes]:
        redis = Redis.from_url(self._url(), socket_connect_timeout=CONNECT)
        with redis.pubsub() as subscription:
            subscription.subscribe(announcer.channel(redis))
            for message in _messages(subscription):
                if message["type"] == "subscribe":
                    self._came_back()
                elif message["type"] == "message":
                    yield message["data"]

    def _went(self, error: Exception) -> None:
        if not self.is_away:
            log.warning("deaf", error=type(error).__name__, detail=str(error))
        self._change(is_away=True)

    def _came_back(self) -> None:
        log.info("listening")
        self._change(is_away=False)

    def _change(self, *, is_away: bool) -> None:
        is_news = self._is_known.is_set() and self.is_away is not is_away
        self.is_away = is_away
        self._is_known.set()
        if is_news:
            self._on_change(is_away)


def _messages(subscription: PubSub) -> Iterator[dict[str, Any]]:
    """What comes, for ever. Raises TimeoutError when Redis is silent though it was asked."""
    is_asked = False
    while True:
        message = subscription.get_message(timeout=QUIET)
        if message is not None:
            is_asked = False
            yield message
        elif is_asked:
            raise TimeoutError("Redis does not answer")
        else:
            subscription.ping()
            is_asked = True
