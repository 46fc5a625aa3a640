"""Files and shared things of messages, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from helpdesk.channels.contract import MediaKind
from helpdesk.filetypes import PROGRAM
from helpdesk.models import Attachment, AttachmentState, Message
from helpdesk.text import clean_line

PICTURES = frozenset({MediaKind.IMAGE, MediaKind.STICKER})
WORDS = {
    MediaKind.IMAGE: "Photo",
    MediaKind.VIDEO: "Video",
    MediaKind.AUDIO: "Voice message",
    MediaKind.FILE: "File",
    MediaKind.STICKER: "Sticker",
    MediaKind.SHARE: "Post",
    MediaKind.REEL: "Reel",
    MediaKind.STORY: "Story",
    MediaKind.TEMPLATE: "Card",
    MediaKind.EPHEMERAL: "Disappearing photo",
    MediaKind.HEART: "Heart",
    MediaKind.UNSUPPORTED: "Something this desk cannot show",
}
SIGNS = {
    MediaKind.IMAGE: "📷",
    MediaKind.VIDEO: "🎬",
    MediaKind.AUDIO: "🎤",
    MediaKind.FILE: "📎",
    MediaKind.SHARE: "📌",
    MediaKind.REEL: "🎬",
    MediaKind.STORY: "⭕",
    MediaKind.TEMPLATE: "🛍️",
    MediaKind.EPHEMERAL: "👁️",
}

_AT_LENGTH = {"type differs": "type differs from what it was called"}  # warnings that say too little by themselves


@dataclass(frozen=True)
class Grouped:
    """The pictures, which are drawn as one grid, and the rest in order."""

    pictures: Sequence[Attachment]
    others: Sequence[Attachment]


@dataclass(frozen=True)
class CardButton:
    title: str
    link: str  # "" for a postback


@dataclass(frozen=True)
class Card:
    """One element of a template. `image` and `link` are http(s) addresses or ""."""

    title: str
    subtitle: str
    image: str
    buttons: Sequence[CardButton]


def grouped(message: Message) -> Grouped:
    files = message.attachments
    return Grouped([f for f in files if f.kind in PICTURES], [f for f in files if f.kind not in PICTURES])


def word(attachment: Attachment) -> str:
    return WORDS[attachment.kind]


def sign(attachment: Attachment) -> str:
    """ "📷 Photo": an attachment in a line of text."""
    if attachment.kind is MediaKind.HEART:
        return "❤️"
    name = attachment.name if attachment.kind is MediaKind.FILE and attachment.name else WORDS[attachment.kind]
    return f"{SIGNS.get(attachment.kind, '')} {name}".strip()


def picture_alt(attachment: Attachment) -> str:
    return attachment.title or attachment.name or WORDS[attachment.kind]


def file_size(size: int) -> str:
    """ "812 B", "34 kB", "1.2 MB"."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def file_facts(attachment: Attachment) -> str:
    """ "PDF · 34 kB"."""
    ending = attachment.mime.rpartition("/")[2].upper()
    kind = ending if ending.isalnum() and len(ending) <= 5 else ""
    return " · ".join(filter(None, (kind, file_size(attachment.size) if attachment.size else "")))


def file_warnings(attachment: Attachment) -> str:
    """What to know before one opens it, "" when there is nothing: "Archive: not opened"."""
    told = " · ".join(_AT_LENGTH.get(each, each) for each in attachment.data.get("warnings", ()))
    return told[:1].upper() + told[1:]


def is_program(attachment: Attachment) -> bool:
    """Would it run when it is opened? Its download asks once more."""
    return PROGRAM in attachment.data.get("warnings", ())


def missing_sentence(attachment: Attachment) -> str:
    if attachment.state is AttachmentState.FAILED:
        reason = f" ({attachment.error})" if attachment.error else ""
        return f"{WORDS[attachment.kind]} could not be fetched{reason}"
    return f"{WORDS[attachment.kind]} is no longer available"


def safe_link(attachment: Attachment) -> str:
    return web_address(attachment.link)


def cards(attachment: Attachment) -> list[Card]:
    """The cards of a template that came from the platform, as far as they have the documented shape."""
    return elements(attachment.data.get("elements"))


def elements(found: object) -> list[Card]:
    return [_card(element) for element in found if isinstance(element, Mapping)] if isinstance(found, list) else []


def web_address(value: object) -> str:
    """`value` when it is an http(s) address, else ""."""
    if not isinstance(value, str):
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:  # "http://[" and the like
        return ""
    return value if parts.scheme in ("http", "https") and parts.hostname else ""


def _card(element: Mapping[str, object]) -> Card:
    buttons = element.get("buttons")
    return Card(
        title=clean_line(element.get("title")),
        subtitle=clean_line(element.get("subtitle")),
        image=web_address(element.get("image_url")),
        buttons=[_button(b) for b in buttons if isinstance(b, Mapping)] if isinstance(buttons, list | tuple) else [],
    )


def _button(button: Mapping[str, object]) -> CardButton:
    return CardButton(clean_line(button.get("title")) or "Button", web_address(button.get("url")))
