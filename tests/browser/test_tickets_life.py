"""A ticket is split, merged and taken apart again by the keyboard alone; a stranger is let in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from helpdesk.db import db, transaction
from helpdesk.domain import inboxes
from helpdesk.models import Agent, Inbox
from tests.browser.desk import Customer, bubble, nobody_waits, open_ticket
from tests.factories import ACCOUNT, an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


def test_a_ticket_is_split_merged_and_taken_apart_again_by_keyboard(
    page: Page, sign_in: Callable[[Page, Agent], None], axe: Callable[[Page], list[str]], running: RunningDesk
) -> None:
    nobody_waits()
    ada = Customer(running)
    ada.says("Where is my order?")
    ada.says("And may I return the jacket?")
    sign_in(page, an_agent("Mona Ortiz"))
    main = ada.ticket.number
    open_ticket(page, main)
    dialog = page.get_by_role("dialog")

    expect(bubble(page, "return the jacket")).to_be_visible()
    bubble(page, "return the jacket").get_by_role("link", name="Move this message to another ticket").press("Enter")
    expect(dialog.get_by_role("checkbox", checked=True)).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    side = main + 1
    expect(page.get_by_role("main", name=f"Ticket {side}")).to_be_visible()
    expect(page.locator(".happening", has_text=f"Split from ticket {main}")).to_be_visible()
    expect(bubble(page, "Where is my order?")).to_have_class(re.compile("message--elsewhere"))
    assert axe(page) == []

    page.locator("summary[title=More]").press("Enter")
    expect(page.get_by_role("link", name="Split …")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("radio", name=f"Ticket {main}")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the other number is kept
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text(f"its number leads to ticket {main}")
    assert axe(page) == []
    dialog.get_by_role("button", name="Merge", exact=True).press("Enter")
    expect(page.get_by_role("main", name=f"Ticket {main}")).to_be_visible()

    page.get_by_role("button", name=f"Undo: take ticket {side} out again").press("Enter")
    expect(page.locator(".happening", has_text=f"Ticket {side} taken out again by Mona Ortiz")).to_be_visible()
    expect(page.locator(".related")).to_contain_text("Split off")
    page.goto(f"/tickets/{side}?view=all")
    expect(page.get_by_role("main", name=f"Ticket {side}")).to_be_visible()


def test_a_stranger_is_let_in_and_then_answered(
    page: Page, sign_in: Callable[[Page, Agent], None], axe: Callable[[Page], list[str]], running: RunningDesk
) -> None:
    nobody_waits()
    ada = Customer(running)
    holds(True)
    try:
        ada.says("Do you know me?")
        number = ada.ticket.number
    finally:
        holds(False)
    sign_in(page, an_agent("Mona Ortiz"))
    open_ticket(page, number)

    expect(page.get_by_role("button", name="Block")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Accept").press("Enter")

    expect(page.get_by_label("Reply to the customer")).to_be_visible()
    expect(page.locator(".happening", has_text="Message request accepted by Mona Ortiz")).to_be_visible()


def holds(is_asking: bool) -> None:
    with transaction():
        inbox = db.session.execute(sa.select(Inbox).where(Inbox.account_id == ACCOUNT)).scalar_one()
        inboxes.change(inbox, holds_requests=is_asking)
