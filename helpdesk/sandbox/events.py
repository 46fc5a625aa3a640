"""The JSON of webhooks, in the documented shapes, and their bytes on the wire with the signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from .record import Message, Piece

Json = dict[str, Any]
# Which subscription lets an event through.
FIELDS_OF = {
    "message": {"messages"},
    "edit": {"messages"},
    "echo": {"messages", "message_echoes"},
    "reaction": {"message_reactions"},
    "postback": {"messaging_postbacks"},
    "read": {"messaging_seen"},
    "referral": {"messaging_referral"},
    "handover": {"messaging_handover"},
    "standby": {"standby"},
    "comment": {"comments"},
}


def wire(payload: object) -> bytes:
    """Meta escapes everything beyond ASCII as \\uXXXX in lower case, and slashes as \\/, and signs that form."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signed(body: bytes, app_secret: str) -> dict[str, str]:
    """The headers that prove the sender. The sha1 one is legacy; Meta still sends it."""
    key = app_secret.encode()
    return {
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }


def envelope(account_id: str, items: list[Json], at: int, *, key: str = "messaging") -> Json:
    """`at` in ms. The entry's time is when the platform sent it, a little after the event."""
    return {"object": "instagram", "entry": [{"id": account_id, "time": at + 785, key: items}]}


def item(sender: str, recipient: str, at: int, body: Mapping[str, Any]) -> Json:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at, **body}


def comment(account_id: str, login: str, at: int, value: Json) -> Json:
    """With Instagram Login field and value stand straight in the entry; with Facebook Login inside changes[]."""
    entry: Json = {"id": account_id, "time": at if login == "instagram" else at // 1000}
    change = {"field": "comments", "value": value}
    entry |= change if login == "instagram" else {"changes": [change]}
    return {"object": "instagram", "entry": [entry]}


def message_body(message: Message) -> Json:
    """The `message` object for something said, by either side."""
    body: Json = {"mid": message.mid}
    if message.text:
        body["text"] = message.text
    if message.template is not None:
        body["attachments"] = [{"type": "template", "payload": _template(message.template)}]
    elif message.media:
        body["attachments"] = [_attachment(piece) for piece in message.media]
    if message.reply_to:
        body["reply_to"] = {"mid": message.reply_to}
    if message.story is not None:
        body["reply_to"] = {"story": message.story}
    if message.side == "business":
        body["is_echo"] = True
    return body


def _attachment(piece: Piece) -> Json:
    payload = {**({"url": piece.url} if piece.url else {}), **piece.data}
    return {"type": piece.type, "payload": payload} if payload else {"type": piece.type}


def _template(template: Json) -> Json:
    kind = template["template_type"]
    return {kind: {name: value for name, value in template.items() if name != "template_type"}}


def echo(account_id: str, customer_id: str, message: Message) -> Json:
    body = {"message": message_body(message)}
    return envelope(account_id, [item(account_id, customer_id, message.at, body)], message.at)
