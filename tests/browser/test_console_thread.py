"""The thread in a real browser: what customers send is drawn, changes come live, and nothing jumps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Ticket
from tests.browser.desk import Customer, bubble, nobody_waits, open_ticket
from tests.factories import a_customer_message, an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    nobody_waits()
    ada = Customer(running)
    ada.says("Hello")
    return ada


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page, Agent], None], customer: Customer) -> Page:
    sign_in(page, an_agent("Mona Ortiz"))
    open_ticket(page, customer.ticket.number)
    return page


# What the customer does on the phone, and what must be visible on the agent's screen.
KINDS = {
    "photo": ({"attachments": [{"type": "image"}]}, ".picture__image"),
    "three photos": ({"attachments": [{"type": "image"}] * 3}, ".pictures--3 .picture__image"),
    "video": ({"attachments": [{"type": "video"}]}, ".video"),
    "voice": ({"attachments": [{"type": "audio"}]}, ".voice__audio"),
    "file": ({"attachments": [{"type": "file"}]}, ".file"),
    "sticker": ({"kind": "sticker"}, ".picture--sticker .picture__image"),
    "heart": ({"kind": "heart"}, ".message__body--emoji"),
    "post": ({"kind": "post"}, ".shared--share"),
    "reel": ({"kind": "reel"}, ".shared--reel"),
    "story reply": ({"kind": "story_reply", "text": "Lovely"}, "text=Replied to your story"),
    "story mention": ({"kind": "story_mention"}, "text=Mentioned you in their story"),
    "ephemeral": ({"kind": "ephemeral"}, "text=could be looked at once"),
    "unsupported": ({"kind": "unsupported"}, "text=Open it in the Instagram app"),
    "postback": ({"kind": "postback", "title": "Where is it?"}, "text=Tapped a button"),
    "quick reply": ({"kind": "quick_reply", "text": "M"}, "text=Tapped a quick reply"),
    "ad": ({"kind": "ad", "text": "Hi"}, "text=Came from the ad"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_message_is_drawn_live(desk: Page, customer: Customer, kind: str) -> None:
    wish, shown = KINDS[kind]

    customer.says(**wish)

    expect(desk.locator(".message--inbound").last.locator(shown).first).to_be_visible()


def test_edits_reactions_and_unsent_messages_change_what_is_there(desk: Page, customer: Customer) -> None:
    first, second = customer.says("Size M please"), customer.says("Secret")
    expect(bubble(desk, "Secret")).to_be_visible()

    customer.says(kind="edit", mid=first, text="Size L please")
    customer.says(kind="unsend", mid=second)

    expect(bubble(desk, "Size L please")).to_contain_text("edited")
    bubble(desk, "Size L please").get_by_text("edited").click()
    expect(bubble(desk, "Size L please").locator(".edits__list")).to_contain_text("Size M please")
    expect(bubble(desk, "The customer unsent this message")).to_be_visible()
    expect(bubble(desk, "Secret")).to_have_count(0)


def test_arrivals_wait_below_while_one_reads_above(desk: Page, customer: Customer) -> None:
    for number in range(25):
        a_customer_message(f"Line {number}", inbox=customer.inbox, customer=customer.id)
    expect(bubble(desk, "Line 24")).to_be_in_viewport()
    desk.locator(".messages").evaluate("scroller => scroller.scrollTo(0, 0)")
    expect(bubble(desk, "Line 24")).not_to_be_in_viewport()

    customer.says("Are you there?")
    customer.says("Hello?")

    pill = desk.get_by_role("button", name="2 new")
    expect(pill).to_be_visible()
    assert desk.locator(".messages").evaluate("scroller => scroller.scrollTop") == 0
    pill.click()
    expect(bubble(desk, "Hello?")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_older_messages_load_above_without_moving_what_one_reads(desk: Page, customer: Customer) -> None:
    start = clock.now() - timedelta(hours=3)
    for number in range(70):
        at = start + timedelta(minutes=number)
        a_customer_message(f"Line {number:02}", inbox=customer.inbox, customer=customer.id, at=at)
    desk.reload()
    expect(bubble(desk, "Line 69")).to_be_attached()
    desk.evaluate("document.querySelector('message-thread').toEnd()")
    expect(bubble(desk, "Line 69")).to_be_in_viewport()
    oldest = desk.locator(".message__body").first.inner_text()

    where = _position(desk, oldest)
    desk.evaluate("document.querySelector('message-thread').loadOlder()")
    expect(bubble(desk, "Line 00")).to_have_count(1)

    assert abs(_position(desk, oldest) - where) <= 1
    expect(desk.get_by_role("link", name="Older messages")).to_have_count(0)
    texts = desk.locator(".message__body").all_inner_texts()
    assert [text for text in texts if text.startswith("Line")] == [f"Line {number:02}" for number in range(70)]


def _position(page: Page, text: str) -> float:
    box = bubble(page, text).first.evaluate("one => one.getBoundingClientRect().top")
    return float(box)


def test_what_came_since_one_looked_stands_below_a_line(desk: Page, customer: Customer, running: RunningDesk) -> None:
    with desk.expect_response("**/read"):
        desk.reload()
    desk.goto("/tickets?view=all")
    customer.says("While you were away")
    expect(desk.locator(f"#row-{customer.ticket.number} .row__text")).to_contain_text("While you were away")

    desk.locator(f"#row-{customer.ticket.number} a").click()

    line = desk.locator(".unread")
    expect(line).to_be_visible()
    after = line.evaluate("line => line.nextElementSibling.textContent")
    assert "While you were away" in after


def test_pictures_open_large_one_after_the_other(desk: Page, customer: Customer) -> None:
    customer.says(attachments=[{"type": "image"}] * 3)
    viewer = desk.get_by_role("dialog", name="Picture")
    first = desk.locator(".messages a[data-enlarge]").first

    first.click()
    expect(viewer).to_contain_text("1 of 3")
    expect(viewer.get_by_role("button", name="Picture before")).to_be_disabled()
    desk.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("2 of 3")
    desk.keyboard.press("+")
    expect(viewer.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("End")
    expect(viewer).to_contain_text("3 of 3")
    expect(viewer.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "false")
    desk.keyboard.press("Escape")

    expect(viewer).to_be_hidden()
    expect(desk.locator(".messages a[data-enlarge]").last).to_be_focused()


def test_who_else_is_here_is_said(
    desk: Page, customer: Customer, new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None]
) -> None:
    other = new_page()
    sign_in(other, an_agent("Sina Lang"))
    open_ticket(other, customer.ticket.number)

    expect(desk.locator("[data-presence]")).to_contain_text("Sina is here")
    other.locator(".composer__text").press_sequentially("Hm")

    expect(desk.locator("[data-presence]")).to_contain_text("Sina is writing a reply")


def test_many_changes_in_a_row_are_one_line_until_somebody_asks(desk: Page, customer: Customer) -> None:
    mona = an_agent("Lea Novak")
    for _ in range(2):
        with transaction():
            tickets.close(db.session.get_one(Ticket, customer.ticket.id), by=Actor.of(mona))
        with transaction():
            tickets.reopen(db.session.get_one(Ticket, customer.ticket.id), by=Actor.of(mona))
    more = desk.get_by_role("button", name="earlier changes")
    expect(more).to_have_text("3 earlier changes")
    expect(desk.locator(".happening:visible", has_text="Closed by Lea Novak")).to_have_count(0)

    more.press("Enter")

    expect(desk.locator(".happening:visible", has_text="Closed by Lea Novak")).to_have_count(2)
    expect(desk.get_by_role("button", name="Show fewer")).to_be_focused()


def test_a_program_is_handed_over_only_when_one_asks_twice(desk: Page, customer: Customer) -> None:
    upload = customer.sandbox.upload(b"MZ" + bytes(200), name="invoice.pdf", content_type="application/pdf")
    customer.says("The invoice", attachments=[{"key": upload["key"], "type": "file"}])
    file = bubble(desk, "The invoice").locator(".attached")
    download = file.get_by_role("link", name="Download all the same")
    expect(file).to_contain_text("Program file")
    expect(download).to_be_hidden()

    file.locator("summary").press("Enter")
    with desk.expect_download() as downloading:
        download.click()

    assert downloading.value.path().read_bytes()[:2] == b"MZ"
