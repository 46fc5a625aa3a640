"""The desk for everybody: by themes, on a phone, for screen readers, without a script, over a slow line."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.models import Agent
from tests.browser.desk import Customer, bubble, open_ticket, until_live
from tests.factories import a_note, a_reply, an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

# What opens each dialog of the desk: a key, or what is clicked.
DIALOGS = {
    "?": "#keys",
    "a[data-enlarge]": "#viewer",
    "[data-open-dialog=answers]": "#answers",
    "[data-open-dialog=card]": "#card",
}
FIRST_LOAD = 150_000  # bytes, compressed
# Everything to press that is on the screen and smaller than a finger.
TOO_SMALL = """() => [...document.querySelectorAll("a, button, summary, label, input, select")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !one.matches(".visually-hidden, .composer__kind, .skip, .message a, .edits__mark"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.top >= 0 && box.bottom <= innerHeight)
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${Math.round(box.width)}×${Math.round(box.height)}`)"""


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    """One with something of everything in the thread."""
    ada, mona = Customer(running, "Ada Lind"), an_agent("Mona Ortiz")
    ada.says("Look at https://shop.example.com/dress")
    ada.says(attachments=[{"type": "image"}])
    ada.belongs_to(mona)
    a_reply(ada.ticket, "Which size?", by=mona, quick_replies=[("M", ""), ("L", "")])
    a_note(ada.ticket, by=mona)
    running.sandbox.change(ada.id, has_blocked=True)
    a_reply(ada.ticket, "Hello?", by=mona)
    return ada


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Page, sign_in: Callable[[Page, Agent], None], axe: Callable[[Page], list[str]], customer: Customer, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)
    sign_in(page, an_agent("Lea Novak"))
    open_ticket(page, customer.ticket.number)
    expect(bubble(page, "Hello?")).to_have_attribute("data-status", "failed")
    page.locator(".panel details").evaluate_all("cards => cards.forEach((one) => (one.open = true))")

    assert axe(page) == []

    for button, dialog in DIALOGS.items():
        page.locator(".messages").focus()
        page.keyboard.press(button) if len(button) == 1 else page.locator(button).first.click()
        expect(page.locator(dialog)).to_be_visible()
        assert axe(page) == [], dialog
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()
    for path in (f"/tickets/{customer.ticket.number}/hands", "/tickets/999999"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert axe(page) == [], path
    page.goto("/tickets?view=closed")
    until_live(page)
    assert axe(page) == []


def test_a_phone_shows_one_pane_at_a_time(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, Agent], None],
    axe: Callable[[Page], list[str]],
    customer: Customer,
) -> None:
    phone = new_page(width=375, height=760, has_touch=True, is_mobile=True)
    lea = an_agent("Lea Novak")
    number = customer.belongs_to(lea).number
    sign_in(phone, lea)
    phone.goto("/tickets?view=mine")
    until_live(phone)
    expect(phone.locator(".thread")).to_be_hidden()
    assert phone.evaluate(TOO_SMALL) == []

    phone.locator(f"#row-{number} a").tap()
    expect(phone.get_by_label("Reply to the customer")).to_be_visible()
    expect(phone.locator("ticket-queue")).to_be_hidden()
    assert phone.evaluate(TOO_SMALL) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 375
    assert axe(phone) == []

    phone.get_by_role("button", name="About the customer").tap()
    expect(phone.get_by_role("complementary", name="Customer")).to_be_visible()
    phone.get_by_role("button", name="Back to the conversation").tap()
    phone.get_by_role("link", name="Back to the list").tap()
    expect(phone.locator("ticket-queue")).to_be_visible()


def test_the_first_load_is_light(page: Page, sign_in: Callable[[Page, Agent], None], customer: Customer) -> None:
    sign_in(page, an_agent("Lea Novak"))
    open_ticket(page, customer.ticket.number)

    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assets = [url for url in dict.fromkeys(loaded) if "/assets/" in url]
    sizes = {url: len(gzip.compress(page.request.get(url).body())) for url in [page.url, *assets]}

    assert 20_000 < sum(sizes.values()) < FIRST_LOAD, sizes


def test_it_works_without_a_script(
    new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None], customer: Customer, running: RunningDesk
) -> None:
    running.sandbox.change(customer.id, has_blocked=False)
    plain = new_page(java_script_enabled=False)
    lea = an_agent("Lea Novak")
    number = customer.belongs_to(lea).number
    sign_in(plain, lea)
    plain.goto("/tickets?view=mine")
    plain.locator(f"#row-{number} a").click()

    plain.get_by_label("Reply to the customer").fill("Sent without a script")
    plain.get_by_role("button", name="Send", exact=False).last.click()
    expect(bubble(plain, "Sent without a script")).to_be_visible()
    plain.get_by_role("button", name="Close").first.click()

    expect(plain.get_by_role("button", name="Reopen")).to_be_visible()
