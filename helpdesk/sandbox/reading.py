"""Reads the body of a send as the platform's documentation describes it. What is not described is refused with 100."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import templates
from .refusals import invalid, refusal
from .shapes import Json, fields, link, one_of, rows, text

TEXT_BYTES, IMAGES = 1000, 10
ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
REACTIONS = ("love", "angry", "sad", "wow", "like", "laugh")
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
FILES = ("image", "video", "audio", "file")


@dataclass
class Wanted:
    """One attachment to send: a file by `url` or by the `attachment_id` of an upload, an own post, or a heart."""

    type: str
    url: str = ""
    attachment_id: str = ""
    post_id: str = ""


@dataclass
class Send:
    """What a body asks for. Exactly one of `action` and a message; `comment_id` instead of `to` for a private reply."""

    to: str = ""
    comment_id: str = ""
    text: str = ""
    files: list[Wanted] = field(default_factory=list)
    template: Json | None = None
    quick_replies: list[Json] = field(default_factory=list)
    reply_to: str = ""
    tag: str = ""
    action: str = ""
    about: str = ""  # the message reacted to
    reaction: str = ""


_TOP = ("recipient", "message", "messaging_type", "tag", "sender_action", "payload", "reply_to", "access_token")


def read(body: Json, login: str) -> Send:
    """Raises Refusal."""
    for name in body:
        if name not in _TOP:
            raise invalid(f"Unexpected parameter {name}")
    send = Send()
    _recipient(body.get("recipient"), send)
    if "sender_action" in body and "message" in body:
        raise refusal("action_with_message_100_2018014")
    if "sender_action" in body:
        _action(body, send)
    elif "message" in body:
        _envelope(body, send)
        _message(body["message"], send, login)
    else:
        raise invalid("The parameter message is required")
    return send


def _recipient(value: object, send: Send) -> None:
    if value is None:
        raise invalid("The parameter recipient is required")
    row = fields(value, "recipient", optional=("id", "comment_id"))
    if len(row) != 1:
        raise invalid("Param recipient must hold exactly one of id and comment_id")
    name, given = next(iter(row.items()))
    if not isinstance(given, str | int) or not str(given).isdigit():
        raise invalid(f'Param recipient[{name}] must be a valid ID string (e.g., "123")')
    send.to, send.comment_id = (str(given), "") if name == "id" else ("", str(given))


def _action(body: Json, send: Send) -> None:
    send.action = one_of(body["sender_action"], "sender_action", ACTIONS)
    if not send.to:
        raise invalid("The parameter recipient[id] is required")
    takes_payload = send.action in ("react", "unreact")
    allowed = {"recipient", "sender_action", "access_token"} | ({"payload"} if takes_payload else set())
    for name in body:
        if name not in allowed:
            raise invalid(f"Unexpected parameter {name} with sender_action {send.action}")
    if takes_payload:
        names = ("message_id", "reaction") if send.action == "react" else ("message_id",)
        row = fields(body.get("payload"), "payload", required=names)
        send.about = text(row["message_id"], "payload[message_id]")
        if send.action == "react":
            send.reaction = one_of(row["reaction"], "payload[reaction]", REACTIONS)


def _envelope(body: Json, send: Send) -> None:
    """What stands beside a message: its type, its tag, what it answers."""
    if "payload" in body:
        raise invalid("Unexpected parameter payload")
    kind = body.get("messaging_type")
    if kind is not None:
        one_of(kind, "messaging_type", MESSAGING_TYPES)
    if ("tag" in body) != (kind == "MESSAGE_TAG"):
        raise invalid("The parameter tag goes with messaging_type MESSAGE_TAG")
    if "tag" in body:
        send.tag = one_of(body["tag"], "tag", ("HUMAN_AGENT",))  # all others were retired on 27 April 2026
    if "reply_to" in body:
        send.reply_to = text(fields(body["reply_to"], "reply_to", required=("mid",))["mid"], "reply_to[mid]")


def _message(value: object, send: Send, login: str) -> None:
    row = fields(value, "message", optional=("text", "attachment", "attachments", "quick_replies"))
    parts = [name for name in ("text", "attachment", "attachments") if name in row]
    if len(parts) != 1:
        raise invalid("A message holds exactly one of text, attachment and attachments", 2534015)
    if "quick_replies" in row and "text" not in row:
        raise invalid("Quick replies need a text", 2534015)
    if "text" in row:
        send.text = text(row["text"], "message[text]", longest=TEXT_BYTES, in_bytes=True)
    if "quick_replies" in row:
        send.quick_replies = templates.quick_replies(row["quick_replies"], login)
    if "attachment" in row:
        _attachment(row["attachment"], send)
    if "attachments" in row:
        for number, one in enumerate(rows(row["attachments"], "message[attachments]", most=IMAGES)):
            where = f"message[attachments][{number}]"
            one_of(fields(one, where, required=("type", "payload"))["type"], f"{where}[type]", ("image",))
            send.files.append(file(one, where))
    if send.comment_id and not send.text:
        raise invalid("A private reply to a comment holds a text", 2534015)


def _attachment(value: object, send: Send) -> None:
    where = "message[attachment]"
    row = fields(value, where, required=("type",), optional=("payload",))
    kind = one_of(row["type"], f"{where}[type]", (*FILES, "like_heart", "MEDIA_SHARE", "template"))
    if kind == "like_heart":
        fields(row, where, required=("type",))
        send.files = [Wanted(kind)]
    elif kind == "MEDIA_SHARE":
        post = fields(row.get("payload"), f"{where}[payload]", required=("id",))["id"]
        send.files = [Wanted(kind, post_id=str(post))]
    elif kind == "template":
        send.template = templates.template(row.get("payload"))
    else:
        send.files = [file(row, where)]


def file(row: Json, where: str) -> Wanted:
    """An attachment of type image, video, audio or file. Raises Refusal."""
    kind = one_of(row.get("type"), f"{where}[type]", FILES)
    payload = fields(row.get("payload"), f"{where}[payload]", optional=("url", "attachment_id", "is_reusable"))
    if ("url" in payload) == ("attachment_id" in payload):
        raise invalid(f"Param {where}[payload] must hold exactly one of url and attachment_id")
    if not isinstance(payload.get("is_reusable", False), bool):
        raise invalid(f"Param {where}[payload][is_reusable] must be a boolean.")
    if "url" in payload:
        return Wanted(kind, link(payload["url"], f"{where}[payload][url]"))
    return Wanted(kind, attachment_id=str(payload["attachment_id"]))
