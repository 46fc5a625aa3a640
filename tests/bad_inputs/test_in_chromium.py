"""The attacks of the list in a real browser: none does anything on our pages, and elsewhere the browser lets them."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.bad_inputs.builders import built
from tests.bad_inputs.places import everywhere
from tests.browser.desk import Customer, bubble, open_ticket
from tests.factories import a_note, an_agent
from tests.support.desk import signature
from tests.support.instagram import body
from tests.support.running import RunningDesk

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]

LIST = json.loads(Path(__file__).with_name("bad_inputs.json").read_text("utf-8"))["items"]
ATTACKS: dict[str, dict[str, Any]] = {
    item["id"]: item for item in LIST if item["cat"] == "XS" and item["how"] == "webhook+webchat+api"
}
DIRTY = next(item for item in LIST if item["id"] == "TX-25")


def test_no_attack_does_anything_on_our_pages(running: RunningDesk, page: Page, sign_in) -> None:
    """The page fixture fails the test when a page complains, or asks any other host."""
    owner = an_agent("<img src=x onerror=window.__xss=1>", role="owner")
    victim = Customer(running)
    for item in ATTACKS.values():
        victim.says(item["input"])
        Customer(running, name=item["input"]).says(item["input"])
    talker = Customer(running)
    talker.says("Hello")
    for item in ATTACKS.values():
        knock(running, json.dumps(body(*everywhere(item["input"], customer=talker.id))).encode())
    knock(running, json.dumps({"object": "<script>window.__xss=1</script>"}).encode())
    sign_in(page, owner)
    a_note(victim.ticket, "\n".join(item["input"] for item in ATTACKS.values()), by=owner)

    open_ticket(page, victim.ticket.number)
    expect(page.locator(".message--inbound")).to_have_count(len(ATTACKS))
    victim.says(ATTACKS["XS-01"]["input"] + " while the page is open")
    expect(bubble(page, "while the page is open")).to_be_visible()
    for link in page.locator(".message__body a").all():
        assert (link.get_attribute("href") or "").startswith(("http://", "https://"))
    open_ticket(page, talker.ticket.number)
    expect(bubble(page, f"tap {ATTACKS['XS-30']['input']}")).to_be_visible()
    for path in ("/tickets?view=all", "/settings/people", "/settings/webhooks", "/settings/webhooks?state=quarantined"):
        assert page.evaluate("window.__xss") is None
        page.goto(path)

    assert page.evaluate("window.__xss") is None
    assert page.url.startswith(running.url)


def knock(running: RunningDesk, raw: bytes) -> None:
    """A signed webhook, as the platform posts it."""
    headers = {"X-Hub-Signature-256": signature(raw), "Content-Type": "application/json"}
    request = urllib.request.Request(f"{running.url}/webhooks/instagram", raw, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "name",
    [name for name, item in ATTACKS.items() if "raw" in item.get("control", {}).get("script_ran_in_naive_page", ())],
)
def test_the_same_attack_works_on_a_page_that_takes_it_for_markup(chromium_browser: Any, name: str) -> None:
    """Else the test above would prove nothing."""
    context = chromium_browser.new_context()
    context.route("**/*", lambda route: route.fulfill(status=404, body=""))
    page = context.new_page()
    try:
        page.set_content(f"<!doctype html><body>{ATTACKS[name]['input']}</body>", wait_until="commit")
        for link in page.locator("a").all():
            link.click()
        page.wait_for_function("window.__xss === 1", timeout=5000)
    finally:
        context.close()


def test_stacked_marks_stay_inside_their_bubble(running: RunningDesk, page: Page, sign_in) -> None:
    customer = Customer(running)
    customer.says("A line above")
    customer.says(built(DIRTY))
    sign_in(page, an_agent())
    open_ticket(page, customer.ticket.number)

    words = page.locator(".message__body").last
    expect(words).to_be_visible()

    assert words.evaluate("words => getComputedStyle(words).overflowY") in ("clip", "hidden")
    assert words.bounding_box()["height"] < 100
