"""The rows of one batch of made-up tickets, as the domain would have written them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from helpdesk.db import Base, db
from helpdesk.models import (
    Agent,
    Attachment,
    Contact,
    Conversation,
    Counter,
    Event,
    Identity,
    IdentityKey,
    Message,
    Ticket,
    TicketRead,
    Wait,
)

if TYPE_CHECKING:
    from helpdesk.demo.masses import Masses

NUMBERED = (Contact, Identity, Conversation, Ticket, Message)  # whose ids are given here: other rows name them
NOT_CLOSED = {"open": 0.025, "waiting": 0.01, "snoozed": 0.005}  # shares of all tickets, the newest
RECENT = 0.1  # the share of the time in which those are that are not closed
WITH_PICTURE = 0.03  # share of customers' messages
NOTES = 0.02  # share of our messages


@dataclass
class Known:
    """A customer whom the desk knows. `free_at`: when their last request ended; None while one is open."""

    conversation_id: int
    team_id: int
    inbox_id: int
    language: str
    first_name: str
    free_at: datetime | None


@dataclass(frozen=True)
class Said:
    """`kind`: c customer, a agent, n note."""

    kind: str
    text: str


Rows = dict[type[Base], list[dict[str, Any]]]


@dataclass
class Batch:
    """The rows of some tickets, with the numbers that the desk gives out next. They are given out under the counters'
    locks, so nobody else gets one meanwhile."""

    masses: Masses
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        numbers = sa.select(Counter.name, Counter.value).where(Counter.name.in_(("event", "ticket")))
        self.counters = dict(db.session.execute(numbers.with_for_update()).all())
        self.ids: dict[type[Base], int] = {model: newest_id(model) for model in NUMBERED}
        self.rng = self.masses.rng

    def ticket(self, opened_at: datetime, length: int) -> None:
        rng = self.rng
        known = self.masses.customer(opened_at) or self._customer(opened_at)
        staff = self.masses.staff[known.team_id]
        agent = rng.choice(staff)
        status = self._status(opened_at)
        self.counters["ticket"] += 1
        ticket = {
            "id": self.new_id(Ticket), "number": self.counters["ticket"], "conversation_id": known.conversation_id,
            "team_id": known.team_id, "assignee_id": agent.id if status == "closed" or rng.random() < 0.6 else None,
            "status": status, "category": status, "priority": "normal" if rng.random() < 0.93 else "high",
            "opened_at": opened_at, "closed_at": None, "snoozed_until": None, "waiting_since": None,
            "last_message_at": opened_at, "last_message_id": None, "follows_id": None, "split_from": None, "seq": 0,
        }  # fmt: skip
        told = Told(self, known, ticket, agent)
        inbox = next(one for one in self.masses.inboxes if one.id == known.inbox_id)
        for said in self.masses.talk(known.language, known.first_name, inbox.name, length):
            told.say(said)
        told.end(status)
        known.free_at = told.closed_at
        self.rows[Ticket].append(ticket)
        readers = {*self.masses.owners, agent.id} if status == "closed" else {agent.id}
        self.rows[TicketRead] += [{"ticket_id": ticket["id"], "agent_id": id, "seq": ticket["seq"]} for id in readers]

    def store(self) -> None:
        """All rows, and how far the counters have come. Rows that others point to come first."""
        order = (Contact, Identity, IdentityKey, Conversation, Ticket, Message, Attachment, Wait, Event, TicketRead)
        for model in order:
            if self.rows[model]:
                db.session.execute(sa.insert(model.__table__), self.rows[model])  # type: ignore[arg-type]
        for name, value in self.counters.items():
            db.session.execute(sa.update(Counter).where(Counter.name == name).values(value=value))

    def event(
        self, kind: str, ticket: dict[str, Any], at: datetime, *, message_id: int | None, by: Agent | None
    ) -> int:
        """Answers its number."""
        self.counters["event"] += 1
        seq, room = self.counters["event"], f"team:{ticket['team_id']}"
        self.rows[Event].append({
            "seq": seq, "room": room, "prev": self.masses.newest.get(room, 0), "kind": kind, "is_copy": False,
            "ticket_id": ticket["id"], "message_id": message_id, "actor_kind": "agent" if by else "contact",
            "actor_id": by.id if by else None, "actor_name": by.name if by else "", "data": {}, "at": at,
        })  # fmt: skip
        self.masses.newest[room] = ticket["seq"] = seq
        return seq

    def _status(self, opened_at: datetime) -> str:
        """Of recent tickets some are still open."""
        if opened_at < self.masses.recent_since:
            return "closed"
        kinds = [*NOT_CLOSED, "closed"]
        shares = [share / RECENT for share in NOT_CLOSED.values()]
        return self.rng.choices(kinds, [*shares, 1 - sum(shares)])[0]

    def _customer(self, at: datetime) -> Known:
        language, name, username = self.masses.somebody()
        inbox = self.rng.choice(self.masses.inboxes)
        contact, identity, conversation = (self.new_id(model) for model in (Contact, Identity, Conversation))
        self.rows[Contact].append({"id": contact, "name": "", "language": "", "zone": "", "created_at": at})
        self.rows[Identity].append({
            "id": identity, "inbox_id": inbox.id, "contact_id": contact, "name": name, "username": username,
            "picture_key": "", "facts": {"locale": language}, "profile_at": at, "profile_due_at": None,
            "profile_attempts": 0, "created_at": at,
        })  # fmt: skip
        key = f"99{identity:014}"
        self.rows[IdentityKey].append({"inbox_id": inbox.id, "kind": "igsid", "value": key, "identity_id": identity})
        self.rows[Conversation].append({
            "id": conversation, "inbox_id": inbox.id, "identity_id": identity, "last_inbound_at": at,
            "is_standby": False, "seen_due_at": None, "seen_told_at": None, "created_at": at,
        })  # fmt: skip
        known = Known(conversation, inbox.team_id, inbox.id, language, name.split()[0], None)
        self.masses.known.append(known)
        return known

    def new_id(self, model: type[Base]) -> int:
        self.ids[model] += 1
        return self.ids[model]


class Told:
    """One request while it is told: its messages, its waits and what happened."""

    def __init__(self, batch: Batch, known: Known, ticket: dict[str, Any], agent: Agent) -> None:
        self.batch, self.known, self.ticket, self.agent, self.rng = batch, known, ticket, agent, batch.rng
        self.at: datetime = ticket["opened_at"]
        self.waits_since: datetime | None = None
        self.closed_at: datetime | None = None
        self.is_first = True
        batch.event("ticket.opened", ticket, self.at, message_id=None, by=None)

    def say(self, said: Said) -> None:
        self.at = min(self.at + self._pause(said), self.batch.masses.now)
        if said.kind == "c":
            self._customer_says(said.text)
        else:
            self._agent_says(said)

    def end(self, status: str) -> None:
        ticket = self.ticket
        if status == "closed":
            if self.waits_since:
                self._end_wait("closed_without_reply", None)
            self.closed_at = min(self.at + timedelta(minutes=self.rng.uniform(1, 90)), self.batch.masses.now)
            ticket["closed_at"] = self.closed_at
            self.batch.event("ticket.closed", ticket, self.closed_at, message_id=None, by=self.agent)
            return
        if status == "snoozed":
            ticket["snoozed_until"] = self.batch.masses.now + timedelta(hours=self.rng.uniform(2, 90))
        if self.waits_since:
            ticket["waiting_since"] = self.waits_since
            self._wait(outcome=None, ended_at=None, replier=None)

    def _pause(self, said: Said) -> timedelta:
        median = 240 if said.kind == "c" else 420
        return timedelta(seconds=3 + min(self.rng.lognormvariate(0, 1.2) * median, 20 * 3600))

    def _customer_says(self, text: str) -> None:
        has_picture = self.batch.masses.pictures and self.rng.random() < WITH_PICTURE
        row = self._message("inbound", text, author="contact", status="received")
        row |= {"platform_at": self.at, "platform_id": f"demo-{row['id']}"}
        self._happened("message.received", row, by=None)
        if has_picture:
            self._picture(row)
        if self.waits_since is None:
            self.waits_since = self.at

    def _agent_says(self, said: Said) -> None:
        is_note = said.kind == "n" or self.rng.random() < NOTES
        direction, status = ("note", "sent") if is_note else ("outbound", "read")
        row = self._message(direction, said.text, author="agent", status=status)
        row |= {"agent_id": self.agent.id, "client_id": str(UUID(int=self.rng.getrandbits(128), version=4))}
        if not is_note:
            later = [self.at + timedelta(seconds=seconds) for seconds in (0.6, 1.4, self.rng.uniform(3, 900))]
            row |= {"sent_at": later[0], "delivered_at": later[1], "read_at": later[2]}
            row |= {"platform_id": f"demo-{row['id']}", "platform_at": later[0]}
        self._happened("note.added" if is_note else "message.queued", row, by=self.agent)
        if self.waits_since and not is_note:
            self._end_wait("replied", self.agent)

    def _message(self, direction: str, text: str, *, author: str, status: str) -> dict[str, Any]:
        none = dict.fromkeys((
            "agent_id", "token_id", "client_id", "platform_id", "reply_to_id", "platform_at", "edited_at", "deleted_at",
            "sent_at", "delivered_at", "read_at", "ledger_id", "seen_at", "seen_by_id",
        ))  # fmt: skip
        return none | {
            "id": self.batch.new_id(Message), "conversation_id": self.known.conversation_id,
            "ticket_id": self.ticket["id"], "inbox_id": self.known.inbox_id, "direction": direction, "kind": "text",
            "text": text, "is_truncated": False, "data": {}, "author_kind": author, "part": 1, "parts": 1,
            "reply_to_platform_id": "", "status": status, "status_reason": "", "is_standby": False, "edits": [],
            "at": self.at, "received_at": self.at + timedelta(seconds=0.8),
            "created_at": self.at + timedelta(seconds=0.9),
        }  # fmt: skip

    def _happened(self, kind: str, row: dict[str, Any], *, by: Agent | None) -> None:
        row["seq"] = row["first_seq"] = self.batch.event(kind, self.ticket, self.at, message_id=row["id"], by=by)
        self.ticket |= {"last_message_at": self.at, "last_message_id": row["id"]}
        self.batch.rows[Message].append(row)

    def _picture(self, row: dict[str, Any]) -> None:
        key, preview_key, picture = self.rng.choice(self.batch.masses.pictures)
        self.batch.rows[Attachment].append({
            "public_id": f"{self.rng.getrandbits(128):032x}", "message_id": row["id"], "uploader_id": None,
            "uploader_token_id": None, "position": 0, "kind": "image", "state": "ready", "source_url": "", "title": "",
            "link": "", "data": {}, "name": "", "key": key, "preview_key": preview_key, "mime": "image/jpeg",
            "size": len(picture.data), "width": picture.width, "height": picture.height, "attempts": 1,
            "next_at": None, "token": "", "error": "", "created_at": self.at,
        })  # fmt: skip

    def _end_wait(self, outcome: str, replier: Agent | None) -> None:
        self._wait(outcome=outcome, ended_at=self.at, replier=replier)
        self.waits_since, self.is_first = None, False

    def _wait(self, *, outcome: str | None, ended_at: datetime | None, replier: Agent | None) -> None:
        assert self.waits_since is not None, "somebody waits"
        is_over, team_id, assignee_id = outcome is not None, self.ticket["team_id"], self.ticket["assignee_id"]
        self.batch.rows[Wait].append({
            "ticket_id": self.ticket["id"], "kind": "first" if self.is_first else "next", "opened_at": self.waits_since,
            "received_at": self.waits_since + timedelta(seconds=0.8), "assignee_at_open": assignee_id,
            "team_at_open": team_id, "outcome": outcome, "ended_at": ended_at,
            "replier_id": replier.id if replier else None, "is_outside": False,
            "assignee_at_end": assignee_id if is_over else None, "team_at_end": team_id if is_over else None,
        })  # fmt: skip


def newest_id(model: Any) -> int:
    """The greatest id of its table, 0 while that is empty."""
    return int(db.session.execute(sa.select(sa.func.coalesce(sa.func.max(model.id), 0))).scalar_one())
