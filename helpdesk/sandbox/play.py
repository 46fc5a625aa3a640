"""From a wish of the control interface to webhooks on their way: as a customer, or in the business's own app."""

from __future__ import annotations

from typing import Any

from . import events, phone, replay
from .config import Account
from .courier import Courier, Parcel
from .exchange import BadRequest
from .ids import message_id
from .record import Message
from .scene import Scene, comment
from .world import World

Json = dict[str, Any]


def as_customer(world: World, courier: Courier, customer_id: str, asked: Json) -> Json:
    """Plays one message, or all of `batch` in a single webhook; answers `{mid, mids, customer, delivery}`."""
    account = account_of(world, asked.get("inbox"))
    if asked.get("kind") == "raw":
        return _raw(world, courier, account, customer_id, asked)
    if asked.get("kind") == "comment":
        return _comment(world, courier, account, customer_id, asked)
    wishes = asked["batch"] if isinstance(asked.get("batch"), list) else [asked]
    with world.lock:
        acts = [phone.perform(scene(world, account, customer_id, wish)) for wish in wishes]
    world.changes.tell(account.account_id, customer_id)
    key = "standby" if asked.get("standby") else "messaging"
    at = max(act.item["timestamp"] for act in acts)
    payload = events.envelope(account.account_id, [act.item for act in acts], at, key=key)
    event = "standby" if asked.get("standby") else acts[0].event
    parcel = courier.post(
        account, customer_id, event, payload, text=acts[0].text, wait=asked.get("wait", True) is not False
    )
    return _answer(customer_id, [act.mid for act in acts], parcel)


def in_app(world: World, courier: Courier, account_id: str, asked: Json) -> Json:
    """Somebody at the business typed in the platform's own app: the customer gets it, we get an echo."""
    account, customer_id = account_of(world, account_id), str(asked.get("customer") or "")
    if not customer_id or not asked.get("text"):
        raise BadRequest("customer and text are needed.")
    with world.lock:
        world.customer(customer_id)
        thread = world.record.thread(account.account_id, customer_id)
        mid = message_id(account.account_id)
        message = Message(
            mid,
            "business",
            world.now(account),
            str(asked["text"]),
            via="app",
            reply_to=str(asked.get("reply_to") or ""),
        )
        thread.add(message)
    world.changes.tell(account.account_id, customer_id)
    payload = events.echo(account.account_id, customer_id, message)
    parcel = courier.post(
        account, customer_id, "echo", payload, text=message.text, wait=asked.get("wait", True) is not False
    )
    return _answer(customer_id, [message.mid], parcel)


def account_of(world: World, account_id: object) -> Account:
    """The named account, or the first one. Raises BadRequest."""
    with world.lock:
        if not account_id and world.accounts:
            return next(iter(world.accounts.values()))
        account = world.accounts.get(str(account_id))
    if account is None:
        raise BadRequest("inbox: no such account in the configuration.")
    return account


def scene(world: World, account: Account, customer_id: str, asked: Json) -> Scene:
    """`at` (ms) sets the platform's time of the event; without it, now."""
    at = int(asked.get("at") or world.now(account))
    thread = world.record.thread(account.account_id, customer_id)
    return Scene(world, account, world.customer(customer_id), thread, asked, at)


def _raw(world: World, courier: Courier, account: Account, customer_id: str, asked: Json) -> Json:
    """Any body, signed and posted as it is: `payload` (JSON) or `body` (text, byte for byte)."""
    payload = (
        asked["body"].encode("utf-8", "surrogatepass") if isinstance(asked.get("body"), str) else asked.get("payload")
    )
    if payload is None:
        raise BadRequest("raw: payload or body is needed.")
    with world.lock:
        replay.record(world, account, customer_id, payload)
    world.changes.tell(account.account_id, customer_id)
    parcel = courier.post(account, customer_id, "raw", payload, wait=asked.get("wait", True) is not False)
    return _answer(customer_id, [], parcel)


def _comment(world: World, courier: Courier, account: Account, customer_id: str, asked: Json) -> Json:
    with world.lock:
        payload, comment_id = comment(scene(world, account, customer_id, asked))
    world.changes.tell(account.account_id, customer_id)
    parcel = courier.post(account, customer_id, "comment", payload, text=str(asked.get("text") or ""), wait=True)
    return {**_answer(customer_id, [], parcel), "comment_id": comment_id}


def _answer(customer_id: str, mids: list[str], parcel: Parcel) -> Json:
    return {"customer": customer_id, "mid": mids[0] if mids else "", "mids": mids, "delivery": parcel.shown()}
