"""A desk as it is after years, for measurements: very many tickets and messages, written as rows and not through the
domain, which would take hours. What the domain promises of its rows holds for these as well."""

from __future__ import annotations

import math
import os
import random
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

import config
from helpdesk import clock
from helpdesk.app import create_app
from helpdesk.db import db, is_sqlite, transaction
from helpdesk.demo import customers, people
from helpdesk.demo.mass_rows import NUMBERED, RECENT, Batch, Known, Said, newest_id
from helpdesk.demo.telling import Library
from helpdesk.domain import agents
from helpdesk.domain.search import index
from helpdesk.images import Picture, reencode
from helpdesk.models import Agent, Event, Inbox, Membership, Message, Role

SEED = 20261123
DAYS = 540
TOGETHER = 500  # tickets in one transaction
INDEXED_TOGETHER = 2000  # messages
LONGEST = 0.01  # the share of all messages that one talkative customer has written and got
SPREAD = 0.7  # of the logarithm of a ticket's length
BACK_AGAIN = 0.4  # share of requests that come from somebody who has written before
COLLEAGUES = (
    "Ada Brandt", "Ben Castell", "Cleo Dunne", "Dario Esposito", "Edda Falk", "Finn Gruber", "Greta Holm", "Hana Ito",
    "Ivo Jansen", "Juna Krämer", "Kian Lorenz", "Lina Maas", "Milo Nyberg", "Noor Osman", "Pia Quist",
)  # fmt: skip
_CROWD = Path(__file__).with_name("crowd.toml")
_PICTURES = Path(__file__).parent.parent / "sandbox" / "samples"
_TOLD = ("en", "es", "de")  # languages in which there are stories
_LANGUAGES = {"en": 40, "de": 20, "es": 14, "fr": 9, "pt": 6, "tr": 5, "ar": 3, "ja": 3}  # weights


class Refused(Exception):
    """These rows do not belong at this desk. The message is a line for people."""


def fill(settings: config.Settings, *, tickets: int, messages: int, say: Callable[[str], None]) -> None:
    """Adds so many tickets and messages to a desk of the demo's people, or to an empty one. Raises Refused,
    people.NoAccounts."""
    _open_desk(settings)
    masses = Masses(random.Random(SEED), clock.now(), pictures=_pictures())
    done = told = 0
    while done < tickets:
        some = min(TOGETHER, tickets - done)
        with transaction():
            told += masses.write(done, some, tickets, messages - told)
        done += some
        if done % (TOGETHER * 20) == 0 or done == tickets:
            say(f"{done:,} tickets, {told:,} messages")
    _go_on_counting()
    say("putting them into the search")
    _index()


def _open_desk(settings: config.Settings) -> None:
    if not settings.is_loopback:
        raise Refused("No demo data: HOST and PUBLIC_URL can be reached from elsewhere.")
    strangers = sa.select(sa.func.count(Agent.id)).where(Agent.email.not_like("%@demo.test"))
    if db.session.execute(strangers).scalar_one():
        raise Refused("People work at this desk: demo data is only for an empty one, or for the demo's.")
    if people.is_empty():
        people.open_desk(people.read_accounts(settings.data_dir / "sandbox.json"))
    with transaction():
        for place, name in enumerate(COLLEAGUES):
            email = f"{customers.plain(name.split()[0])}@demo.test"
            if db.session.execute(sa.select(Agent.id).where(Agent.email == email)).first() is None:
                team = agents.team((people.SALES, people.RETURNS)[place % 2])
                agents.add(email, name=name, role=Role.AGENT, teams=[team])


def _pictures() -> list[tuple[str, str, Picture]]:
    """(key, key of the preview, picture) of some that customers send."""
    kept = []
    for path in sorted(_PICTURES.glob("*.jpg")):
        body = path.read_bytes()
        picture = reencode(body)
        if isinstance(picture, Picture):
            storage = current_app.extensions["storage"]
            kept.append((storage.put(body), storage.put(picture.data), picture))
    return kept


class Masses:
    """Rows, batch after batch. `now` is where their time ends."""

    def __init__(self, rng: random.Random, now: datetime, *, pictures: Sequence[tuple[str, str, Picture]]) -> None:
        self.rng, self.now, self.pictures = rng, now, pictures
        self.recent_since = now - timedelta(days=DAYS * RECENT)
        self.library, self.crowd = Library(), tomllib.loads(_CROWD.read_text("utf-8"))
        self.taken: set[str] = set()
        self.known: list[Known] = []
        self.inboxes = list(db.session.execute(sa.select(Inbox).order_by(Inbox.id)).scalars())
        self.staff: dict[int, list[Agent]] = defaultdict(list)
        working = sa.select(Membership.team_id, Agent).join(Agent, Agent.id == Membership.agent_id).order_by(Agent.id)
        for team_id, agent in db.session.execute(working):
            self.staff[team_id].append(agent)
        self.owners = list(db.session.execute(sa.select(Agent.id).where(Agent.role != Role.AGENT)).scalars())
        self.newest: dict[str, int] = dict(
            db.session.execute(sa.select(Event.room, sa.func.max(Event.seq)).group_by(Event.room)).all()
        )

    def write(self, done: int, some: int, tickets: int, left: int) -> int:
        """The next `some` of all `tickets`, of which `done` are there; `left` messages are still to be told. Inside a
        transaction. Answers how many messages these have."""
        batch = Batch(self)
        begin = self.now - timedelta(days=DAYS)
        step = timedelta(days=DAYS) / tickets
        for place in range(done, done + some):
            length = self._length(left, tickets - place, is_first=place == 0)
            left -= length
            opened_at = begin + step * place + timedelta(seconds=self.rng.uniform(0, 3600))
            batch.ticket(min(opened_at, self.now - timedelta(minutes=3)), length)
        batch.store()
        return len(batch.rows[Message])

    def _length(self, left: int, tickets: int, *, is_first: bool) -> int:
        """How many messages the next of so many tickets has; the last one has all that are left."""
        if tickets == 1:
            return left
        drawn = round(self.rng.lognormvariate(0, SPREAD) * left / tickets * math.exp(-(SPREAD**2) / 2))
        length = max(drawn, int(left * LONGEST)) if is_first else drawn
        return max(1, min(length, left - tickets + 1))

    def customer(self, opened_at: datetime) -> Known | None:
        """Somebody who has written before, and whose last request is over."""
        if not self.known or self.rng.random() > BACK_AGAIN:
            return None
        known = self.rng.choice(self.known)
        is_free = known.free_at is not None and known.free_at < opened_at - timedelta(hours=1)
        return known if is_free else None

    def somebody(self) -> tuple[str, str, str]:
        """Language, name and handle of a new customer."""
        language = self.rng.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        if language in _TOLD:
            one = customers.somebody(self.rng, language, "", taken=self.taken)
            return language, one.name, one.username
        names: Mapping[str, Sequence[str]] = self.crowd[language]
        name = f"{self.rng.choice(names['first'])} {self.rng.choice(names['last'])}"
        return language, name, f"{customers.plain(name.split()[0]) or language}.{self.rng.randrange(10**7)}"

    def talk(self, language: str, first_name: str, inbox: str, length: int) -> Iterator[Said]:
        """So many things said, the customer first."""
        told = 0
        while told < length:
            for said in self._lines(language, first_name, inbox):
                if told == length:
                    return
                if told == 0 and said.kind != "c":
                    continue
                told += 1
                yield said

    def _lines(self, language: str, first_name: str, inbox: str) -> Iterator[Said]:
        if language in _TOLD:
            stories = self.library.pick(self.rng, language=language, inbox=inbox)
            for turn in self.library.told(self.rng, stories, first=first_name):
                yield from (Said("a" if line.kind == "e" else line.kind, line.text) for line in turn if line.text)
            return
        words = self.crowd[language]
        for _ in range(self.rng.randint(1, 3)):
            yield Said("c", self.rng.choice(words["says"]))
            yield Said("a", self.rng.choice(words["answers"]))


def _go_on_counting() -> None:
    """PostgreSQL's own numbers go on after those that were given here."""
    if is_sqlite():
        return
    with transaction():
        for model in NUMBERED:
            sequence = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
            db.session.execute(sa.select(sa.func.setval(sequence, newest_id(model) + 1, False)))


def _index() -> None:
    """At once: the clock's small steps would take their time."""
    with transaction():
        index.start_over()
    goes_on = True
    while goes_on:
        with transaction():
            goes_on = index.catch_up(INDEXED_TOGETHER)


def main(tickets: int, messages: int) -> int:
    """0: made. 1: not, or not all of it."""
    try:
        settings = config.load(os.environ)
        with create_app(settings, has_api=False).app_context():
            fill(settings, tickets=tickets, messages=messages, say=lambda line: print(line, flush=True))
    except (config.ConfigError, Refused, people.NoAccounts) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
