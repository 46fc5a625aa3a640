"""Two months of requests, planned before anything is written: who wrote when, who answered, how it ended."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helpdesk.demo import timetable
from helpdesk.demo.customers import Customer, somebody
from helpdesk.demo.people import NORD, OUTLET, PEOPLE, TEAM_OF, Person
from helpdesk.demo.telling import Library, Line

SEED = "Studio Nord"
REOPENS_WITHIN = timedelta(hours=72)
APART = timedelta(days=4)  # between two requests of one person, so that the second is a new one
_INBOXES = (NORD, NORD, OUTLET)
_LANGUAGES = ("en", "en", "de", "de", "es")
_COMES_BACK = 0.22  # share of requests by somebody who has written before
_STORIES = (4, 6, 2)  # how many requests are about one thing, two, three
_POLITE = 0.85
_IGNORED = 0.05  # share of requests that nobody answers
_HANDED_ON = 0.06  # share of answers given by a colleague instead


@dataclass(frozen=True)
class Step:
    """What happens in one moment. `by` is the e-mail of the person at the desk, "" for the customer's own deeds."""

    at: datetime
    lines: tuple[Line, ...]
    by: str = ""


@dataclass(frozen=True)
class Request:
    """One ticket's story, from opening to closing. `is_regular`: today this customer writes again."""

    customer: Customer
    steps: tuple[Step, ...]
    is_regular: bool = False

    @property
    def opened_at(self) -> datetime:
        return self.steps[0].at

    @property
    def ended_at(self) -> datetime:
        return self.steps[-1].at


class Planner:
    """The same seed, time and numbers give the same plan."""

    def __init__(self, *, until: datetime, days: int, seed: str = SEED) -> None:
        self._rng = random.Random(seed)
        self._library = Library()
        self._since, self._until = until - timedelta(days=days), until
        self._taken: set[str] = set()
        self._busy: dict[str, list[tuple[datetime, datetime]]] = {}
        self._known: list[Customer] = []

    def requests(self, count: int, *, regulars: Sequence[tuple[Customer, int]] = ()) -> list[Request]:
        """`count` requests and those that the `regulars` had (each so many), in the order in which they were opened."""
        self._taken.update(customer.username for customer, _ in regulars)
        planned = [
            replace(self._request(customer, ends=self._until - APART), is_regular=True)
            for customer, times in regulars
            for _ in range(times)
        ]
        for opened_at in timetable.openings(self._rng, count, since=self._since, until=self._until):
            planned.append(self._request(self._customer(), opened_at, ends=self._until))
        return sorted(planned, key=lambda request: request.opened_at)

    def _customer(self) -> Customer:
        if self._known and self._rng.random() < _COMES_BACK:
            return self._rng.choice(self._known)
        language, inbox = self._rng.choice(_LANGUAGES), self._rng.choice(_INBOXES)
        self._known.append(somebody(self._rng, language, inbox, taken=self._taken))
        return self._known[-1]

    def _request(self, customer: Customer, opened_at: datetime | None = None, *, ends: datetime) -> Request:
        """A request that ends in time and does not touch another one of the same person; else it is moved about."""
        while True:
            moment = opened_at or self._anytime(ends)
            steps = self._steps(customer, moment)
            if steps[-1].at < ends and self._is_free(customer, moment, steps[-1].at):
                self._busy.setdefault(customer.id, []).append((moment - APART, steps[-1].at + APART))
                return Request(customer, tuple(steps))
            opened_at = None

    def _anytime(self, ends: datetime) -> datetime:
        return timetable.openings(self._rng, 1, since=self._since, until=ends)[0]

    def _is_free(self, customer: Customer, begin: datetime, end: datetime) -> bool:
        return all(end < taken_from or taken_to < begin for taken_from, taken_to in self._busy.get(customer.id, ()))

    def _steps(self, customer: Customer, opened_at: datetime) -> list[Step]:
        rng = self._rng
        count = rng.choices((1, 2, 3), _STORIES)[0]
        stories = self._library.pick(rng, language=customer.language, inbox=customer.inbox, count=count)
        turns = self._library.told(rng, stories, first=customer.first_name)
        agent = self._agent(customer.inbox)
        steps = [Step(opened_at, tuple(turns[0]))]
        if rng.random() < _IGNORED:
            return [*steps, self._gives_up(steps[-1], agent)]
        for turn in turns[1:]:
            step = self._step(turn, steps[-1], agent, customer)
            if step is None:
                return [*steps, self._gives_up(steps[-1], agent)]
            steps.append(step)
        return steps

    def _step(self, turn: list[Line], last: Step, agent: Person, customer: Customer) -> Step | None:
        """The next moment; None when the answer would come after the platform's window has closed."""
        rng, kind = self._rng, turn[0].kind
        if kind == "c":
            is_back = last.lines[0].kind == "close"
            hours = timedelta(hours=rng.uniform(3, 60)) if is_back else timedelta()
            return Step(timetable.written_back(rng, last.at) + hours, tuple(turn))
        if kind == "r":
            return Step(last.at + timedelta(minutes=rng.uniform(0.5, 9)), tuple(turn))
        if kind == "close":
            return self._close(last, agent, customer.language)
        at = timetable.answered(rng, last.at)
        if at - last.at > timetable.LONGEST_ANSWER:
            return None
        if kind == "e":
            return Step(at, tuple(turn))
        who = self._agent(customer.inbox) if rng.random() < _HANDED_ON else agent
        return Step(at, tuple(turn), who.email)

    def _close(self, last: Step, agent: Person, language: str) -> Step:
        """Whoever closes has mostly a last word for a customer who wrote last."""
        rng = self._rng
        lines = [Line("close")]
        if last.lines[0].kind == "c" and rng.random() < _POLITE:
            lines.insert(0, self._library.farewell(rng, language))
        return Step(timetable.next_duty(last.at + timedelta(minutes=rng.uniform(2, 70))), tuple(lines), agent.email)

    def _gives_up(self, last: Step, agent: Person) -> Step:
        """Closed a day or two later, and never answered."""
        moment = timetable.next_duty(last.at + timedelta(hours=self._rng.uniform(24, 46)))
        return Step(moment, (Line("close"),), agent.email)

    def _agent(self, inbox: str) -> Person:
        team = [person for person in PEOPLE if TEAM_OF[inbox] in person.teams]
        return self._rng.choices(team, [person.weight for person in team])[0]
