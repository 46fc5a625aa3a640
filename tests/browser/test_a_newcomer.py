"""Somebody who has never seen the desk does the work of a morning in it, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from helpdesk.db import db, transaction
from helpdesk.models import Agent, Category, Ticket, Wait
from tests.browser.desk import WRITING, Customer, eventually, nobody_waits, until_live
from tests.factories import an_agent
from tests.support.files import png
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser
FAR = 120  # steps with Tab, from wherever one is


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def three(running: RunningDesk) -> list[Customer]:
    """Three who wait, the first one for the longest time."""
    nobody_waits()
    customers = []
    for number, name in enumerate(("Ida Lund", "Pia Reuter", "Tom Aker")):
        customer = Customer(running, name)
        customer.says(f"Hello, it is {name}")
        customer.is_known()
        waits_for(customer, minutes=50 - number * 10)
        customers.append(customer)
    return customers


def waits_for(customer: Customer, *, minutes: int) -> None:
    id, since = customer.ticket.id, customer.ticket.waiting_since
    assert since is not None
    with transaction():
        earlier = since - timedelta(minutes=minutes)
        db.session.execute(sa.update(Ticket).where(Ticket.id == id).values(waiting_since=earlier))
        db.session.execute(sa.update(Wait).where(Wait.ticket_id == id).values(opened_at=earlier))


def go_to(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """With Tab, step by step, as one looks around."""
    for _ in range(FAR):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} cannot be reached by {key}")


def opened(page: Page, customer: Customer) -> None:
    """The next ticket of the list is opened, and it is theirs."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=customer.name)).to_be_visible()


def test_a_morning_s_work_by_keyboard_alone(
    page: Page,
    running: RunningDesk,
    sign_in: Callable[[Page, Agent], None],
    mona: Agent,
    three: list[Customer],
    tmp_path: Path,
) -> None:
    ben = an_agent("Ben Castell")
    longest, second, third = three
    photo = tmp_path / "dress.png"
    photo.write_bytes(png())
    sign_in(page, mona)
    until_live(page)

    # The customer who has waited longest.
    go_to(page, page.locator(".views__item[data-view=waiting]"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    opened(page, longest)

    # A photo and words, as an answer to what they said.
    go_to(page, page.get_by_role("button", name="Answer this message"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-quote-text]")).to_contain_text("Hello, it is Ida Lund")
    go_to(page, page.locator("message-composer input[type=file]"))
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files(photo)
    expect(page.locator(".upload__preview")).to_be_visible()
    expect(page.locator("[data-files] progress")).to_be_hidden()
    go_to(page, page.locator(WRITING), key="Shift+Tab")
    page.keyboard.type("It looks like this!")
    page.keyboard.press("Enter")
    arrived = eventually(lambda: found if len(found := longest.received()) == 2 else None, "the answer did not come")
    assert [one["kind"] for one in arrived] == ["message", "message"]
    assert "It looks like this!" in longest.texts

    # A colleague goes on, and reads why.
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("Ben knows this dress.")
    page.keyboard.press("Enter")
    expect(page.locator(".message--note")).to_contain_text("Ben knows this dress.")
    page.keyboard.press("Escape")
    go_to(page, page.locator("[data-menu=hands] summary"), key="Shift+Tab")
    page.keyboard.press("Enter")
    go_to(page, page.locator("[data-menu=hands]").get_by_role("button", name="Ben Castell"))
    page.keyboard.press("Enter")
    eventually(lambda: longest.ticket.assignee_id == ben.id, "it was not handed over")

    # The second one comes back tomorrow.
    opened(page, second)
    page.keyboard.press("z")
    expect(page.locator("[data-menu=standing] [name=until]").first).to_be_focused()
    page.keyboard.type("tomorrow 9")
    page.keyboard.press("Enter")
    eventually(lambda: second.ticket.category is Category.SNOOZED, "it was not put off")

    # The third one is done; nothing waits.
    expect(page.get_by_role("heading", name=third.name)).to_be_visible()
    page.keyboard.press("e")
    eventually(lambda: third.ticket.category is Category.CLOSED, "it was not closed")
    expect(page.locator(".queue")).to_contain_text("No customer waits for an answer.")
    expect(page.locator(".queue")).to_contain_text("1 ticket is snoozed")
