"""An outgoing message or sign becomes the JSON of one Send API request, and what cannot be sent is said before asking.

Sources: Meta's pages "Send a message" for Facebook Login and for Instagram Login; their limits stand in `LIMITS`.
"""

from __future__ import annotations

from helpdesk.channels.contract import (
    Action,
    ActionKind,
    Limits,
    MediaKind,
    MediaLimit,
    Outgoing,
    OutgoingMedia,
    TemplateButton,
    TemplateElement,
)

MIB = 2**20
LIMITS = Limits(
    text=1000,
    text_unit="bytes",
    media={
        MediaKind.IMAGE: MediaLimit(frozenset({"image/png", "image/jpeg"}), 8 * MIB),
        MediaKind.AUDIO: MediaLimit(
            frozenset({"audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav"}), 25 * MIB
        ),
        MediaKind.VIDEO: MediaLimit(
            frozenset({"video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm"}),
            25 * MIB,
        ),
        MediaKind.FILE: MediaLimit(frozenset({"application/pdf"}), 25 * MIB),
    },
    images_together=10,
    quick_replies=13,
    quick_reply_title=20,
    template_elements=10,
    template_buttons=3,
)
# Instagram's own names, as its reaction webhooks print them. For sending, Meta's page shows "love" alone; every name is
# taken to work, and what has no name goes out as the heart, so the console should offer these.
REACTIONS = {"❤️": "love", "😡": "angry", "😢": "sad", "😮": "wow", "👍": "like", "😆": "laugh"}
ALIKE = {"❤": "❤️", "😍": "❤️", "😠": "😡", "😭": "😢", "😯": "😮", "😲": "😮", "😂": "😆", "🤣": "😆", "😄": "😆"}
DEFAULT_REACTION = "love"
SKIN_TONES = dict.fromkeys(range(0x1F3FB, 0x1F400))


def problem(outgoing: Outgoing) -> str:
    """Why this can never be sent, as a sentence for the agent; '' when it can."""
    contents = [bool(outgoing.text), bool(outgoing.media), bool(outgoing.template), outgoing.is_heart]
    if sum(contents) != 1:
        return "A message to Instagram holds text, files, cards or a heart: exactly one of them."
    if outgoing.quick_replies and not outgoing.text:
        return "Quick replies need a text above them."
    return _text_problem(outgoing.text) or _media_problem(outgoing.media) or _choices_problem(outgoing)


def message_body(outgoing: Outgoing, *, is_facebook_login: bool) -> dict[str, object]:
    """The request's JSON. `messaging_type` goes with Facebook Login, with quick replies and with late human answers."""
    body: dict[str, object] = {"recipient": {"id": outgoing.to.value}, "message": _message(outgoing, is_facebook_login)}
    if outgoing.reply_to:
        body["reply_to"] = {"mid": outgoing.reply_to}
    if outgoing.is_human_agent:
        return body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if is_facebook_login or outgoing.quick_replies:
        body["messaging_type"] = "RESPONSE"
    return body


def action_body(action: Action) -> dict[str, object]:
    body: dict[str, object] = {"recipient": {"id": action.to.value}, "sender_action": action.kind.value}
    if action.kind is ActionKind.REACT:
        body["payload"] = {"message_id": action.platform_id, "reaction": reaction_name(action.emoji)}
    elif action.kind is ActionKind.UNREACT:
        body["payload"] = {"message_id": action.platform_id}
    return body


def reaction_name(emoji: str) -> str:
    """Instagram's name for an emoji; the heart's for one that has none."""
    toneless = emoji.translate(SKIN_TONES)
    return REACTIONS.get(ALIKE.get(toneless, toneless), DEFAULT_REACTION)


def _message(outgoing: Outgoing, is_facebook_login: bool) -> dict[str, object]:
    if outgoing.is_heart:
        return {"attachment": {"type": "like_heart"}}
    if outgoing.template:
        elements = [_element(element) for element in outgoing.template]
        return {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": elements}}}
    if len(outgoing.media) > 1:
        return {"attachments": [{"type": each.kind.value, "payload": {"url": each.url}} for each in outgoing.media]}
    if outgoing.media:
        return {"attachment": _attachment(outgoing.media[0], is_facebook_login)}
    message: dict[str, object] = {"text": outgoing.text}
    if outgoing.quick_replies:
        message["quick_replies"] = [
            {"content_type": "text", "title": each.title, "payload": each.payload} for each in outgoing.quick_replies
        ]
    return message


def _attachment(media: OutgoingMedia, is_facebook_login: bool) -> dict[str, object]:
    payload: dict[str, object] = {"url": media.url}
    if media.kind is MediaKind.IMAGE and not is_facebook_login:  # so in the two pages' samples
        payload["is_reusable"] = False
    return {"type": media.kind.value, "payload": payload}


def _element(element: TemplateElement) -> dict[str, object]:
    card: dict[str, object] = {"title": element.title}
    if element.subtitle:
        card["subtitle"] = element.subtitle
    if element.image_url:
        card["image_url"] = element.image_url
    if element.url:
        card["default_action"] = {"type": "web_url", "url": element.url}
    if element.buttons:
        card["buttons"] = [_button(button) for button in element.buttons]
    return card


def _button(button: TemplateButton) -> dict[str, str]:
    if button.url:
        return {"type": "web_url", "url": button.url, "title": button.title}
    return {"type": "postback", "title": button.title, "payload": button.payload}


def _text_problem(text: str) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "The text holds broken characters."
    return f"The text is {size:,} bytes long; Instagram takes {LIMITS.text:,}." if size > LIMITS.text else ""


def _media_problem(media: tuple[OutgoingMedia, ...]) -> str:
    if len(media) > LIMITS.images_together:
        return f"Instagram takes {LIMITS.images_together} pictures at a time."
    if len(media) > 1 and any(each.kind is not MediaKind.IMAGE for each in media):
        return "Only pictures can be sent together; each other file needs a message of its own."
    for each in media:
        limit = LIMITS.media.get(each.kind)
        if limit is None or each.mime not in limit.types:
            return f"Instagram does not take files of the type {each.mime or each.kind.value}."
    return ""


def _choices_problem(outgoing: Outgoing) -> str:
    if len(outgoing.quick_replies) > LIMITS.quick_replies:
        return f"Instagram takes {LIMITS.quick_replies} quick replies at most."
    if any(len(each.title) > LIMITS.quick_reply_title or not each.title for each in outgoing.quick_replies):
        return f"A quick reply's title has 1 to {LIMITS.quick_reply_title} characters."
    if len(outgoing.template) > LIMITS.template_elements:
        return f"Instagram takes {LIMITS.template_elements} cards at most."
    if any(len(element.buttons) > LIMITS.template_buttons for element in outgoing.template):
        return f"A card has {LIMITS.template_buttons} buttons at most."
    if any(not element.title or max(len(element.title), len(element.subtitle)) > 80 for element in outgoing.template):
        return "A card needs a title; title and subtitle have 80 characters at most."
    return ""
