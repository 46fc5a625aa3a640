"""How the console feels on a desk that is years old: what the server answers, what a hand and an eye wait for, and what
fifty of them at once do to it."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.bench import feel, old, screens
from tests.bench.crowd import crowded
from tests.bench.figure import Figure
from tests.bench.load import quantile
from tests.bench.requests import Asker
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.running import RunningDesk

OPENED = 30  # tickets


def figures(desk: RunningDesk, kind: str, *, tickets: int, messages: int, seconds: float) -> Iterator[Figure]:
    """`seconds` of each kind of load, on a desk that holds so much."""
    old.age(desk, tickets=tickets, messages=messages)
    with browser.chromium() as chromium:
        page = screens.console(desk, chromium, with_password(an_agent("Mona Ortiz", role="owner")))
        asker = Asker(desk.url, page.context)
        for what, paths, most in old.asked_for():
            yield Figure(f"{kind}: {what}, p95", asker.p95(paths), "ms", most)
        yield from _felt(desk, page, kind, seconds=seconds)
        crowd = crowded(desk, chromium, seconds=seconds * 2)
        yield Figure(f"{kind}: event → one of 50 consoles, p95", quantile(crowd.delays, 0.95), "ms", 500)
        yield Figure(f"{kind}: … by how much web and live have grown", crowd.grown, "MB", 10)


def _felt(desk: RunningDesk, page: Page, kind: str, *, seconds: float) -> Iterator[Figure]:
    for what, is_by_key, most in (("click on a row", False, 150), ("Enter on the next row", True, 100)):
        feel.go_to_view(page, "all")
        taken = feel.openings(page, times=OPENED, is_by_key=is_by_key)
        yield Figure(f"{kind}: {what} → thread painted, p95", quantile(taken, 0.95), "ms", most)
    feel.go_to_view(page, "all")
    yield _held(f"{kind}: wheel over {old.tickets():,} rows", feel.scrolling(page, feel.ROWS, by=900, seconds=seconds))
    number, length = old.longest()
    page.goto(f"/tickets/{number}?view=all")
    thread = feel.scrolling(page, feel.THREAD, by=-900, seconds=seconds)
    yield _held(f"{kind}: wheel over a thread of {length:,} messages", thread)
    customer = screens.open_conversation(desk, page)
    typing = feel.typing_under_load(page, desk.url, customer, seconds=seconds)
    yield _held(f"{kind}: typing while 20 messages/s arrive", typing)


def _held(what: str, held: feel.Held) -> Figure:
    """What script and style held up the worst frame for; the count of long frames stands in the text."""
    return Figure(f"{what}, {held.frames} long frames, worst", held.longest, "ms", feel.FREE)
