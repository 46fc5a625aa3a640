"""What each saved webhook means, by hand: what the agent sees of it, and what the customer's chat then holds. A webhook
file without a row fails the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PICTURE = ".picture__image"
SHARED_PICTURE = ".shared .picture__image"
VIDEO = "video.video"
AUDIO = "voice-player audio, .voice audio"
FILE = "a.file"
HEART = ".message__body--emoji"
REACTION = ".reaction"


@dataclass(frozen=True)
class Seen:
    """`words` and elements in the thread that are there afterwards, and `gone` that are not. `phone`: the chat after
    the customer's first message, in the notation of `tests.browser.phone`; `first` is that one where it has changed.
    `bubbles`: how many messages there are besides it. `after`: saved webhooks that must have come before it. `ledger`:
    what becomes of the webhook, where it is not simply done."""

    words: Sequence[str] = ()
    elements: Sequence[str] = ()
    gone: Sequence[str] = ()
    phone: Sequence[str] = ()
    first: str = ""
    bubbles: int = 1
    after: Sequence[str] = ()
    ledger: str = "done"


def nothing(*phone: str, **more: Any) -> Seen:
    """It is kept, and adds no message to the thread."""
    return Seen(bubbles=0, phone=phone, **more)


def says(*words: str, **more: Any) -> Seen:
    """The same words on both sides."""
    return Seen(words, phone=words, **more)


def shows(element: str, phone: str, *words: str, **more: Any) -> Seen:
    """A picture or the like on both sides."""
    return Seen(words, [element], phone=[phone], **more)


FIRST = "Hi, is the blue jacket back in stock?"
OURS = "us: Yes! We have S and M."
ECHO = ("echo_text",)
GONE = "A photo or video that could be looked at once"
NOT_HANDED_OVER = "Instagram does not hand over this kind of message"
FROM_APP = "From the Instagram app"
STORY = "Replied to your story"

SAVED: Mapping[str, Seen] = {
    "text": Seen([FIRST], bubbles=0),
    "text_unicode": says("Grüße 👋🏽 — «ça va?» ありがとう"),
    "text_with_image": shows(PICTURE, "This is the one I mean [image]", "This is the one I mean"),
    "seconds_as_text": says("A test event with its time in seconds, as text"),
    "reply_to_message": Seen(
        ["Yes, that one please"],
        [".message__quote"],
        phone=[OURS, "« Yes! We have S and M. » Yes, that one please"],
        bubbles=2,
        after=ECHO,
    ),
    "quick_reply": Seen(["Tapped a quick reply", "Track my order"], phone=["Track my order (quick_reply)"]),
    "quick_reply_email": Seen(["Tapped a quick reply", "kim@example.com"], phone=["kim@example.com (quick_reply)"]),
    "batch": says("one", "two", gone=["other account"], bubbles=2, ledger="unmatched"),
    "image": shows(PICTURE, "[image]"),
    "images_multiple": Seen(elements=[PICTURE, VIDEO], phone=["[image] [image] [video]"]),
    "video": shows(VIDEO, "[video]"),
    "audio": shows(AUDIO, "[audio]"),
    "file": shows(FILE, "[file]"),
    "animated_gif": shows(PICTURE, "[animated_gif]"),
    "sticker_as_image": shows(PICTURE, "[image]"),
    "like_heart": shows(HEART, "[like_heart]", "❤️"),
    "ephemeral": Seen([GONE], phone=["[ephemeral]"]),
    "share": shows(SHARED_PICTURE, "[share]", "Post"),
    "ig_post": shows(SHARED_PICTURE, "[ig_post]", "Post", "Autumn drop"),
    "ig_reel": shows(f".shared {VIDEO}", "[ig_reel]", "Reel", "How we pack your order"),
    "reel": shows(f".shared {VIDEO}", "[reel]", "Reel", "Behind the scenes"),
    "ig_story": shows(SHARED_PICTURE, "[ig_story]", "Story"),
    "story_mention": shows(SHARED_PICTURE, "[story_mention]", "Mentioned you in their story"),
    "story_reply": shows(SHARED_PICTURE, "Love this one! Price? [story]", STORY, "Love this one! Price?"),
    "story_reply_emoji": shows(SHARED_PICTURE, "😍 [story]", STORY, "😍"),
    "unsupported": Seen([NOT_HANDED_OVER], phone=["(unsupported)"]),
    "unsupported_type_attachment": Seen([NOT_HANDED_OVER], phone=["[unsupported_type]"]),
    "unknown_attachment_type": Seen([NOT_HANDED_OVER, "hologram"], phone=["[hologram]"]),
    "unknown_event": nothing("· hologram"),
    "postback_icebreaker": Seen(["Tapped a button", "Where is my order?"], phone=["Where is my order? (postback)"]),
    "postback_persistent_menu": Seen(["Tapped a button", "Talk to a person"], phone=["Talk to a person (postback)"]),
    "postback_generic_template_button": Seen(["Tapped a button", "Buy now"], phone=["Buy now (postback)"]),
    "postback_with_referral": Seen(
        ["Where is my order?", "Came through the link “spring_sale”"], phone=["Where is my order? (postback)"]
    ),
    "postback_without_mid": Seen(["Tapped a button", "Opening hours"], phone=["Opening hours (postback)"]),
    "referral_igme": nothing(
        "· referral spring_sale", words=["Opened the conversation through the link «spring_sale»"]
    ),
    "referral_ad_message": Seen(
        ["Is this still on sale?", "Came from the ad “Autumn sale: 20 % off coats”"],
        phone=["Is this still on sale? (ad)"],
    ),
    "referral_shop_product": Seen(
        ["Does it run small?", "Asks about the shop product 5300000000000001"], phone=["Does it run small? (product)"]
    ),
    "message_deleted": nothing(first="(unsent)", words=["The customer unsent this message"], gone=[FIRST]),
    "message_edit": nothing(
        first="Hi, is the blue jacket back in stock in S? (edited)",
        words=["Hi, is the blue jacket back in stock in S?", "edited"],
    ),
    "message_edit_number_as_text": nothing(
        first="Hi, is the blue jacket back in stock in S or M? (edited)",
        words=["Hi, is the blue jacket back in stock in S or M?", "edited"],
    ),
    "reaction_react": shows(REACTION, f"{OURS} ❤️", "❤️", after=ECHO),
    "reaction_react_older": shows(REACTION, f"{OURS} 😂", "😂", after=ECHO),
    "reaction_other": shows(REACTION, f"{OURS} 🙏", "🙏", after=ECHO),
    "reaction_unreact": Seen(gone=["❤️"], phone=[OURS], after=(*ECHO, "reaction_react")),
    "seen": shows(".tick--read", f"{OURS} (seen)", after=ECHO),
    "echo_text": Seen(["Yes! We have S and M.", FROM_APP], phone=[OURS]),
    "echo_attachment": shows(PICTURE, "us: [image]", FROM_APP),
    "echo_addressed_inbound": Seen(["We close at six today.", FROM_APP], phone=["us: We close at six today."]),
    "template_attachment": shows(".offer", "us: [card Blue jacket]", "Blue jacket", "€59"),
    "standby_message": Seen(["Hello?", "Another app is answering this conversation"], phone=["Hello?"]),
    "standby_echo": Seen(
        ["A colleague will be with you in a moment."], phone=["us: A colleague will be with you in a moment."]
    ),
    "handover_pass_thread_control": nothing("· pass_thread_control"),
    "handover_take_thread_control": nothing("· take_thread_control"),
    "handover_request_thread_control": nothing("· request_thread_control"),
    "optin": nothing("· optin"),
    "policy_enforcement": nothing("· policy_enforcement"),
    "response_feedback": nothing("· response_feedback"),
    "comment_instagram_login": nothing("· comments DM me the price"),
    "comment_facebook_login": nothing("· comments DM me the price"),
    "mention_facebook_login": nothing("· mentions"),
    "dashboard_test_changes": nothing(),
}
