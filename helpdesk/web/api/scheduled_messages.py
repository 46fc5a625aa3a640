"""Messages for a time to come: planning, changing and calling them off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal
from uuid import uuid4

from flask import Blueprint, Response
from pydantic import Field, model_validator

from helpdesk import walltime
from helpdesk.domain import access, listings, scheduling
from helpdesk.domain.messages import MAX_CLIENT_ID
from helpdesk.models import Agent, ApiToken, ScheduledState, Scope
from helpdesk.models import ScheduledMessage as Row
from helpdesk.text import TEXT_LIMIT
from helpdesk.web.api.conversations import to_answer
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Id, Nothing, Paging, Sent, Shape, Time
from helpdesk.web.api.writes import once
from helpdesk.web.bearer import current_token

bp = Blueprint("scheduled_messages", __name__)

WallTime = Annotated[
    str, Field(max_length=20, description="What a wall clock of the zone shows.", examples=["2027-03-14T09:30"])
]
Zone = Annotated[str, Field(max_length=60, examples=["Europe/Berlin"])]
Words = Annotated[str, Field(max_length=TEXT_LIMIT)]


class Planner(Shape):
    kind: Literal["agent", "token"]
    id: str
    name: str


class ScheduledMessage(Shape):
    """`at` in `zone` is what was promised, `due_at` the moment that this means. `released`: it is in the outbox now as
    `messages`; `parked`: its time came and it could not go, `reason` says why, and people decide."""

    id: str
    conversation_id: str
    ticket_number: int
    author: Planner
    client_id: str
    text: str
    at: str
    zone: str
    due_at: Time
    grace_seconds: int
    state: ScheduledState
    reason: str
    messages: list[str]
    created_at: Time
    settled_at: Time | None


class ScheduledMessages(Shape):
    scheduled_messages: list[ScheduledMessage]
    next: str | None


class ScheduledQuery(Paging):
    """Which of them, the latest planned first."""

    state: ScheduledState | None = None
    conversation: Id | None = None


class NewScheduledMessage(Sent):
    """An answer for a time to come. The same `client_id` again is the same plan."""

    conversation_id: Id
    text: Words
    at: WallTime
    zone: Zone
    grace_seconds: int = Field(
        int(scheduling.GRACE.total_seconds()), description="How late it may still go out; later, it is parked."
    )
    client_id: str | None = Field(None, min_length=1, max_length=MAX_CLIENT_ID)


class ScheduledChange(Sent):
    """What is to be otherwise; what is not named stays. A parked one is planned again by a new time."""

    text: Words | Nothing = None
    at: WallTime | Nothing = None
    zone: Zone | Nothing = None
    state: Literal["cancelled"] | Nothing = Field(None, description="Calls it off.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> ScheduledChange:
        given = self.model_fields_set
        for name in sorted(given):
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        if "state" in given and len(given) > 1:
            raise ValueError("what is called off is not changed as well")
        return self


@bp.get("/scheduled-messages")
@operation("Lists scheduled messages", answer=ScheduledMessages, query=ScheduledQuery)
def find(query: ScheduledQuery) -> ScheduledMessages:
    token = current_token()
    conversation = access.conversation(int(query.conversation), by=token) if query.conversation else None
    page = listings.scheduled(query.state, conversation=conversation, by=token, after=query.cursor, limit=query.limit)
    return ScheduledMessages(scheduled_messages=_shown(page.items), next=str(page.next) if page.next else None)


@bp.post("/scheduled-messages")
@operation("Plans a message", answer=ScheduledMessage, status=201, scope=Scope.WRITE, body=NewScheduledMessage)
def plan(body: NewScheduledMessage) -> Response:
    def work(token: ApiToken) -> ScheduledMessage:
        planned = scheduling.plan(
            to_answer(access.conversation(int(body.conversation_id), by=token), token),
            client_id=body.client_id or str(uuid4()),
            text=body.text,
            at=walltime.read(body.at),
            zone=body.zone,
            grace=timedelta(seconds=body.grace_seconds),
            by=token,
        )
        return _shown([planned])[0]

    return once(work, status=201)


@bp.get("/scheduled-messages/<int:id>")
@operation("One scheduled message", answer=ScheduledMessage)
def look(id: int) -> ScheduledMessage:
    return _shown([access.scheduled_message(id, by=current_token())])[0]


@bp.patch("/scheduled-messages/<int:id>")
@operation(
    "Changes a scheduled message, or calls it off", answer=ScheduledMessage, scope=Scope.WRITE, body=ScheduledChange
)
def change(id: int, body: ScheduledChange) -> Response:
    def work(token: ApiToken) -> ScheduledMessage:
        planned = access.scheduled_message(id, by=token)
        if body.state is not None:
            scheduling.cancel(planned, by=token)
        elif body.model_fields_set:
            scheduling.change(
                planned,
                text=planned.text if body.text is None else body.text,
                at=walltime.read(planned.wall_time if body.at is None else body.at),
                zone=body.zone or planned.zone,
                by=token,
            )
        return _shown([planned])[0]

    return once(work)


def _shown(rows: Sequence[Row]) -> list[ScheduledMessage]:
    messages = listings.released(rows)
    return [
        ScheduledMessage(
            id=str(row.id),
            conversation_id=str(row.conversation_id),
            ticket_number=row.ticket.number,
            author=_planner(row.writer),
            client_id=row.client_id,
            text=row.text,
            at=row.wall_time.replace(" ", "T"),
            zone=row.zone,
            due_at=row.due_at,
            grace_seconds=row.grace,
            state=row.state,
            reason=row.reason,
            messages=[str(id) for id in messages[row.id]],
            created_at=row.created_at,
            settled_at=row.settled_at,
        )
        for row in rows
    ]


def _planner(writer: Agent | ApiToken) -> Planner:
    return Planner(kind="agent" if isinstance(writer, Agent) else "token", id=str(writer.id), name=writer.name)
