"""What an agent sees of each thing that can happen in a conversation, by hand: saved webhooks, and what the customer's
phone can do. A webhook file or a kind without a row fails the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """`words` and elements in the thread that are there afterwards, and `gone` that are not. `bubbles`: how many
    messages there are besides the customer's first one. `after`: saved webhooks that must have come before it.
    `ledger`: what becomes of the webhook, where it is not simply done."""

    words: Sequence[str] = ()
    elements: Sequence[str] = ()
    gone: Sequence[str] = ()
    bubbles: int = 1
    after: Sequence[str] = ()
    ledger: str = "done"


def nothing(**more: Any) -> Seen:
    """It is kept, and changes nothing in the thread."""
    return Seen(bubbles=0, **more)


FIRST = "Hi, is the blue jacket back in stock?"
ECHO = ("echo_text",)
GONE = "A photo or video that could be looked at once"
NOT_HANDED_OVER = "Instagram does not hand over this kind of message"

SAVED: Mapping[str, Seen] = {
    "text": Seen([FIRST], bubbles=0),
    "text_unicode": Seen(["Grüße 👋🏽 — «ça va?» ありがとう"]),
    "text_with_image": Seen(["This is the one I mean"], [PICTURE]),
    "seconds_as_text": Seen(["A test event with its time in seconds, as text"]),
    "reply_to_message": Seen(["Yes, that one please"], [".message__quote"], bubbles=2, after=ECHO),
    "quick_reply": Seen(["Tapped a quick reply", "Track my order"]),
    "quick_reply_email": Seen(["Tapped a quick reply", "kim@example.com"]),
    "batch": Seen(["one", "two"], gone=["other account"], bubbles=2, ledger="unmatched"),
    "image": Seen(elements=[PICTURE]),
    "images_multiple": Seen(elements=[PICTURE, VIDEO]),
    "video": Seen(elements=[VIDEO]),
    "audio": Seen(elements=[AUDIO]),
    "file": Seen(elements=[FILE]),
    "animated_gif": Seen(elements=[PICTURE]),
    "sticker_as_image": Seen(elements=[PICTURE]),
    "like_heart": Seen(["❤️"], [HEART]),
    "ephemeral": Seen([GONE]),
    "share": Seen(["Post"], [SHARED_PICTURE]),
    "ig_post": Seen(["Post", "Autumn drop"], [SHARED_PICTURE]),
    "ig_reel": Seen(["Reel", "How we pack your order"], [f".shared {VIDEO}"]),
    "reel": Seen(["Reel", "Behind the scenes"], [f".shared {VIDEO}"]),
    "ig_story": Seen(["Story"], [SHARED_PICTURE]),
    "story_mention": Seen(["Mentioned you in their story"], [SHARED_PICTURE]),
    "story_reply": Seen(["Replied to your story", "Love this one! Price?"], [SHARED_PICTURE]),
    "story_reply_emoji": Seen(["Replied to your story", "😍"], [SHARED_PICTURE]),
    "unsupported": Seen([NOT_HANDED_OVER]),
    "unsupported_type_attachment": Seen([NOT_HANDED_OVER]),
    "unknown_attachment_type": Seen([NOT_HANDED_OVER, "hologram"]),
    "unknown_event": nothing(),
    "postback_icebreaker": Seen(["Tapped a button", "Where is my order?"]),
    "postback_persistent_menu": Seen(["Tapped a button", "Talk to a person"]),
    "postback_generic_template_button": Seen(["Tapped a button", "Buy now"]),
    "postback_with_referral": Seen(["Where is my order?", "Came through the link “spring_sale”"]),
    "postback_without_mid": Seen(["Tapped a button", "Opening hours"]),
    "referral_igme": nothing(words=["Opened the conversation through the link «spring_sale»"]),
    "referral_ad_message": Seen(["Is this still on sale?", "Came from the ad “Autumn sale: 20 % off coats”"]),
    "referral_shop_product": Seen(["Does it run small?", "Asks about the shop product 5300000000000001"]),
    "message_deleted": nothing(words=["The customer unsent this message"], gone=[FIRST]),
    "message_edit": nothing(words=["Hi, is the blue jacket back in stock in S?", "edited"]),
    "message_edit_number_as_text": nothing(words=["Hi, is the blue jacket back in stock in S or M?", "edited"]),
    "reaction_react": Seen(["❤️"], [REACTION], after=ECHO),
    "reaction_react_older": Seen(["😂"], [REACTION], after=ECHO),
    "reaction_other": Seen(["🙏"], [REACTION], after=ECHO),
    "reaction_unreact": Seen(gone=["❤️"], after=(*ECHO, "reaction_react")),
    "seen": Seen(elements=[".tick--read"], after=ECHO),
    "echo_text": Seen(["Yes! We have S and M.", "From the Instagram app"]),
    "echo_attachment": Seen(["From the Instagram app"], [PICTURE]),
    "echo_addressed_inbound": Seen(["We close at six today.", "From the Instagram app"]),
    "template_attachment": Seen(["Blue jacket", "€59"], [".offer"]),
    "standby_message": Seen(["Hello?", "Another app is answering this conversation"]),
    "standby_echo": Seen(["A colleague will be with you in a moment."]),
    "handover_pass_thread_control": nothing(),
    "handover_take_thread_control": nothing(),
    "handover_request_thread_control": nothing(),
    "optin": nothing(),
    "policy_enforcement": nothing(),
    "response_feedback": nothing(),
    "comment_instagram_login": nothing(),
    "comment_facebook_login": nothing(),
    "mention_facebook_login": nothing(),
    "dashboard_test_changes": nothing(),
}


@dataclass(frozen=True)
class Played:
    """What the customer does on the phone (`wish`), what the agent sees of it, and what the chat's record then holds:
    `on_phone` are values of its last message."""

    wish: Mapping[str, Any]
    seen: Seen
    on_phone: Mapping[str, Any] = field(default_factory=dict)
    is_about_first: bool = False  # it names the customer's first message
    is_about_ours: bool = False  # it names our last one


def kind(name: str, *words: str, elements: Sequence[str] = (), media: str = "", **wish: Any) -> Played:
    record = {"media": media} if media else {"text": wish.get("text", "")}
    return Played({"kind": name, **wish}, Seen(words, elements), record)


PLAYED: Mapping[str, Played] = {
    "text": kind("text", "In M, please", text="In M, please"),
    "image": kind("text", elements=[PICTURE], media="image", attachments=[{"name": "dress"}]),
    "voice": kind("text", elements=[AUDIO], media="audio", attachments=[{"name": "voice"}]),
    "video": kind("text", elements=[VIDEO], media="video", attachments=[{"name": "video"}]),
    "document": kind("text", elements=[FILE], media="file", attachments=[{"name": "invoice"}]),
    "share": kind("share", "Post", elements=[SHARED_PICTURE], media="share"),
    "post": kind("post", "Post", elements=[SHARED_PICTURE], media="ig_post"),
    "reel": kind("reel", "Reel", elements=[".shared"], media="ig_reel"),
    "story": kind("story", "Story", elements=[SHARED_PICTURE], media="ig_story"),
    "story_mention": kind("story_mention", "Mentioned you", elements=[SHARED_PICTURE], media="story_mention"),
    "story_reply": kind("story_reply", "Replied to your story", "Lovely!", elements=[SHARED_PICTURE], text="Lovely!"),
    "heart": kind("heart", "❤️", elements=[HEART], media="like_heart"),
    "ephemeral": kind("ephemeral", GONE, media="ephemeral"),
    "unsupported": kind("unsupported", NOT_HANDED_OVER),
    "unsupported_type": kind("unsupported_type", NOT_HANDED_OVER, media="unsupported_type"),
    "sticker": kind("sticker", elements=[PICTURE], media="image"),
    "gif": kind("gif", elements=[PICTURE], media="animated_gif"),
    "quick_reply": kind("quick_reply", "Tapped a quick reply", "Track it", text="Track it"),
    "postback": Played(
        {"kind": "postback", "title": "Opening hours"},
        Seen(["Tapped a button", "Opening hours"]),
        {"text": "Opening hours"},
    ),
    "ad": kind("ad", "Still on sale?", "Came from the ad “Autumn sale”", text="Still on sale?"),
    "product": kind("product", "Does it run small?", "Asks about the shop product", text="Does it run small?"),
    "referral": Played({"kind": "referral"}, nothing(words=["Opened the conversation through the link «spring_sale»"])),
    "edit": Played(
        {"kind": "edit", "text": "In L, please"},
        nothing(words=["In L, please", "edited"]),
        {"text": "In L, please"},
        is_about_first=True,
    ),
    "unsend": Played(
        {"kind": "unsend"},
        nothing(words=["The customer unsent this message"], gone=["Hello from the phone"]),
        {"text": ""},
        is_about_first=True,
    ),
    "reaction": Played({"kind": "reaction", "emoji": "🔥"}, Seen(["🔥"], [REACTION]), is_about_ours=True),
    "read": Played({"kind": "read"}, Seen(elements=[".tick--read"]), is_about_ours=True),
    "comment": Played({"kind": "comment", "text": "How much is it?"}, nothing()),
    "pass_thread_control": Played({"kind": "pass_thread_control"}, nothing()),
    "take_thread_control": Played({"kind": "take_thread_control"}, nothing()),
    "request_thread_control": Played({"kind": "request_thread_control"}, nothing()),
}
