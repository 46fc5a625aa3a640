"""The customer beside the thread in a real browser: filled in by keyboard, live on a colleague's screen, never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.db import transaction
from helpdesk.domain import contact_fields
from helpdesk.models import Agent
from tests.browser.desk import Customer, open_ticket
from tests.factories import an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    ada = Customer(running, "Ada Lind")
    ada.says("Hello")
    return ada


@pytest.fixture
def field_names(running: RunningDesk) -> tuple[str, str]:
    with transaction():
        there = {field.name for field in contact_fields.listing()}
        for name, kind in (("Shoe size", "number"), ("City", "text")):
            if name not in there:
                contact_fields.add(name=name, kind=kind, hint="Ask first")
    return "Shoe size", "City"


def test_two_agents_fill_in_the_same_customer_and_nothing_is_lost(
    page: Page,
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, Agent], None],
    axe: Callable[[Page], list[str]],
    customer: Customer,
    field_names: tuple[str, str],
) -> None:
    size, city = field_names
    mona, tom = page, new_page()
    for desk, name in ((mona, "Mona Ortiz"), (tom, "Tom Berg")):
        sign_in(desk, an_agent(name))
        open_ticket(desk, customer.ticket.number)

    tom.get_by_label(city).fill("Lisbon")  # typed, not saved yet
    mona.get_by_label(size).fill("thirty")
    mona.keyboard.press("Tab")
    expect(mona.get_by_role("alert").filter(has_text="is not a number")).to_be_visible()
    assert axe(mona) == []
    expect(mona.get_by_label(size)).to_have_value("thirty")
    mona.get_by_label(size).fill("38")
    mona.keyboard.press("Enter")

    expect(tom.get_by_label(size)).to_have_value("38")
    expect(tom.get_by_label(city)).to_have_value("Lisbon")
    mona.get_by_label(city).fill("Porto")
    mona.keyboard.press("Tab")
    expect(mona.get_by_label(city).locator("xpath=ancestor::form")).to_contain_text("Saved")
    tom.get_by_label(city).press("Enter")
    expect(tom.get_by_role("alert").filter(has_text="Mona Ortiz has changed City to “Porto”")).to_be_visible()
    expect(tom.get_by_label(city)).to_have_value("Lisbon")
    tom.get_by_role("button", name="Save mine").click()
    expect(mona.get_by_label(city)).to_have_value("Lisbon")

    mona.get_by_label("Add a tag").fill("VIP")
    mona.keyboard.press("Enter")
    expect(tom.get_by_role("button", name="Remove the tag VIP")).to_be_visible()
    expect(mona.get_by_label("Add a tag")).to_have_value("")
    mona.get_by_label("Correct the name").press("Enter")
    mona.get_by_label("Name at this desk").fill("Ida Holm")
    mona.keyboard.press("Enter")
    expect(tom.get_by_role("heading", name="Ida Holm")).to_be_visible()


def test_notes_stand_with_their_authors_and_cards_stay_as_they_were_left(
    page: Page, new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None], customer: Customer
) -> None:
    colleague = new_page()
    for desk, name in ((page, "Mona Ortiz"), (colleague, "Tom Berg")):
        sign_in(desk, an_agent(name))
        open_ticket(desk, customer.ticket.number)

    page.get_by_label("Note about this customer").fill("Prefers olive")
    page.get_by_role("button", name="Add note").click()
    expect(colleague.locator(".remark")).to_contain_text("Prefers olive")
    expect(colleague.locator(".remark")).to_contain_text("Mona Ortiz")
    expect(colleague.get_by_label("Change this note")).to_have_count(0)
    page.get_by_label("Change this note").click()
    page.get_by_label("The note's words").fill("Prefers navy")
    page.get_by_role("button", name="Save note").click()
    expect(colleague.locator(".remark")).to_contain_text("Prefers navy")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Delete this note").click()
    expect(colleague.locator(".remark")).to_have_count(0)

    page.locator("[data-card=consent] > summary").press("Enter")
    page.locator("[data-card=about] > summary").press("Enter")
    page.reload()

    expect(page.locator("[data-card=consent]")).to_have_attribute("open", "")
    expect(page.locator("[data-card=about]")).not_to_have_attribute("open", "")
