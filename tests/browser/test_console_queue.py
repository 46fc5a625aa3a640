"""The queue in a real browser: rows come, move and go by themselves; the keyboard is enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import standing
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Ticket
from tests.browser.desk import Customer, nobody_waits, open_ticket, until_live
from tests.factories import an_agent
from tests.support.browser import axe
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page, Agent], None], mona: Agent) -> Page:
    nobody_waits()
    sign_in(page, mona)
    until_live(page)
    return page


def mine(running: RunningDesk, agent: Agent, *names: str) -> list[Customer]:
    """Customers whose tickets are the agent's, the one who waits longest first."""
    customers = []
    for name in names:
        customer = Customer(running, name)
        customer.says(f"Hello from {name}")
        customer.is_known()
        customer.belongs_to(agent)
        customers.append(customer)
    return customers


def put_off(running: RunningDesk, agent: Agent, name: str) -> Customer:
    """A customer whose ticket is the agent's, and snoozed."""
    (customer,) = mine(running, agent, name)
    with transaction():
        ticket, by = db.session.get_one(Ticket, customer.ticket.id), db.session.get_one(Agent, agent.id)
        standing.snooze(ticket, until=clock.now() + timedelta(hours=2), by=Actor.of(by))
    return customer


@pytest.mark.both_databases
def test_a_new_message_appears_with_its_count_while_one_looks(desk: Page, running: RunningDesk) -> None:
    desk.locator(".views__item[data-view=unassigned]").click()
    expect(desk.get_by_role("heading", name="Unassigned")).to_be_visible()
    customer = Customer(running, "Lena Hoffmann")

    customer.says("Is it still there?")

    row = desk.locator(f"#row-{customer.ticket.number}")
    expect(row).to_contain_text("Lena Hoffmann")
    expect(row).to_contain_text("Is it still there?")
    expect(row.locator(".row__unread")).to_contain_text("1")


def test_every_view_is_in_the_menu_of_the_title_by_keyboard_as_well(
    desk: Page, running: RunningDesk, mona: Agent
) -> None:
    customer = put_off(running, mona, "Pia Reuter")
    expect(desk.locator(f"#row-{customer.ticket.number}")).to_have_count(0)
    title = desk.locator(".queue summary", has=desk.get_by_role("heading", level=1))

    title.focus()
    desk.keyboard.press("Enter")
    snoozed = desk.get_by_role("navigation", name="All views").get_by_role("link", name="Snoozed")
    expect(snoozed).to_contain_text("1")
    snoozed.focus()
    desk.keyboard.press("Enter")

    expect(desk.get_by_role("heading", name="Snoozed")).to_be_visible()
    expect(desk.locator(f"#row-{customer.ticket.number}")).to_contain_text("Until")
    assert axe(desk) == []


def test_an_empty_view_leads_to_what_is_put_off(desk: Page, running: RunningDesk, mona: Agent) -> None:
    customer = put_off(running, mona, "Rosa Sander")
    desk.goto("/tickets?view=mine")

    desk.locator(".empty a", has_text="snoozed").click()

    expect(desk.locator(f"#row-{customer.ticket.number}")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 375])
def test_the_wheel_reaches_the_last_row_and_the_views_stay(
    new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None], running: RunningDesk, mona: Agent, width: int
) -> None:
    nobody_waits()
    mine(running, mona, *[f"Guest {number}" for number in range(14)])
    page = new_page(width=width, height=600)
    sign_in(page, mona)
    page.goto("/tickets?view=mine")
    expect(page.locator(".rows__item")).to_have_count(14)
    page.locator(".rows").hover()

    page.mouse.wheel(0, 5000)

    expect(page.locator(".rows__item").last).to_be_in_viewport(ratio=1)
    expect(page.locator(".queue h1")).to_be_in_viewport(ratio=1)
    reached = page.locator(".rows__item").last.evaluate(
        "row => { const box = row.getBoundingClientRect(); "
        "return row.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) }"
    )
    assert reached, "something lies over the last row"


def test_a_row_opens_without_loading_the_page_and_back_returns(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Ada Bell", "Ben Cole")
    desk.evaluate("window.isSamePage = true")

    desk.locator(f"#row-{first.ticket.number} a").click()
    expect(desk.get_by_role("heading", name="Ada Bell")).to_be_visible()
    expect(desk.locator(".row__unread")).to_have_count(1)  # hers is read, and no number in the title any more
    desk.locator(f"#row-{second.ticket.number} a").click()
    expect(desk).to_have_title("Ben Cole · Helpdesk")
    desk.go_back()

    expect(desk.get_by_role("heading", name="Ada Bell")).to_be_visible()
    assert desk.url.endswith(f"/tickets/{first.ticket.number}?view=mine")
    assert desk.evaluate("window.isSamePage")


def test_opening_a_ticket_reads_it(desk: Page, running: RunningDesk, mona: Agent) -> None:
    (customer,) = mine(running, mona, "Cleo Dahl")
    row = desk.locator(f"#row-{customer.ticket.number}")
    expect(row.locator(".row__unread")).to_contain_text("1")

    row.locator("a").click()

    expect(row.locator(".row__unread")).to_have_count(0)
    desk.reload()
    expect(row.locator(".row__unread")).to_have_count(0)


def test_a_row_that_changes_while_its_ticket_loads_is_marked_all_the_same(
    desk: Page, running: RunningDesk, mona: Agent
) -> None:
    (customer,) = mine(running, mona, "Jana Kern")
    row = desk.locator(f"#row-{customer.ticket.number}")
    expect(row).to_be_visible()
    rows, panes = held(desk, "**/queue/rows?*"), held(desk, "**/pane?*")

    with desk.expect_request("**/queue/rows?*"):
        customer.says("One more thing")
    with desk.expect_request("**/pane?*"):
        row.locator("a").click()
    go_on(rows)
    expect(row.locator(".row__text")).to_contain_text("One more thing")
    go_on(panes)

    expect(desk.get_by_role("heading", name="Jana Kern")).to_be_visible()
    expect(row.locator(".row")).to_have_attribute("aria-current", "true")


def held(page: Page, url: str) -> list[Route]:
    """The requests of this address: none gets an answer before `go_on`."""
    requests: list[Route] = []
    page.route(url, lambda route: requests.append(route))
    return requests


def go_on(requests: list[Route]) -> None:
    while requests:
        requests.pop().continue_()


@pytest.mark.both_databases
def test_closing_goes_on_with_the_next_ticket(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Dina Eck", "Emil Falk")
    expect(desk.locator(".rows__item")).to_have_count(2)
    desk.locator(f"#row-{first.ticket.number} a").click()
    expect(desk.get_by_role("heading", name="Dina Eck")).to_be_visible()

    desk.keyboard.press("e")

    expect(desk.get_by_role("heading", name="Emil Falk")).to_be_visible()
    closed = desk.locator(f"#row-{first.ticket.number}")
    expect(closed).to_have_class("rows__item rows__item--gone")  # the pointer is on it: nothing slips below a click
    desk.mouse.move(900, 400)
    expect(closed).to_have_count(0)
    expect(desk.locator(f"#row-{second.ticket.number} .row")).to_have_attribute("aria-current", "true")


def test_the_keyboard_is_enough(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Finn Gray", "Gina Holm")
    expect(desk.locator(".rows__item")).to_have_count(2)

    desk.keyboard.press("j")
    expect(desk.locator(f"#row-{first.ticket.number} .row")).to_be_focused()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Gina Holm")).to_be_visible()
    desk.keyboard.press("r")
    expect(desk.get_by_label("Reply to the customer")).to_be_focused()
    desk.keyboard.type("je?")
    expect(desk.get_by_label("Reply to the customer")).to_have_value("je?")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.get_by_label("Note, only for the team")).to_be_focused()
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")

    expect(desk.get_by_role("dialog", name="Keys")).to_be_visible()
    assert second.ticket.category == "open"


@pytest.mark.both_databases
def test_a_ticket_is_taken_by_a_key_and_handed_over_by_a_menu(
    desk: Page, running: RunningDesk, new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None]
) -> None:
    customer, sina = Customer(running), an_agent("Sina Lang")
    customer.says("Who helps me?")
    open_ticket(desk, customer.ticket.number)

    desk.locator(".messages").focus()
    desk.keyboard.press("a")
    expect(desk.locator("[data-menu=hands] summary")).to_contain_text("Mona")
    expect(desk.locator(".happening").last).to_contain_text("Mona Ortiz took this ticket")
    desk.locator("[data-menu=hands] summary").click()
    desk.get_by_role("button", name=sina.name).last.click()

    expect(desk.locator("[data-menu=hands] summary")).to_contain_text("Sina")
    other = new_page()
    sign_in(other, sina)
    expect(other.locator(f"#row-{customer.ticket.number}")).to_be_visible()


def test_rows_under_the_pointer_stay_until_it_leaves(desk: Page, running: RunningDesk, mona: Agent) -> None:
    first, second = mine(running, mona, "Hugo Iversen", "Ida Jonas")
    expect(desk.locator(".rows__item")).to_have_count(2)
    desk.locator(f"#row-{second.ticket.number}").hover()

    open_ticket_reply(desk, first)

    expect(desk.locator(f"#row-{first.ticket.number} .row__text")).to_contain_text("Mona: On it")
    expect(desk.locator(".rows__item").first).to_have_id(f"row-{first.ticket.number}")
    desk.mouse.move(900, 400)
    expect(desk.locator(".rows__item").first).to_have_id(f"row-{second.ticket.number}")


def test_rows_that_could_not_be_had_are_asked_for_again(desk: Page, running: RunningDesk, mona: Agent) -> None:
    (customer,) = mine(running, mona, "Kim Larsen")
    row = desk.locator(f"#row-{customer.ticket.number}")
    expect(row).to_be_visible()
    desk.route("**/queue/rows?*", lambda route: route.fulfill(status=503, json={"error": "Away"}), times=1)

    with desk.expect_response(lambda answer: answer.status == 503):
        customer.says("Nobody heard this")

    expect(row.locator(".row__text")).to_contain_text("Nobody heard this")


def test_rows_come_into_order_however_many_of_them_move(desk: Page, running: RunningDesk, mona: Agent) -> None:
    mine(running, mona, "Lea Mohr", "Max Nolte", "Nia Otto", "Ole Pohl")
    expect(desk.locator(".rows__item")).to_have_count(4)

    places = desk.evaluate("""() => {
      const queue = document.querySelector("ticket-queue")
      const rows = [...queue.querySelectorAll(".rows__item")]
      rows.forEach((row, number) => (row.dataset.place = "4132"[number]))
      queue.settle()
      return [...queue.querySelectorAll(".rows__item")].map((row) => row.dataset.place).join("")
    }""")

    assert places == "1234"


def open_ticket_reply(desk: Page, customer: Customer) -> None:
    """A colleague of the same name answers elsewhere: the customer waits no longer, and sinks below who does."""
    from tests.factories import a_reply

    a_reply(customer.ticket, "On it", by=an_agent("Mona Other"))


def test_further_rows_come_on_demand_and_a_view_without_any_says_so(desk: Page) -> None:
    expect(desk.get_by_text("Nothing is assigned to you")).to_be_visible()
    expect(desk.locator("[data-more]")).to_be_hidden()
