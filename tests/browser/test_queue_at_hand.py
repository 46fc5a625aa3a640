"""The queue in a real browser: filters and views, selecting many, mentions, long lists, rows that hold still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from helpdesk.db import db, transaction
from helpdesk.models import Agent, Category, Ticket
from tests.browser.desk import Customer, eventually, nobody_waits, open_ticket, until_live
from tests.browser.test_console_queue import mine
from tests.factories import an_agent
from tests.support.browser import axe
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz", role="lead")


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page, Agent], None], mona: Agent) -> Page:
    nobody_waits()
    sign_in(page, mona)
    until_live(page)
    return page


def is_category(customer: Customer, category: Category) -> bool:
    db.session.rollback()
    return db.session.get_one(Ticket, customer.ticket.id).category is category


def test_a_filter_becomes_a_view_that_is_changed_and_deleted(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Ada Filter", "Ben Filter")
    expect(desk.locator(".rows__item")).to_have_count(2)
    second.says("And now?")

    desk.get_by_label("Filter this view").click()
    desk.get_by_label("Last written by").select_option("app")
    desk.get_by_role("button", name="Filter", exact=True).click()
    expect(desk.get_by_text("Nothing here fits the filters.")).to_be_visible()
    assert desk.url.endswith("/tickets?view=mine&is.writer=app")
    desk.get_by_label("Remove the filter Last written by Somebody in the app").click()
    expect(desk.locator(".rows__item")).to_have_count(2)
    desk.go_back()
    expect(desk.locator(".narrow__chip")).to_have_count(1)
    desk.get_by_role("link", name="Save as view").click()

    desk.get_by_label("Name", exact=True).fill("Odd ones")
    desk.get_by_role("button", name="Add group").first.click()
    expect(desk.locator("[name='f.3.0']")).to_be_focused()
    desk.locator("[name='f.3.0']").select_option("unread")
    expect(desk.locator("[name='o.3.0']")).to_have_value("is")
    desk.get_by_role("button", name="Remove the condition Last written by").click()
    expect(desk.locator("[data-holds]")).to_contain_text("Holds 2 tickets")
    assert axe(desk) == []
    desk.get_by_role("button", name="Make the view").click()

    expect(desk.get_by_role("heading", name="Odd ones")).to_be_visible()
    expect(desk.locator(f"#row-{first.ticket.number}")).to_be_visible()
    assert axe(desk) == []
    desk.goto("/views")
    assert axe(desk) == []
    desk.get_by_role("button", name="Delete Odd ones").click()
    expect(desk.get_by_text("is deleted")).to_be_visible()


@pytest.mark.both_databases
def test_many_are_selected_by_key_and_pointer_closed_and_brought_back(
    desk: Page, running: RunningDesk, mona: Agent
) -> None:
    first, second, third, fourth = mine(running, mona, "Ann Bulk", "Bea Bulk", "Cid Bulk", "Dan Bulk")
    expect(desk.locator(".rows__item")).to_have_count(4)

    desk.keyboard.press("j")
    desk.keyboard.press("x")
    desk.keyboard.press("Shift+J")
    expect(desk.locator("[data-picked]")).to_have_text("2 selected")
    third.says("One more thing")
    first.says("And another")
    expect(desk.locator(f"#row-{third.ticket.number}")).to_contain_text("One more thing")
    expect(desk.locator(f"#row-{first.ticket.number}")).to_contain_text("And another")
    expect(desk.locator(f"#row-{first.ticket.number} input")).to_be_checked()
    desk.locator(f"#row-{fourth.ticket.number} .row").click(modifiers=["Shift"])
    expect(desk.locator("[data-picked]")).to_have_text("4 selected")
    desk.locator(f"#row-{third.ticket.number} .row").click(modifiers=["ControlOrMeta"])
    expect(desk.locator("[data-picked]")).to_have_text("3 selected")
    assert axe(desk) == []
    desk.get_by_role("button", name="Close", exact=True).first.click()

    expect(desk.locator(".bulk__words")).to_have_text("3 tickets changed.")
    desk.mouse.move(900, 400)
    expect(desk.locator(".rows__item")).to_have_count(1)
    assert is_category(second, Category.CLOSED)
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(".bulk__words")).to_have_text("3 tickets as before.")
    expect(desk.locator(".rows__item")).to_have_count(4)
    assert is_category(second, Category.OPEN)


def test_a_colleague_is_called_from_a_note_by_keyboard(
    desk: Page, running: RunningDesk, new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None]
) -> None:
    customer, kit = Customer(running, "Una Mention"), an_agent("Kit Mentioned", team="Elsewhere")
    customer.says("Is this still under warranty?")
    open_ticket(desk, customer.ticket.number)
    other = new_page()
    sign_in(other, kit)
    until_live(other)
    other.locator(".queue .choice__shown").click()
    other.get_by_role("navigation", name="All views").get_by_role("link", name="Mentions").click()

    desk.locator(".messages").focus()
    desk.keyboard.press("n")
    desk.keyboard.type("Please look, @kit m")
    expect(desk.locator("#mentionable [role=option]", has_text="Kit Mentioned")).to_be_visible()
    assert axe(desk) == []
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Note, only for the team")).to_have_value("Please look, @Kit Mentioned ")
    desk.keyboard.press("Enter")

    row = other.locator(f"#row-{customer.ticket.number}")
    expect(row).to_contain_text("Mentions you")
    row.locator("a").click()
    expect(other.locator(".message--note")).to_contain_text("@Kit Mentioned")
    expect(row.locator("[data-mention]")).to_have_count(0)


def many_beside(ticket: Ticket, number: int) -> None:
    """So many side tickets of the same conversation, each a second older, put into the table at once."""
    values = {column.name: getattr(ticket, column.name) for column in Ticket.__table__.columns if column.name != "id"}
    first = ticket.number * 1000
    with transaction():
        db.session.execute(
            sa.insert(Ticket),
            [
                {
                    **values,
                    "number": first + n,
                    "split_from": ticket.id,
                    "last_message_at": values["last_message_at"] - timedelta(seconds=n),
                }
                for n in range(number)
            ],
        )


def test_a_long_list_keeps_few_rows_in_the_page_and_its_place(desk: Page, running: RunningDesk, mona: Agent) -> None:
    (customer,) = mine(running, mona, "Lou Long")
    many_beside(customer.ticket, 420)
    desk.goto("/tickets?view=all")
    until_live(desk)
    count = desk.locator(".choice__count[data-count=all]").text_content()
    seen = desk.evaluate("""async () => {
      const rows = document.querySelector(".rows"), seen = new Set()
      const settled = () => new Promise((go) => setTimeout(go, 30))
      let still = 0
      while (still < 60) {
        const before = rows.scrollTop
        for (const row of document.querySelectorAll(".rows__item")) seen.add(row.id)
        rows.scrollTop += rows.clientHeight * 0.8
        await settled()
        const isAtEnd = document.querySelector("[data-more]").hidden && rows.scrollTop === before
        still = isAtEnd ? 60 : rows.scrollTop === before ? still + 1 : 0
      }
      return { all: seen.size, now: document.querySelectorAll(".rows__item").length }
    }""")
    assert seen["all"] >= 420
    assert seen["now"] <= 310
    last = desk.locator(".rows__item").last
    assert last.get_attribute("aria-posinset") == last.get_attribute("aria-setsize") == count

    desk.locator(".views__item[data-view=mine]").click()
    expect(desk.get_by_role("heading", name="Mine")).to_be_visible()
    desk.go_back()
    expect(desk.get_by_role("heading", name="All")).to_be_visible()
    expect(desk.locator(f"#{last.get_attribute('id')}")).to_be_visible()

    def more_come_above() -> bool:
        desk.evaluate("document.querySelector('.rows').scrollTop = 0")
        return desk.locator(".rows__item").count() > 60

    eventually(more_come_above, "no earlier rows came")


def test_nothing_moves_under_the_pointer(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Eva Still", "Fay Still")
    expect(desk.locator(".rows__item")).to_have_count(2)
    row = desk.locator(f"#row-{second.ticket.number}")
    row.hover()
    place = row.bounding_box()

    with transaction():
        db.session.get_one(Ticket, first.ticket.id).assignee_id = None
    first.says("Nobody has me")

    expect(desk.locator(f"#row-{first.ticket.number}")).to_have_class("rows__item rows__item--gone")
    assert row.bounding_box() == place
    desk.keyboard.press("Shift")
    expect(desk.locator(f"#row-{first.ticket.number}")).to_have_count(0)
