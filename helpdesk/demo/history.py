"""Writes planned requests into the desk, through the domain, one transaction a request, in which the clock goes
from one of its moments to the next."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk.channels.contract import EchoReceived, ReactionChanged
from helpdesk.db import db
from helpdesk.demo import deeds
from helpdesk.demo.past import go_on, in_the_past
from helpdesk.demo.plan import Request, Step
from helpdesk.demo.telling import Line
from helpdesk.domain import contacts, intake, messages, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Ticket

_BETWEEN = timedelta(seconds=11)  # two messages of a customer who goes on typing
_ASKED_AGAIN_IN = timedelta(seconds=20)  # until then the platform knows today's customers, and shows their pictures
_READ_AT_ALL = 0.85  # share of last answers that the customer opens


@dataclass
class Historian:
    """`now` is the desk's time today: the platform was asked about everybody within the last days."""

    now: datetime
    rng: random.Random

    def write(self, request: Request, *, number: int) -> None:
        """The whole request, as ticket `number`."""
        with in_the_past(request.opened_at, ticket_number=number):
            telling = _Telling(self, request)
            for step in request.steps:
                go_on(step.at)
                telling.tell(step)

    def asked_at(self, request: Request) -> datetime:
        """When the platform told us who this is. Of today's customers we ask again in a moment."""
        if request.is_regular:
            return self.now - contacts.PROFILE_STAYS_FRESH + _ASKED_AGAIN_IN
        return self.now - timedelta(days=self.rng.uniform(0.1, 5))


class _Telling:
    """One request while it is told. `answer`: the platform's id of our newest message."""

    def __init__(self, historian: Historian, request: Request) -> None:
        self.historian, self.request, self.rng = historian, request, historian.rng
        self.customer = request.customer
        self.inbox = deeds.the_inbox(request.customer.inbox)
        self.people = {agent.email: agent for agent in db.session.scalars(sa.select(Agent))}
        self.ticket: Ticket | None = None
        self.answer, self.is_read = "", True

    def tell(self, step: Step) -> None:
        if step.lines[0].kind == "c":
            self._write_to_us(step)
        for line in step.lines:
            if line.kind == "a":
                self._answer(step, line)
            elif line.kind == "n":
                messages.note(
                    self._ticket(), client_id=deeds.client_id(self.rng), text=line.text, by=self.people[step.by]
                )
            elif line.kind == "e":
                self._answer_in_the_app(step, line)
            elif line.kind == "r":
                self._react(step, line)
            elif line.kind == "close":
                self._close(step)

    def _write_to_us(self, step: Step) -> None:
        self._read(step.at)
        for still, line in zip(range(len(step.lines) - 1, -1, -1), step.lines, strict=True):
            mid = deeds.message_id(self.rng, self.inbox.account_id)
            deeds.received(self.inbox, self.customer, step.at - still * _BETWEEN, platform_id=mid, text=line.text)
        if self.ticket is None:
            deeds.known_as(self.inbox, self.customer, asked_at=self.historian.asked_at(self.request))
            self.ticket = deeds.the_ticket(self.inbox, self.customer)

    def _answer(self, step: Step, line: Line) -> None:
        ticket, agent = self._ticket(), self.people[step.by]
        if ticket.assignee is None:
            tickets.assign(ticket, to=agent, by=Actor.of(agent))
        self.answer, self.is_read = deeds.message_id(self.rng, self.inbox.account_id), False
        deeds.answered(ticket, line.text, by=agent, platform_id=self.answer, rng=self.rng)

    def _answer_in_the_app(self, step: Step, line: Line) -> None:
        self.answer, self.is_read = deeds.message_id(self.rng, self.inbox.account_id), False
        echo = EchoReceived(platform_id=self.answer, text=line.text, **deeds.facts(self.inbox, self.customer, step.at))
        intake.apply(self.inbox, echo, received_at=step.at)

    def _react(self, step: Step, line: Line) -> None:
        if self.answer:
            self._read(step.at)
            reaction = ReactionChanged(
                platform_id=self.answer, emoji=line.text, **deeds.facts(self.inbox, self.customer, step.at)
            )
            intake.apply(self.inbox, reaction, received_at=step.at)

    def _close(self, step: Step) -> None:
        if len(step.lines) == 1 and self.rng.random() < _READ_AT_ALL:
            self._read(step.at)
        ticket = self._ticket()
        tickets.close(ticket, by=Actor.of(self.people[step.by]))
        for agent in self.people.values():
            tickets.read(ticket, by=agent)  # old news is nobody's unread message

    def _read(self, at: datetime) -> None:
        """Whoever writes or reacts has read what we wrote, a moment earlier."""
        if not self.is_read:
            self.is_read = True
            seen = at - timedelta(seconds=self.rng.uniform(4, 20))
            deeds.was_read(self.inbox, self.customer, self.answer, seen)

    def _ticket(self) -> Ticket:
        assert self.ticket is not None, "a request begins with the customer's words"
        return self.ticket
