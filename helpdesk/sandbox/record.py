"""What stands in the chats: the messages of both sides, and what reached each customer's phone, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Lane = tuple[str, str]  # account id, customer id


@dataclass
class Piece:
    """One attachment. `url` is our own copy, '' for what has no file; `data` is what the platform says besides."""

    type: str
    url: str = ""
    sha256: str = ""
    content_type: str = ""
    size: int = 0
    source_url: str = ""  # where the business had it
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Message:
    """`side` is "customer" or "business"; `via` "api" or "app" (typed in the platform's own app). Times in ms."""

    mid: str
    side: str
    at: int
    text: str = ""
    kind: str = "text"
    via: str = "app"
    media: list[Piece] = field(default_factory=list)
    quick_replies: list[dict[str, Any]] = field(default_factory=list)
    template: dict[str, Any] | None = None
    reply_to: str = ""
    story: dict[str, Any] | None = None
    tag: str = ""
    reactions: dict[str, str] = field(default_factory=dict)  # side -> emoji
    is_unsent: bool = False
    edits: int = 0
    seen_at: int = 0  # by the other side
    is_known_by_business: bool = True  # False: its webhook was never meant to be sent


@dataclass
class Arrival:
    """Something the business did that shows on the customer's phone."""

    number: int
    what: str  # message, typing_on, typing_off, mark_seen, react, unreact
    at: int
    via: str = "api"
    mid: str = ""
    reaction: str = ""


@dataclass
class Happening:
    """Something that is no message: a link opened, a comment below a post, another app at the chat. `what` is the name
    that its webhook has; `after` is the mid of the message that stood last then."""

    what: str
    at: int
    text: str = ""
    after: str = ""


@dataclass
class Thread:
    """The endless chat of one customer with one account. `opened_at`: the last event that opens the reply window."""

    messages: dict[str, Message] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    opened_at: int = 0
    typing_until: int = 0
    business_seen_at: int = 0

    def add(self, message: Message) -> None:
        self.messages[message.mid] = message
        if message.side == "business":
            self.typing_until = 0
            self.arrive("message", message.at, mid=message.mid, via=message.via)

    def arrive(self, what: str, at: int, *, mid: str = "", reaction: str = "", via: str = "api") -> None:
        self.arrivals.append(Arrival(len(self.arrivals) + 1, what, at, via, mid, reaction))

    def happen(self, what: str, at: int, text: str = "") -> None:
        self.happenings.append(Happening(what, at, text, next(reversed(self.messages), "")))

    def last_of(self, side: str) -> Message | None:
        return next((one for one in reversed(self.messages.values()) if one.side == side and not one.is_unsent), None)

    def received(self) -> list[dict[str, Any]]:
        """What the customer's phone got, in order; a message with all its parts."""
        return [self._arrival(one) for one in self.arrivals]

    def _arrival(self, one: Arrival) -> dict[str, Any]:
        row: dict[str, Any] = {"number": one.number, "kind": one.what, "at": one.at, "via": one.via}
        if one.mid:
            row["mid"] = one.mid
        if one.what == "react":
            row["reaction"] = one.reaction
        if one.what == "message":
            message = asdict(self.messages[one.mid])
            row |= {name: message[name] for name in _SHOWN}
            row["message_kind"] = message["kind"]
        return row


_SHOWN = ("text", "media", "quick_replies", "template", "reply_to", "tag", "seen_at", "reactions")


@dataclass
class Comment:
    """A comment below a post: may be answered privately once."""

    id: str
    account_id: str
    customer_id: str
    at: int
    is_answered: bool = False


class Record:
    """Every thread of every account. The world's lock protects it."""

    def __init__(self) -> None:
        self.threads: dict[Lane, Thread] = {}
        self.comments: dict[str, Comment] = {}

    def thread(self, account_id: str, customer_id: str) -> Thread:
        return self.threads.setdefault((account_id, customer_id), Thread())

    def known(self, account_id: str, customer_id: str) -> Thread | None:
        return self.threads.get((account_id, customer_id))

    def find(self, account_id: str, mid: str) -> tuple[str, Message] | None:
        """A message of the account by its mid, with its customer."""
        for (account, customer), thread in self.threads.items():
            if account == account_id and mid in thread.messages:
                return customer, thread.messages[mid]
        return None
