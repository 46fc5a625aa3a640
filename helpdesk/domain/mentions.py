"""Mentions: a note that says "@Mona Ortiz" calls her, and shows her the ticket from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import access, events
from helpdesk.domain.events import Actor, Viewer
from helpdesk.models import Agent, EventKind, Mention, Message, Ticket

LONGEST_NAME = 100  # characters that are looked at behind an @


def keep(message: Message, ticket: Ticket, *, chosen: Collection[int], by: Viewer) -> list[Agent]:
    """Stores whom the note calls, before its event is recorded: they are to hear of it."""
    called = named(message.text, ticket, chosen=chosen, by=by)
    for agent in called:
        db.session.add(Mention(message_id=message.id, agent_id=agent.id, ticket_id=ticket.id))
    db.session.flush()
    return called


def tell(message: Message, ticket: Ticket, called: Sequence[Agent], *, by: Viewer) -> None:
    """Tells each of them in their own room."""
    for agent in called:
        room, actor = events.agent_room(agent.id), Actor.of(by)
        facts = {"agent_id": agent.id, "message_id": message.id}
        events.record_in(room, EventKind.AGENT_MENTIONED, ticket, by=actor, is_copy=False, **facts)


def follow(*ticket_ids: int) -> None:
    """Messages have moved between these tickets: whom their notes mention sees them where they stand now."""
    stands = sa.select(Message.ticket_id).where(Message.id == Mention.message_id).scalar_subquery()
    moved = sa.update(Mention).where(Mention.ticket_id.in_(ticket_ids)).values(ticket_id=stands)
    db.session.execute(moved, execution_options={"synchronize_session": False})


def named(text: str, ticket: Ticket, *, chosen: Collection[int], by: Viewer) -> list[Agent]:
    """Active colleagues whom the text names behind an @: by their whole name, or by a first name that nobody else has.
    Of several with the same name it is who was `chosen` in the menu, else who sees the ticket already: nobody is shown
    a ticket by mistake."""
    if "@" not in text:
        return []
    rows = db.session.execute(sa.select(Agent, access.seeing(ticket)).where(Agent.is_active)).all()
    by_name = _names([(agent, bool(sees)) for agent, sees in rows])
    found: dict[int, Agent] = {}
    for name in _said(text, by_name):
        bearers = by_name[name]
        picked = [agent for agent, _ in bearers if agent.id in chosen]
        if not picked:
            picked = [agent for agent, sees in bearers if sees or len(bearers) == 1]
        found.update({agent.id: agent for agent in picked})
    if isinstance(by, Agent):
        found.pop(by.id, None)
    return sorted(found.values(), key=lambda agent: agent.id)


def _names(people: Sequence[tuple[Agent, bool]]) -> dict[str, list[tuple[Agent, bool]]]:
    whole, first = defaultdict(list), defaultdict(list)
    for person in people:
        words = person[0].name.lower().split()
        if words:
            whole[" ".join(words)].append(person)
            first[words[0]].append(person)
    return {**{name: bearers for name, bearers in first.items() if len(bearers) == 1}, **whole}


def _said(text: str, names: Collection[str]) -> list[str]:
    """The longest name behind each @ that begins a word."""
    said = []
    for place, sign in enumerate(text):
        if sign != "@" or (place and text[place - 1].isalnum()):
            continue
        behind = " ".join(text[place + 1 : place + 1 + LONGEST_NAME].lower().split(" "))
        fitting = [name for name in names if behind.startswith(name) and not behind[len(name) :][:1].isalnum()]
        if fitting:
            said.append(max(fitting, key=len))
    return said
