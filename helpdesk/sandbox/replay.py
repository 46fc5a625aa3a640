"""Reads a webhook that somebody wrote by hand into the chat, as if the customer had done it on the phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .config import Account
from .ids import message_id
from .record import Message, Piece, Thread
from .world import World

Json = dict[str, Any]
_FRAME = ("sender", "recipient", "timestamp")  # what every item has besides the thing itself


def record(world: World, account: Account, customer_id: str, payload: object) -> None:
    """Whatever of it is about this chat. What cannot be read, or is about somebody else, leaves nothing."""
    if isinstance(payload, bytes):
        try:
            payload = json.loads(payload)
        except ValueError:
            return
    world.customer(customer_id)
    thread = world.record.thread(account.account_id, customer_id)
    for entry in _objects(_object(payload).get("entry")):
        if entry.get("id") != account.account_id:
            continue
        for item in (*_objects(entry.get("messaging")), *_objects(entry.get("standby"))):
            if _whose(account, item) in ("", customer_id):
                _item(thread, account, item, _milliseconds(item.get("timestamp"), world.now(account)))
        for change in _changes(entry):
            value = _object(change.get("value"))
            if _object(value.get("from")).get("id", customer_id) == customer_id:
                thread.happen(str(change["field"]), world.now(account), _text(value, "text"))


def _item(thread: Thread, account: Account, item: Json, at: int) -> None:
    for what, body in ((name, _object(value)) for name, value in item.items() if name not in _FRAME):
        about = thread.messages.get(_text(body, "mid"))
        if what == "postback" or (what == "message" and not body.get("is_deleted")):
            _say(thread, account, body, at)
        elif about is None:
            thread.happen(what, at, _text(body, "ref"))
        elif what == "message":
            about.is_unsent = True
        elif what == "message_edit":
            about.text, about.edits = _text(body, "text"), about.edits + 1
        elif what == "read":
            about.seen_at = at
        elif what != "reaction":
            thread.happen(what, at)
        elif body.get("action") == "unreact":
            about.reactions.pop("customer", None)
        else:
            about.reactions["customer"] = _text(body, "emoji")


def _say(thread: Thread, account: Account, body: Json, at: int) -> None:
    side = "business" if body.get("is_echo") else "customer"
    message = Message(_text(body, "mid") or message_id(account.account_id), side, at, kind=_kind(body))
    if message.mid in thread.messages:
        return  # the same webhook once more
    message.text = _text(body, "text") or _text(body, "title")
    reply_to = _object(body.get("reply_to"))
    message.reply_to, message.story = _text(reply_to, "mid"), _object(reply_to.get("story")) or None
    for attachment in _objects(body.get("attachments")):
        payload, kind = _object(attachment.get("payload")), _text(attachment, "type")
        if kind == "template":
            message.template = _template(payload)
        else:
            rest = {name: value for name, value in payload.items() if name != "url"}
            message.media.append(Piece(kind, _text(payload, "url"), data=rest))
    thread.add(message)
    if side == "customer":
        thread.opened_at = max(thread.opened_at, at)


def _kind(body: Json) -> str:
    if body.get("is_unsupported") and not body.get("attachments"):
        return "unsupported"
    for kind, sign in (("quick_reply", "quick_reply"), ("postback", "payload")):
        if sign in body:
            return kind
    if referral := _object(body.get("referral")):
        return "product" if "product" in referral else "ad"
    return "text"


def _template(payload: Json) -> Json:
    """A webhook wraps it in its kind, a request names the kind inside."""
    kind = next(iter(payload), "generic")
    body = _object(payload.get(kind))
    return {"template_type": kind, **body, "elements": list(_objects(body.get("elements")))}


def _whose(account: Account, item: Json) -> str:
    """The person beside the account, '' when none is named."""
    ours = {account.account_id, *account.node_ids}
    parties = [_text(_object(item.get(name)), "id") for name in ("sender", "recipient")]
    return next((one for one in parties if one and one not in ours), "")


def _changes(entry: Json) -> Iterator[Json]:
    """With Facebook Login inside changes[], with Instagram Login straight in the entry."""
    yield from (one for one in (entry, *_objects(entry.get("changes"))) if isinstance(one.get("field"), str))


def _milliseconds(value: object, default: int) -> int:
    """Some of the platform's times are text, some are seconds."""
    number = int(value) if isinstance(value, int | str) and str(value).isdigit() else default
    return number * 1000 if number < 10**11 else number


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[Json]:
    yield from (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
