"""Alerts in a real browser: one tab tells, nothing comes twice, nothing of what is before one's eyes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, expect

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.models import Agent, Ticket
from tests.browser.desk import Customer, bubble, eventually, nobody_waits, until_live
from tests.factories import an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

# The desktop, as far as a page can tell, and what was told to it. Headless Chromium has none.
DESKTOP = """
  window.told = []
  window.notifications = []
  window.Notification = class extends EventTarget {
    static permission = "%s"
    static async requestPermission() { return (this.permission = "granted") }
    constructor(title, {body}) { super(); notifications.push(this); this.words = `${title}: ${body}` }
    close() {}
  }
  document.addEventListener("alerted", ({detail}) => told.push({...detail, texts: detail.alerts.map(({text}) => text)}))
"""
TOLD = "told.flatMap(({texts}) => texts)"


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


def desktop(page: Page, permission: str = "granted") -> BrowserContext:
    """Puts one behind the pages that are opened from now on."""
    page.context.add_init_script(DESKTOP % permission)
    return page.context


def test_one_tab_tells_once_and_the_next_one_goes_on(
    page: Page, sign_in: Callable[[Page, Agent], None], running: RunningDesk, mona: Agent
) -> None:
    customer = Customer(running)
    customer.says("Is the dress still there?")
    number = customer.belongs_to(mona).number
    customer.is_known()
    context = desktop(page)
    sign_in(page, mona)
    second = context.new_page()
    for tab in (page, second):
        tab.goto("/tickets?view=mine")
        until_live(tab)
        tab.mouse.click(1, 1)  # a browser is silent until somebody has touched the page

    customer.says("Are you there?")
    eventually(lambda: page.evaluate(TOLD), "the first tab has told nothing")
    assert page.evaluate("told.map(({sound, desktop}) => [sound, desktop])") == [["played", "shown"]]
    assert page.evaluate("notifications[0].words") == f"{customer.name}: Are you there?"
    expect(second.locator(f"#row-{number} .row--unread")).to_be_visible()
    expect(second).to_have_title("(1) Mine · Helpdesk")
    eventually(lambda: second.evaluate("document.querySelector('link[rel=icon]').href.startsWith('data:image/png')"))
    assert second.evaluate(TOLD) == []

    page.reload()
    until_live(page)
    page.close()
    customer.says("Hello?")
    eventually(lambda: second.evaluate(TOLD), "nobody has taken over")
    assert second.evaluate(TOLD) == ["Hello?"]

    second.evaluate("notifications[0].dispatchEvent(new Event('click'))")
    expect(bubble(second, "Hello?")).to_be_visible()
    with second.expect_response(lambda answer: "/alerts/due" in answer.url) as asked:
        customer.says("While you look")
    expect(bubble(second, "While you look")).to_be_visible()
    asked.value.finished()
    assert second.evaluate(TOLD) == ["Hello?"]


def test_a_customer_who_waits_is_told_of_at_the_minute_that_was_chosen(
    page: Page, sign_in: Callable[[Page, Agent], None], running: RunningDesk, mona: Agent
) -> None:
    nobody_waits()
    desktop(page, "default")
    sign_in(page, mona)
    page.goto("/alerts")
    expect(page.get_by_text("has not been asked yet")).to_be_visible()
    page.get_by_label("Minutes").fill("1")
    page.get_by_label("Sound").select_option("Knock")
    page.get_by_role("button", name="Test my alerts").press("Enter")
    expect(page.get_by_text("Sound: played.")).to_be_visible()
    expect(page.get_by_text("Notification: shown.")).to_be_visible()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Your alerts are saved.")).to_be_visible()
    customer = Customer(running)
    customer.says("Hello?")
    number = customer.ticket.number
    with transaction():
        almost = clock.now() - timedelta(seconds=57)
        db.session.execute(sa.update(Ticket).where(Ticket.number == number).values(waiting_since=almost))

    page.goto("/tickets?view=unassigned")
    until_live(page)

    assert page.evaluate(TOLD) == []
    eventually(lambda: page.evaluate(TOLD), "the minute has passed without a word")
    assert page.evaluate(TOLD) == [f"Has waited for 1 min, and nobody has ticket {number}"]


def test_a_browser_that_blocks_is_told_of_and_the_words_stand_in_the_page(
    page: Page, sign_in: Callable[[Page, Agent], None], running: RunningDesk, mona: Agent
) -> None:
    customer = Customer(running)
    customer.says("Is the dress still there?")
    customer.belongs_to(mona)
    desktop(page, "denied")
    sign_in(page, mona)
    page.goto("/alerts")
    expect(page.get_by_role("status").get_by_text("This browser blocks notifications of the desk")).to_be_visible()
    page.get_by_role("button", name="Test my alerts").click()
    expect(page.get_by_text("Notification: this browser blocks it")).to_be_visible()

    page.goto("/tickets?view=mine")
    until_live(page)
    bell = page.get_by_role("link", name="Alerts: this browser blocks notifications of the desk")
    expect(bell).to_be_visible()
    customer.says("Are you there?")

    expect(page.locator(".toast", has_text="Are you there?")).to_be_visible()
