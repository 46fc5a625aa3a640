"""A customer's phone and the console, side by side: a conversation of every kind of message, in real Chromium.

Each test looks at the agent's page, at the phone's page, and at what the make-believe platform has on record. Pictures
of both pages are kept in the directory that the variable SCREENSHOTS names; without it none are taken.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from helpdesk.db import db
from helpdesk.models import Attachment, Ledger, LedgerState
from tests.browser.composed import COMPOSED, CONTROLS, NAMES, gets, offer
from tests.browser.desk import Customer, bubble, eventually, is_drawn, open_ticket, write
from tests.browser.phone import Phone
from tests.browser.saved_webhooks import FOLDER, Sender
from tests.browser.what_is_played import HELLO, PLAYED
from tests.browser.what_is_seen import FIRST, SAVED, Seen
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.running import RunningDesk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# ms: a file whose first copy fails is fetched again after 5 s, and after 60 s once more.
FETCHED_WITHIN = 120_000


@pytest.fixture(scope="module")
def complaints(running_desks: Callable[[str], RunningDesk]) -> browser.Complaints:
    """Of both pages: script errors, what the CSP refused, strangers' hosts."""
    return browser.Complaints(running_desks("sqlite").origins)


@pytest.fixture(autouse=True)
def nobody_complains(complaints: browser.Complaints) -> Iterator[None]:
    complaints.forget()
    yield
    assert (complaints.problems, complaints.strangers) == ([], [])


@pytest.fixture(scope="module")
def open_page(
    running_desks: Callable[[str], RunningDesk], chromium_browser: Any, complaints: browser.Complaints
) -> Iterator[Callable[[str], Page]]:
    """`open_page(url)`: a page for all of these tests, of a profile of its own."""
    contexts = []

    def open_at(url: str) -> Page:
        context = chromium_browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
        context.set_default_timeout(browser.PATIENCE)
        complaints.watch(context)
        contexts.append(context)
        return context.new_page()

    with running_desks("sqlite").app.app_context():
        yield open_at
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def console(running_desks: Callable[[str], RunningDesk], open_page: Callable[[str], Page]) -> Page:
    """Mona's, signed in."""
    page = open_page(running_desks("sqlite").url)
    browser.sign_in(page, with_password(an_agent("Mona Ortiz")))
    return page


@pytest.fixture(scope="module")
def phone_page(running_desks: Callable[[str], RunningDesk], open_page: Callable[[str], Page]) -> Page:
    page = open_page(running_desks("sqlite").sandbox.url)
    page.goto("/")
    return page


@pytest.fixture
def customer(running: RunningDesk) -> Customer:
    """One whose picture the platform keeps to itself: it is drawn anew by a process, a hundred times here."""
    ada = Customer(running)
    ada.sandbox.change(ada.id, is_profile_refused=True)
    return ada


@pytest.fixture
def phone(phone_page: Page, customer: Customer) -> Phone:
    """The customer's, who does not tell that something was read unless a test says so."""
    held = Phone(phone_page)
    held.is_of(customer)
    phone_page.get_by_label("Reads what is on the screen").uncheck()
    return held


@pytest.fixture
def picture(request: pytest.FixtureRequest, console: Page, phone_page: Page) -> Callable[[], None]:
    """`picture()`: keeps what both pages look like, under the test's name, where somebody wants to see it."""
    if not (wanted := os.environ.get("SCREENSHOTS")):
        return lambda: None
    folder = Path(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")

    def take() -> None:
        for side, page in (("console", console), ("phone", phone_page)):
            page.screenshot(path=folder / f"{name}-{side}.jpg", type="jpeg", quality=70)

    return take


def test_every_saved_webhook_and_every_deed_of_the_phone_has_an_expectation(running: RunningDesk, phone: Phone) -> None:
    kinds = set(running.sandbox.ask("GET", "/sandbox/catalogue")["kinds"])

    assert {path.stem for path in FOLDER.glob("*.json")} == set(SAVED)
    assert {played.kind for played in PLAYED.values()} - {""} == kinds
    assert {played.label for played in PLAYED.values()} - {""} == set(phone.sheet())


def test_everything_that_the_composer_can_send_has_an_expectation(console: Page, customer: Customer) -> None:
    customer.says(HELLO)
    open_ticket(console, customer.ticket.number)

    media = json.loads(console.locator("message-composer").get_attribute("data-media") or "")
    assert set(console.evaluate(NAMES)) == set(CONTROLS)
    assert {name for names in CONTROLS.values() for name in names} == set(COMPOSED)
    assert media.keys() <= COMPOSED.keys()
    assert media


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_webhook_shows_what_it_means(
    running: RunningDesk, console: Page, customer: Customer, phone: Phone, picture: Callable[[], None], name: str
) -> None:
    seen, send = SAVED[name], Sender(running, customer)
    for before in dict.fromkeys(("text", *seen.after, name)):
        delivery = send(before)

    assert (delivery["state"], delivery["status"]) == ("delivered", 200)
    open_ticket(console, customer.ticket.number)
    eventually(lambda: ledger_state(delivery["body"]) == seen.ledger, f"the ledger does not say {seen.ledger}")
    look(console, seen, running)
    assert phone.lines == [seen.first or FIRST, *seen.phone]
    phone.draws_its_record()
    picture()


@pytest.mark.parametrize("name", PLAYED)
def test_what_the_phone_does_shows_on_both_sides(
    running: RunningDesk, console: Page, customer: Customer, phone: Phone, picture: Callable[[], None], name: str
) -> None:
    played = PLAYED[name]
    customer.says(HELLO)
    open_ticket(console, customer.ticket.number)
    expect(bubble(console, HELLO)).to_be_visible()
    if played.before:
        text, *titles = played.before
        offer(console, text, *titles) if titles else write(console, text)
        expect(phone.page.locator(".said", has_text=text)).to_be_visible()
        expect(bubble(console, text)).to_have_attribute("data-status", "sent")

    played.play(phone)

    gets(phone, *played.seen.phone, first=played.seen.first or HELLO)
    if not (played.seen.words or played.seen.elements):
        running.sandbox.settle()
        eventually(is_all_read, "the desk has not worked on every webhook")
    look(console, played.seen, running, before=len(played.before[:1]))
    assert phone.lines == [played.seen.first or HELLO, *played.seen.phone]
    phone.draws_its_record()
    picture()


@pytest.mark.parametrize("kind", COMPOSED)
def test_what_the_composer_sends_shows_on_both_sides(
    console: Page, customer: Customer, phone: Phone, picture: Callable[[], None], tmp_path: Path, kind: str
) -> None:
    customer.says(HELLO)
    open_ticket(console, customer.ticket.number)

    COMPOSED[kind](console, phone, tmp_path)

    sent = console.locator(".message--outbound")
    eventually(lambda: {one.get_attribute("data-status") for one in sent.all()} <= {"sent"}, "not all of it was sent")
    phone.draws_its_record()
    picture()


# --- looking ----------------------------------------------------------------------------------------------------


def look(page: Page, seen: Seen, running: RunningDesk, *, before: int = 0) -> None:
    """The words stand in the thread, the pictures are drawn, and nothing is there twice. `before`: messages that there
    were besides the customer's first one."""
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
    expect(thread.locator(".message")).to_have_count(1 + before + seen.bubbles)


def newest_file() -> str:
    """What is known of it: why it is not on the page."""
    db.session.rollback()
    file = db.session.execute(sa.select(Attachment).order_by(Attachment.id.desc()).limit(1)).scalar_one_or_none()
    named = ("id", "state", "attempts", "next_at", "error", "mime", "size", "preview_key", "source_url")
    return str({name: getattr(file, name) for name in named})


def ledger_state(body: str) -> str | None:
    db.session.rollback()
    rows = db.session.execute(sa.select(Ledger.raw, Ledger.state).order_by(Ledger.id.desc()).limit(20))
    return next((state.value for raw, state in rows if bytes(raw) == body.encode()), None)


def is_all_read() -> bool:
    db.session.rollback()
    return db.session.execute(sa.select(Ledger.id).where(Ledger.state == LedgerState.NEW).limit(1)).first() is None
