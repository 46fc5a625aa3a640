"""How the console feels under a hand, in real Chromium: until a ticket is painted, and whether a frame is held up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from playwright.sync_api import Page

from tests.bench.load import send, webhook
from tests.bench.screens import IS_UP_TO_DATE, WRITING
from tests.factories import ACCOUNT

ROW = "ticket-queue .row[data-number]"
ROWS, THREAD = ".queue__content", ".messages"
FREE = 50  # ms that script and style together may hold up a frame

# Notes when an opened ticket is painted: after the frame that follows "opened".
WATCH_OPENING = """() => {
  window.painted = []
  document.addEventListener("opened", () => requestAnimationFrame(() => setTimeout(() =>
    window.painted.push(performance.now()))))
  window.began = []
  const note = (event) => event.target.closest?.(".row[data-number]") && window.began.push(performance.now())
  addEventListener("click", (event) => event.detail && note(event), {capture: true})
  addEventListener("keydown", (event) => event.key === "Enter" && note(event), {capture: true})
}"""

# Notes of each long frame what our script and style took of it: the browser's own painting and a busy machine are not
# the page's.
WATCH_FRAMES = """() => {
  window.held = []
  const seen = new PerformanceObserver((list) => {
    for (const frame of list.getEntries()) {
      const script = frame.scripts.reduce((sum, one) => sum + one.duration, 0)
      const style = frame.styleAndLayoutStart ? frame.startTime + frame.duration - frame.styleAndLayoutStart : 0
      window.held.push({script, style, frame: frame.duration})
    }
  })
  seen.observe({type: "long-animation-frame", buffered: false})
}"""

HOLD_ONE = """() => setTimeout(() => {
  const until = performance.now() + 120
  while (performance.now() < until);
})"""


@dataclass(frozen=True)
class Held:
    """Frames of over 50 ms: how many there were, and the longest time that script and style took of one, ms."""

    frames: int
    longest: float


def openings(page: Page, *, times: int, is_by_key: bool) -> list[float]:
    """Milliseconds from the click on a row to its painted thread, of one row after the other; or from Enter on the row
    that J has just gone to: people go on, look, and open."""
    page.evaluate(WATCH_OPENING)
    for number in range(min(times, page.locator(ROW).count() - 1)):
        if is_by_key:
            page.keyboard.press("j")
            page.wait_for_timeout(250)  # what a glance takes; it is what fetching ahead lives on
            page.keyboard.press("Enter")
        else:
            page.locator(ROW).nth(number).click()
        page.wait_for_function("count => window.painted.length > count", arg=number)
    began, painted = page.evaluate("[window.began, window.painted]")
    return [after - before for before, after in zip(began, painted, strict=True)]


def typing_under_load(page: Page, url: str, customer: str, *, seconds: float) -> Held:
    """Types a reply into the open ticket while 20 messages a second arrive, every fourth of them in it."""
    others = [str(uuid4().int)[:16] for _ in range(40)]
    mark = uuid4().hex[:6]

    def make(number: int) -> bytes:
        who = customer if number % 4 == 0 else others[number % len(others)]
        return webhook(who, ACCOUNT, f"mid-{mark}-{number}", f"{mark} {number}")

    load = threading.Thread(target=send, args=(url, make), kwargs={"per_second": 20, "seconds": seconds})
    with _frames(page) as held:
        load.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            page.type(WRITING, "We look into it right away. ", delay=60)
            page.fill(WRITING, "")
        load.join()
    return held[0]


def scrolling(page: Page, list_selector: str, *, by: int, seconds: float) -> Held:
    """Turns the wheel over a list, `by` pixels every 50 ms."""
    page.hover(list_selector)
    with _frames(page) as held:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            page.mouse.wheel(0, by)
            page.wait_for_timeout(50)
    return held[0]


def go_to_view(page: Page, view: str) -> None:
    page.goto(f"/tickets?view={view}")
    page.wait_for_selector(ROW)
    page.wait_for_function(IS_UP_TO_DATE)


@contextmanager
def _frames(page: Page) -> Iterator[list[Held]]:
    """A frame that is held up on purpose shows that one would be seen."""
    held: list[Held] = []
    page.evaluate(WATCH_FRAMES)
    page.evaluate(HOLD_ONE)
    page.wait_for_function("() => window.held.some((one) => one.script > 100)")
    page.evaluate("() => { window.held.length = 0 }")
    yield held
    found = page.evaluate("window.held")
    held.append(Held(len(found), max((one["script"] + one["style"] for one in found), default=0.0)))
