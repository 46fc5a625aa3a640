"""The console's hands and ears in a real browser: the palette, keys of one's own, typed times, drafts in two windows,
sleep and wake, and a session that ends in the middle of a sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from helpdesk import walltime
from helpdesk.db import db, transaction
from helpdesk.domain import drafts, standing
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Category, DraftKind, Message, Priority, Session, Ticket
from tests.browser.desk import WRITING, Customer, bubble, eventually, open_ticket, until_live, write
from tests.factories import PASSWORD, an_agent, with_password
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser
BERLIN = "Europe/Berlin"
# s: two are promised; the machine that runs the tests is busy with others, and its browser with it.
AWAKE = 5


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    ada = Customer(running)
    ada.says("Is the dress still there in M?")
    return ada


@pytest.fixture
def desk(
    new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None], mona: Agent, customer: Customer
) -> Page:
    """The customer's ticket, open on Mona's screen."""
    page = new_page(timezone_id=BERLIN)
    sign_in(page, mona)
    open_ticket(page, customer.ticket.number)
    return page


def stands(customer: Customer, category: Category) -> Ticket:
    """Returns when the ticket stands so."""
    return eventually(lambda: customer.ticket if customer.ticket.category is category else None, f"not {category}")


def draft_of(customer: Customer, agent: Agent, kind: DraftKind = DraftKind.REPLY) -> str:
    found = drafts.of(customer.ticket, by=agent).get(kind)
    return found.text if found else ""


def newest_text(ticket_id: int) -> str:
    db.session.rollback()
    found = sa.select(Message.text).where(Message.ticket_id == ticket_id).order_by(Message.id.desc()).limit(1)
    return db.session.execute(found).scalar_one()


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="What can be done").get_by_role("option")


def end_sessions_of(agent: Agent) -> None:
    with transaction():
        db.session.execute(sa.delete(Session).where(Session.agent_id == agent.id))


def test_the_palette_does_what_the_page_s_buttons_do(
    desk: Page, customer: Customer, mona: Agent, axe: Callable[[Page], list[str]]
) -> None:
    number = customer.ticket.number
    desk.focus(WRITING)
    desk.keyboard.type("half a sent")
    desk.keyboard.press("Control+k")
    expect(desk.get_by_role("combobox", name="What to do")).to_be_focused()
    expect(options(desk).filter(has_text="Close, or reopen")).to_contain_text("E")
    assert axe(desk) == []

    desk.keyboard.type("urg")
    expect(options(desk).first).to_contain_text("Priority: urgent")
    desk.keyboard.press("Enter")
    expect(desk.locator(f"#row-{number} .chip", has_text="Urgent")).to_be_visible()
    expect(desk.locator(WRITING)).to_be_focused()

    desk.keyboard.press("Control+k")
    expect(options(desk).first).to_contain_text("Priority: urgent")  # what was done last
    desk.keyboard.type("snooze tomorrow 9")
    expect(options(desk).first).to_contain_text("09:00")
    desk.keyboard.press("Enter")
    until = stands(customer, Category.SNOOZED).snoozed_until
    assert until is not None
    tomorrow = walltime.on_the_wall(until, BERLIN)
    assert (tomorrow.hour, tomorrow.minute) == (9, 0)
    assert timedelta(0) < until - datetime.now(until.tzinfo) < timedelta(days=2)

    desk.keyboard.press("Control+k")
    desk.keyboard.type("vw all")  # no word of anything here
    expect(options(desk)).to_have_count(0)
    desk.get_by_role("combobox", name="What to do").fill(f"#{number}")
    desk.keyboard.press("Enter")
    expect(desk.locator("#pane")).to_have_attribute("data-number", str(number))
    expect(desk.locator(WRITING)).to_have_value("half a sent")


def test_keys_are_one_s_own(desk: Page, customer: Customer, mona: Agent) -> None:
    desk.goto("/account/keys")
    desk.focus("#key-close")
    desk.keyboard.press("Shift+x")
    desk.focus("#key-wait")
    desk.keyboard.press("Backspace")
    desk.get_by_role("radio", name="sends, ↵ starts a new line").check()
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#key-close")).to_have_value("shift+x")
    open_ticket(desk, customer.ticket.number)
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_contain_text("⇧XClose, or reopen")
    desk.keyboard.press("Escape")

    desk.fill(WRITING, "first")
    desk.press(WRITING, "Enter")
    desk.keyboard.type("second")
    expect(desk.locator(WRITING)).to_have_value("first\nsecond")
    desk.keyboard.press("Control+Enter")
    eventually(lambda: customer.texts == ["first\nsecond"])
    desk.keyboard.press("Escape")  # out of the field
    for key in ("e", "w", "Alt+x"):
        desk.keyboard.press(key)
    desk.keyboard.press("Shift+x")

    stands(customer, Category.CLOSED)


def test_a_note_never_goes_out_by_a_key_of_the_reply_nor_while_an_input_method_is_at_work(
    desk: Page, customer: Customer, mona: Agent
) -> None:
    desk.get_by_role("radio", name="Note").check()
    desk.fill(WRITING, "She always complains")
    desk.evaluate("""() => {
      for (const more of [{isComposing: true}, {keyCode: 229}])
        for (const keys of [{}, {ctrlKey: true}, {ctrlKey: true, shiftKey: true}])
          document.querySelector(".composer__text").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true, ...keys, ...more}))
    }""")
    expect(desk.locator(".message--pending, .message--note")).to_have_count(0)
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")  # to the reply: the note's words stay with the note
    expect(desk.locator(WRITING)).to_have_value("")
    desk.keyboard.press("Control+Shift+Enter")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator(WRITING)).to_have_value("She always complains")

    desk.keyboard.press("Control+Shift+Enter")

    expect(desk.locator(".message--note")).to_contain_text("She always complains")
    stands(customer, Category.CLOSED)
    assert customer.texts == []


def test_sending_and_snoozing_goes_on_with_the_next_ticket(
    desk: Page, customer: Customer, running: RunningDesk, mona: Agent
) -> None:
    other = Customer(running)
    other.says("And mine?")
    beside = desk.locator(f"#row-{other.ticket.number}")
    expect(beside).to_be_visible()
    desk.fill(WRITING, "I will look tomorrow")

    desk.get_by_label("Send, and close or snooze").click()
    field = desk.get_by_label("Send and snooze until")
    field.fill("when pigs fly")
    expect(desk.locator("message-composer [data-meant]")).to_contain_text("is not a time")
    field.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("is not a time")
    expect(desk.locator(WRITING)).to_have_value("I will look tomorrow")
    field.fill("in 2 hours")
    expect(desk.locator("message-composer [data-meant]")).to_contain_text(re.compile("in (2 h 0|1 h 59) min"))
    field.press("Enter")

    stands(customer, Category.SNOOZED)
    eventually(lambda: customer.texts == ["I will look tomorrow"])
    expect(desk.locator("#pane")).not_to_have_attribute("data-number", str(customer.ticket.number))


def test_two_windows_have_one_draft_and_what_is_sent_in_one_is_gone_from_the_other(
    desk: Page, customer: Customer, mona: Agent, tmp_path: Path
) -> None:
    other = desk.context.new_page()
    other.complaints = desk.complaints  # type: ignore[attr-defined]
    open_ticket(other, customer.ticket.number)
    desk.bring_to_front()
    desk.fill(WRITING, "Yes, M is")
    expect(other.locator(WRITING)).to_have_value("Yes, M is")
    eventually(lambda: draft_of(customer, mona) == "Yes, M is")

    other.bring_to_front()
    other.locator(WRITING).focus()
    other.keyboard.press("End")
    other.keyboard.type(" here!")
    expect(desk.locator(WRITING)).to_have_value("Yes, M is here!")
    other.keyboard.press("Enter")

    eventually(lambda: customer.texts == ["Yes, M is here!"])
    expect(desk.locator(WRITING)).to_have_value("")
    desk.reload()
    expect(desk.locator(WRITING)).to_have_value("")
    assert draft_of(customer, mona) == ""


def test_a_draft_of_another_machine_is_there_and_a_late_save_takes_nothing_away(
    desk: Page, new_page: Callable[..., Page], sign_in: Callable[[Page, Agent], None], customer: Customer, mona: Agent
) -> None:
    picture = Path(__file__).parent.parent.parent / "docs" / "console.png"
    theirs = bubble(desk, "Is the dress still there")
    theirs.hover()
    theirs.get_by_role("button", name="Answer this message").click()
    desk.set_input_files("[data-file-input]", picture)
    desk.fill(WRITING, "from the laptop")
    eventually(lambda: [len(one.files) for one in drafts.of(customer.ticket, by=mona).values()] == [1])

    phone = new_page(width=375)
    sign_in(phone, mona)
    open_ticket(phone, customer.ticket.number)
    expect(phone.locator(WRITING)).to_have_value("from the laptop")
    expect(phone.locator("[data-files] .upload__name")).to_have_text("console.png")
    expect(phone.locator("[data-quote-text]")).to_contain_text("Is the dress")
    phone.locator("[data-send]").click()
    eventually(lambda: customer.texts == ["from the laptop"])
    desk.focus(WRITING)
    desk.keyboard.press("End")
    desk.keyboard.type("!")

    expect(desk.get_by_role("alert")).to_contain_text("has sent this draft, or thrown it away")
    assert draft_of(customer, mona) == ""
    expect(desk.locator(WRITING)).to_have_value("from the laptop!")
    desk.get_by_role("button", name="Clear this one").click()
    expect(desk.locator(WRITING)).to_have_value("")


def test_after_a_sleep_the_page_equals_the_database_at_once_and_drafts_are_intact(
    desk: Page, customer: Customer, mona: Agent
) -> None:
    desk.fill(WRITING, "typed before the sleep")
    eventually(lambda: draft_of(customer, mona) == "typed before the sleep")
    desk.context.set_offline(True)
    desk.locator(WRITING).press("End")
    desk.keyboard.type(", and in a tunnel")
    customer.says("Hello? It was an hour")
    id = customer.ticket.id
    eventually(lambda: "an hour" in newest_text(id))
    with transaction():
        agent = Actor.of(db.session.get_one(Agent, mona.id))
        standing.prioritise(db.session.get_one(Ticket, id), priority=Priority.URGENT, by=agent)

    desk.context.set_offline(False)
    awake = time.monotonic()
    expect(bubble(desk, "Hello? It was an hour")).to_be_visible()
    expect(desk.locator(f"#row-{customer.ticket.number} .chip", has_text="Urgent")).to_be_visible()

    assert time.monotonic() - awake < AWAKE
    expect(desk.locator(WRITING)).to_have_value("typed before the sleep, and in a tunnel")
    eventually(lambda: draft_of(customer, mona) == "typed before the sleep, and in a tunnel")
    problems = desk.complaints.problems  # type: ignore[attr-defined]
    problems[:] = [problem for problem in problems if "ERR_INTERNET_DISCONNECTED" not in problem]


def test_one_signs_in_over_the_page_and_what_was_written_goes_on(
    desk: Page, customer: Customer, mona: Agent, axe: Callable[[Page], list[str]]
) -> None:
    desk.set_input_files("[data-file-input]", Path(__file__).parent.parent.parent / "docs" / "console.png")
    expect(desk.locator(".upload progress")).to_be_hidden()
    end_sessions_of(mona)

    write(desk, "in the middle of it")
    dialog = desk.get_by_role("dialog", name="You are signed out")
    expect(dialog.get_by_label("Password")).to_be_focused()
    assert axe(desk) == []
    desk.keyboard.type("not the password")
    desk.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("do not belong together")
    desk.keyboard.type(PASSWORD)
    desk.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    eventually(lambda: customer.texts == ["in the middle of it"])
    eventually(lambda: sum(len(one["media"]) for one in customer.received()) == 1)
    until_live(desk)
    customer.says("Thank you!")
    expect(bubble(desk, "Thank you!")).to_be_visible()


def test_somebody_else_who_signs_in_over_the_page_gets_a_page_of_their_own(
    desk: Page, customer: Customer, mona: Agent
) -> None:
    tom = with_password(an_agent("Tom Bauer"))
    desk.fill(WRITING, "Mona's own words")
    eventually(lambda: draft_of(customer, mona) == "Mona's own words")
    end_sessions_of(mona)

    dialog = desk.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()  # the page learned it by itself
    dialog.get_by_label("E-mail address").fill(tom.email)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()

    expect(desk.locator(".desk")).to_have_attribute("data-agent", str(tom.id))
    expect(desk.locator(WRITING)).to_have_value("")
    assert draft_of(customer, mona) == "Mona's own words"
