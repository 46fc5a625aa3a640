"""A second person's phone and the console, side by side: a conversation of every kind of message, in real Chromium.

Each test looks at the agent's page and at what the make-believe platform has on record. Pictures of the pages are kept
in the directory that the variable SCREENSHOTS names, else with pytest's other temporary files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from helpdesk.db import db
from helpdesk.models import Attachment, Ledger
from tests.browser.composed import COMPOSED
from tests.browser.desk import Customer, bubble, eventually, open_ticket, write
from tests.browser.saved_webhooks import FOLDER, Sender
from tests.browser.what_is_seen import PLAYED, SAVED, Seen
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.running import RunningDesk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# ms: a file whose first copy fails is fetched again after 5 s, and after 60 s once more.
FETCHED_WITHIN = 120_000


@pytest.fixture(scope="module")
def console(running_desks: Callable[[str], RunningDesk], chromium_browser: Any) -> Iterator[Page]:
    """Mona's console on the running desk, signed in once for all of these tests."""
    desk = running_desks("sqlite")
    with desk.app.app_context():
        mona = with_password(an_agent("Mona Ortiz"))
        context = chromium_browser.new_context(base_url=desk.url, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        browser.sign_in(page, mona)
        page.mona_id = mona.id
    yield page
    context.close()


@pytest.fixture
def picture(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """`picture(page)`: keeps what the page looks like, under the test's name."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return lambda page: page.screenshot(path=folder / f"{name}.png")


def test_every_saved_webhook_and_every_deed_of_the_phone_has_an_expectation(running: RunningDesk) -> None:
    kinds = set(running.sandbox.ask("GET", "/sandbox/catalogue")["kinds"])

    assert {path.stem for path in FOLDER.glob("*.json")} == set(SAVED)
    assert kinds == {str(played.wish["kind"]) for played in PLAYED.values()}


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_webhook_shows_what_it_means(running: RunningDesk, console: Page, picture, name: str) -> None:
    customer, seen = somebody(running), SAVED[name]
    send = Sender(running, customer)
    for before in dict.fromkeys(("text", *seen.after, name)):
        delivery = send(before)

    assert (delivery["state"], delivery["status"]) == ("delivered", 200)
    open_ticket(console, customer.ticket.number)
    eventually(lambda: ledger_state(delivery["body"]) == seen.ledger, f"the ledger does not say {seen.ledger}")
    look(console, seen, running)
    picture(console)


@pytest.mark.parametrize("name", PLAYED)
def test_what_the_phone_does_shows_on_both_sides(running: RunningDesk, console: Page, picture, name: str) -> None:
    customer, played = somebody(running), PLAYED[name]
    mid = customer.says("Hello from the phone")
    ticket = customer.ticket
    open_ticket(console, ticket.number)
    expect(bubble(console, "Hello from the phone")).to_be_visible()
    if played.is_about_ours:
        write(console, "Hello from the desk")
        mid = eventually(customer.received)[0]["mid"]

    customer.sandbox.say(customer=customer.id, **played.wish, **({"mid": mid} if names_a_message(played) else {}))

    look(console, played.seen, running)
    chat = customer.sandbox.ask("GET", f"/sandbox/chat?customer={customer.id}")["messages"]
    shown = chat[-1]
    for value, wanted in played.on_phone.items():
        assert (shown["media"][0]["type"] if value == "media" else shown[value]) == wanted
    picture(console)


@pytest.mark.parametrize("kind", COMPOSED)
def test_what_the_composer_sends_shows_on_both_sides(
    running: RunningDesk, console: Page, picture, tmp_path: Path, kind: str
) -> None:
    customer = somebody(running)
    customer.says("Hello from the phone")
    open_ticket(console, customer.ticket.number)

    COMPOSED[kind](console, customer, tmp_path)

    sent = console.locator(".message--outbound")
    eventually(lambda: {one.get_attribute("data-status") for one in sent.all()} <= {"sent"}, "not all of it was sent")
    picture(console)


def somebody(running: RunningDesk) -> Customer:
    """A customer whose picture the platform keeps to itself: it is drawn anew by a process, a hundred times here."""
    customer = Customer(running)
    customer.sandbox.change(customer.id, is_profile_refused=True)
    return customer


# --- looking ----------------------------------------------------------------------------------------------------


def look(page: Page, seen: Seen, running: RunningDesk) -> None:
    """The words stand in the thread, the pictures are drawn, and nothing is there twice."""
    thread = page.locator(".messages__list")
    for words in seen.words:
        expect(thread).to_contain_text(words)
    for words in seen.gone:
        expect(thread).not_to_contain_text(words)
    for selector in seen.elements:
        element = thread.locator(selector).first
        try:
            expect(element).to_be_attached(timeout=FETCHED_WITHIN)
        except AssertionError as missing:
            raise AssertionError(f"{missing}\n{newest_file()}\n{running.log('workers')[-4000:]}") from None
        if selector.endswith("picture__image"):
            is_drawn(element)
    expect(thread.locator(".message")).to_have_count(1 + seen.bubbles)


def newest_file() -> str:
    """What is known of it: why it is not on the page."""
    db.session.rollback()
    file = db.session.execute(sa.select(Attachment).order_by(Attachment.id.desc()).limit(1)).scalar_one_or_none()
    named = ("id", "state", "attempts", "next_at", "error", "mime", "size", "preview_key", "source_url")
    return str({name: getattr(file, name) for name in named})


def is_drawn(image: Locator) -> None:
    image.evaluate("one => one.scrollIntoView()")
    eventually(lambda: image.evaluate("image => image.complete && image.naturalWidth > 0"), "the picture is not drawn")


def names_a_message(played: Any) -> bool:
    return played.is_about_first or played.is_about_ours


def ledger_state(body: str) -> str | None:
    db.session.rollback()
    rows = db.session.execute(sa.select(Ledger.raw, Ledger.state).order_by(Ledger.id.desc()).limit(20))
    return next((state.value for raw, state in rows if bytes(raw) == body.encode()), None)
