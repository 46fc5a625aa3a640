"""Every kind of thing that the composer can send: how it is done in the page, and what the phone then has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import bubble, eventually, is_drawn, write
from tests.browser.phone import Phone
from tests.browser.saved_webhooks import SAMPLES

Deed = Callable[[Page, Phone, Path], None]
HELLO = "Hello from the phone"


def a_text(page: Page, phone: Phone, folder: Path) -> None:
    write(page, "Hello from the desk")
    expect(bubble(page, "Hello from the desk")).to_be_visible()
    gets(phone, "us: Hello from the desk")


def a_text_and_closing(page: Page, phone: Phone, folder: Path) -> None:
    page.fill(".composer__text", "All is done")
    page.locator("[data-menu=send] summary").click()
    page.get_by_role("button", name="Send and close").click()
    gets(phone, "us: All is done")


def a_long_text(page: Page, phone: Phone, folder: Path) -> None:
    sentences = [f"Sentence number {number} says something worth being read." for number in range(1, 41)]
    write(page, " ".join(sentences))
    expect(bubble(page, "Sentence number 40")).to_be_visible()
    eventually(lambda: " ".join(phone.customer.texts) == " ".join(sentences))
    assert len(phone.customer.texts) > 1


def an_emoji(page: Page, phone: Phone, folder: Path) -> None:
    page.locator("[data-emoji]").click()
    page.locator(".emoji__item", has_text="👍").click()
    page.locator("[data-send]").click()
    expect(page.locator(".message--outbound .message__body--emoji")).to_have_text("👍")
    gets(phone, "us: 👍")


def a_heart(page: Page, phone: Phone, folder: Path) -> None:
    page.locator("[data-heart]").click()
    expect(page.locator(".message--outbound")).to_contain_text("❤️")
    gets(phone, "us: [like_heart]")


def quick_replies(page: Page, phone: Phone, folder: Path) -> None:
    offer(page, "Which size?", "S", "M")
    expect(page.locator(".options__item")).to_have_text(["S", "M"])
    gets(phone, "us: Which size? (S | M)")
    expect(phone.page.locator(".choice")).to_have_text(["S", "M"])


def offer(page: Page, text: str, *titles: str) -> None:
    """A message with quick replies to tap."""
    page.locator("[data-open-dialog=answers]").click()
    page.fill("#answers textarea", "\n".join(titles))
    page.get_by_role("button", name="Offer", exact=True).click()
    write(page, text)


def a_card(page: Page, phone: Phone, folder: Path) -> None:
    """The console names the picture, which lies with strangers; the phone has its own copy of it."""
    name, content = SAMPLES["image"]
    sandbox = phone.customer.sandbox
    picture = f"{sandbox.url}/instagram/media/{sandbox.upload(content, name=name)['key']}"
    link = "https://shop.example.com/dress"
    page.locator("[data-open-dialog=card]").click()
    values = {"title": "Linen dress", "subtitle": "89 €", "image_url": picture, "url": link, "button": "View"}
    for field, value in values.items():
        page.fill(f"#card [name={field}]", value)
    page.get_by_role("button", name="Send card").click()

    card = page.locator(".message--outbound .offer")
    expect(card.locator(".offer__title")).to_have_text("Linen dress")
    expect(card.locator(".offer__subtitle")).to_have_text("89 €")
    expect(card.locator(".offer__image a")).to_have_attribute("href", picture)
    expect(card.locator("a.offer__button")).to_have_text("View")
    expect(card.locator("a.offer__button")).to_have_attribute("href", link)
    gets(phone, "us: [image] [card Linen dress]")
    (sent,) = phone.customer.received()
    (element,) = sent["template"]["elements"]
    assert (element["title"], element["subtitle"], element["image_url"]) == ("Linen dress", "89 €", picture)
    assert [(one["type"], one["title"], one["url"]) for one in element["buttons"]] == [("web_url", "View", link)]
    assert [piece["sha256"] for piece in sent["media"]] == [hashlib.sha256(content).hexdigest()]
    expect(phone.page.locator("a.offer__button")).to_have_attribute("href", link)


def a_reaction(page: Page, phone: Phone, folder: Path) -> None:
    theirs = bubble(page, HELLO)
    theirs.hover()
    theirs.get_by_role("button", name="React").click()
    page.locator(".emoji__item", has_text="❤️").click()
    expect(theirs.locator(".reaction")).to_contain_text("❤️")
    gets(phone, first=f"{HELLO} ❤️")
    assert [one["reaction"] for one in phone.customer.received(kind="react")] == ["love"]


def a_quoted_answer(page: Page, phone: Phone, folder: Path) -> None:
    theirs = bubble(page, HELLO)
    theirs.hover()
    theirs.get_by_role("button", name="Answer this message").click()
    write(page, "Hello, you")
    expect(bubble(page, "Hello, you").locator(".message__quote")).to_contain_text(HELLO)
    gets(phone, f"us: « {HELLO} » Hello, you")


def a_note(page: Page, phone: Phone, folder: Path) -> None:
    page.locator("input[name=kind][value=note]").check(force=True)
    write(page, "She is a regular")
    expect(page.locator(".message--note")).to_contain_text("She is a regular")
    page.locator("input[name=kind][value=reply]").check(force=True)
    write(page, "Welcome back")  # what comes after it has arrived, and the note has not
    gets(phone, "us: Welcome back")
    assert "regular" not in phone.page.locator("body").inner_text()


def typing(page: Page, phone: Phone, folder: Path) -> None:
    page.locator(".composer__text").press_sequentially("Let me look")
    eventually(lambda: phone.customer.received(kind="typing_on"), "the phone does not show that somebody types")
    expect(phone.page.locator(".typing")).to_be_visible()


def attached(*kinds: str) -> Deed:
    """Files of these kinds in one answer."""
    selectors = {"image": ".picture__image", "audio": "audio", "video": "video", "file": "a.file"}

    def send(page: Page, phone: Phone, folder: Path) -> None:
        paths = []
        for number, kind in enumerate(kinds):
            name, content = SAMPLES[kind]
            path = folder / f"{number}-{name}"
            path.write_bytes(content)
            paths.append(path)
        page.set_input_files("[data-file-input]", paths)
        expect(page.locator("[data-files] li")).to_have_count(len(paths))
        page.locator("[data-send]").click()
        for kind in dict.fromkeys(kinds):
            shown = page.locator(f".message--outbound {selectors[kind]}")
            expect(shown).to_have_count(kinds.count(kind))
            for image in shown.all() if kind == "image" else ():
                is_drawn(image)
        eventually(lambda: sum(len(one["media"]) for one in phone.customer.received()) == len(kinds))
        files = [file for one in phone.customer.received() for file in one["media"]]
        assert [file["type"] for file in files] == list(kinds)
        assert [file["sha256"] for file in files] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]

    return send


def a_voice_message(page: Page, phone: Phone, folder: Path) -> None:
    """Spoken once in vain."""
    record, strip = page.get_by_role("button", name="Record a voice message"), page.locator("voice-recorder")
    for button, kept in (("Discard", 0), ("Done", 1)):
        record.click()
        expect(strip.locator("[data-time]")).to_have_text("0:01")
        strip.get_by_role("button", name=button).click()
        expect(strip).to_be_hidden()
        expect(page.locator("[data-files] li")).to_have_count(kept)
    page.locator("[data-send]").click()
    expect(page.locator(".message--outbound audio")).to_have_count(1)
    eventually(lambda: phone.customer.received(), "the customer has no voice message")
    assert [file["type"] for one in phone.customer.received() for file in one["media"]] == ["audio"]


def gets(phone: Phone, *lines: str, first: str = HELLO) -> None:
    """Returns when the chat holds this after the customer's first message."""
    eventually(lambda: phone.lines == [first, *lines], f"the chat does not hold {lines}")


COMPOSED: Mapping[str, Deed] = {
    "text": a_text,
    "long text": a_long_text,
    "text and closing": a_text_and_closing,
    "emoji": an_emoji,
    "image": attached("image"),
    "audio": attached("audio"),
    "video": attached("video"),
    "file": attached("file"),
    "two pictures": attached("image", "image"),
    "voice message": a_voice_message,
    "heart": a_heart,
    "quick replies": quick_replies,
    "card": a_card,
    "reaction": a_reaction,
    "quoted answer": a_quoted_answer,
    "note": a_note,
    "typing": typing,
}
# Everything to press or to fill in the composer and at a message, and what is sent by it.
CONTROLS: Mapping[str, tuple[str, ...]] = {
    "Reply": ("text",),
    "Note": ("note",),
    "Reply to the customer": ("text", "long text", "typing"),
    "Attach files": ("image", "audio", "video", "file", "two pictures"),
    "Record a voice message": ("voice message",),
    "Discard": ("voice message",),
    "Done": ("voice message",),
    "Insert an emoji": ("emoji",),
    "Send a heart": ("heart",),
    "Offer quick replies to tap": ("quick replies",),
    "Send a product card": ("card",),
    "Send": ("text", "image"),
    "Send and close": ("text and closing",),
    "Send and leave to the customer": ("text and closing",),
    "Send and snooze until": ("text and closing",),
    "Send and snooze": ("text and closing",),
    "React to this message": ("reaction",),
    "Answer this message": ("quoted answer",),
    "Do not quote": ("quoted answer",),
}
# Their names as a screen reader says them.
NAMES = """() => [...document.querySelectorAll(
  "message-composer :is(input, textarea, select, button):not([type=hidden]), .message__tools button"
)].map((one) => one.ariaLabel
  || (one.labels?.[0] ?? one.querySelector(":scope > span") ?? one).textContent)
  .map((name) => name.trim())"""
