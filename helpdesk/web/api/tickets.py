"""Tickets: finding them, and changing how one stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from flask import Blueprint, Response, redirect, url_for
from pydantic import Field, model_validator

from helpdesk.domain import access, listings, standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.domain.listings import LONGEST_SEARCH, TicketFilter
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import ApiToken, Category, Priority, Scope
from helpdesk.models import Ticket as Row
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Id, Named, Nothing, Paging, Sent, Shape, Time
from helpdesk.web.api.writes import once
from helpdesk.web.bearer import current_token

bp = Blueprint("tickets", __name__)


class Ticket(Shape):
    """One request in a conversation. `number` is what people say. `waiting_since`: the customer waits for an answer."""

    number: int
    conversation_id: str
    inbox_id: str
    contact: Named
    status: Category
    priority: Priority
    team: Named
    assignee: Named | None
    tags: list[str]
    snoozed_until: Time | None
    waiting_since: Time | None
    opened_at: Time
    closed_at: Time | None
    last_message_at: Time
    updated_at: Time


class Tickets(Shape):
    tickets: list[Ticket]
    next: str | None


class TicketQuery(Paging):
    """Which tickets, newest first."""

    status: Category | None = None
    inbox: Id | None = None
    assignee: Id | Literal["none"] | None = Field(None, description="An agent's id, or “none”.")
    team: Id | None = None
    tag: str | None = Field(None, max_length=standing.TAG_LIMIT)
    priority: Priority | None = None
    contact: Id | None = None
    q: str | None = Field(
        None,
        max_length=LONGEST_SEARCH,
        description="Words, or parts of them, in messages, notes and the customer's names; or the number.",
    )
    updated_since: Time | None = Field(None, description="Ask with a minute of overlap: clocks differ.")


class TicketChange(Sent):
    """What is to be otherwise; what is not named stays. `snoozed_until` snoozes, null wakes."""

    status: Category | Nothing = None
    assignee: Id | None = Field(None, description="An agent's id; null gives the ticket back.")
    team: Id | Nothing = None
    priority: Priority | Nothing = None
    tags: list[str] | Nothing = Field(None, description="All that it has from now on.")
    snoozed_until: Time | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> TicketChange:
        given = self.model_fields_set
        for name in ("status", "team", "priority", "tags"):
            if name in given and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        if self.status is Category.REQUEST:
            raise ValueError("a ticket cannot be turned into a request")
        if self.status is Category.SNOOZED and self.snoozed_until is None:
            raise ValueError("a snoozed ticket needs snoozed_until")
        if self.snoozed_until is not None and self.status not in (None, Category.SNOOZED):
            raise ValueError("snoozed_until goes with the status snoozed alone")
        return self


@bp.get("/tickets")
@operation("Lists tickets, newest first", answer=Tickets, query=TicketQuery)
def find(query: TicketQuery) -> Tickets:
    page = listings.tickets(_filter(query), by=current_token(), after=query.cursor, limit=query.limit)
    return Tickets(tickets=shown(page.items), next=str(page.next) if page.next else None)


@bp.get("/tickets/<int:number>")
@operation("One ticket by its number", answer=Ticket)
def look(number: int) -> Ticket | Response:
    """One that was merged leads to its survivor: 308."""
    ticket = access.ticket(number, by=current_token())
    return _to_survivor("look", ticket) if ticket.is_merged else shown([ticket])[0]


@bp.patch("/tickets/<int:number>")
@operation("Changes a ticket", answer=Ticket, scope=Scope.WRITE, body=TicketChange)
def change(number: int, body: TicketChange) -> Response:
    found = access.ticket(number, by=current_token())
    if found.is_merged:
        return _to_survivor("change", found)

    def work(token: ApiToken) -> Ticket:
        ticket = access.ticket(number, by=token)
        _hand_over(ticket, body, token)
        _sort(ticket, body, Actor.of(token))
        _stand(ticket, body, Actor.of(token))
        return shown([ticket])[0]

    return once(work)


def shown(rows: Sequence[Row]) -> list[Ticket]:
    times = listings.changed_at(rows)
    return [_shown(row, times[row.id]) for row in rows]


def _shown(row: Row, updated_at: datetime) -> Ticket:
    identity = row.conversation.identity
    return Ticket(
        number=row.number,
        conversation_id=str(row.conversation_id),
        inbox_id=str(row.conversation.inbox_id),
        contact=Named(id=str(identity.contact_id), name=identity.shown_name),
        status=row.category,
        priority=row.priority,
        team=Named(id=str(row.team.id), name=row.team.name),
        assignee=Named(id=str(row.assignee.id), name=row.assignee.name) if row.assignee else None,
        tags=[tag.name for tag in row.tags],
        snoozed_until=row.snoozed_until,
        waiting_since=row.waiting_since,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        last_message_at=row.last_message_at,
        updated_at=updated_at,
    )


def _filter(query: TicketQuery) -> TicketFilter:
    return TicketFilter(
        status=query.status,
        inbox_id=_number(query.inbox),
        assignee_id=0 if query.assignee == "none" else _number(query.assignee),
        team_id=_number(query.team),
        tag=query.tag,
        priority=query.priority,
        contact_id=_number(query.contact),
        words=query.q,
        updated_since=query.updated_since,
    )


def _hand_over(ticket: Row, body: TicketChange, token: ApiToken) -> None:
    """First the team: whoever is given the ticket must be in it."""
    actor = Actor.of(token)
    try:
        if body.team is not None:
            tickets.move(ticket, team=access.team(int(body.team), by=token), by=actor)
        if "assignee" in body.model_fields_set:
            to = access.colleague(int(body.assignee), by=token) if body.assignee is not None else None
            tickets.assign(ticket, to=to, by=actor)
    except NotFound:
        raise Invalid("There is no such team, or nobody with this id who could be given the ticket.") from None


def _sort(ticket: Row, body: TicketChange, actor: Actor) -> None:
    if body.priority is not None:
        standing.prioritise(ticket, priority=body.priority, by=actor)
    if body.tags is not None:
        standing.tag(ticket, names=body.tags, by=actor)


def _stand(ticket: Row, body: TicketChange, actor: Actor) -> None:
    if body.snoozed_until is not None:
        standing.snooze(ticket, until=body.snoozed_until, by=actor)
    elif body.status is Category.CLOSED:
        tickets.close(ticket, by=actor)
    elif body.status is Category.WAITING:
        standing.leave_to_customer(ticket, by=actor)
    elif body.status is Category.OPEN:
        tickets.reopen(ticket, by=actor)
        standing.resume(ticket, by=actor)
    elif "snoozed_until" in body.model_fields_set and ticket.category is Category.SNOOZED:
        standing.resume(ticket, by=actor)


def _to_survivor(view: str, ticket: Row) -> Response:
    address = url_for(f".{view}", number=tickets.survivor(ticket).number)
    return redirect(address, 308)  # type: ignore[return-value]  # Flask's is Werkzeug's


def _number(id: str | None) -> int | None:
    return int(id) if id is not None else None
