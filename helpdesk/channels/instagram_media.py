"""Instagram's attachments: every documented type, those that others have seen, and unknown ones kept by their name."""

from __future__ import annotations

from urllib.parse import urlsplit

from helpdesk.channels.contract import Media, MediaKind, Unreadable
from helpdesk.channels.meta_json import (
    Fields,
    Odd,
    is_object,
    optional_member,
    plain,
    plain_object,
    raw_text,
    tidy,
    url,
    words,
)

MOST_ATTACHMENTS = 100
KINDS = {
    "image": MediaKind.IMAGE,
    "animated_gif": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
    "sticker": MediaKind.STICKER,
    "share": MediaKind.SHARE,
    "post": MediaKind.SHARE,
    "ig_post": MediaKind.SHARE,
    "fallback": MediaKind.SHARE,
    "reel": MediaKind.REEL,
    "ig_reel": MediaKind.REEL,
    "story": MediaKind.STORY,
    "ig_story": MediaKind.STORY,
    "story_mention": MediaKind.STORY,
    "template": MediaKind.TEMPLATE,
    "ephemeral": MediaKind.EPHEMERAL,
    "like_heart": MediaKind.HEART,
}
# Where each type keeps the id of what it shows.
ID_NAMES = ("ig_post_media_id", "reel_video_id", "story_media_id", "id")
PAGES = ("instagram.com", "facebook.com")  # addresses for people to look at, not files


def attachments(message: Fields, place: str) -> tuple[list[Media], list[Unreadable]]:
    """The message's attachments in order, and those that cannot be read; the two together are all of them."""
    elements = message.get("attachments")
    if elements is None:
        return [], []
    if not isinstance(elements, list):
        return [], [Unreadable(f"{place}.attachments", "“attachments” is not an array.")]
    media: list[Media] = []
    unreadable: list[Unreadable] = []
    for index, element in enumerate(elements[:MOST_ATTACHMENTS]):
        try:
            media.append(_attachment(element))
        except Odd as odd:
            unreadable.append(Unreadable(f"{place}.attachments[{index}]", str(odd)))
    if len(elements) > MOST_ATTACHMENTS:
        reason = f"There are {len(elements):,} attachments; {MOST_ATTACHMENTS} are taken."
        unreadable.append(Unreadable(f"{place}.attachments[{MOST_ATTACHMENTS}]", reason))
    return media, unreadable


def story_replied_to(message: Fields) -> Media | None:
    """The story that the message answers, None when it answers none."""
    story = optional_member(optional_member(message, "reply_to"), "story")
    if not story:
        return None
    return Media(MediaKind.STORY, url=url(story.get("url")), data=_only_known({"id": story.get("id")}))


def is_story_mention(message: Fields) -> bool:
    elements = message.get("attachments")
    return isinstance(elements, list) and any(is_object(e) and e.get("type") == "story_mention" for e in elements)


def _attachment(element: object) -> Media:
    if not is_object(element):
        raise Odd("The attachment is not an object.")
    name = raw_text(element, "type")
    payload = optional_member(element, "payload")
    kind = KINDS.get(name)
    if kind is None:
        return Media(MediaKind.UNSUPPORTED, title=tidy(name, 60) or "without a type", data=plain_object(payload))
    if kind is MediaKind.TEMPLATE:
        return Media(kind, title=words(payload, "title"), data={"elements": _elements(payload)})
    if payload.get("sticker_id") is not None and kind is MediaKind.IMAGE:
        kind = MediaKind.STICKER
    address = url(payload.get("url") or payload.get("story_media_url"))
    link = address if _is_page(address) else ""
    title = words(payload, "title")
    return Media(kind, url="" if link else address, title=title, link=link, data=_facts(payload))


def _facts(payload: Fields) -> Fields:
    shown = next((payload[name] for name in ID_NAMES if payload.get(name) is not None), None)
    return _only_known({"id": shown, "sticker_id": payload.get("sticker_id")})


def _only_known(ids: Fields) -> Fields:
    return {name: tidy(str(value), 100) for name, value in ids.items() if isinstance(value, (str, int))}


def _elements(payload: Fields) -> object:
    """A template's cards, wherever they stand: not documented for Instagram, so every seen shape is taken."""
    holders = [payload, *(payload[name] for name in ("generic", "product") if is_object(payload.get(name)))]
    found = next((holder["elements"] for holder in holders if is_object(holder) and "elements" in holder), [])
    cards = plain(found)
    return [card for card in cards if is_object(card)] if isinstance(cards, list) else []


def _is_page(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # "http://[" and the like
        return False
    return any(host == page or host.endswith(f".{page}") for page in PAGES)
