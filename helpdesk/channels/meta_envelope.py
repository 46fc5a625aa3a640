"""Meta's envelope: the entries and items of a body, whatever their shape, and which of our accounts an item is for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from helpdesk.channels.contract import Inbound, MalformedPayload, Unreadable
from helpdesk.channels.meta_json import Fields, Odd, identifier, is_object, load, optional_member, tidy

MOST_UNREADABLE = 1000
ITEM_ARRAYS = {"messaging": False, "standby": True}  # the second: another app owns the thread


@dataclass(frozen=True)
class Item:
    """One element of `messaging` or `standby`. `place` is its path, "entry[0].messaging[2]"."""

    place: str
    entry_id: str
    fields: Fields
    is_standby: bool


@dataclass(frozen=True)
class Change:
    """One `field` and `value`: an element of `changes`, or written straight into the entry."""

    place: str
    entry_id: str
    field: str
    value: object
    entry_time: object


def read_all(
    payload: Fields,
    object_name: str,
    read_item: Callable[[Item], list[Inbound | Unreadable]],
    read_change: Callable[[Change], Inbound | Unreadable],
) -> list[Inbound | Unreadable]:
    """The events of a whole body; what a reader finds Odd is Unreadable. Raises MalformedPayload, also for none."""
    found: list[Inbound | Unreadable] = []
    unreadable = 0
    for part in walk(payload, object_name):
        events = _read(part, read_item, read_change)
        found.extend(events)
        unreadable += sum(isinstance(event, Unreadable) for event in events)
        if unreadable > MOST_UNREADABLE:
            raise MalformedPayload(f"More than {MOST_UNREADABLE:,} of its items cannot be read.")
    if not found:
        raise MalformedPayload("It holds no events.")
    return found


def _read(
    part: Item | Change | Unreadable,
    read_item: Callable[[Item], list[Inbound | Unreadable]],
    read_change: Callable[[Change], Inbound | Unreadable],
) -> list[Inbound | Unreadable]:
    if isinstance(part, Unreadable):
        return [part]
    try:
        return [read_change(part)] if isinstance(part, Change) else read_item(part)
    except Odd as odd:
        return [Unreadable(part.place, str(odd))]


def walk(payload: Fields, object_name: str) -> Iterator[Item | Change | Unreadable]:
    """Every item of every array of every entry, in order. Raises MalformedPayload when there is no list of entries."""
    if payload.get("object") != object_name:
        raise MalformedPayload(f"“object” is not “{object_name}”.")
    entries = payload.get("entry")
    if not isinstance(entries, list):
        raise MalformedPayload("“entry” is not an array.")
    if not entries:
        raise MalformedPayload("“entry” is empty.")
    for index, entry in enumerate(entries):
        yield from _walk_entry(f"entry[{index}]", entry)


def _walk_entry(place: str, entry: object) -> Iterator[Item | Change | Unreadable]:
    if not is_object(entry):
        yield Unreadable(place, "The entry is not an object.")
        return
    try:
        entry_id = identifier(entry.get("id"), "id")
    except Odd:
        entry_id = ""  # items are routed by sender and recipient; only what has neither needs it
    names = [name for name in (*ITEM_ARRAYS, "changes") if name in entry]
    for name in names:
        yield from _walk_array(f"{place}.{name}", name, entry, entry_id)
    if "field" in entry:
        yield _change(place, entry_id, entry, entry)
    elif not names:
        yield Unreadable(place, "The entry has no events.")


def _walk_array(place: str, name: str, entry: Fields, entry_id: str) -> Iterator[Item | Change | Unreadable]:
    elements = entry[name]
    if not isinstance(elements, list):
        yield Unreadable(place, f"“{name}” is not an array.")
        return
    for index, element in enumerate(elements):
        here = f"{place}[{index}]"
        if not is_object(element):
            yield Unreadable(here, "The item is not an object.")
        elif name in ITEM_ARRAYS:
            yield Item(here, entry_id, element, ITEM_ARRAYS[name])
        else:
            yield _change(here, entry_id, element, entry)


def _change(place: str, entry_id: str, fields: Fields, entry: Fields) -> Change | Unreadable:
    name = fields.get("field")
    if not isinstance(name, str) or not name:
        return Unreadable(place, "“field” is not a name.")
    return Change(place, entry_id, tidy(name, 60), fields.get("value"), entry.get("time"))


@dataclass(frozen=True)
class Route:
    """`account` is ours; `contact` is '' when the event speaks of nobody. `is_by_us`: our account is its sender."""

    account: str
    contact: str
    is_by_us: bool


def route(item: Item, known: Collection[str] = ()) -> Route:
    """Which of sender and recipient is our account. `known` are the ids of our accounts. Raises Odd.

    1. The one of the two that is known. 2. Are both known, the one that the entry names. 3. Is neither: of an echo the
    sender, unless the entry names the recipient (echoes have been seen the inbound way round); of all else the
    recipient (some of Meta's samples give the customer's id as the entry's).
    """
    sender, recipient = _party(item, "sender"), _party(item, "recipient")
    if not sender or not recipient:
        return _route_with_one(item, sender, recipient, known)
    ours = [each for each in (sender, recipient) if each in known]
    is_echo = optional_member(item.fields, "message").get("is_echo") is True
    if len(ours) == 1:
        account = ours[0]
    elif item.entry_id in ours or (is_echo and item.entry_id == recipient):
        account = item.entry_id
    else:
        account = sender if is_echo else recipient
    contact = recipient if account == sender else sender
    return Route(account, contact, is_by_us=is_echo or account == sender)


def _route_with_one(item: Item, sender: str, recipient: str, known: Collection[str]) -> Route:
    if recipient:
        return Route(recipient, "", is_by_us=False)
    if sender and (sender in known or sender == item.entry_id):
        return Route(sender, "", is_by_us=True)
    if not item.entry_id:
        raise Odd("Nothing says which account it is for.")
    return Route(item.entry_id, sender, is_by_us=False)


def _party(item: Item, name: str) -> str:
    fields = optional_member(item.fields, name)
    return identifier(fields["id"], f"{name}.id") if "id" in fields else ""


def lane(body: bytes, object_name: str) -> str:
    """Account and customer of the first item; '' when unreadable."""
    try:
        first = next(walk(load(body), object_name), None)
        if first is None or isinstance(first, Unreadable):
            return ""
        if isinstance(first, Change):
            return first.entry_id
        found = route(first)
    except (MalformedPayload, Odd):
        return ""
    return f"{found.account}:{found.contact}" if found.contact else found.account
