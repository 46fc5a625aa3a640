"""G4: open pages while their line to `live` is cut, Redis is shot and web is shot: none misses anything, and each is
equal to the database within two seconds of being live again."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from helpdesk.commands import system
from helpdesk.db import db, reading
from helpdesk.models import Message, Ticket
from tests.bench.load import quantile, webhook
from tests.bench.screens import console
from tests.chaos import cast, checker
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.proxy import Mode
from tests.chaos.report import Report
from tests.chaos.sender import Sender
from tests.chaos.stage import Play, Stage, stage
from tests.chaos.waiting import count, is_worked_on, until
from tests.factories import an_agent, with_password
from tests.support import browser, process
from tests.support.sandbox import ACCOUNT

WEBHOOKS, CUSTOMERS, PAGES, PER_SECOND = 600, 10, 5, 15
CUTS = 3
AWAY = 3.0  # seconds that the line stays cut, or Redis away
EQUAL_WITHIN = 2.0  # seconds
WITHIN = 60  # seconds for the whole

# Notes when each message is drawn (epoch s, by its id), and what the page says of its connection.
WATCH = """() => {
  const now = () => (performance.timeOrigin + performance.now()) / 1000
  window.drawn = {}
  window.told = []
  const list = document.querySelector(".messages__list")
  const note = () => {
    for (const one of list.querySelectorAll("[data-id]")) window.drawn[one.dataset.id] ??= now()
  }
  note()
  new MutationObserver(note).observe(list, {childList: true, subtree: true})
  document.addEventListener("connection", (event) => window.told.push([event.detail.state, now()]))
}"""
IS_LIVE = "() => document.querySelector('connection-state')?.state === 'live'"
STATE = """() => ({
  messages: [...document.querySelectorAll(".messages__list [data-id]")].map(
    (one) => [one.dataset.id, one.dataset.status, one.querySelector(".message__body")?.textContent.trim()]),
  rows: [...document.querySelectorAll("#queue-rows > li")].map(
    (one) => [one.id, one.querySelector(".row__text").textContent.trim()]),
})"""

State = dict[str, list[Any]]


@dataclass
class Shown:
    """One page with its ticket open. `away`: [(from, until)], epoch seconds: before it was there, and from each fault
    until it was live again."""

    page: Page
    ticket_id: int
    away: list[tuple[float, float]]

    def live_from(self, at: float) -> float:
        """`at` itself, or when the page was live again."""
        return max([at, *(end for begin, end in self.away if begin <= at < end)])


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G4", database, seed), time.monotonic()
    if system.chromium() is None:
        report.void = browser.MISSING
        return report
    with stage(database, Play(has_live=True, lines=("live",)), seed=seed) as here, browser.chromium() as chromium:
        sender, number = Sender(here.web_urls, seed), int(WEBHOOKS * scale)
        customers = [f"{here.random.randrange(10**15, 10**16)}" for _ in range(CUSTOMERS)]
        for customer in customers:
            here.sandbox.change(customer, is_profile_refused=True)
        sender.send([webhook(customer, ACCOUNT, f"first-{customer}", "Hello?") for customer in customers])
        until(lambda: count(Ticket.id > 0) == CUSTOMERS and is_worked_on(), seconds=60)
        some = sa.select(Ticket.id, Ticket.number).order_by(Ticket.id).limit(PAGES)
        pages = [_open(here, chromium, id, number) for id, number in db.session.execute(some)]
        bodies = [
            webhook(customers[place % CUSTOMERS], ACCOUNT, f"mid-{place}", f"Message {place}.")
            for place in range(number)
        ]
        load = threading.Thread(target=sender.send, args=(_paced(bodies),), name="load")
        load.start()
        faults = _disturb(here, pages, lambda: len(sender.accepted) / (number + CUSTOMERS))
        load.join()
        until(is_worked_on, seconds=60)
        _judge(report, here, pages, number + CUSTOMERS)
        report.note(webhooks=number, pages=f"{PAGES}, {CUSTOMERS} tickets", faults=faults, sent_again=sender.repeats)
        report.found(checker.stored(sender.accepted))
        report.found(checker.everywhere())
    report.seconds = time.monotonic() - started
    report.note(time=f"{report.seconds:.0f} s (goal: {WITHIN} s at full scale)")
    return report


def _paced(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Each when its time has come."""
    begun = time.monotonic()
    for place, body in enumerate(bodies):
        time.sleep(max(0.0, begun + place / PER_SECOND - time.monotonic()))
        yield body


def _open(here: Stage, chromium: Browser, ticket_id: int, number: int) -> Shown:
    """A console of somebody of their own, live, with the ticket open."""
    page = console(here, chromium, with_password(an_agent(f"Agent {number}", role="owner")))
    page.goto(f"/tickets/{number}?view=all")
    page.wait_for_function(IS_LIVE)
    page.evaluate(WATCH)
    return Shown(page, ticket_id, [(0.0, time.time())])


def _disturb(here: Stage, pages: list[Shown], progress: Callable[[], float]) -> dict[str, int]:
    """One fault after the other, spread over the load; each is over before the next. Answers how many of each."""
    faults: list[Callable[[Stage], str]] = [_cut] * CUTS + [_kill_redis, _kill_web]
    here.random.shuffle(faults)
    done: dict[str, int] = {}
    for place, fault in enumerate(faults, start=1):
        share = place / (len(faults) + 1)
        until(functools.partial(_has_come, progress, share), seconds=60)
        begun = time.time()
        name = fault(here)
        done[name] = done.get(name, 0) + 1
        for shown in pages:
            if fault is not _kill_web:  # of which pages that have their line to `live` need not know
                _until_live_again(shown, begun)
    return done


def _has_come(progress: Callable[[], float], share: float) -> bool:
    return progress() >= share


def _cut(here: Stage) -> str:
    here.proxies["live"].behave(Mode.REFUSE)
    here.proxies["live"].cut()
    here.cast.is_over.wait(AWAY)
    here.proxies["live"].behave(Mode.PASS)
    return "line cut"


def _kill_redis(here: Stage) -> str:
    server = here.valkey.server
    assert server is not None, "it plays"
    server.kill()
    server.wait()
    here.cast.is_over.wait(AWAY)
    here.valkey.start()
    return "Redis killed"


def _kill_web(here: Stage) -> str:
    """All of it: a child alone would answer on for a moment. Returns when another one answers."""
    web = here.cast.members[0]
    assert web.running is not None, "it plays"
    before = web.starts
    for pid in (web.running.pid, *cast.children(web.running.pid)):
        cast.kill(pid)
    if not until(lambda: web.starts > before and process.answers(here.settings.port), seconds=60):
        raise process.DidNotStart("web did not come back")
    return "web killed"


def _until_live_again(shown: Shown, begun: float) -> None:
    """Waits until the page has noticed that it was away, and then that it is back."""
    back = """(begun) => {
      const since = window.told.filter(([, at]) => at >= begun)
      const away = since.findIndex(([state]) => state !== "live")
      return away < 0 ? 0 : (since.slice(away).find(([state]) => state === "live") ?? [0, 0])[1]
    }"""
    shown.page.wait_for_function(back, arg=begun, timeout=60_000)
    shown.away.append((begun, shown.page.evaluate(back, begun)))


def _judge(report: Report, here: Stage, pages: list[Shown], number: int) -> None:
    report.found(checker.worked_on())
    reading()
    if count(Message.id > 0) != number:
        report.found([Violation("I2", f"{count(Message.id > 0)} messages of {number} webhooks")])
    late: list[float] = []
    for shown in pages:
        late += _lateness(report, shown)
        _compare(report, shown)
    back = [end - begin - AWAY for shown in pages for begin, end in shown.away[1:]]
    report.note(live_again=f"{max(back):.1f} s after the line was back, at most")
    report.note(drawn=f"p50 {quantile(late, 0.5):.3f} s, p95 {quantile(late, 0.95):.3f} s after it was stored")
    report.limit("I9", "drawn, the latest of all", max(late), EQUAL_WITHIN, "s")


def _lateness(report: Report, shown: Shown) -> list[float]:
    """Seconds from each message's being stored, or from the page's being live again after it, to its being drawn."""
    stored = db.session.execute(
        sa.select(Message.id, Message.created_at).where(Message.ticket_id == shown.ticket_id)
    ).all()
    try:
        shown.page.wait_for_function(
            "(ids) => ids.every((id) => id in window.drawn)", arg=[id for id, _ in stored], timeout=10_000
        )
    finally:
        drawn = shown.page.evaluate("window.drawn")
        missing = [id for id, _ in stored if str(id) not in drawn]
        report.found([Violation("I9", f"message {id} is not on the page of its ticket") for id in missing[:SHOWN]])
    return [max(0.0, drawn[str(id)] - shown.live_from(at.timestamp())) for id, at in stored if str(id) in drawn]


def _compare(report: Report, shown: Shown) -> None:
    """The page as it has become, and as it is when it is loaded now."""
    loaded = shown.page.context.new_page()
    loaded.goto(shown.page.url)
    fresh = loaded.evaluate(STATE)
    deadline = time.monotonic() + EQUAL_WITHIN
    while (become := _as_long(shown.page.evaluate(STATE), fresh)) != fresh and time.monotonic() < deadline:
        shown.page.wait_for_timeout(100)
    for part in fresh:
        _tell_apart(report, f"{part} of ticket {shown.ticket_id}", become[part], fresh[part])


def _as_long(become: State, fresh: State) -> State:
    """A page that was loaded now begins with a later message."""
    return {**become, "messages": become["messages"][-len(fresh["messages"]) :]}


def _tell_apart(report: Report, what: str, lived: list[Any], fresh: list[Any]) -> None:
    if lived != fresh:
        differing = [f"{one} instead of {other}" for one, other in zip(lived, fresh, strict=False) if one != other]
        example = "; ".join(differing[:SHOWN]) or f"{len(lived)} instead of {len(fresh)}"
        report.found([Violation("I9", f"{what}: {example}")])
