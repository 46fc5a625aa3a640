"""Webhook bodies as Instagram makes them, put together for one test; `at` is seconds after the saved payloads' time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.sandbox import ACCOUNT, CUSTOMER

INSTANT = 1_795_000_000  # seconds; a test's desk begins 300 s later
Json = dict[str, Any]
_numbers = itertools.count(1)


def a_mid() -> str:
    """A message id that no other message has."""
    return f"mid.{next(_numbers):08d}"


def body(*items: Json, account: str = ACCOUNT, key: str = "messaging") -> Json:
    """One webhook with these events. `key` "standby": another app has the thread."""
    return {"object": "instagram", "entry": [{"id": account, "time": (INSTANT + 300) * 1000, key: list(items)}]}


def said(
    text: str = "",
    *,
    mid: str = "",
    customer: str = CUSTOMER,
    account: str = ACCOUNT,
    at: float = 0,
    attachments: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Json:
    """A customer's message."""
    message: Json = {"mid": mid or a_mid(), **more}
    if text:
        message["text"] = text
    if attachments:
        message["attachments"] = list(attachments)
    return event({"message": message}, customer=customer, account=account, at=at)


def echo(
    text: str = "", *, mid: str, customer: str = CUSTOMER, account: str = ACCOUNT, at: float = 0, **more: Any
) -> Json:
    """What the account itself sent."""
    message: Json = {"mid": mid, "is_echo": True, **({"text": text} if text else {}), **more}
    return {
        "sender": {"id": account},
        "recipient": {"id": customer},
        "timestamp": int((INSTANT + at) * 1000),
        "message": message,
    }


def reaction(mid: str, emoji: str = "❤️", *, at: float = 0, **more: Any) -> Json:
    """Set, or with `emoji` "" taken back."""
    told = (
        {"mid": mid, "action": "react", "reaction": "love", "emoji": emoji}
        if emoji
        else {"mid": mid, "action": "unreact"}
    )
    return event({"reaction": told}, at=at, **more)


def edit(mid: str, text: str, *, number: int = 1, at: float = 0, **more: Any) -> Json:
    return event({"message_edit": {"mid": mid, "text": text, "num_edit": number}}, at=at, **more)


def unsend(mid: str, *, at: float = 0, **more: Any) -> Json:
    return event({"message": {"mid": mid, "is_deleted": True}}, at=at, **more)


def read(mid: str, *, at: float = 0, **more: Any) -> Json:
    return event({"read": {"mid": mid}}, at=at, **more)


def event(content: Json, *, customer: str = CUSTOMER, account: str = ACCOUNT, at: float = 0) -> Json:
    """Anything that a customer's side does."""
    return {
        "sender": {"id": customer},
        "recipient": {"id": account},
        "timestamp": int((INSTANT + at) * 1000),
        **content,
    }


def picture(url: str = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1", kind: str = "image") -> Json:
    return {"type": kind, "payload": {"url": url}}
