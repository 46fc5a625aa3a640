"""What one sees when something is wrong, and how a message went: in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.domain import ledger
from helpdesk.models import Agent, LedgerState
from tests.bench.load import post
from tests.browser.desk import Customer, bubble, eventually, nobody_waits, open_ticket, until_live, write
from tests.factories import an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

LOOKS_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"  # as when one comes back to the tab


@pytest.fixture
def desk(running: RunningDesk, page: Page, sign_in: Callable[[Page, Agent], None]) -> Page:
    nobody_waits()
    customer = Customer(running)
    customer.says("Hello")
    sign_in(page, an_agent("Mona Ortiz"))
    open_ticket(page, customer.ticket.number)
    return page


def test_a_message_s_journey_opens_by_keyboard_and_gives_the_focus_back(
    desk: Page, axe: Callable[[Page], list[str]]
) -> None:
    write(desk, "Yes, it is!")
    expect(bubble(desk, "Yes, it is!")).to_have_attribute("data-status", "sent", timeout=15_000)
    link = bubble(desk, "Yes, it is!").locator("[data-journey]")

    link.focus()
    desk.keyboard.press("Enter")

    steps = desk.locator("#journey .journey__words")
    expect(steps.first).to_have_text("Written")
    assert steps.all_inner_texts()[:3] == ["Written", "Queued", "Try 1"]
    assert axe(desk) == []
    desk.keyboard.press("Escape")
    expect(desk.locator("#journey")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_trouble_comes_to_an_open_page_is_dismissed_for_the_session_and_goes(
    page: Page, running: RunningDesk, sign_in: Callable[[Page, Agent], None]
) -> None:
    sign_in(page, an_agent("Olga Owner", role="owner"))
    until_live(page)
    number = 1 + ledger.counts().get(LedgerState.QUARANTINED, 0)
    line = page.locator(".banner", has_text=f"{number} event")
    expect(line).to_have_count(0)
    assert post(running.url, f"no JSON, {number}".encode()) == 200

    eventually(lambda: page.evaluate(LOOKS_AGAIN) or line.count() == 1)
    line.get_by_role("button").click()

    expect(line).to_have_count(0)
    page.reload()
    until_live(page)
    expect(line).to_have_count(0)


def test_while_the_database_does_not_answer_the_page_says_what_it_shows(desk: Page) -> None:
    line = desk.locator("[data-away]")
    desk.route("**/changes?*", lambda route: route.fulfill(status=503, json={"error": "away"}))
    eventually(lambda: desk.evaluate(LOOKS_AGAIN) or line.count() == 1)
    expect(line).to_contain_text("Storing is not possible right now")

    desk.unroute("**/changes?*")

    eventually(lambda: desk.evaluate(LOOKS_AGAIN) or line.count() == 0)
