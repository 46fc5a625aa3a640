"""Everything that a customer can do on the phone's page, by its own controls: what the agent sees of it, and what the
chat then holds. A kind of the sandbox, or an entry of the page's sheet, without a row fails the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.browser.phone import Phone
from tests.browser.saved_webhooks import SAMPLES
from tests.browser.what_is_seen import (
    AUDIO,
    FILE,
    FROM_APP,
    GONE,
    HEART,
    NOT_HANDED_OVER,
    PICTURE,
    REACTION,
    SHARED_PICTURE,
    STORY,
    VIDEO,
    Seen,
    nothing,
    says,
    shows,
)

HELLO = "Hello from the phone"
ANSWER = "Hello from the desk"
OURS = f"us: {ANSWER}"
OFFER = "What do you need?"


@dataclass(frozen=True)
class Played:
    """`kind` as the sandbox calls it, '' for what the business does in its own app. `label` on the sheet, else what the
    hand does. `before`: what the agent has sent the customer by then, with quick replies to tap."""

    kind: str
    seen: Seen
    label: str = ""
    hand: Callable[[Phone], None] | None = None
    before: tuple[str, ...] = ()

    def play(self, phone: Phone) -> None:
        if self.hand is None:
            phone.picks(self.label)
        else:
            self.hand(phone)


def own_file(phone: Phone) -> None:
    name, content = SAMPLES["image"]
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    phone.page.locator("input[type=file]").set_input_files(file)


def quote(phone: Phone) -> None:
    phone.presses("Reply", at=ANSWER)
    phone.types("And in red?")


def edit(phone: Phone) -> None:
    phone.presses("Edit", at=HELLO)
    phone.types("In L, please")


def take_back(phone: Phone) -> None:
    phone.presses("❤️", at=ANSWER)
    phone.page.locator(".said__reactions").wait_for()
    phone.page.locator(".said:not(.said--own)").hover()
    phone.presses("❤️", at=ANSWER)


def read(phone: Phone) -> None:
    phone.page.get_by_label("Reads what is on the screen").check()
    phone.page.locator(".said", has_text=ANSWER).wait_for()


def in_the_app(phone: Phone) -> None:
    phone.page.get_by_label("What the business writes").fill("We close at six today")
    phone.page.keyboard.press("Enter")


PLAYED: Mapping[str, Played] = {
    "text": Played("text", says("In M, please"), hand=lambda phone: phone.types("In M, please")),
    "quoted answer": Played(
        "text",
        Seen(["And in red?"], [".message__quote"], phone=[OURS, f"« {ANSWER} » And in red?"]),
        hand=quote,
        before=(ANSWER,),
    ),
    "photo": Played("text", shows(PICTURE, "[image]"), "Photo of a dress"),
    "photo of a damage": Played("text", shows(PICTURE, "[image]"), "Photo of a torn seam"),
    "two photos": Played("text", shows(".pictures--2 .picture__image", "[image] [image]"), "Two photos"),
    "own file": Played("text", shows(PICTURE, "[image]"), "From this device", own_file),
    "voice": Played("text", shows(AUDIO, "[audio]"), "Voice message"),
    "video": Played("text", shows(VIDEO, "[video]"), "Video"),
    "document": Played("text", shows(FILE, "[file]"), "Document"),
    "heart": Played("heart", shows(HEART, "[like_heart]", "❤️"), "Heart"),
    "sticker": Played("sticker", shows(PICTURE, "[image]"), "Sticker"),
    "gif": Played("gif", shows(PICTURE, "[animated_gif]"), "GIF"),
    "ephemeral": Played("ephemeral", Seen([GONE], phone=["[ephemeral]"]), "Photo, shown once"),
    "story reply": Played(
        "story_reply",
        shows(SHARED_PICTURE, "Is this one in sand too? [story]", STORY, "Is this one in sand too?"),
        "Reply to their story",
    ),
    "story mention": Played(
        "story_mention", shows(SHARED_PICTURE, "[story_mention]", "Mentioned you"), "Mention in my story"
    ),
    "story": Played("story", shows(SHARED_PICTURE, "[ig_story]", "Story"), "Share a story"),
    "post": Played("post", shows(SHARED_PICTURE, "[ig_post]", "Post", "Autumn drop"), "Share a post"),
    "share": Played("share", shows(SHARED_PICTURE, "[share]", "Post"), "Share a post, the old way"),
    "reel": Played("reel", shows(f".shared {VIDEO}", "[ig_reel]", "Reel", "How we pack your order"), "Share a reel"),
    "comment": Played("comment", nothing("· comments How much is it?"), "Comment below a post"),
    "ad": Played(
        "ad",
        Seen(["Is this still on sale?", "Came from the ad “Autumn sale”"], phone=["Is this still on sale? (ad)"]),
        "Come from an ad",
    ),
    "product": Played(
        "product",
        Seen(["Does it run small?", "Asks about the shop product"], phone=["Does it run small? (product)"]),
        "Ask about a product",
    ),
    "referral": Played(
        "referral",
        nothing("· referral spring_sale", words=["Opened the conversation through the link «spring_sale»"]),
        "Open an ig.me link",
    ),
    "postback": Played(
        "postback",
        Seen(["Tapped a button", "Talk to a person"], phone=["Talk to a person (postback)"]),
        "Tap the menu",
    ),
    "quick reply": Played(
        "quick_reply",
        Seen(
            ["Tapped a quick reply", "Track it"],
            phone=[f"us: {OFFER} (Track it | Something else)", "Track it (quick_reply)"],
        ),
        hand=lambda phone: phone.page.get_by_role("button", name="Track it").click(),
        before=(OFFER, "Track it", "Something else"),
    ),
    "standby": Played(
        "text",
        Seen(["Is anybody there?", "Another app is answering this conversation"], phone=["Is anybody there?"]),
        "Write while it answers",
    ),
    "take thread": Played("take_thread_control", nothing("· take_thread_control"), "It takes the chat"),
    "pass thread": Played("pass_thread_control", nothing("· pass_thread_control"), "It hands the chat over"),
    "request thread": Played("request_thread_control", nothing("· request_thread_control"), "It asks for the chat"),
    "unsupported": Played("unsupported", Seen([NOT_HANDED_OVER], phone=["(unsupported)"]), "Something unsupported"),
    "unsupported type": Played(
        "unsupported_type", Seen([NOT_HANDED_OVER], phone=["[unsupported_type]"]), "An unsupported type"
    ),
    "edit": Played("edit", nothing(first="In L, please (edited)", words=["In L, please", "edited"]), hand=edit),
    "unsend": Played(
        "unsend",
        nothing(first="(unsent)", words=["The customer unsent this message"], gone=[HELLO]),
        hand=lambda phone: phone.presses("Unsend", at=HELLO),
    ),
    "reaction": Played(
        "reaction",
        nothing(f"{OURS} 😂", words=["😂"], elements=[REACTION]),
        hand=lambda phone: phone.presses("😂", at=ANSWER),
        before=(ANSWER,),
    ),
    "reaction taken back": Played("reaction", nothing(OURS, gone=["❤️"]), hand=take_back, before=(ANSWER,)),
    "read": Played("read", nothing(f"{OURS} (seen)", elements=[".tick--read"]), hand=read, before=(ANSWER,)),
    "in the business's app": Played(
        "", Seen(["We close at six today", FROM_APP], phone=["us: We close at six today"]), hand=in_the_app
    ),
}
