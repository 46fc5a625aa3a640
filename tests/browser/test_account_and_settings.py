"""The pages beside the desk: signing in, setting a password, sessions and settings, in every theme and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.db import transaction
from helpdesk.domain import agents
from tests.factories import PASSWORD, an_agent, with_password
from tests.support.running import RunningDesk

pytestmark = pytest.mark.browser


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
def test_what_strangers_see_has_nothing_for_axe_to_find(
    page: Page, running: RunningDesk, axe: Callable[[Page], list[str]], theme: str
) -> None:
    page.emulate_media(color_scheme=theme)
    email = an_agent().email
    with transaction():
        link = agents.reset(email)
    found = {}
    for path in ("/sign-in", f"/set-password/{link}"):
        page.goto(path)
        found[path] = axe(page)

    assert found == {path: [] for path in found}
