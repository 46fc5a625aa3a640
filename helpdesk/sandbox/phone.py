"""What a customer does on the phone, by kind: each changes the chat and says which webhook follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import events
from .exchange import BadRequest
from .ids import message_id, object_id
from .record import Message, Piece
from .scene import Act, Json, Scene, attached

EMOJI = {
    "❤": "love",
    "❤️": "love",
    "😠": "angry",
    "😡": "angry",
    "😢": "sad",
    "😮": "wow",
    "👍": "like",
    "😂": "laugh",
    "😆": "laugh",
}
# kind -> attachment type on the wire
SHARED = {"share": "share", "post": "ig_post", "reel": "ig_reel", "story": "ig_story", "story_mention": "story_mention"}
BARE = {"heart": "like_heart", "ephemeral": "ephemeral", "unsupported_type": "unsupported_type"}


def perform(scene: Scene) -> Act:
    """Does what was asked. Raises BadRequest for an unknown kind or missing values."""
    kind = scene.text("kind", "text")
    deed = DEEDS.get(kind)
    if deed is None:
        raise BadRequest(f"kind: there are {', '.join(sorted(DEEDS))}, raw and batch.")
    return deed(scene, kind)


def _say(scene: Scene, message: Message, extra: Json | None = None) -> Act:
    """A message of the customer: stands in the chat and opens the reply window."""
    scene.thread.add(message)
    scene.thread.opened_at = max(scene.thread.opened_at, scene.at)
    body = {**events.message_body(message), **(extra or {})}
    return Act("message", scene.item({"message": body}), message.mid, message.text)


def _new(scene: Scene, kind: str, **values: Any) -> Message:
    mid = message_id(scene.account.account_id)
    return Message(mid, "customer", scene.at, scene.text("text"), kind, **values)


def _text(scene: Scene, kind: str) -> Act:
    pieces = [attached(scene, row) for row in scene.asked.get("attachments") or []]
    if not pieces and not scene.asked.get("text"):
        raise BadRequest("text: say something, or attach something.")
    return _say(scene, _new(scene, "text", media=pieces, reply_to=scene.text("reply_to")))


def _shared(scene: Scene, kind: str) -> Act:
    """Somebody's post, reel or story: each type names its parts differently."""
    sample = {"story": "story", "story_mention": "story", "reel": "video"}.get(kind, "scarf")
    url, title = scene.url(scene.text("name", sample)), scene.text("title", "Autumn drop")
    if kind == "story":
        data = {"story_media_id": object_id(), "story_media_url": url}
        return _say(scene, _new(scene, kind, media=[Piece(SHARED[kind], data=data)]))
    data = {
        "post": {"ig_post_media_id": object_id(), "title": title},
        "reel": {"reel_video_id": object_id(), "title": title},
    }.get(kind, {})
    return _say(scene, _new(scene, kind, media=[Piece(SHARED[kind], url, data=data)]))


def _bare(scene: Scene, kind: str) -> Act:
    """Things that come without a file."""
    extra = {"is_unsupported": True} if kind == "unsupported_type" else None
    return _say(scene, _new(scene, kind, media=[Piece(BARE[kind])]), extra)


def _unsupported(scene: Scene, kind: str) -> Act:
    return _say(scene, _new(scene, kind), {"is_unsupported": True})


def _sticker(scene: Scene, kind: str) -> Act:
    piece = Piece("image", scene.url("sticker"), data={"sticker_id": 369239263222822})
    return _say(
        scene, _new(scene, kind, media=[piece if kind == "sticker" else Piece("animated_gif", scene.url("gif"))])
    )


def _story_reply(scene: Scene, kind: str) -> Act:
    story = {"url": scene.url(scene.text("name", "story")), "id": scene.text("story_id", object_id())}
    return _say(scene, _new(scene, kind, story=story))


def _quick_reply(scene: Scene, kind: str) -> Act:
    payload = scene.text("payload", scene.text("text"))
    return _say(scene, _new(scene, kind), {"quick_reply": {"payload": payload}})


def _referred(scene: Scene, kind: str) -> Act:
    """A message that came through an ad or from a shop product."""
    referral: Json = {"product": {"id": scene.text("product_id", "5300000000000001")}}
    if kind == "ad":
        context = {"ad_title": scene.text("title", "Autumn sale"), "photo_url": scene.url("scarf")}
        referral = {
            "ref": scene.text("ref", "autumn_ad"),
            "ad_id": "6100000000000001",
            "source": "ADS",
            "type": "OPEN_THREAD",
        }
        referral["ads_context_data"] = context
    return _say(scene, _new(scene, kind), {"referral": referral})


def _referral(scene: Scene, kind: str) -> Act:
    """The person opened the chat through an ig.me link and wrote nothing."""
    referral = {
        "ref": scene.text("ref", "spring_sale"),
        "source": scene.text("source", "IGME-SOURCE-LINK"),
        "type": "OPEN_THREAD",
    }
    scene.thread.happen("referral", scene.at, referral["ref"])
    return Act("referral", scene.item({"referral": referral}))


def _postback(scene: Scene, kind: str) -> Act:
    """A tap on a menu entry, an ice breaker or a button of a template."""
    title = scene.text("title", "Where is my order?")
    message = Message(message_id(scene.account.account_id), "customer", scene.at, title, kind)
    act = _say(scene, message)
    body = {"mid": message.mid, "title": title, "payload": scene.text("payload", title)}
    return Act("postback", scene.item({"postback": body}), act.mid, title)


def _reaction(scene: Scene, kind: str) -> Act:
    message, emoji = scene.target(), scene.text("emoji", "❤️")
    if scene.text("action", "react") == "unreact":
        message.reactions.pop("customer", None)
        body: Json = {"mid": message.mid, "action": "unreact"}
    else:
        message.reactions["customer"] = emoji
        body = {"mid": message.mid, "action": "react", "reaction": EMOJI.get(emoji, "other"), "emoji": emoji}
    return Act("reaction", scene.item({"reaction": body}), message.mid)


def _own(scene: Scene) -> Message:
    message = scene.target()
    if message.side != "customer":
        raise BadRequest("mid: this message is not the customer's own.")
    return message


def _unsend(scene: Scene, kind: str) -> Act:
    message = _own(scene)
    message.is_unsent = True
    return Act("message", scene.item({"message": {"mid": message.mid, "is_deleted": True}}), message.mid)


def _edit(scene: Scene, kind: str) -> Act:
    message = _own(scene)
    message.text, message.edits = scene.text("text"), message.edits + 1
    body = {"mid": message.mid, "text": message.text, "num_edit": message.edits}
    return Act("edit", scene.item({"message_edit": body}), message.mid, message.text)


def _read(scene: Scene, kind: str) -> Act:
    """The customer has seen everything up to `mid`, or up to the business's last message."""
    last = scene.target() if scene.asked.get("mid") else scene.thread.last_of("business")
    if last is None:
        raise BadRequest("read: the business has not said anything.")
    for message in scene.thread.messages.values():
        if message.side == "business" and message.at <= last.at and not message.seen_at:
            message.seen_at = scene.at
    return Act("read", scene.item({"read": {"mid": last.mid}}), last.mid)


def _handover(scene: Scene, kind: str) -> Act:
    """Another app takes the thread, gives it, or asks for it."""
    body = {
        "pass_thread_control": {"previous_owner_app_id": "900000000000002", "new_owner_app_id": "900000000000001"},
        "take_thread_control": {"previous_owner_app_id": "900000000000001", "new_owner_app_id": "900000000000002"},
        "request_thread_control": {"requested_owner_app_id": "900000000000002"},
    }[kind]
    scene.thread.happen(kind, scene.at)
    return Act("handover", scene.item({kind: {**body, "metadata": scene.text("metadata")}}))


DEEDS: dict[str, Callable[[Scene, str], Act]] = {
    "text": _text,
    **dict.fromkeys(SHARED, _shared),
    **dict.fromkeys(BARE, _bare),
    **dict.fromkeys(("sticker", "gif"), _sticker),
    **dict.fromkeys(("ad", "product"), _referred),
    **dict.fromkeys(("pass_thread_control", "take_thread_control", "request_thread_control"), _handover),
    "unsupported": _unsupported,
    "story_reply": _story_reply,
    "quick_reply": _quick_reply,
    "referral": _referral,
    "postback": _postback,
    "reaction": _reaction,
    "unsend": _unsend,
    "edit": _edit,
    "read": _read,
}
