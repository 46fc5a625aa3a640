"""Every kind of thing that the composer can send: how it is done in the page, and what the phone then has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.desk import Customer, bubble, eventually, write
from tests.browser.saved_webhooks import SAMPLES


def a_text(page: Page, customer: Customer, folder: Path) -> None:
    write(page, "Hello from the desk")
    expect(bubble(page, "Hello from the desk")).to_be_visible()
    eventually(lambda: customer.texts == ["Hello from the desk"])


def a_long_text(page: Page, customer: Customer, folder: Path) -> None:
    sentences = [f"Sentence number {number} says something worth being read." for number in range(1, 41)]
    write(page, " ".join(sentences))
    expect(bubble(page, "Sentence number 40")).to_be_visible()
    eventually(lambda: " ".join(customer.texts) == " ".join(sentences))
    assert len(customer.texts) > 1


def an_emoji(page: Page, customer: Customer, folder: Path) -> None:
    write(page, "👍🏽")
    expect(page.locator(".message--outbound .message__body--emoji")).to_have_text("👍🏽")
    eventually(lambda: customer.texts == ["👍🏽"])


def a_heart(page: Page, customer: Customer, folder: Path) -> None:
    page.locator("[data-heart]").click()
    expect(page.locator(".message--outbound")).to_contain_text("❤️")
    eventually(lambda: [one["media"][0]["type"] for one in customer.received()] == ["like_heart"])


def quick_replies(page: Page, customer: Customer, folder: Path) -> None:
    page.locator("[data-open-dialog=answers]").click()
    page.fill("#answers textarea", "S\nM")
    page.get_by_role("button", name="Offer", exact=True).click()
    write(page, "Which size?")
    expect(page.locator(".options__item")).to_have_text(["S", "M"])
    (question,) = eventually(customer.received)
    assert (question["text"], [one["title"] for one in question["quick_replies"]]) == ("Which size?", ["S", "M"])


def a_card(page: Page, customer: Customer, folder: Path) -> None:
    page.locator("[data-open-dialog=card]").click()
    page.fill("#card [name=title]", "Linen dress")
    page.fill("#card [name=url]", "https://shop.example.com/dress")
    page.fill("#card [name=button]", "View")
    page.get_by_role("button", name="Send card").click()
    expect(page.locator(".offer__title")).to_have_text("Linen dress")
    (card,) = eventually(customer.received)
    assert card["template"]["elements"][0]["title"] == "Linen dress"


def a_reaction(page: Page, customer: Customer, folder: Path) -> None:
    theirs = bubble(page, "Hello from the phone")
    theirs.hover()
    theirs.get_by_role("button", name="React").click()
    page.locator(".emoji__item", has_text="❤️").click()
    expect(theirs.locator(".reaction")).to_contain_text("❤️")
    eventually(lambda: len(customer.received(kind="react")) == 1)


def a_quoted_answer(page: Page, customer: Customer, folder: Path) -> None:
    theirs = bubble(page, "Hello from the phone")
    theirs.hover()
    theirs.get_by_role("button", name="Answer this message").click()
    write(page, "Hello, you")
    expect(bubble(page, "Hello, you").locator(".message__quote")).to_contain_text("Hello from the phone")
    (answer,) = eventually(customer.received)
    assert answer["reply_to"] == theirs_on_phone(customer)["mid"]


def a_note(page: Page, customer: Customer, folder: Path) -> None:
    page.locator("input[name=kind][value=note]").check(force=True)
    write(page, "She is a regular")
    expect(page.locator(".message--note")).to_contain_text("She is a regular")
    assert customer.received() == []


def typing(page: Page, customer: Customer, folder: Path) -> None:
    page.locator(".composer__text").press_sequentially("Let me look")
    eventually(lambda: customer.received(kind="typing_on"), "the phone does not show that somebody types")


def theirs_on_phone(customer: Customer) -> dict[str, Any]:
    """The customer's first message as their own phone has it."""
    return customer.sandbox.ask("GET", f"/sandbox/chat?customer={customer.id}")["messages"][0]


def attached(*kinds: str) -> Callable[[Page, Customer, Path], None]:
    """Files of these kinds in one answer."""
    selectors = {"image": ".picture__image", "audio": "audio", "video": "video", "file": "a.file"}

    def send(page: Page, customer: Customer, folder: Path) -> None:
        paths = []
        for number, kind in enumerate(kinds):
            name, content = SAMPLES[kind]
            path = folder / f"{number}-{name}"
            path.write_bytes(content)
            paths.append(path)
        page.set_input_files("[data-file-input]", paths)
        expect(page.locator("[data-files] li")).to_have_count(len(paths))
        page.locator("[data-send]").click()
        for kind in kinds:
            expect(page.locator(f".message--outbound {selectors[kind]}").first).to_be_attached()
        eventually(lambda: [file["type"] for one in customer.received() for file in one["media"]] == list(kinds))

    return send


COMPOSED: dict[str, Callable[[Page, Customer, Path], None]] = {
    "text": a_text,
    "long text": a_long_text,
    "emoji": an_emoji,
    "image": attached("image"),
    "audio": attached("audio"),
    "video": attached("video"),
    "file": attached("file"),
    "two pictures": attached("image", "image"),
    "heart": a_heart,
    "quick replies": quick_replies,
    "card": a_card,
    "reaction": a_reaction,
    "quoted answer": a_quoted_answer,
    "note": a_note,
    "typing": typing,
}
