"""The customer's phone in a second page: what a hand does there, what its chat holds, and whether it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.desk import Customer, eventually

# What must be in the bubble for each type of attachment; the others are said in words.
DRAWN = {
    **dict.fromkeys(("image", "animated_gif", "share", "ig_post", "ig_story", "story_mention", "hologram"), "img"),
    **dict.fromkeys(("video", "reel", "ig_reel"), "video[src]:not([src=''])"),
    **dict.fromkeys(("ephemeral", "unsupported_type"), ".bubble--odd"),
    "audio": "audio[src]:not([src=''])",
    "file": "a.piece--file",
    "like_heart": ".bubble--huge",
}
# Of what must be there, [[mid, words, [[selector, how many]]]], answers what is not; pictures that are dark as well.
MISSING = """(wanted) => {
  const bubbles = [...document.querySelectorAll("#talk .said")]
  const missing = wanted.flatMap(([mid, words, parts]) => {
    const bubble = bubbles.find((one) => one.dataset.mid === mid)
    if (!bubble) return [`message ${mid}`]
    const dark = [...bubble.querySelectorAll("img")].filter((one) => !(one.complete && one.naturalWidth))
    dark[0]?.scrollIntoView()
    return [
      ...words.filter((each) => !bubble.textContent.includes(each)),
      ...parts.filter(([part, count]) => bubble.querySelectorAll(part).length !== count).map(([part]) => part),
      ...dark.map((one) => `picture ${one.src}`),
    ]
  })
  return bubbles.length > wanted.length ? [...missing, "less"] : missing
}"""


class Phone:
    """One page of the sandbox, for one customer after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def is_of(self, customer: Customer) -> None:
        """Puts this customer's phone on the screen."""
        self.customer = customer
        self.page.goto(f"{customer.sandbox.url}/#{customer.inbox.account_id}/{customer.id}")
        expect(self.page.locator("#holder")).to_contain_text(customer.name)

    # --- what a hand does

    def types(self, text: str) -> None:
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.keyboard.press("Enter")

    def picks(self, label: str) -> None:
        """From the sheet of everything else that can be sent."""
        self.page.get_by_title("Send something else").click()
        self.page.get_by_role("button", name=label, exact=True).click()

    def presses(self, tool: str, *, at: str) -> None:
        """A tool of the message that says `at`."""
        said = self.page.locator(".said", has_text=at)
        said.hover()
        said.get_by_title("React and more").click()
        said.get_by_role("button", name=tool).click()

    def sheet(self) -> list[str]:
        """The labels of everything on the sheet."""
        return self.page.locator(".sheet__item").all_text_contents()

    # --- what is there

    @property
    def chat(self) -> dict[str, Any]:
        """The sandbox's record of this chat."""
        inbox = self.customer.inbox.account_id
        return self.customer.sandbox.ask("GET", f"/sandbox/chat?inbox={inbox}&customer={self.customer.id}")

    @property
    def lines(self) -> list[str]:
        """The record in the notation of `recorded`."""
        return recorded(self.chat)

    def draws_its_record(self) -> None:
        chat = self.chat
        wanted = [[one["mid"], _words(one), _parts(one)] for one in chat["messages"]]
        try:
            eventually(lambda: not self._missing(wanted))
        except AssertionError:
            raise AssertionError(f"the phone does not draw {self._missing(wanted)}") from None
        expect(self.page.locator(".talk__happening")).to_have_count(len(chat["happenings"]))

    def _missing(self, wanted: Sequence[object]) -> list[str]:
        return self.page.evaluate(MISSING, wanted)


def recorded(chat: dict[str, Any]) -> list[str]:
    """Each message of the record as a line: `us: « quoted » text [picture] (S | M) ❤️ (edited)`, and between them
    `· what` happened besides."""
    lines = [_happening(one) for one in chat["happenings"] if not one["after"]]
    for message in chat["messages"]:
        lines.append(_line(message))
        lines += [_happening(one) for one in chat["happenings"] if one["after"] == message["mid"]]
    return lines


def _happening(one: dict[str, Any]) -> str:
    return f"· {one['what']} {one['text']}".rstrip()


def _line(message: dict[str, Any]) -> str:
    quote, template, buttons = message["quote"], message["template"] or {}, message["quick_replies"]
    parts = [
        "us:" if message["side"] == "business" else "",
        f"« {quote['line']} »" if quote else "",
        message["text"],
        "[story]" if message["story"] else "",
        *(f"[{piece['type']}]" for piece in message["media"]),
        *(f"[card {card['title']}]" for card in template.get("elements", [])),
        f"({' | '.join(one['title'] for one in buttons)})" if buttons else "",
        *message["reactions"].values(),
        f"({message['kind']})" if message["kind"] in _TOLD else "",
        "(edited)" if message["edits"] else "",
        "(unsent)" if message["is_unsent"] else "",
        "(seen)" if message["seen_at"] and message["side"] == "business" else "",
    ]
    return " ".join(part for part in parts if part)


# Kinds that neither the words nor the attachments tell.
_TOLD = ("quick_reply", "postback", "ad", "product", "unsupported")


def _words(message: dict[str, Any]) -> list[str]:
    """What one can read in its bubble."""
    if message["is_unsent"]:
        return ["You unsent a message"]
    cards = (message["template"] or {}).get("elements", [])
    quote = [message["quote"]["line"]] if message["quote"] else []
    edited = ["Edited"] if message["edits"] else []
    in_cards = [
        words for card in cards for words in (card["title"], *(one["title"] for one in card.get("buttons", [])))
    ]
    return [message["text"], *quote, *edited, *in_cards, *message["reactions"].values()]


def _parts(message: dict[str, Any]) -> list[tuple[str, int]]:
    if message["is_unsent"]:
        return [(".bubble--gone", 1)]
    parts = [DRAWN[piece["type"]] for piece in message["media"]]
    parts += ["img"] if message["story"] else []
    parts += [".bubble--odd"] if message["kind"] == "unsupported" else []
    return [(part, parts.count(part)) for part in dict.fromkeys(parts)]
