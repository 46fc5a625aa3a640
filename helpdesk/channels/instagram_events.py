"""Instagram's webhook bodies become inbound events: every entry, every item, each failure named with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from helpdesk.channels.contract import (
    ChannelNotice,
    ContactChanged,
    Inbound,
    Key,
    Unsupported,
)
from helpdesk.channels.instagram_messages import Common, Event, Found, edit, message, postback, reaction, read
from helpdesk.channels.meta_envelope import Change, Item, read_all, route
from helpdesk.channels.meta_json import Fields, Odd, is_object, load, member, plain_object, tidy, when, words

KEY_KIND = "igsid"
OBJECT = "instagram"
ENVELOPE = frozenset({"sender", "recipient", "timestamp"})


def parse(body: bytes, known: Collection[str] = ()) -> Found:
    """Reads a whole body; `known` are the ids of our accounts (see `meta_envelope.route`). Raises MalformedPayload."""
    return read_all(load(body), OBJECT, partial(_item, known=known), _change)


def _item(item: Item, known: Collection[str]) -> Found:
    way = route(item, known)
    contact = (Key(KEY_KIND, way.contact),) if way.contact else ()
    at = when(item.fields.get("timestamp"))
    return _event(Event(item, way, Common(account=way.account, contact=contact, at=at, is_standby=item.is_standby)))


def _event(event: Event) -> Found:
    names = [name for name in READERS if name in event.item.fields]
    if not names:
        return [Unsupported(**event.common, kind=_unknown_name(event.item.fields))]
    if event.route.account == event.route.contact:
        return [Unsupported(**event.common, kind="message to oneself")]
    if not event.common["contact"] and not NOTICES.issuperset(names):
        raise Odd("Nothing says whom it is from.")
    return [each for name in names for each in READERS[name](event, name)]


def _unknown_name(fields: Fields) -> str:
    names = sorted(tidy(name, 60) for name in fields if name not in ENVELOPE)
    if not names:
        raise Odd("There is no event in the item.")
    return ", ".join(names[:3])


def _referral(event: Event, name: str) -> Found:
    referral = plain_object(member(event.item.fields, name))
    return [ContactChanged(**event.common, sentence=_way_in(referral), referral=referral)]


def _way_in(referral: Fields) -> str:
    product, ad = referral.get("product"), referral.get("ads_context_data")
    if referral.get("source") == "ADS" or "ad_id" in referral:
        return f"Opened the conversation from {_labelled('an ad', 'the ad', ad, 'ad_title')}"
    if is_object(product):
        return f"Opened the conversation from {_labelled('a shop product', 'the shop product', product, 'id')}"
    return f"Opened the conversation through {_labelled('a link', 'the link', referral, 'ref')}"


def _labelled(unnamed: str, named: str, holder: object, name: str) -> str:
    label = holder.get(name) if is_object(holder) else None
    return f"{named} «{tidy(label, 100)}»" if isinstance(label, str) and label else unnamed


def _handover(event: Event, name: str) -> Found:
    control = member(event.item.fields, name)
    owner = control.get("new_owner_app_id")
    new_owner = f"the app {tidy(str(owner), 60)}" if isinstance(owner, (int, str)) and owner else "another app"
    sentence = {
        "pass_thread_control": f"The conversation was passed to {new_owner}.",
        "take_thread_control": "Another app took the conversation over.",
        "request_thread_control": "Another app asks to take the conversation over.",
    }[name]
    return [ChannelNotice(**event.common, kind=name, sentence=sentence)]


def _optin(event: Event, name: str) -> Found:
    member(event.item.fields, name)
    return [ChannelNotice(**event.common, kind=name, sentence="The person agreed to be sent notifications.")]


def _policy(event: Event, name: str) -> Found:
    policy = member(event.item.fields, name)
    action, reason = words(policy, "action") or "something", words(policy, "reason")
    sentence = f"Instagram's policy check says “{action}” for this account{f': {reason}' if reason else '.'}"
    return [ChannelNotice(**event.common, kind=name, sentence=sentence)]


def _change(change: Change) -> Inbound:
    """Comments, mentions and the dashboard's test: nothing of them is a direct message."""
    if not change.entry_id:
        raise Odd("Nothing says which account it is for.")
    is_test = change.entry_id == "0" or change.field == OBJECT
    kind = f"dashboard test: {change.field}" if is_test else change.field
    return Unsupported(account=change.entry_id, contact=(), at=when(change.entry_time), kind=kind)


READERS: dict[str, Callable[[Event, str], Found]] = {
    "message": message,
    "postback": postback,
    "message_edit": edit,
    "reaction": reaction,
    "read": read,
    "referral": _referral,
    "pass_thread_control": _handover,
    "take_thread_control": _handover,
    "request_thread_control": _handover,
    "optin": _optin,
    "policy_enforcement": _policy,
}
# These may come without a person.
NOTICES = frozenset(
    {"pass_thread_control", "take_thread_control", "request_thread_control", "optin", "policy_enforcement"}
)
