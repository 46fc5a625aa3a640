"""The search in a real browser: found while one types, opened in its context, and back to the view."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from helpdesk.db import db, transaction
from helpdesk.domain.search import index
from helpdesk.models import AuthorKind, Direction, Message, MessageStatus
from tests.browser.desk import Customer, nobody_waits, until_live
from tests.factories import an_agent
from tests.support.browser import axe
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser
FIELD, HITS, FOUND = ".search__input", ".results__hits .row", ".message--found"


def wrote_for_years(customer: Customer, lines: int) -> None:
    """So many messages before the one that there is, a minute apart; the first speaks of a walrus."""
    last = db.session.get_one(Message, customer.ticket.last_message_id)
    with transaction():
        for number in range(lines):
            at = last.at - timedelta(minutes=lines - number)
            message = Message(
                conversation_id=last.conversation_id,
                ticket_id=last.ticket_id,
                inbox_id=last.inbox_id,
                direction=Direction.INBOUND,
                author_kind=AuthorKind.CONTACT,
                text="A walrus on the shirt" if number == 0 else f"Line {number}",
                status=MessageStatus.RECEIVED,
                at=at,
                received_at=at,
                created_at=at,
                first_seq=last.first_seq,
                seq=last.seq,
            )
            db.session.add(message)
            db.session.flush()
            index.add(message)


@pytest.mark.both_databases
def test_a_word_is_found_opened_far_up_and_left_again(
    new_page: Callable[..., Page], sign_in: Callable[[Page, object], None], running: RunningDesk
) -> None:
    nobody_waits()
    customer = Customer(running, "Wanda Weiß")
    customer.says("Hello again")
    customer.is_known()
    wrote_for_years(customer, 120)
    number = customer.ticket.number
    page = new_page()
    sign_in(page, an_agent())
    page.goto("/tickets?view=all")
    until_live(page)

    # by keys: the field, the first hit, the message in its context
    page.keyboard.press("/")
    page.keyboard.type("WALR")
    expect(page.locator(HITS)).to_have_count(1)
    expect(page.locator(f"{HITS} mark")).to_have_text("walr")
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(FOUND)).to_contain_text("walrus")
    expect(page.locator(FOUND)).to_be_in_viewport()
    expect(page).to_have_url(re.compile(rf"/tickets/{number}\?view=all&q=WALR&message=\d+$"))
    expect(page.locator("#results .row[aria-current]")).to_have_count(1)

    # the address alone does the same; what comes meanwhile waits below, and one gets there
    page.reload()
    until_live(page)
    expect(page.locator(FOUND)).to_be_in_viewport()
    expect(page.locator(FIELD)).to_have_value("WALR")
    customer.says("And one more thing")
    page.locator("[data-pill]").click()
    expect(page.locator(".message").last).to_contain_text("And one more thing")
    expect(page.locator(".message").last).to_be_in_viewport()
    page.locator("a[data-older]").scroll_into_view_if_needed()
    expect(page.locator(".message", has_text="Line 60")).to_be_attached()

    # Esc goes back to the view, the browser's own way back to the results
    page.locator(HITS).focus()
    page.keyboard.press("Escape")
    expect(page.locator("#results")).to_have_count(0)
    expect(page.locator(f"#row-{number}")).to_be_visible()
    expect(page.locator(FIELD)).to_have_value("")
    page.go_back()
    expect(page.locator(HITS)).to_have_count(1)
    expect(page.locator(FIELD)).to_have_value("WALR")


def test_people_numbers_and_filters_by_pointer_on_a_phone(
    new_page: Callable[..., Page], sign_in: Callable[[Page, object], None], running: RunningDesk
) -> None:
    customer = Customer(running, "Wíktor Öz")
    customer.says("A very particular umbrella")
    customer.is_known()
    number = customer.ticket.number
    page = new_page(width=375, height=740)
    sign_in(page, an_agent())
    page.goto("/tickets?view=all")
    until_live(page)

    page.fill(FIELD, "wiktor oz")
    expect(page.locator("#results .row__name", has_text="Wíktor Öz")).to_have_count(1)
    page.fill(FIELD, f"#{number}")
    expect(page.locator("#results .row").first).to_contain_text(str(number))
    page.fill(FIELD, "umbrella status:lost")
    expect(page.locator("#results [role=alert]")).to_contain_text("A status is")
    page.fill(FIELD, "umbrella")
    page.locator(".search__filters > summary").click()
    page.locator(".search__menu [name=status]").select_option("closed")
    page.locator(".search__foot .button--primary").click()
    expect(page.locator(".empty__title", has_text="Nothing that you may see")).to_be_visible()
    expect(page.locator("[data-chosen]")).to_have_text("1")
    page.locator(".search__filters > summary").click()
    page.locator("[data-clear]").click()
    page.locator(HITS).first.click()
    expect(page.locator(FOUND)).to_be_in_viewport()
    page.locator("[data-back]").click()
    expect(page.locator(HITS).first).to_be_visible()
