"""Fifty consoles at once: one in real Chromium, the others sockets that also ask for changes, as pages do."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from uuid import uuid4

import sqlalchemy as sa
from playwright.sync_api import Browser

from helpdesk.db import db, reading
from helpdesk.models import Event
from tests.bench import memory, screens
from tests.bench.load import send, webhook
from tests.bench.requests import Asker
from tests.factories import ACCOUNT, an_agent, with_password
from tests.realtime.sockets import Closed, PageSocket
from tests.support.running import RunningDesk

COLLEAGUES, SOCKETS = 7, 7  # and of each: nobody may have more than twenty
PER_SECOND = 10
ASKS_EVERY = 20.0  # seconds; what a live page does


@dataclass(frozen=True)
class Crowded:
    """`delays`: milliseconds from each event to each console that heard of it. `grown`: MB by which the server's
    processes were larger at the end."""

    delays: list[float]
    grown: float


@dataclass
class _Console:
    """One page without a browser: notes when it heard of which event."""

    socket: PageSocket
    asker: Asker
    upto: int
    heard_at: dict[int, float] = field(default_factory=dict)

    def run(self, until: float, offset: float) -> None:
        asks_at = time.monotonic() + offset
        while (now := time.monotonic()) < until:
            if now > asks_at:
                asks_at = now + ASKS_EVERY
                self.upto = json.loads(self.asker.get(f"/changes?since={self.upto}"))["upto"]
            try:
                self.socket.next("42")
            except TimeoutError:
                continue
            except Closed:
                return
            self._note(time.time())

    def _note(self, now: float) -> None:
        for name, data in self.socket.heard:
            if name == "stream":
                self.heard_at.setdefault(data["seq"], now)
        self.socket.heard.clear()


def crowded(desk: RunningDesk, chromium: Browser, *, seconds: float) -> Crowded:
    """Customers write while all of them look on, one in Chromium beside them."""
    askers = [_colleague(desk, chromium, number) for number in range(COLLEAGUES)]
    consoles = [_Console(_socket(desk, asker), asker, _newest()) for asker in askers for _ in range(SOCKETS)]
    before, until = _memory(desk), time.monotonic() + seconds + 3
    offsets = [ASKS_EVERY * place / len(consoles) for place in range(len(consoles))]
    threads = [
        threading.Thread(target=one.run, args=(until, offset), daemon=True)
        for one, offset in zip(consoles, offsets, strict=True)
    ]
    for thread in threads:
        thread.start()
    customers, mark = [str(uuid4().int)[:16] for _ in range(40)], uuid4().hex[:6]
    send(
        desk.url,
        lambda number: webhook(customers[number % 40], ACCOUNT, f"mid-{mark}-{number}", f"{mark} {number}"),
        per_second=PER_SECOND,
        seconds=seconds,
    )
    for thread in threads:
        thread.join(30)
    grown = _memory(desk) - before
    for one in consoles:
        one.socket.close()
    return Crowded(_delays(consoles), grown)


def _colleague(desk: RunningDesk, chromium: Browser, number: int) -> Asker:
    page = screens.console(desk, chromium, with_password(an_agent(f"Colleague {number}", role="owner")))
    asker = Asker(desk.url, page.context)
    page.context.close()
    return asker


def _socket(desk: RunningDesk, asker: Asker) -> PageSocket:
    return PageSocket.enter(desk.settings.live_url, cookie=asker.headers["Cookie"], origin=desk.url)


def _newest() -> int:
    return db.session.execute(sa.select(sa.func.max(Event.seq))).scalar() or 0


def _delays(consoles: list[_Console]) -> list[float]:
    reading()
    told = {seq for one in consoles for seq in one.heard_at}
    found = sa.select(Event.seq, Event.at).where(Event.seq >= min(told, default=0))
    happened = {seq: at.timestamp() for seq, at in db.session.execute(found)}
    return [(at - happened[seq]) * 1000 for one in consoles for seq, at in one.heard_at.items()]


def _memory(desk: RunningDesk) -> float:
    """MB (PSS) of web and live, with their children."""
    families = [memory.family(desk.pids()[name]) for name in ("web", "live")]
    return sum(memory.pss(pid) for family in families for pid in family)
