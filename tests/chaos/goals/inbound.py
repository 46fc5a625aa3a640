"""G1: webhooks under fire. 10,000 messages, 1,000 repeats and 100 that cannot be read, while processes are killed,
Redis is shot and emptied and PostgreSQL crashes: each message is there exactly once."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.load import webhook
from tests.chaos import checker
from tests.chaos.killer import Killer
from tests.chaos.proxy import Mode
from tests.chaos.report import Report
from tests.chaos.sender import Sender
from tests.chaos.stage import ACCOUNTS, INTAKE_POINTS, WEB_POINTS, Play, Stage, stage
from tests.chaos.waiting import is_worked_on, until
from tests.support.databases import POSTGRES

MESSAGES, REPEATS, MALFORMED, CUSTOMERS = 10_000, 1_000, 100, 600
SHUFFLED = 0.05  # the share that comes out of order
KILLS_WITH_CLAIM = 60
REDIS_KILLS, FLUSHES, CRASHES = 5, 2, 3
PASSES = (60, 500)
SETTLES_WITHIN = 300.0  # seconds after the faults; who is slower has lost something
WITHIN = 180  # seconds for the whole, on two cores


@dataclass(frozen=True)
class Load:
    """`messages`: {platform id: text}. `bodies` as they are sent, repeats and nonsense among them. Of the `faceless`,
    who are most, the platform tells neither name nor picture: making pictures safe is not what is tried here."""

    messages: dict[str, str]
    customers: set[str]
    faceless: list[str]
    bodies: list[bytes]
    malformed: int

    @property
    def repeats(self) -> int:
        return len(self.bodies) - len(self.messages) - self.malformed


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G1", database, seed), time.monotonic()
    load = a_load(random.Random(seed), scale)
    is_postgres = database == POSTGRES
    parents, need = 3 if is_postgres else 2, KILLS_WITH_CLAIM * scale
    play = Play(
        webs=2 if is_postgres else 1,
        workers=(("live", "delivery", "bulk"),) * parents,
        points=INTAKE_POINTS,
        web_points=WEB_POINTS,
        passes=_scaled(PASSES, scale),
        lines=("redis", "database", "platform"),
    )
    with stage(database, play, seed=seed) as here:
        for customer in load.faceless:
            here.sandbox.change(customer, is_profile_refused=True)
        killer, sender = Killer(here, has_enough=lambda one: one.claims_hit >= need), Sender(here.web_urls, seed)
        storm = Storm(here, scale)
        killer.begin()
        storm.begin(lambda: len(sender.accepted) / len(load.messages))
        sender.send(load.bodies)
        until(lambda: killer.claims_hit >= need or is_worked_on(), seconds=60)
        killer.end()
        storm.end()
        here.cast.spare()
        ended = time.monotonic()
        until(is_worked_on, seconds=SETTLES_WITHIN)
        _judge(report, here, load, sender)
        hits = here.cast.hits()
        report.note(
            webhooks=f"{len(load.messages)} messages, {load.repeats} repeats, {load.malformed} malformed",
            sent_again=sender.repeats,
            kills=dict(killer.kills),
            with_claim=f"{killer.claims_hit} of these, {dict(killer.with_claim)}",
            more_kills=f"{sum(hits.values())} at failpoints",
            stores=dict(storm.done),
            settled_after=f"{time.monotonic() - ended:.1f} s",
        )
        report.kills = sum(killer.kills.values()) + sum(hits.values())
        report.reached(hits, (*INTAKE_POINTS, *WEB_POINTS))
        if killer.claims_hit < need:
            report.void = f"only {killer.claims_hit} kills hit a process that held a claim"
    report.seconds = time.monotonic() - started
    report.note(time=f"{report.seconds:.0f} s (goal: {WITHIN} s at full scale)")
    return report


def a_load(chance: random.Random, scale: float) -> Load:
    """Messages of several hundred customers over all accounts; a part of them out of order; some bodies twice."""
    customers = [
        (f"{chance.randrange(10**15, 10**16)}", chance.choice(ACCOUNTS)) for _ in range(int(CUSTOMERS * scale) or 1)
    ]
    messages, bodies = {}, []
    for number in range(int(MESSAGES * scale)):
        customer, account = customers[number] if number < len(customers) else chance.choice(customers)
        mid, text = f"mid-{number}", f"Message {number} of {customer}"
        messages[mid] = text
        bodies.append(webhook(customer, account, mid, text))
    for _ in range(int(len(bodies) * SHUFFLED)):
        one, other = chance.randrange(len(bodies)), chance.randrange(len(bodies))
        bodies[one], bodies[other] = bodies[other], bodies[one]
    sent = list(bodies)
    for body in chance.sample(bodies, int(REPEATS * scale)):
        sent.insert(chance.randrange(len(sent)), body)
    malformed = [_malformed(number) for number in range(int(MALFORMED * scale))]
    for body in malformed:
        sent.insert(chance.randrange(len(sent)), body)
    names = [customer for customer, _ in customers]
    return Load(messages, set(names), names[len(names) // 10 :], sent, len(malformed))


def _malformed(number: int) -> bytes:
    kinds: Sequence[bytes] = (
        b"not JSON %d" % number,
        b'{"object":"instagram","entry":[{"id":"%d"' % number,
        b"[" * 5000 + b"%d" % number,
        json.dumps([number]).encode(),
        b'{"object":"instagram","entry":%d}' % number,
    )
    return kinds[number % len(kinds)]


class Storm:
    """Shoots and empties Redis, crashes PostgreSQL and bends the lines between, spread over the run's progress."""

    def __init__(self, here: Stage, scale: float) -> None:
        self.here, self.done = here, dict[str, int]()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        deeds: list[Callable[[], None]] = [self._kill_redis] * _least_one(REDIS_KILLS, scale)
        deeds += [self._flush] * _least_one(FLUSHES, scale) + [self._bend] * _least_one(8, scale)
        deeds += [self._crash] * _least_one(CRASHES, scale) if here.postgres is not None else []
        here.random.shuffle(deeds)
        self.deeds = deeds

    def begin(self, progress: Callable[[], float]) -> None:
        self._thread = threading.Thread(target=self._run, args=(progress,), name="storm", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stops, and sees to it that every store is there again."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(60)
        for proxy in self.here.proxies.values():
            proxy.behave(Mode.PASS)
        self.here.valkey.start()

    def _run(self, progress: Callable[[], float]) -> None:
        for number, deed in enumerate(self.deeds, start=1):
            while progress() < number / (len(self.deeds) + 1):
                if self._over.wait(0.1):
                    return
            deed()

    def _kill_redis(self) -> None:
        server = self.here.valkey.server
        if server is not None and server.poll() is None:
            server.kill()
            server.wait()
        self._over.wait(self.here.random.uniform(0.5, 2.0))
        self.here.valkey.start()
        self._count("Redis killed")

    def _flush(self) -> None:
        self.here.valkey.client().flushall()
        self._count("Redis emptied")

    def _crash(self) -> None:
        assert self.here.postgres is not None, "only there is it in the list"
        self.here.postgres.die()
        self._over.wait(self.here.random.uniform(0.2, 1.0))
        self.here.postgres.start_again()
        self._count("PostgreSQL crashed")

    def _bend(self) -> None:
        name = self.here.random.choice(sorted(self.here.proxies))
        mode = self.here.random.choice([one for one in Mode if one is not Mode.PASS])
        proxy = self.here.proxies[name]
        proxy.behave(mode)
        self._over.wait(1.0)
        proxy.behave(Mode.PASS)
        proxy.cut()
        self._count(f"line to {name} bent")

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


def _judge(report: Report, here: Stage, load: Load, sender: Sender) -> None:
    report.found(checker.stored(sender.accepted))
    report.found(checker.worked_on())
    report.found(checker.messages_are(load.messages))
    report.found(checker.quarantined(load.malformed))
    report.found(checker.one_ticket_each(load.customers))
    report.found(checker.everywhere())
    if sender.given_up:
        report.void = f"{sender.given_up} webhooks were not accepted in time"


def _least_one(number: int, scale: float) -> int:
    return max(1, round(number * scale))


def _scaled(passes: tuple[int, int], scale: float) -> tuple[int, int]:
    """Fewer messages pass fewer times; not in proportion, or a small run would do little but be born anew."""
    return max(3, int(passes[0] * scale**0.5)), max(10, int(passes[1] * scale**0.5))
