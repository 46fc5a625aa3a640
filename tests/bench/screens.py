"""What people wait for, taken in real Chromium: until a customer's message is there, until their own one is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from helpdesk.db import db
from helpdesk.models import Agent, Conversation, Identity, IdentityKey, Ledger, LedgerState, Ticket
from tests.bench.load import send, webhook
from tests.factories import ACCOUNT
from tests.support import browser
from tests.support.sandbox import Sandbox

OPEN_SHARE = 4  # every fourth message belongs to the conversation on the screen
WRITING = ".composer__text"
T = TypeVar("T")


class Desk(Protocol):
    """What runs: where its console is, and the platform beside it."""

    @property
    def url(self) -> str: ...
    @property
    def sandbox(self) -> Sandbox: ...


# Notes when each bubble is drawn (epoch ms, after the frame in which it came), by its text; and when Enter was pressed.
WATCH = """() => {
  window.drawn = {}
  window.pressed = []
  const list = document.querySelector(".messages__list")
  const note = () => requestAnimationFrame(() => {
    const now = performance.timeOrigin + performance.now()
    for (const body of list.querySelectorAll(".message__body")) {
      const text = body.textContent.trim()
      if (!(text in window.drawn)) window.drawn[text] = now
    }
  })
  new MutationObserver(note).observe(list, {childList: true, subtree: true})
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") window.pressed.push(performance.timeOrigin + performance.now())
  }, {capture: true})
}"""


# Live; or without Redis, which pages are told after a moment: by asking every two seconds.
IS_UP_TO_DATE = "() => ['live', 'reconnecting'].includes(document.querySelector('connection-state')?.state)"


def until_bubble(desk: Desk, page: Page, *, per_second: float, seconds: float) -> list[float]:
    """Milliseconds from each webhook's answer to its bubble on the screen that has the conversation open."""
    mark, shown = uuid4().hex[:6], open_conversation(desk, page)
    others = [str(uuid4().int)[:16] for _ in range(40)]

    def make(number: int) -> bytes:
        customer = shown if number % OPEN_SHARE == 0 else others[number % len(others)]
        return webhook(customer, ACCOUNT, f"mid-{mark}-{number}", f"{mark} {number}")

    answers = [
        one for one in send(desk.url, make, per_second=per_second, seconds=seconds) if one.number % OPEN_SHARE == 0
    ]
    texts = [f"{mark} {one.number}" for one in answers]
    page.wait_for_function("texts => texts.every((text) => text in window.drawn)", arg=texts, timeout=30_000)
    drawn = page.evaluate("window.drawn")
    return [drawn[text] - one.answered_at * 1000 for text, one in zip(texts, answers, strict=True)]


def until_sent(desk: Desk, page: Page, *, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds from Enter to the pending bubble, and from Enter to the platform's having it."""
    customer, mark = open_conversation(desk, page), uuid4().hex[:6]
    for number in range(times):
        page.fill(WRITING, f"{mark} {number}")
        page.press(WRITING, "Enter")
        time.sleep(0.25)  # as fast as nobody types
    arrived = _arrivals(desk, customer, times)
    pressed, drawn = page.evaluate("[window.pressed, window.drawn]")
    bubbles = [drawn[f"{mark} {number}"] - pressed[number] for number in range(times)]
    return bubbles, [arrived[f"{mark} {number}"] - pressed[number] for number in range(times)]


def console(desk: Desk, chromium: Browser, agent: Agent) -> Page:
    """A signed-in console."""
    context = chromium.new_context(base_url=desk.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    browser.sign_in(page, agent)
    return page


def open_conversation(desk: Desk, page: Page) -> str:
    """Opens the ticket of somebody new on the screen, up to date and watched. Answers the customer's id."""
    customer = str(uuid4().int)[:16]
    desk.sandbox.say(f"I am {customer}", customer=customer)
    page.goto(f"/tickets/{_number(customer)}?view=all")
    page.wait_for_function(IS_UP_TO_DATE)
    page.evaluate(WATCH)
    return customer


def _number(customer: str) -> int:
    """Of the customer's ticket; waits for it."""
    found = (
        sa.select(Ticket.number)
        .join(Conversation)
        .join(IdentityKey, IdentityKey.identity_id == Conversation.identity_id)
        .where(IdentityKey.value == customer)
    )
    return within(60, lambda: db.session.execute(found).scalar())


def quiet() -> None:
    """Returns when every stored webhook has been worked on and every person asked about."""
    waiting = sa.select(sa.func.count()).select_from(Ledger).where(Ledger.state == LedgerState.NEW)
    asking = sa.select(sa.func.count()).select_from(Identity).where(Identity.profile_at.is_(None))
    within(120, lambda: not (db.session.execute(waiting).scalar() or db.session.execute(asking).scalar()))


def within(seconds: float, look: Callable[[], T]) -> T:
    """What `look` finds in the database as soon as it finds something. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        db.session.rollback()
        if found := look():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"nothing to be found within {seconds} s")


def _arrivals(desk: Desk, customer: str, count: int) -> dict[str, float]:
    received: list[dict[str, Any]] = within(
        30, lambda: arrived if len(arrived := desk.sandbox.received(customer=customer)) >= count else []
    )
    return {one["text"]: float(one["at"]) for one in received}
