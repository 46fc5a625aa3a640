"""The doorbell: rings the workers through Redis. A ring may be lost at any time; the sweep each second is the net.

Redis holds nothing that counts, so nothing here raises when it is away: the caller's work is in the database already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar
from uuid import uuid4

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

TIMEOUT = 0.5  # seconds, to connect and for each answer: a page must not wait for a doorbell
BREAK = 5.0  # seconds without another try after a failure
FOLD = 2  # seconds in which further rings are one; a drain that answers ends it sooner
RING_TTL = 120  # seconds after which an unanswered ring is worthless: the sweep has been there long since

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Bell:
    """Who answers: the queue (one worker each) and the job's dotted path."""

    queue: str
    job: str


BELLS = {
    "intake": Bell("live", "workers.intake.drain"),
    "scheduling": Bell("live", "workers.scheduling.drain"),
    "delivery": Bell("delivery", "workers.delivery.drain"),
    "media": Bell("bulk", "workers.media.drain"),
    "profiles": Bell("bulk", "workers.profiles.drain"),
    "signs": Bell("bulk", "workers.signs.drain"),
    "indexing": Bell("bulk", "workers.indexing.drain"),
}
QUEUES = ("live", "delivery", "bulk")


class Line:
    """A process's connection to Redis, with the breaker that keeps it from waiting for a dead one.

    `url` is asked anew after each outage: the embedded server may have come back at another place.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self.url = url
        self._redis: Redis | None = None
        self._resting_until = 0.0  # monotonic; nobody tries before it
        self._is_out = False
        self._lock = Lock()

    def run(self, work: Callable[[Redis], T]) -> T | None:
        """What `work` returns; None, and at once while the breaker is open, when Redis is away."""
        if time.monotonic() < self._resting_until:
            return None
        try:
            result = work(self.redis())
        except (RedisError, OSError, ValueError) as error:  # ValueError: no usable URL
            self._break(error)
            return None
        self._mend()
        return result

    def redis(self) -> Redis:
        """The shared client; it connects when first used. Raises ValueError while no URL is known."""
        with self._lock:
            if self._redis is None:
                self._redis = _client(self.url(), timeout=TIMEOUT)
            return self._redis

    def _break(self, error: Exception) -> None:
        with self._lock:
            self._resting_until = time.monotonic() + BREAK
            self._redis = None
            is_news, self._is_out = not self._is_out, True
        if is_news:
            log.warning("redis_away", error=type(error).__name__, detail=str(error))

    def _mend(self) -> None:
        if not self._is_out:
            return
        with self._lock:
            is_news, self._is_out = self._is_out, False
        if is_news:
            log.info("redis_back")


_line = Line(lambda: "")
_answering: ContextVar[str] = ContextVar("answering", default="")


def connect_to(url: Callable[[], str]) -> None:
    """Names where Redis is; `url` is asked when it is first needed and after each outage. Connects nowhere yet."""
    global _line
    _line = Line(url)


def connection() -> Redis:
    """The shared client with short time-outs, for what may raise. Raises ValueError while no URL is known."""
    return _line.redis()


def blocking_connection() -> Redis:
    """A client of its own for a worker that waits on a queue: no time-out on answers. Raises ValueError likewise."""
    return _client(_line.url(), timeout=None)


def ring(name: str) -> bool:
    """Wakes the workers that answer to `name`, at most once per FOLD seconds. False when nobody could be rung.

    Raises KeyError for a name that is not in BELLS.
    """
    bell = BELLS[name]
    if _answering.get() == name:
        return True

    def enqueue(redis: Redis) -> bool:
        if redis.set(_flag(name), 1, nx=True, ex=FOLD):
            Queue(bell.queue, connection=redis, serializer=JSONSerializer).enqueue_call(
                bell.job,
                job_id=uuid4().hex,
                timeout=-1,  # a drain goes on until nothing is left; each step in it has its own deadline
                ttl=RING_TTL,
                result_ttl=0,
                failure_ttl=RING_TTL,
                description=name,
            )
        return True

    return _line.run(enqueue) or False


def bell(name: str) -> Callable[..., None]:
    """A reaction to an event, whatever it is: rings `name`. Raises KeyError at once for an unknown name."""
    BELLS[name]

    def react(*_: object) -> None:
        ring(name)

    return react


def attempt(work: Callable[[Redis], T]) -> T | None:
    """What `work` returns; None, at once while the breaker is open, when Redis is away. For what may be lost."""
    return _line.run(work)


def typing_due() -> list[int]:
    """Tickets whose customers are to be told that somebody types; each is given out once."""
    return [int(number) for number in attempt(lambda redis: redis.spop("typing:due", 100)) or []]


@contextmanager
def answering(name: str) -> Iterator[None]:
    """For a thread that works on what `name` stands for, and looks for more when it is done: it need not be rung by
    what it does itself."""
    before = _answering.set(name)
    try:
        yield
    finally:
        _answering.reset(before)


def answered(name: str) -> None:
    """A drain is about to claim: whoever rings from now on is not folded into the ring it answers."""
    flag = _flag(name)
    _line.run(lambda redis: redis.delete(flag))


def others_wait(name: str) -> bool:
    """Has another bell been rung whose answer stands in the same queue behind that of `name`?"""
    flags = [_flag(other) for other, bell in BELLS.items() if bell.queue == BELLS[name].queue and other != name]
    return bool(flags and attempt(lambda redis: redis.exists(*flags)))


def stuck_bells() -> list[str]:
    """Bells whose flag never ends by itself (Redis was killed in between, or restored): nobody hears them."""
    ends = attempt(lambda redis: [redis.ttl(_flag(name)) for name in BELLS]) or []
    return [name for name, seconds in zip(BELLS, ends, strict=False) if seconds == -1]


def is_away() -> bool:
    """Does Redis not answer? Costs nothing while the breaker is open, one PING otherwise."""
    return not _line.run(lambda redis: redis.ping())


def _flag(name: str) -> str:
    return f"ring:{name}"


def _client(url: str, *, timeout: float | None) -> Redis:
    if not url:
        raise ValueError("no Redis URL is known yet")
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
