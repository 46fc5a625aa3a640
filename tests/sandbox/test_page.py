"""The customers' phones in a real browser: everything that a hand can do there, as the desk will hear it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from helpdesk.sandbox.drawing import portrait
from tests.sandbox.conftest import CUSTOMER, OUTLET, Box, Hook
from tests.support.browser import Complaints

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(box: Box, chromium_browser) -> Iterator[Callable[..., Page]]:
    """`phone(width=375)`: the page. One that complains or asks a stranger fails its test."""
    complaints = Complaints((box.url,))
    contexts = []

    def open_page(*, width: int = 1280, height: int = 860, **more: object) -> Page:
        context = chromium_browser.new_context(base_url=box.url, viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(10_000)
        complaints.watch(context)
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.problems == []
    assert complaints.strangers == []


def test_a_newcomer_makes_a_customer_and_says_hello(phone: Callable[..., Page], box: Box, hook: Hook):
    page = phone()
    page.get_by_role("button", name="New customer").first.click()
    page.get_by_label("Message", exact=True).fill("Is the linen dress still there in M?")
    page.keyboard.press("Enter")

    expect(page.locator(".said--own .bubble")).to_have_text("Is the linen dress still there in M?")
    message = hook.wait_for(1)[0]["entry"][0]["messaging"][0]["message"]
    assert message["text"] == "Is the linen dress still there in M?"


def test_the_answer_appears_by_itself_and_is_read(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="hello")
    page = phone()
    expect(page.locator(".said--own")).to_have_count(1)

    box.act("typing_on")
    expect(page.locator(".typing")).to_be_visible()
    sent = box.send({"text": "Hi! Yes, in sand and in olive."}).json["message_id"]

    expect(page.locator(".said:not(.said--own) .bubble")).to_have_text("Hi! Yes, in sand and in olive.")
    expect(page.locator(".typing")).to_have_count(0)
    reads = [body["entry"][0]["messaging"][0].get("read") for body in hook.wait_for(3)]
    assert {"mid": sent} in reads


def test_who_does_not_read_leaves_it_unseen(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="hello")
    page = phone()
    page.get_by_label("Reads what is on the screen").uncheck()
    box.send({"text": "Hi!"})

    expect(page.locator(".row__dot")).to_be_visible()
    assert not any("read" in body["entry"][0]["messaging"][0] for body in hook.wait_for(2))


@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("Photo of a dress", ".piece img"),
        ("Two photos", ".pictures .piece:nth-child(2) img"),
        ("Voice message", "audio"),
        ("Video", "video"),
        ("Document", ".piece--file"),
        ("Reply to their story", ".piece--story img"),
        ("Mention in my story", ".piece--story img"),
        ("Share a post", ".piece__title"),
        ("Share a reel", ".piece__title"),
        ("Share a post, the old way", ".piece__title"),
        ("Share a story", ".piece--story img"),
        ("Heart", ".bubble--huge"),
        ("Sticker", ".piece--small img"),
        ("GIF", ".piece--small img"),
        ("Photo, shown once", ".bubble--odd"),
        ("Come from an ad", ".bubble"),
        ("Ask about a product", ".bubble"),
        ("Tap the menu", ".bubble"),
        ("Write while it answers", ".bubble"),
        ("An unsupported type", ".bubble--odd"),
        ("Something unsupported", ".bubble--odd"),
    ],
)
def test_everything_on_the_sheet_is_sent_and_drawn(
    label: str, drawn: str, phone: Callable[..., Page], box: Box, hook: Hook
):
    box.say(text="hello")
    page = phone()
    page.get_by_title("Send something else").click()
    page.get_by_role("button", name=label, exact=True).click()

    bubble = page.locator(".said--own").nth(1)
    expect(bubble.locator(drawn).first).to_be_visible()
    assert len(hook.wait_for(2)) == 2
    for picture in bubble.locator("img").all():
        page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())


@pytest.mark.parametrize(
    ("label", "line", "event"),
    [
        ("Open an ig.me link", "Opened the chat through a link: spring_sale", "referral"),
        ("Comment below a post", "Commented below a post: How much is it?", "comment"),
        ("It takes the chat", "Another app has taken the chat", "handover"),
        ("It hands the chat over", "Another app has handed the chat over", "handover"),
        ("It asks for the chat", "Another app asks for the chat", "handover"),
    ],
)
def test_what_is_no_message_is_a_line_in_the_chat(
    label: str, line: str, event: str, phone: Callable[..., Page], box: Box, hook: Hook
):
    box.say(text="hello")
    page = phone()
    page.get_by_title("Send something else").click()
    page.get_by_role("button", name=label, exact=True).click()

    expect(page.locator(".talk__happening")).to_have_text(line)
    expect(page.locator(".said")).to_have_count(1)
    assert box.state()["deliveries"]["last"][-1]["event"] == event


def test_every_kind_of_the_catalogue_is_on_the_sheet_or_at_a_message(phone: Callable[..., Page], box: Box):
    box.say(text="hello")
    page = phone()
    page.get_by_title("Send something else").click()
    elsewhere = {"text", "quick_reply", "reaction", "edit", "unsend", "read"}
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if request.method == "POST" else None)
    for item in page.locator(".sheet__item").all()[1:]:
        with page.expect_response("**/messages"):
            item.click()
        page.get_by_title("Send something else").click()

    played = {json.loads(body).get("kind", "text") for body in asked}
    assert played == set(box.ask("GET", "/sandbox/catalogue").json["kinds"]) - elsewhere | {"text"}


def test_a_file_of_one_s_own(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="hello")
    page = phone()
    expect(page.locator(".said--own")).to_have_count(1)
    picture = {"name": "me.png", "mimeType": "image/png", "buffer": portrait(200, 48)}
    page.locator("input[type=file]").set_input_files(picture)

    expect(page.locator(".said--own .piece img")).to_be_visible()
    assert hook.wait_for(2)[1]["entry"][0]["messaging"][0]["message"]["attachments"][0]["type"] == "image"


def test_react_take_back_reply_edit_and_unsend(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="Do you have it in S?")
    box.send({"text": "Let me look"})
    page = phone()
    theirs, own = page.locator(".said:not(.said--own)").first, page.locator(".said--own").first

    _open(theirs)
    theirs.get_by_role("button", name="❤️").click()
    expect(theirs.locator(".said__reactions")).to_have_text("❤️")
    _open(theirs)
    theirs.get_by_role("button", name="❤️").click()
    expect(theirs.locator(".said__reactions")).to_have_count(0)

    _open(theirs)
    theirs.get_by_role("button", name="Reply").click()
    page.get_by_label("Message", exact=True).fill("Thanks")
    page.keyboard.press("Enter")
    expect(page.locator(".said--own .quote")).to_have_text("Let me look")

    _open(own)
    own.get_by_role("button", name="Edit").click()
    page.get_by_label("Message", exact=True).fill("Do you have it in M?")
    page.keyboard.press("Enter")
    expect(own.locator(".bubble")).to_have_text("Do you have it in M?")
    expect(own).to_contain_text("Edited")

    _open(own)
    own.get_by_role("button", name="Unsend").click()
    expect(own.locator(".bubble--gone")).to_be_visible()
    assert hook.hears(lambda item: item.get("reaction", {}).get("action") == "react")
    assert hook.hears(lambda item: item.get("reaction", {}).get("action") == "unreact")
    assert hook.hears(lambda item: item.get("message", {}).get("is_deleted", False))
    assert hook.hears(lambda item: "message_edit" in item)


def test_quick_replies_and_buttons_can_be_tapped(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="hello")
    replies = [{"content_type": "text", "title": "Track my order", "payload": "TRACK"}]
    box.send({"text": "What do you need?", "quick_replies": replies})
    page = phone()
    page.get_by_role("button", name="Track my order").click()
    expect(page.locator(".said--own")).to_have_count(2)
    expect(page.locator(".choices")).to_have_count(0)

    button = {"type": "postback", "title": "Buy now", "payload": "BUY"}
    card = {"title": "Linen dress", "image_url": box.sample("dress"), "buttons": [button]}
    box.send({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [card]}}})
    page.get_by_role("button", name="Buy now").click()
    expect(page.locator(".said--own")).to_have_count(3)

    assert hook.hears(lambda item: item.get("message", {}).get("quick_reply") == {"payload": "TRACK"})
    assert hook.hears(lambda item: item.get("postback", {}).get("payload") == "BUY")


def test_a_fault_is_armed_and_hits(phone: Callable[..., Page], box: Box):
    box.say(text="hello")
    page = phone()
    page.get_by_label("What should go wrong").select_option(label="Next send: refused, the account is blocked (368)")
    page.get_by_role("button", name="Arm").click()
    expect(page.locator(".armed")).to_contain_text("the account is blocked")

    assert box.send({"text": "hi"}).error == (368, None)
    page.get_by_role("button", name="+24 h").click()
    page.get_by_role("button", name="+1 h").click()
    expect(page.locator(".chip", has_text="+25 h")).to_be_visible()
    assert box.send({"text": "hi"}).error == (10, 2534022)


def test_every_error_and_deed_of_the_catalogue_can_be_armed(phone: Callable[..., Page], box: Box):
    box.say(text="hello")
    page = phone()
    catalogue = box.ask("GET", "/sandbox/catalogue").json
    offered = [fault for group in catalogue["faults"] for fault in group["faults"]]

    shown = page.get_by_label("What should go wrong").locator("option")
    expect(shown).to_have_text([fault["label"] for fault in offered])
    page.wait_for_load_state("networkidle")  # a picture still to be fetched would use up a fault of files
    for fault in offered:
        box.fault(fault["do"], **fault["match"])
    expect(page.locator(".armed")).to_have_text([fault["label"] for fault in offered])
    armed = box.state()["faults"]
    assert sorted(fault["value"] for fault in armed if fault["deed"] == "error") == catalogue["errors"]
    assert {fault["deed"] for fault in armed} == set(catalogue["deeds"])


def test_the_business_answers_in_its_own_app(phone: Callable[..., Page], box: Box, hook: Hook):
    box.say(text="hello")
    page = phone()
    page.get_by_label("What the business writes").fill("From the app")
    page.get_by_label("What the business writes").press("Enter")

    expect(page.locator(".said:not(.said--own) .bubble")).to_have_text("From the app")
    assert hook.wait_for(2)[1]["entry"][0]["messaging"][0]["message"]["is_echo"]


def test_what_people_write_is_never_markup(phone: Callable[..., Page], box: Box):
    evil = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
    box.ask("POST", f"/sandbox/customers/{CUSTOMER}", {"name": evil})
    box.say(text=evil)
    box.send({"text": evil})
    page = phone()

    expect(page.locator(".said:not(.said--own) .bubble")).to_have_text(evil)
    expect(page.locator(".row__name")).to_have_text(evil)
    assert page.title() == "The customer's phone"


def test_a_narrow_screen_is_one_pane_at_a_time(phone: Callable[..., Page], box: Box):
    box.say(text="hello")
    box.say(text="hello outlet", inbox=OUTLET)
    page = phone(width=375, height=720, has_touch=True, is_mobile=True)
    expect(page.locator(".floor")).to_be_hidden()
    page.locator(".row").first.click()
    expect(page.locator(".chats")).to_be_hidden()
    expect(page.locator(".said--own")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("a long word: " + "x" * 200)
    page.get_by_title("Send", exact=True).click()
    expect(page.locator(".said--own")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    talk = page.locator("#talk")
    assert talk.evaluate("place => place.scrollWidth <= place.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_has_no_barriers(scheme: str, width: int, phone: Callable[..., Page], box: Box, axe):
    box.say(text="Do you have it in S?", attachments=[{"type": "image"}])
    box.say(kind="unsupported")
    box.send({"text": "What do you need?", "quick_replies": [{"content_type": "text", "title": "A", "payload": "A"}]})
    page = phone(width=width, color_scheme=scheme)
    if width == 375:
        page.locator(".row").first.click()
    expect(page.locator(".choice")).to_be_visible()
    assert axe(page) == []
    page.locator(".said__more").first.click()
    page.get_by_title("Send something else").click()

    assert axe(page) == []


def _open(said) -> None:
    said.hover()
    said.get_by_title("React and more").click()
