"""Speaking instead of writing: recorded in the browser, listened to, sent as the customer's platform takes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from helpdesk.models import Agent
from tests.browser.desk import Customer, eventually, open_ticket
from tests.factories import an_agent
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

# By the types that a channel takes and the one that the browser's recorder writes: how it is recorded.
WAYS = """async ([types, records]) => {
  const {wayFor} = await import(document.querySelector("script[type=module]").src.replace("app.js", "lib/recording.js"))
  return wayFor(types, (type) => type === records)?.ending ?? null
}"""
RECORD = "Record a voice message"
M4A, OGG, WAV = "audio/mp4;codecs=mp4a.40.2", "audio/ogg;codecs=opus", "audio/wav"
HEARD = "() => document.querySelector('.message--outbound audio')?.duration"


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    ada = Customer(running)
    ada.says("Can you tell me how to wash it?")
    return ada


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page, Agent], None], customer: Customer) -> Page:
    sign_in(page, an_agent("Mona Ortiz"))
    open_ticket(page, customer.ticket.number)
    return page


def test_a_voice_is_recorded_listened_to_and_reaches_the_customer(
    desk: Page, customer: Customer, axe: Callable[[Page], list[str]]
) -> None:
    as_ever = axe(desk)
    record, strip = desk.get_by_role("button", name=RECORD), desk.get_by_role("group", name="Recording")
    record.press("Enter")
    expect(strip.get_by_role("button", name="Done")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(strip).to_be_hidden()
    expect(record).to_be_focused()
    expect(desk.locator(".upload")).to_have_count(0)

    refused = []
    desk.route("**/uploads", lambda route: refuse_once(route, refused))
    desk.fill(".composer__text", "Listen:")
    record.click()
    expect(strip.locator("[data-time]")).to_have_text("0:01")
    strip.get_by_role("button", name="Done").click()
    expect(desk.locator(".upload__facts")).to_have_text("The disk is nearly full.")
    record.click()
    expect(strip).to_be_visible()
    assert axe(desk) == as_ever
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Try again").click()
    expect(desk.locator(".upload__facts")).to_contain_text("0:01 · ")
    desk.get_by_role("button", name="Listen to Voice message.wav").click()
    expect(desk.locator(".upload__play")).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".upload progress")).to_be_hidden()
    desk.press(".composer__text", "Enter")

    eventually(lambda: len(customer.received()) == 2, "the messages have not arrived")
    assert [[piece["type"] for piece in one["media"]] for one in customer.received()] == [[], ["audio"]]
    expect(desk.locator(".message--outbound audio")).to_have_count(1)
    eventually(lambda: 0.5 < (desk.evaluate(HEARD) or 0) < 5, "the page cannot play what was recorded")
    expect(desk.locator(".upload")).to_have_count(0)


def test_each_channel_gets_what_it_takes_and_what_cannot_be_is_said(desk: Page) -> None:
    instagram, whatsapp = ["audio/aac", "audio/mp4", WAV], ["audio/aac", "audio/amr", "audio/mp4", "audio/ogg"]
    found = [desk.evaluate(WAYS, [types, records]) for types in (instagram, whatsapp) for records in (OGG, M4A, "")]
    assert found == ["wav", "wav", "wav", "ogg", "m4a", None]

    desk.evaluate("""() => {
      const composer = document.querySelector("message-composer")
      composer.dataset.media = JSON.stringify({audio: {types: ["audio/amr"], size: 1}})
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError") }
    }""")
    desk.get_by_role("button", name=RECORD).click()
    expect(desk.get_by_role("alert")).to_contain_text("Nothing that this browser can record is taken")
    desk.evaluate("""() => {
      const composer = document.querySelector("message-composer")
      composer.dataset.media = JSON.stringify({audio: {types: ["audio/wav"], size: 1e6}})
    }""")
    desk.get_by_role("button", name=RECORD).click()
    expect(desk.get_by_role("alert")).to_contain_text("does not let the desk use the microphone")


def refuse_once(route: Route, refused: list[str]) -> None:
    """The desk cannot take the first one just now."""
    refused.append(route.request.url)
    if len(refused) == 1:
        route.fulfill(status=503, json={"error": "The disk is nearly full."})
    else:
        route.continue_()
