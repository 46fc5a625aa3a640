"""What the control interface shows: the state, a chat as the customer sees it, and the list of chats."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .courier import Courier
from .media import PREFIX
from .record import Message, Thread
from .world import World

Json = dict[str, Any]


def state(world: World, courier: Courier) -> Json:
    """Accounts without their secrets, people, faults, the clock, and what became of the last webhooks."""
    with world.lock:
        accounts = [
            {
                "platform": "instagram",
                "account_id": one.account_id,
                "name": one.name,
                "username": one.username,
                "login": one.login,
                "webhook_url": one.webhook_url,
                "human_agent": one.human_agent,
                "subscribed_fields": world.subscribed(one.account_id),
            }
            for one in world.accounts.values()
        ]
        return {
            "accounts": accounts,
            "customers": [person(world, one) for one in world.customers],
            "chats": chats(world),
            "faults": world.faults.shown(),
            "clock": {"now": world.now(), "offset_seconds": world.clock_offset},
            "deliveries": {"pending": courier.pending, "busy": courier.busy, "last": list(world.deliveries)},
            "change": world.changes.number,
        }


def person(world: World, customer_id: str) -> Json:
    customer = world.customer(customer_id)
    return {**asdict(customer), "picture": PREFIX + world.picture(customer)}


def chats(world: World) -> list[Json]:
    """Every chat with its last line, the newest first."""
    rows = []
    for (account_id, customer_id), thread in world.record.threads.items():
        last = next(reversed(thread.messages.values()), None)
        unseen = sum(1 for one in thread.messages.values() if one.side == "business" and not one.seen_at)
        rows.append(
            {
                "inbox": account_id,
                "customer": customer_id,
                "line": line(last) if last else "",
                "is_own": bool(last and last.side == "customer"),
                "at": last.at if last else 0,
                "unseen": unseen,
            }
        )
    return sorted(rows, key=lambda row: -row["at"])


def chat(world: World, account_id: str, customer_id: str) -> Json:
    """One chat as the customer's phone draws it."""
    with world.lock:
        thread = world.record.known(account_id, customer_id) or Thread()
        account = world.accounts.get(account_id)
        now = world.now(account)
        return {
            "inbox": account_id,
            "customer": person(world, customer_id),
            "messages": [_message(thread, one) for one in thread.messages.values()],
            "happenings": [asdict(one) for one in thread.happenings],
            "typing_for": max(0, thread.typing_until - now) if thread.typing_until else 0,
            "now": now,
            "change": world.changes.number,
        }


def _message(thread: Thread, message: Message) -> Json:
    row = asdict(message)
    quoted = thread.messages.get(message.reply_to)
    row["quote"] = {"side": quoted.side, "line": line(quoted)} if quoted else None
    if message.is_unsent:
        row |= {"text": "", "media": [], "template": None, "story": None, "quote": None, "quick_replies": []}
    return row


_WORDS = {
    "image": "Photo",
    "video": "Video",
    "audio": "Voice message",
    "file": "Document",
    "like_heart": "❤️",
    "share": "Post",
    "ig_post": "Post",
    "ig_reel": "Reel",
    "ig_story": "Story",
    "story_mention": "Mentioned you in a story",
    "ephemeral": "Photo, shown once",
    "animated_gif": "GIF",
}


def line(message: Message) -> str:
    """One message in a few words."""
    if message.is_unsent:
        return "Message unsent"
    if message.text:
        return message.text
    if message.template is not None:
        elements = message.template.get("elements") or [{}]
        return str(message.template.get("text") or elements[0].get("title") or "Card")
    return _WORDS.get(message.media[0].type, "Attachment") if message.media else "Message"
