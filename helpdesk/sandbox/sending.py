"""Carries out a send: may this account say this to this person now? It is on the phone before it is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import events, reading, templates
from .config import Account
from .courier import Courier
from .fetch import fetch
from .ids import message_id
from .media import Stored
from .reading import Send, Wanted
from .record import Message, Piece, Thread
from .refusals import invalid, refusal
from .world import World

Json = dict[str, Any]
DAY, WEEK = 24 * 3600 * 1000, 7 * 24 * 3600 * 1000  # ms
ECHO_AFTER = 0.25  # seconds
TYPING = 20_000  # ms that the sign stays
_EMOJI = {"love": "❤️", "angry": "😡", "sad": "😢", "wow": "😮", "like": "👍", "laugh": "😂"}


@dataclass
class Sent:
    """What is answered, and what is echoed. `message` is None for an action."""

    answer: Json
    customer_id: str
    message: Message | None = None


def send(world: World, account: Account, body: Json) -> Sent:
    """Checks and does it; it is recorded when this returns. Raises Refusal."""
    wanted = reading.read(body, account.login)
    customer_id = _person(world, account, wanted)
    thread = world.record.thread(account.account_id, customer_id)
    if world.customer(customer_id).has_blocked:
        raise refusal("user_unavailable_551")
    if wanted.action:
        return _act(world, account, customer_id, thread, wanted)
    if not wanted.comment_id:
        _check_window(world, account, thread, wanted)
    if wanted.reply_to:
        _known(thread, wanted.reply_to)
    message = _message(world, account, wanted)
    with world.lock:
        if wanted.comment_id:
            _use_up(world, wanted.comment_id)
        message.at = world.now(account)
        thread.add(message)
    world.changes.tell(account.account_id, customer_id)
    return Sent({"recipient_id": customer_id, "message_id": message.mid}, customer_id, message)


def echo(world: World, courier: Courier, account: Account, sent: Sent, *, at_once: bool = False) -> None:
    """Tells the business what it said, as for every message of its own; actions have no echo."""
    if sent.message is not None:
        payload = events.echo(account.account_id, sent.customer_id, sent.message)
        delay = 0.0 if at_once else ECHO_AFTER
        courier.post(account, sent.customer_id, "echo", payload, text=sent.message.text, delay=delay, wait=at_once)


def _person(world: World, account: Account, wanted: Send) -> str:
    """Whom it goes to: somebody who has written to this account, or the author of a comment."""
    with world.lock:
        if not wanted.comment_id:
            thread = world.record.known(account.account_id, wanted.to)
            if thread is None or not thread.messages:
                raise refusal("no_matching_user_100_2534014")
            return wanted.to
        comment = world.record.comments.get(wanted.comment_id)
        if comment is None or comment.account_id != account.account_id:
            raise refusal("comment_not_valid_100_2534025")
        if comment.is_answered or world.now(account) - comment.at > WEEK:
            raise refusal("comment_not_valid_100_2534025")
        return comment.customer_id


def _use_up(world: World, comment_id: str) -> None:
    comment = world.record.comments[comment_id]
    if comment.is_answered:  # another request was faster
        raise refusal("comment_not_valid_100_2534025")
    comment.is_answered = True


def _check_window(world: World, account: Account, thread: Thread, wanted: Send) -> None:
    """24 hours from the customer's last message; a person may answer for 7 days where the account was granted it."""
    if wanted.tag and not account.human_agent:
        raise refusal("human_agent_not_granted_10")
    if world.now(account) - thread.opened_at > (WEEK if wanted.tag else DAY):
        raise refusal("window_closed_10_2534022")


def _known(thread: Thread, mid: str) -> Message:
    message = thread.messages.get(mid)
    if message is None:
        raise invalid("The message ID is not part of this conversation.", 2534015)
    if message.is_unsent:
        raise refusal("message_deleted_9000001")
    return message


def _act(world: World, account: Account, customer_id: str, thread: Thread, wanted: Send) -> Sent:
    now = world.now(account)
    with world.lock:
        if wanted.action in ("react", "unreact"):
            message = _known(thread, wanted.about)
            if wanted.action == "react":
                message.reactions["business"] = _EMOJI[wanted.reaction]
            else:
                message.reactions.pop("business", None)
        elif wanted.action == "mark_seen":
            _see(thread, now)
        else:
            thread.typing_until = now + TYPING if wanted.action == "typing_on" else 0
        thread.arrive(wanted.action, now, mid=wanted.about, reaction=wanted.reaction)
    world.changes.tell(account.account_id, customer_id)
    return Sent({"recipient_id": customer_id}, customer_id)


def _see(thread: Thread, now: int) -> None:
    thread.business_seen_at = now
    for message in thread.messages.values():
        if message.side == "customer" and not message.seen_at:
            message.seen_at = now


def _message(world: World, account: Account, wanted: Send) -> Message:
    """The message with its files fetched: nothing is recorded before every file is ours."""
    kind = "template" if wanted.template else (wanted.files[0].type if wanted.files else "text")
    message = Message(message_id(account.account_id), "business", world.now(account), wanted.text, kind, via="api")
    message.quick_replies, message.reply_to, message.tag = wanted.quick_replies, wanted.reply_to, wanted.tag
    message.media = [_piece(world, account, one) for one in wanted.files]
    if wanted.template:
        message.template = wanted.template
        message.media = [_copied(world, url, "image") for url in templates.pictures(wanted.template)]
    return message


def _piece(world: World, account: Account, wanted: Wanted) -> Piece:
    if wanted.type == "like_heart":
        return Piece("like_heart")
    if wanted.type == "MEDIA_SHARE":
        if wanted.post_id not in account.posts:
            raise invalid("The media does not belong to this account.", 2534015)
        return replace(_shown(world, world.media.sample("scarf"), "share"), data={"id": wanted.post_id})
    if wanted.url:
        return _copied(world, wanted.url, wanted.type)
    owner, kind, key = world.uploads.get(wanted.attachment_id, ("", "", ""))
    if owner != account.account_id or kind != wanted.type or key not in world.media.rows:
        raise invalid("The attachment ID is not valid.", 2018047)
    return _shown(world, world.media.rows[key], kind)


def _copied(world: World, url: str, kind: str) -> Piece:
    return replace(_shown(world, fetch(world.media, url, kind), kind), source_url=url)


def _shown(world: World, stored: Stored, kind: str) -> Piece:
    return Piece(kind, world.media.url(stored), stored.sha256, stored.content_type, stored.size)
