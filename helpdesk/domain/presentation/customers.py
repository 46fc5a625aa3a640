"""People and their tickets in words, for the panel beside a thread."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from helpdesk.channels.contract import Channel
from helpdesk.domain import statuses
from helpdesk.models import Identity, Inbox, Ticket

# What platforms tell of a person, in the order of the panel. Others are kept and not shown.
FACTS = {
    "follower_count": "Followers",
    "is_user_follow_business": "Follows us",
    "is_business_follow_user": "We follow them",
    "is_verified_user": "Verified",
}


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


def channel_name(inbox: Inbox) -> str:
    shelf: dict[str, Channel] = current_app.extensions["channels"]
    return shelf[inbox.channel].name


def facts(identity: Identity) -> list[Fact]:
    told = ((label, identity.facts.get(name)) for name, label in FACTS.items())
    return [Fact(label, _value(value)) for label, value in told if isinstance(value, int | str)]


def state_word(ticket: Ticket) -> str:
    """ "Customer's turn", as the shop calls it."""
    return "Merged" if ticket.is_merged else statuses.name_of(ticket)


def key_word(kind: str) -> str:
    """ "igsid" → "IGSID": platforms' abbreviations stay what they are."""
    return f"{kind.upper()}" if len(kind) <= 6 else kind.replace("_", " ").capitalize()


def _value(value: int | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value[:100]
