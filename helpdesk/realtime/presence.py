"""Who looks at a ticket and who types: known for as long as it is true, and never stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from redis import Redis

from helpdesk import queue

GRACE = 20.0  # seconds that somebody stays after their connection is lost: most come back
TYPING = 6.0  # seconds after the last sign of typing

REPLY, NOTE = "reply", "note"


@dataclass(frozen=True)
class Person:
    """As pages are told: `typing` is "reply", "note" or ""."""

    id: int
    name: str
    initials: str
    typing: str = ""


@dataclass
class Look:
    """One open page on one ticket. Times are monotonic seconds; 0 is never."""

    ticket: int
    person: Person
    typing: str = ""
    typing_until: float = 0.0
    gone_at: float = 0.0


class Presence:
    """The pages of this process, by the id of their connection. `now` is a monotonic clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._looks: dict[str, Look] = {}

    def look(self, sid: str, ticket: int | None, person: Person) -> set[int]:
        """The page shows this ticket now, or none. Returns the tickets whose people changed."""
        before = self._looks.pop(sid, None)
        if ticket is not None:
            self._looks[sid] = Look(ticket, person)
            self._take_over(sid)
        changed = {before.ticket} if before else set()
        return changed | ({ticket} if ticket is not None else set())

    def typing(self, sid: str, ticket: int, kind: str) -> bool:
        """They type there: "reply" or "note". True when that is news."""
        look = self._looks.get(sid)
        if look is None or look.ticket != ticket:
            return False
        is_news = look.typing != kind
        look.typing, look.typing_until = kind, self._now() + TYPING
        return is_news

    def lost(self, sid: str) -> None:
        """The connection is gone, without a word of the page: it may come back."""
        if look := self._looks.get(sid):
            look.gone_at = self._now() + GRACE

    def sweep(self) -> set[int]:
        """Forgets who has gone and who has stopped typing. Returns the tickets whose people changed."""
        now, changed = self._now(), set()
        for sid, look in list(self._looks.items()):
            if look.gone_at and look.gone_at <= now:
                del self._looks[sid]
                changed.add(look.ticket)
            elif look.typing and look.typing_until <= now:
                look.typing = ""
                changed.add(look.ticket)
        return changed

    def tickets(self) -> set[int]:
        return {look.ticket for look in self._looks.values()}

    def people(self, ticket: int) -> list[Person]:
        """Those of this process, each once."""
        return _merged(
            Person(look.person.id, look.person.name, look.person.initials, look.typing)
            for look in self._looks.values()
            if look.ticket == ticket
        )

    def _take_over(self, sid: str) -> None:
        """The same person's lost connection to the same ticket ends with the new one."""
        new = self._looks[sid]
        for other, look in list(self._looks.items()):
            if other != sid and look.gone_at and (look.ticket, look.person.id) == (new.ticket, new.person.id):
                del self._looks[other]


class Shared:
    """What the processes tell one another about a ticket, in Redis. While it is away each knows only its own."""

    def __init__(self) -> None:
        self._host = uuid4().hex

    def tell(self, ticket: int, people: list[Person]) -> list[Person]:
        """Puts ours there; returns everybody's."""
        others = queue.attempt(lambda redis: self._exchange(redis, ticket, people))
        return _merged([*people, *(others or [])])

    def _exchange(self, redis: Redis, ticket: int, people: list[Person]) -> list[Person]:
        hosts, own = f"presence:{ticket}", f"presence:{ticket}:{self._host}"
        pipe = redis.pipeline(transaction=False)
        if people:
            pipe.set(own, json.dumps([asdict(person) for person in people]), ex=int(GRACE))
            pipe.sadd(hosts, self._host)
            pipe.expire(hosts, 2 * int(GRACE))
        else:
            pipe.delete(own)
            pipe.srem(hosts, self._host)
        pipe.smembers(hosts)
        found: set[bytes] = pipe.execute()[-1]
        keys = [f"presence:{ticket}:{host.decode()}" for host in found if host.decode() != self._host]
        told: list[Any] = redis.mget(keys) if keys else []
        return [Person(**person) for text in told if text for person in json.loads(text)]


def _merged(people: Iterable[Person]) -> list[Person]:
    """Each once, by name; one who types in one window and looks in another types, a reply before a note."""
    rank = {"": 0, NOTE: 1, REPLY: 2}
    known: dict[int, Person] = {}
    for person in people:
        if person.id not in known or rank[person.typing] > rank[known[person.id].typing]:
            known[person.id] = person
    return sorted(known.values(), key=lambda person: (person.name, person.id))
