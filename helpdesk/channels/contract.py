"""What a channel is: the plain values that cross the border between a platform and the desk, and an adapter's protocol.

Adapters turn a platform's JSON into these dataclasses and these dataclasses into one HTTP request.
They know neither the database nor Flask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from helpdesk.fetch import HttpAnswer as HttpAnswer
from helpdesk.fetch import Lost as Lost
from helpdesk.fetch import NotSent as NotSent


class InvalidWebhook(Exception):
    """The request is not from the platform: no known secret signed it, or another account's secret did."""


class MalformedPayload(Exception):
    """Correctly signed, but not what the platform's documentation describes. The message is the reason, in words."""


# --- accounts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """One connected account of a platform, with its secrets in clear. Never logged: `repr` shows the id alone."""

    id: str  # the id that webhooks carry
    access_token: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)  # app secrets, the current one first
    verify_token: str = field(default="", repr=False)
    options: Mapping[str, str] = field(
        default_factory=dict
    )  # what only this channel knows, e.g. {"login": "instagram"}
    is_removed: bool = False  # disconnected less than 30 days ago: its secret still proves who speaks


@dataclass(frozen=True)
class Matched:
    """Which secret signed the body."""

    secret: str = field(repr=False)


# --- inbound --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A name by which an inbox knows a person, e.g. Key("igsid", "1234500000000001")."""

    kind: str
    value: str


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"
    SHARE = "share"  # somebody's post
    REEL = "reel"
    STORY = "story"  # a story shared, mentioned or replied to
    TEMPLATE = "template"  # a product or template card; `data` has its elements
    EPHEMERAL = "ephemeral"  # was shown once, cannot be fetched
    HEART = "heart"
    UNSUPPORTED = "unsupported"  # `title` names the platform's type


@dataclass(frozen=True)
class Media:
    """One attachment as the platform names it. `url` is where it can be fetched now, '' when it cannot."""

    kind: MediaKind
    url: str = ""
    title: str = ""
    link: str = ""  # where the original can be looked at by a person, '' when unknown
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """What every event has. `account` is ours, `contact` the customer's keys, the surest first."""

    account: str
    contact: tuple[Key, ...]
    at: datetime | None  # the platform's time (aware UTC); None when absent or not believable
    is_standby: bool = False  # another app owns the thread


class MessageKind(StrEnum):
    """How an inbound message came to be: decides its small heading on the page."""

    TEXT = "text"  # also: attachments alone
    STORY_REPLY = "story_reply"
    STORY_MENTION = "story_mention"
    POSTBACK = "postback"  # menu, ice breaker or template button; `payload` has the button's value
    QUICK_REPLY = "quick_reply"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, kw_only=True)
class MessageReceived(Inbound):
    platform_id: str
    text: str = ""
    kind: MessageKind = MessageKind.TEXT
    media: tuple[Media, ...] = ()
    reply_to: str = ""  # platform id of the quoted message
    payload: str = ""
    referral: Mapping[str, object] = field(default_factory=dict)  # ad, shop product or link that led here


@dataclass(frozen=True, kw_only=True)
class EchoReceived(Inbound):
    """Something our account sent: by us, by another app, or by a person in the platform's own app."""

    platform_id: str
    text: str = ""
    media: tuple[Media, ...] = ()
    reply_to: str = ""
    key: str = ""  # our outbox key, where the platform returns it


@dataclass(frozen=True, kw_only=True)
class MessageEdited(Inbound):
    platform_id: str
    text: str
    number: int = 1  # how many edits there have been


@dataclass(frozen=True, kw_only=True)
class MessageUnsent(Inbound):
    platform_id: str


@dataclass(frozen=True, kw_only=True)
class ReactionChanged(Inbound):
    """`emoji` is '' when the reaction was taken back. `by_us`: our own account reacted (in the platform's app)."""

    platform_id: str  # of the message reacted to
    emoji: str
    by_us: bool = False


class Receipt(StrEnum):
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, kw_only=True)
class ReceiptChanged(Inbound):
    """Either one message (`platform_id`) or all of ours up to a time (`watermark`)."""

    receipt: Receipt
    platform_id: str = ""
    watermark: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ContactChanged(Inbound):
    """The person came through a link, an ad or a shop without writing: a line on an open ticket, else nothing."""

    sentence: str  # "Opened the conversation through the link «spring»"
    referral: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChannelNotice(Inbound):
    """Handover, opt-in, policy, account events: channel health, shown to owners. `contact` may be empty."""

    kind: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Unsupported(Inbound):
    """An event that brings no message (comment, dashboard test, unknown): kept in the ledger and counted by `kind`."""

    kind: str


@dataclass(frozen=True)
class Unreadable:
    """One item of a payload that does not have the documented shape. The rest of the payload is used."""

    place: str  # "entry[0].messaging[2]"
    reason: str


@dataclass(frozen=True)
class Profile:
    """What the platform tells of a person; every field may be ''."""

    name: str = ""
    username: str = ""
    picture_url: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)  # follower_count, is_verified_user …


# --- outbound -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MediaLimit:
    types: frozenset[str]  # MIME types that the platform takes
    size: int  # bytes


@dataclass(frozen=True)
class Limits:
    """What one message may hold. `text_unit`: "bytes" (UTF-8) or "characters"."""

    text: int
    text_unit: str
    media: Mapping[MediaKind, MediaLimit]
    images_together: int = 1
    quick_replies: int = 0
    quick_reply_title: int = 0
    template_elements: int = 0
    template_buttons: int = 0
    is_text_with_media: bool = False  # may one message hold text and media?


@dataclass(frozen=True)
class QuickReplyOption:
    title: str
    payload: str


@dataclass(frozen=True)
class TemplateButton:
    """`url` for a link, else `payload` for a postback."""

    title: str
    url: str = ""
    payload: str = ""


@dataclass(frozen=True)
class TemplateElement:
    title: str
    subtitle: str = ""
    image_url: str = ""
    url: str = ""
    buttons: tuple[TemplateButton, ...] = ()


@dataclass(frozen=True)
class OutgoingMedia:
    kind: MediaKind
    url: str  # absolute, public for 30 minutes
    mime: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message to one person: exactly one HTTP request. Text and media travel together only where limits say so."""

    to: Key
    key: str  # our outbox row's key, sent along where the platform returns it
    text: str = ""
    media: tuple[OutgoingMedia, ...] = ()
    quick_replies: tuple[QuickReplyOption, ...] = ()
    template: tuple[TemplateElement, ...] = ()
    reply_to: str = ""
    is_human_agent: bool = False  # outside the normal window, typed by a person
    is_heart: bool = False


class ActionKind(StrEnum):
    TYPING_ON = "typing_on"
    TYPING_OFF = "typing_off"
    SEEN = "mark_seen"
    REACT = "react"
    UNREACT = "unreact"


@dataclass(frozen=True, kw_only=True)
class Action:
    """A sign to the customer that is no message. `platform_id` and `emoji` for reactions."""

    to: Key
    kind: ActionKind
    platform_id: str = ""
    emoji: str = ""


class RefusalKind(StrEnum):
    """Why the platform certainly did not take it, and so what happens next."""

    TEMPORARY = "temporary"  # tried again with back-off
    RATE_LIMITED = "rate_limited"  # tried again after `retry_after`
    REAUTH = "reauth"  # the channel must be connected again; rows stay queued
    SUSPENDED = "suspended"  # the platform blocked the account; rows stay queued
    WINDOW_CLOSED = "window_closed"  # the rest: failed for good, with a sentence for the agent
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    OTHER_APP = "other_app"
    INVALID = "invalid"


@dataclass(frozen=True)
class Accepted:
    platform_id: str


@dataclass(frozen=True)
class Refused:
    """The platform certainly did not take it. `reason` is a sentence for agents, `detail` the platform's words."""

    kind: RefusalKind
    reason: str
    detail: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Unknown:
    """The platform may or may not have it: never sent again blindly."""

    detail: str


Outcome = Accepted | Refused | Unknown


class Permission(StrEnum):
    FREE = "free"
    HUMAN_AGENT = "human_agent"  # only what a person typed
    NOTHING = "nothing"


@dataclass(frozen=True)
class SendPermission:
    """What may be sent now, until when (None: no end), and the sentence the composer shows when it is nothing."""

    permission: Permission
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class History:
    """What a channel must know of a conversation to say what may be sent."""

    last_inbound_at: datetime | None  # platform time of the last event that opens a window
    has_human_agent: bool = False  # the account was granted the Human Agent feature
    is_told_closed: bool = False  # the platform itself said that the normal window is over, whatever we count


# --- the adapter and what it is given ---------------------------------------------------------------------------


class Http(Protocol):
    """One HTTP request, never repeated inside the call. Raises NotSent or Lost."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> HttpAnswer: ...


class Channel(Protocol):
    """One platform. Instances hold their base URLs and nothing that changes."""

    kind: str  # "instagram"
    name: str  # "Instagram"
    key_kind: str  # the kind of Key that `send` addresses, "igsid"
    limits: Limits
    media_hosts: tuple[str, ...]  # hosts that media may be fetched from; ".fbcdn.net" takes in every subdomain

    def handshake(self, query: Mapping[str, str], accounts: Sequence[Account]) -> str:
        """The challenge to answer with. Raises InvalidWebhook."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes, accounts: Sequence[Account]) -> Matched:
        """Which secret signed these bytes. Raises InvalidWebhook, also when the body names another known account."""
        ...

    def lane(self, body: bytes) -> str:
        """Account and sender of the first item, "" when unreadable: lanes are served in turn."""
        ...

    def parse(self, body: bytes, known: Collection[str] = ()) -> list[Inbound | Unreadable]:
        """Every entry and every item of every array. Raises MalformedPayload when nothing can be read.

        `known` are the ids of our accounts: where a platform is not sure who of the two is the account, they decide.
        """
        ...

    def may_send(self, history: History, now: datetime) -> SendPermission: ...

    def send(self, outgoing: Outgoing, account: Account, http: Http) -> Outcome: ...

    def act(self, action: Action, account: Account, http: Http) -> Outcome: ...

    def profile(self, contact: Key, account: Account, http: Http) -> Profile | None:
        """Asks the platform who this is; None when it will not say. Raises NotSent or Lost."""
        ...

    def check(self, account: Account, http: Http) -> Refused | None:
        """Is the token good? None when it is."""
        ...

    def subscription(self, account: Account, http: Http) -> str:
        """Do its webhooks come to us? "" when they do, else a sentence of what is missing, or why nobody can tell."""
        ...
