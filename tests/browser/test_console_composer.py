"""Writing in a real browser: what the agent sees at once, what the customer's phone gets, what is never lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from helpdesk.models import Agent
from tests.browser.desk import WRITING, Customer, bubble, eventually, open_ticket, write
from tests.factories import a_reply, an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

# Called in the page before the key: when the key came, and when the bubble stood there.
STOPWATCH = """() => {
  window.bubbleAfter = new Promise((done) => {
    let pressed = 0
    addEventListener("keydown", () => (pressed = performance.now()), {capture: true, once: true})
    new MutationObserver((_, watch) => {
      watch.disconnect()
      done(performance.now() - pressed)
    }).observe(document.querySelector(".messages__list"), {childList: true})
  })
}"""

# A picture of one pixel, and how it comes into the composer by "paste" or "drop".
A_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ARRIVES = """([kind, picture]) => {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))
  const files = new DataTransfer()
  files.items.add(new File([bytes], kind + ".png", {type: "image/png"}))
  const options = {bubbles: true, cancelable: true, clipboardData: files, dataTransfer: files}
  const made = kind === "paste" ? new ClipboardEvent(kind, options) : new DragEvent(kind, options)
  document.querySelector(".composer__text").dispatchEvent(made)
}"""


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    ada = Customer(running)
    ada.says("Is the dress still there in M?")
    return ada


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page, Agent], None], mona: Agent, customer: Customer) -> Page:
    """The customer's ticket, open on Mona's screen."""
    sign_in(page, mona)
    open_ticket(page, customer.ticket.number)
    return page


@pytest.mark.both_databases
def test_enter_shows_the_bubble_at_once_and_the_customer_gets_it(desk: Page, customer: Customer) -> None:
    desk.fill(WRITING, "Yes, M is here!")
    desk.evaluate(STOPWATCH)

    desk.press(WRITING, "Enter")

    assert desk.evaluate("window.bubbleAfter") < 50  # ms
    eventually(lambda: customer.texts == ["Yes, M is here!"])
    expect(bubble(desk, "Yes, M is here!")).to_have_attribute("data-status", "sent")
    expect(bubble(desk, "Yes, M is here!")).to_have_count(1)
    expect(desk.locator(WRITING)).to_have_value("")


def test_enter_pressed_twice_sends_once(desk: Page, customer: Customer) -> None:
    desk.fill(WRITING, "Only once")

    desk.evaluate("""() => {
      const press = () => document.querySelector(".composer__text")
        .dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))
      press(), press()
    }""")

    expect(bubble(desk, "Only once")).to_have_attribute("data-status", "sent")
    assert customer.texts == ["Only once"]


def test_enter_that_ends_a_composition_sends_nothing(desk: Page, customer: Customer) -> None:
    desk.fill(WRITING, "にほん")

    desk.dispatch_event(WRITING, "keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    desk.keyboard.press("Shift+Enter")

    expect(desk.locator(".message--outbound")).to_have_count(0)
    assert desk.input_value(WRITING).startswith("にほん")
    assert customer.texts == []


def test_a_note_is_for_the_team_only(desk: Page, customer: Customer) -> None:
    desk.get_by_role("radio", name="Note").check()

    write(desk, "She returned an S in May")

    expect(desk.locator(".message--note")).to_contain_text("She returned an S in May")
    assert customer.texts == []


def test_reply_and_note_keep_their_own_drafts_over_a_reload(desk: Page) -> None:
    desk.fill(WRITING, "to the customer")
    desk.get_by_role("radio", name="Note").check()
    desk.fill(WRITING, "to the team")

    desk.reload()

    expect(desk.locator(WRITING)).to_have_value("to the customer")
    desk.get_by_role("radio", name="Note").check()
    expect(desk.locator(WRITING)).to_have_value("to the team")


def test_an_answer_by_a_colleague_is_shown_before_one_s_own_goes_out(
    desk: Page, customer: Customer, mona: Agent
) -> None:
    seen = desk.evaluate("document.querySelector('message-thread').seen")
    a_reply(customer.ticket, "Sina was faster", by=an_agent("Sina Lang"))
    expect(bubble(desk, "Sina was faster")).to_be_visible()
    desk.evaluate(
        "seen => Object.defineProperty(document.querySelector('message-thread'), 'seen', {value: seen})", seen
    )

    write(desk, "Mona answers too")

    guard = desk.get_by_role("alert")
    expect(guard).to_contain_text("Sina Lang has answered since you looked")
    expect(desk.locator(WRITING)).to_have_value("Mona answers too")
    expect(desk.locator(".message--pending")).to_have_count(0)
    guard.get_by_role("button", name="Send anyway").click()
    eventually(lambda: customer.texts == ["Sina was faster", "Mona answers too"])
    expect(desk.locator(WRITING)).to_have_value("")


def test_what_found_no_connection_survives_a_reload_and_is_sent_once(desk: Page, customer: Customer) -> None:
    desk.route("**/messages", lambda route: route.abort())
    write(desk, "typed in a tunnel")
    expect(bubble(desk, "typed in a tunnel")).to_contain_text("No connection to the desk")
    desk.unroute("**/messages")

    desk.reload()

    expect(bubble(desk, "typed in a tunnel")).to_have_attribute("data-status", "sent")
    assert customer.texts == ["typed in a tunnel"]
    _forgive_lost_requests(desk)


def _forgive_lost_requests(page: Page) -> None:
    """The browser complains about requests that the test itself has cut off."""
    problems = page.complaints.problems  # type: ignore[attr-defined]
    problems[:] = [problem for problem in problems if "ERR_FAILED" not in problem]


def test_a_lost_answer_is_learned_from_the_socket_and_nothing_is_sent_twice(desk: Page, customer: Customer) -> None:
    desk.route("**/messages", _without_an_answer)
    write(desk, "heard but not confirmed")
    expect(bubble(desk, "heard but not confirmed")).to_have_attribute("data-status", "sent")
    desk.unroute("**/messages")

    desk.reload()

    expect(bubble(desk, "heard but not confirmed")).to_have_count(1)
    assert desk.evaluate("Object.keys(localStorage).filter(key => key.endsWith('unsent'))") == []
    assert customer.texts == ["heard but not confirmed"]
    _forgive_lost_requests(desk)


def _without_an_answer(route: Route) -> None:
    """The desk gets it, and its answer is lost on the way."""
    route.fetch()
    route.abort()


def test_a_colon_offers_emoji_by_their_names(desk: Page, axe: Callable[[Page], list[str]]) -> None:
    desk.locator(WRITING).press_sequentially("On its way :truc")
    offers = desk.get_by_role("listbox", name="Emoji")
    expect(offers.get_by_role("option", selected=True)).to_have_text("🚚truck")
    assert axe(desk) == []

    desk.keyboard.press("Enter")
    expect(desk.locator(WRITING)).to_have_value("On its way 🚚 ")
    desk.keyboard.type(":heart")
    expect(offers.get_by_role("option").first).to_have_text("❤️heart")
    desk.keyboard.press("Escape")
    expect(offers).to_be_hidden()
    expect(desk.locator(WRITING)).to_have_value("On its way 🚚 :heart")
    desk.keyboard.press("Enter")

    expect(bubble(desk, "On its way 🚚 :heart")).to_be_visible()


def test_a_text_over_the_limit_says_how_many_messages_it_will_be(desk: Page, customer: Customer) -> None:
    sentence = "This is how returns work in our shop. "
    desk.fill(WRITING, sentence * 60)

    expect(desk.locator("[data-count]").last).to_have_text("will be sent as 3 messages")
    desk.press(WRITING, "Enter")

    eventually(lambda: len(customer.texts) == 3)
    expect(desk.locator(".message--part")).to_have_count(3)


@pytest.mark.both_databases
def test_a_picture_is_uploaded_with_its_preview_and_sent(desk: Page, customer: Customer, tmp_path: Path) -> None:
    desk.set_input_files("[data-file-input]", _a_photo(tmp_path))
    expect(desk.locator(".upload__preview")).to_be_visible()
    expect(desk.locator(".upload progress")).to_be_hidden()

    write(desk, "Here it is")

    expect(desk.locator(".message--outbound .picture__image")).to_be_visible()
    eventually(lambda: len(customer.received()) == 2)
    expect(desk.locator(".upload")).to_have_count(0)


def test_a_file_that_the_channel_does_not_take_is_refused_before_it_leaves(desk: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    text = tmp_path / "list.txt"
    text.write_text("a list")

    desk.set_input_files("[data-file-input]", text)

    expect(desk.locator(".upload--failed")).to_contain_text("cannot be sent here")
    assert not [url for url in asked if url.endswith("/uploads")]


def test_pasted_and_dropped_pictures_are_attached(desk: Page) -> None:
    desk.evaluate(ARRIVES, ["paste", A_DOT])
    desk.evaluate(ARRIVES, ["drop", A_DOT])

    expect(desk.locator(".upload__name")).to_have_text(["paste.png", "drop.png"])


def test_quick_replies_a_card_and_a_heart_reach_the_customer(desk: Page, customer: Customer) -> None:
    desk.get_by_role("button", name="Offer quick replies").click()
    desk.fill("#answers textarea", "S\nM")
    desk.get_by_role("button", name="Offer", exact=True).click()
    write(desk, "Which size?")
    expect(desk.locator(".options__item")).to_have_text(["S", "M"])

    desk.get_by_role("button", name="Send a product card").click()
    desk.fill("#card [name=title]", "Linen dress")
    desk.fill("#card [name=url]", "https://shop.example.com/dress")
    desk.fill("#card [name=button]", "View")
    desk.get_by_role("button", name="Send card").click()
    expect(desk.locator(".offer__title")).to_have_text("Linen dress")
    desk.get_by_role("button", name="Send a heart").click()

    eventually(lambda: len(customer.received()) == 3)
    expect(desk.locator(".message--outbound[data-status=sent]")).to_have_count(3)


def test_a_reaction_and_a_quoted_answer_reach_the_customer(desk: Page, customer: Customer) -> None:
    theirs = bubble(desk, "Is the dress still there")
    theirs.hover()
    theirs.get_by_role("button", name="React").click()
    desk.locator(".emoji__item", has_text="❤️").click()
    expect(theirs.locator(".reaction")).to_contain_text("❤️")

    theirs.hover()
    theirs.get_by_role("button", name="Answer this message").click()
    write(desk, "Yes, this one")

    expect(bubble(desk, "Yes, this one").locator(".message__quote")).to_contain_text("Is the dress still there")
    eventually(lambda: customer.texts == ["Yes, this one"])
    eventually(lambda: len(customer.received(kind="react")) == 1)


def test_a_failed_message_says_why_and_can_be_sent_again(desk: Page, customer: Customer, running: RunningDesk) -> None:
    running.sandbox.change(customer.id, has_blocked=True)
    write(desk, "Are you there?")
    failed = bubble(desk, "Are you there?")
    expect(failed).to_have_attribute("data-status", "failed")
    expect(failed.locator(".delivery__reason")).not_to_be_empty()

    running.sandbox.change(customer.id, has_blocked=False)
    failed.get_by_role("button", name="Retry").click()

    expect(failed).to_have_attribute("data-status", "sent")
    assert customer.texts == ["Are you there?"]


def _a_photo(directory: Path) -> Path:
    from PIL import Image

    path = directory / "dress.jpg"
    Image.new("RGB", (400, 300), (200, 150, 120)).save(path)
    return path
