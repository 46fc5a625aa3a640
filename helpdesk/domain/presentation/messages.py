"""A message in words: who wrote it, how it came, what it says in one line."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.channels.contract import MediaKind, MessageKind
from helpdesk.domain.presentation import media
from helpdesk.domain.presentation.customers import channel_name
from helpdesk.domain.presentation.words import is_emoji_only
from helpdesk.domain.thread import Chapter
from helpdesk.domain.timeline import Line
from helpdesk.models import AuthorKind, Direction, Message, Reaction, Reactor
from helpdesk.text import clean_line, excerpt

TEMPLATES = {Message: "tickets/_message.html", Chapter: "tickets/_chapter.html", Line: "tickets/_line.html"}
SUMMARY = 120  # characters of a quoted message


@dataclass(frozen=True)
class Author:
    """`short` stands beside the time; the name is what a screen reader says."""

    name: str
    short: str


def item_template(item: Message | Chapter | Line) -> str:
    """The partial that draws one item of a thread; it finds the item as `item`."""
    return TEMPLATES[type(item)]


def author(message: Message) -> Author:
    if message.author_kind is AuthorKind.CONTACT:
        return Author(message.conversation.identity.shown_name, "")
    if message.author_kind is AuthorKind.APP:
        channel = _channel(message)
        if message.agent is not None:
            return Author(f"{message.agent.name}, in the {channel} app", f"{message.agent.first_name}, in the app")
        return Author(f"From the {channel} app", f"From the {channel} app")
    if message.agent is not None:
        return Author(message.agent.name, message.agent.first_name)
    if message.token is not None:
        return Author(message.token.name, message.token.name)
    return Author("Automatic answer", "Automatic answer")


def heading(message: Message) -> str:
    """How an inbound message came to be, where that is not plain from itself."""
    if message.deleted_at:
        return ""
    return {
        MessageKind.STORY_REPLY: "Replied to your story",
        MessageKind.STORY_MENTION: "Mentioned you in their story",
        MessageKind.POSTBACK: "Tapped a button",
        MessageKind.QUICK_REPLY: "Tapped a quick reply",
    }.get(message.kind, "")


def is_bare(message: Message) -> bool:
    """Is it drawn without a bubble: emoji alone, a heart, pictures alone?"""
    if message.deleted_at or message.reply_to_id or message.direction is Direction.NOTE:
        return False
    if message.text:
        return not message.attachments and is_emoji_only(message.text) and not message.data
    if message.data.get("heart"):
        return True
    bare = {MediaKind.HEART, MediaKind.IMAGE, MediaKind.STICKER, MediaKind.VIDEO}
    return bool(message.attachments) and all(file.kind in bare for file in message.attachments)


def summary(message: Message) -> str:
    """One line of it, for quotes and lists."""
    if message.deleted_at:
        return "Unsent message"
    if message.text:
        return excerpt(message.text, SUMMARY)
    if message.attachments:
        return media.sign(message.attachments[0])
    if message.data.get("heart"):
        return "❤️"
    titles = [card.title for card in sent_cards(message)]
    return f"🛍️ {titles[0]}" if titles else "Message"


def live_reactions(message: Message) -> list[Reaction]:
    """Those that were not taken back."""
    return [reaction for reaction in message.reactions if reaction.emoji]


def reaction_title(reaction: Reaction) -> str:
    by_us = reaction.reactor is Reactor.US
    who = "We" if by_us else reaction.message.conversation.identity.shown_name
    return f"{who} reacted" + (f", but it did not get there: {reaction.error}" if reaction.error else "")


def quick_replies(message: Message) -> list[str]:
    """The titles of the answers that we offered with it."""
    options = message.data.get("quick_replies")
    return [_option_title(option) for option in options] if isinstance(options, list) else []


def sent_cards(message: Message) -> list[media.Card]:
    """The cards of a template that we sent."""
    return media.elements(message.data.get("template"))


def referral_sentence(message: Message) -> str:
    """The ad, link or product that led to it, "" when there was none."""
    referral = message.data.get("referral")
    if not isinstance(referral, dict) or not referral:
        return ""
    ad, product, ref = referral.get("ads_context_data"), referral.get("product"), clean_line(referral.get("ref"))
    if isinstance(ad, dict) and ad.get("ad_title"):
        return f"Came from the ad “{clean_line(ad['ad_title'])}”"
    if isinstance(product, dict):
        return f"Asks about the shop product {clean_line(str(product.get('id', '')))}".strip()
    if referral.get("source") == "ADS" or referral.get("ad_id"):
        return "Came from an ad"
    return f"Came through the link “{ref}”" if ref else "Came through a link"


def unsent_sentence(message: Message) -> str:
    return "The customer unsent this message" if message.is_inbound else "This message was unsent in the app"


def unsupported_sentence(message: Message) -> str:
    """Names the platform's own word for it, where it says more than that it is unsupported."""
    words = (one.title for one in message.attachments if one.kind is MediaKind.UNSUPPORTED)
    named = "".join(f" ({word})" for word in words if word and not word.startswith("unsupported"))
    return (
        f"{_channel(message)} does not hand over this kind of message{named}. Open it in the {_channel(message)} app."
    )


def _channel(message: Message) -> str:
    return channel_name(message.conversation.inbox)


def _option_title(option: object) -> str:
    if isinstance(option, dict):
        return clean_line(option.get("title"))
    return clean_line(option[0]) if isinstance(option, list | tuple) and option else clean_line(option)
