"""The pages beside the desk: signing in, setting a password, sessions and settings, in every theme and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.db import transaction
from helpdesk.domain import agents, ledger
from helpdesk.domain.ledger import Raw
from helpdesk.models import LedgerState
from tests.factories import PASSWORD, an_agent, with_password
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser

SETTINGS = (
    "/settings/inboxes",
    "/settings/people",
    "/settings/webhooks",
    "/settings/outbox",
    "/sessions",
    "/account/keys",
)
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def webhook_number(running: RunningDesk) -> int:
    """Of a webhook that could not be read."""
    with transaction():
        ledger.store_many([Raw("instagram", "", "", b'{"object": "instagram", "entry": [' + b"1" * 300)])
        row = ledger.listing()[0]
        ledger.finish(row, LedgerState.QUARANTINED, error="not JSON: " + "entry[0].messaging" * 20)
    return row.id


def test_one_signs_in_with_the_keyboard_and_comes_back_to_where_one_was(page: Page, running: RunningDesk) -> None:
    mona = with_password(an_agent("Mona Ortiz"))
    page.goto("/sessions")
    expect(page.get_by_label("E-mail address")).to_be_focused()

    page.keyboard.type(mona.email)
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That e-mail address and password do not belong together.")
    expect(page.get_by_label("E-mail address")).to_have_value(mona.email)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Signed-in browsers")).to_be_visible()
    assert page.url == f"{running.url}/sessions"


def test_after_signing_out_the_back_button_shows_nothing(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in(page, an_agent("Mona Ortiz"))
    page.goto("/sessions")

    page.locator(".me__button").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Page, sign_in: Callable[..., None], axe: Callable[[Page], list[str]], theme: str, webhook_number: int
) -> None:
    page.emulate_media(color_scheme=theme)
    email = an_agent().email
    with transaction():
        link = agents.reset(email)
    found = {}
    for path in ("/sign-in", f"/set-password/{link}"):
        page.goto(path)
        found[path] = axe(page)
    sign_in(page, an_agent("Olga Owen", role="owner"))
    for path in (*SETTINGS, f"/settings/webhooks/{webhook_number}"):
        page.goto(path)
        found[path] = axe(page)

    assert found == {path: [] for path in found}


def test_on_a_phone_nothing_goes_sideways(
    new_page: Callable[..., Page], sign_in: Callable[..., None], webhook_number: int
) -> None:
    phone = new_page(width=375, height=760)
    sideways = []
    phone.goto("/sign-in")
    sideways += ["/sign-in"] if phone.evaluate(SIDEWAYS) else []
    sign_in(phone, an_agent("Olga Owen", role="owner"))
    for path in (*SETTINGS, f"/settings/webhooks/{webhook_number}"):
        phone.goto(path)
        sideways += [path] if phone.evaluate(SIDEWAYS) else []

    assert sideways == []
