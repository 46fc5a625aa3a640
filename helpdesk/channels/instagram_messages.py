"""Instagram's messages and what happens to them (echo, unsend, edit, reaction, read) become inbound events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from helpdesk.channels.contract import (
    EchoReceived,
    Inbound,
    Key,
    Media,
    MediaKind,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageUnsent,
    ReactionChanged,
    Receipt,
    ReceiptChanged,
    Unreadable,
    Unsupported,
)
from helpdesk.channels.instagram_media import attachments, is_story_mention, story_replied_to
from helpdesk.channels.meta_envelope import Item, Route
from helpdesk.channels.meta_json import (
    Fields,
    Odd,
    member,
    message_id,
    optional_member,
    plain_object,
    raw_text,
    tidy,
    when,
    words,
)

# Instagram's names of reactions, for events that bring no emoji; "other" is any emoji besides.
EMOJI_OF_NAME = {"love": "❤️", "angry": "😡", "sad": "😢", "wow": "😮", "like": "👍", "laugh": "😆", "other": "❔"}

Found = list[Inbound | Unreadable]


class Common(TypedDict):
    """What every event has, ready to be handed to its class."""

    account: str
    contact: tuple[Key, ...]
    at: datetime | None
    is_standby: bool


@dataclass(frozen=True)
class Event:
    """One item on its way to being read."""

    item: Item
    route: Route
    common: Common


def message(event: Event, name: str) -> Found:
    message = member(event.item.fields, name)
    platform_id = message_id(message)
    if message.get("is_deleted") is True:
        return [MessageUnsent(**event.common, platform_id=platform_id)]
    text, reply_to = raw_text(message, "text"), raw_text(optional_member(message, "reply_to"), "mid")
    media, unreadable = attachments(message, f"{event.item.place}.{name}")
    if event.route.is_by_us:
        echo = EchoReceived(
            **event.common, platform_id=platform_id, text=text, media=tuple(media), reply_to=tidy(reply_to)
        )
        return [echo, *unreadable]
    story = story_replied_to(message)
    received = MessageReceived(
        **event.common,
        platform_id=platform_id,
        text=text,
        kind=_kind(message, text, media, story),
        media=(story, *media) if story else tuple(media),
        reply_to=tidy(reply_to),
        payload=words(optional_member(message, "quick_reply"), "payload"),
        referral=plain_object(optional_member(message, "referral")),
    )
    return [received, *unreadable]


def _kind(message: Fields, text: str, media: list[Media], story: Media | None) -> MessageKind:
    if story:
        return MessageKind.STORY_REPLY
    if is_story_mention(message):
        return MessageKind.STORY_MENTION
    if optional_member(message, "quick_reply"):
        return MessageKind.QUICK_REPLY
    is_empty = not text and all(each.kind is MediaKind.UNSUPPORTED for each in media)
    if message.get("is_unsupported") is True or is_empty:
        return MessageKind.UNSUPPORTED
    return MessageKind.TEXT


def postback(event: Event, name: str) -> Found:
    postback = member(event.item.fields, name)
    title, payload = raw_text(postback, "title"), words(postback, "payload")
    has_id = postback.get("mid") is not None
    received = MessageReceived(
        **event.common,
        platform_id=message_id(postback) if has_id else _made_up_id(event, name, title, payload),
        text=title,
        kind=MessageKind.POSTBACK,
        payload=payload,
        referral=plain_object(optional_member(postback, "referral")),
    )
    return [received]


def _made_up_id(event: Event, *content: str) -> str:
    """An id for a message that came without one (before version 11): the same when the event is delivered again."""
    timestamp = event.item.fields.get("timestamp")
    moment = str(timestamp) if isinstance(timestamp, (int, str)) else ""
    parts = json.dumps([event.route.contact, moment, *content])
    return f"sha256:{hashlib.sha256(parts.encode()).hexdigest()}"


def edit(event: Event, name: str) -> Found:
    edit = member(event.item.fields, name)
    number = edit.get("num_edit")
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 10:
        number = int(number)
    count = number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**9 else 1
    return [MessageEdited(**event.common, platform_id=message_id(edit), text=raw_text(edit, "text"), number=count)]


def reaction(event: Event, name: str) -> Found:
    reaction = member(event.item.fields, name)
    action = reaction.get("action")
    if action not in ("react", "unreact"):
        raise Odd("“action” is neither react nor unreact.")
    emoji = ""
    if action == "react":
        emoji = words(reaction, "emoji")[:32] or EMOJI_OF_NAME.get(words(reaction, "reaction"), EMOJI_OF_NAME["other"])
    by_us = event.route.is_by_us
    return [ReactionChanged(**event.common, platform_id=message_id(reaction), emoji=emoji, by_us=by_us)]


def read(event: Event, name: str) -> Found:
    read = member(event.item.fields, name)
    if event.route.is_by_us:
        return [Unsupported(**event.common, kind="read by the account itself")]
    watermark = when(read.get("watermark"))
    platform_id = "" if watermark and "mid" not in read else message_id(read)
    return [ReceiptChanged(**event.common, receipt=Receipt.READ, platform_id=platform_id, watermark=watermark)]
