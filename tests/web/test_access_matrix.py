"""Plays every row of the matrix, and holds it against the routes that there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from helpdesk import clock, walltime
from helpdesk.db import db, transaction
from helpdesk.domain import agents, contact_fields, contact_notes, ledger, saved_views, scheduling
from helpdesk.domain.conditions import Group
from helpdesk.domain.ledger import Raw
from helpdesk.domain.saved_views import Wish
from helpdesk.models import Agent, Audience, Inbox, LedgerState, Message
from helpdesk.realtime.handlers import EVENTS
from helpdesk.secrets import sign_file_key
from helpdesk.web.assets import asset_url
from tests.api.program import a_token
from tests.factories import a_customer_message, a_team, an_agent, an_inbox
from tests.support.console import Console
from tests.support.desk import Desk
from tests.web.access_matrix import PEOPLE, ROUTES, SOCKET_EVENTS, Of, Row
from tests.web.things import a_file, a_picture, with_profile_picture

NAMED_BY_IT = (Of.REMARK, Of.DETAIL)  # what a message's number names, and there is only once
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@dataclass
class World:
    """Two inboxes, and whoever asks. Messages (of one's own team, or not) are made anew after a request that may have
    changed them."""

    desk: Desk
    own: Inbox
    foreign: Inbox
    people: dict[str, Agent]
    stranger_of_legal: Agent
    tokens: dict[str, str]
    made: int = 0
    unchanged: dict[bool, int] = field(default_factory=dict)

    @classmethod
    def new(cls, desk: Desk) -> World:
        own, foreign = an_inbox("Own", team="Sales"), an_inbox("Foreign", team="Legal", account_id="17841488888888888")
        people = {
            "agent": an_agent(team="Sales"),
            "outsider": an_agent(team="Returns"),
            "lead": an_agent(role="lead", team="Sales"),
            "owner": an_agent(role="owner", team="Returns"),
        }
        tokens = {f"token_{scope}": a_token(scope=scope, teams=("Sales",)) for scope in ("read", "write")}
        return cls(desk, own, foreign, people, an_agent(team="Legal"), tokens)

    def browser(self, who: str) -> Console:
        return self.desk.client(self.people.get(who))

    def message(self, *, is_own: bool) -> Message:
        if is_own not in self.unchanged:
            self.made += 1
            inbox, customer = self.own if is_own else self.foreign, f"99{self.made:08d}"
            self.unchanged[is_own] = a_customer_message(f"marked-{self.made}.", inbox=inbox, customer=customer).id
        return db.session.get_one(Message, self.unchanged[is_own])

    def answered(self, status: int, row: Row, *, is_own: bool) -> None:
        is_changed = row.method != "GET" and status < 400
        if is_changed or row.of in NAMED_BY_IT:
            del self.unchanged[is_own]

    def another(self, *, is_own: bool) -> Message:
        """From somebody else than `message`."""
        del self.unchanged[is_own]
        return self.message(is_own=is_own)


@dataclass
class Request:
    """One cell's request: the path with its object, what it sends, and the mark by which lists show the object."""

    path: str
    data: dict[str, Any]
    query: dict[str, str]
    mark: str = ""


def test_every_route_has_its_row_and_every_row_its_route(app):
    there_are = {
        f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    rows = [row.name for row in ROUTES]

    assert sorted(rows) == sorted(set(rows))
    assert there_are - set(rows) == set(), "routes without a row"
    assert set(rows) - there_are == set(), "rows without a route"


def test_every_socket_event_has_its_row_and_every_row_its_event():
    assert {row.event for row in SOCKET_EVENTS} == {*EVENTS, "stream"}


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: row.name)
def test_the_row_is_true(desk, row: Row):
    world = World.new(desk)
    expected, found = {}, {}

    for who in PEOPLE:
        browser = world.browser(who)
        for is_own in (True, False) if row.of is not Of.NOTHING else (True,):
            request = asked(world, row, is_own=is_own)
            place = who, "own" if is_own else "foreign"
            expected[place] = row.expected(who, is_own=is_own)
            found[place] = status(browser, row, request, who, world.tokens.get(who))
            world.answered(found[place], row, is_own=is_own)

    assert found == expected


def status(browser: Console, row: Row, request: Request, who: str, token: str | None) -> int:
    """The answer's status; on a list that does not show the object, 404."""
    headers = {"Accept": "text/html" if row.method == "GET" else "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if row.method == "POST" and not row.is_for_programs and who not in ("agent", "outsider", "lead", "owner"):
        browser.get("/sign-in")  # its token, so that it is not for want of one that they are refused
    if row.method == "GET":
        answer = browser.get(request.path, headers=headers, query_string=request.query)
    elif row.is_for_programs and row.sends:
        answer = browser.ask(row.method, request.path, headers=headers, json=request.data)
    else:
        answer = browser.post(request.path, headers=headers, data=request.data)
    if answer.status_code == 200 and row.of is Of.LIST:
        return 200 if request.mark in answer.text else 404
    return answer.status_code


def asked(world: World, row: Row, *, is_own: bool) -> Request:
    """The row's request about a fresh object of one's own team's, or of Legal's."""
    message = world.message(is_own=is_own)
    assert message.ticket is not None
    values: dict[str, Any] = {
        "number": message.ticket.number,
        "team": a_team("Returns").id,
        "conversation": message.conversation_id,
        "other": another_contact(world, row, is_own=is_own),
        "tomorrow": f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }
    data = {name: value.format(**values) for name, value in row.sends.items()}
    query = {}
    if row.of is Of.LIST:
        query = {"view": "all", "numbers": str(message.ticket.number), "since": "0"}
    if row.of is Of.UPLOAD:
        about = (
            {"conversation": str(message.conversation_id)}
            if row.is_for_programs
            else {"ticket": str(message.ticket.number)}
        )
        data = {**about, "file": (BytesIO(PDF), "offer.pdf")}
    mark = message.text
    if row.rule == "/search":  # whose answer repeats the question
        query, mark = {"q": message.text}, f'data-message="{message.id}"'
    if row.is_for_programs:
        query, mark = {}, mark_for_programs(row, message)
    return Request(path_of(world, row, message, is_own=is_own), data, query, mark=mark)


def mark_for_programs(row: Row, message: Message) -> str:
    """By what a list of the API shows the object."""
    ticket, conversation = message.ticket, message.conversation
    return {
        "tickets": f'"number":{ticket.number if ticket else 0},',
        "contacts": f'"value":"{conversation.identity.keys[0].value}"',
        "inboxes": f'"name":"{conversation.inbox.name}"',
    }.get(row.rule.rpartition("/")[2], "")


def path_of(world: World, row: Row, message: Message, *, is_own: bool) -> str:
    rule = row.rule.replace("<what>", "zone")
    placeholder = rule.partition("<")[2].partition(">")[0].rpartition(":")[2]
    if row.rule.startswith("/assets/"):
        return asset_url("css/tokens.css")
    if not placeholder:
        return row.rule
    value = value_for(world, row, placeholder, message, is_own=is_own)
    before, _, after = rule.partition("<")
    return f"{before}{value}{after.partition('>')[2]}"


def value_for(world: World, row: Row, placeholder: str, message: Message, *, is_own: bool) -> object:
    match row.of:
        case Of.TICKET:
            return message.ticket.number if message.ticket else 0
        case Of.MESSAGE:
            return message.id
        case Of.TALK:
            return message.conversation_id
        case Of.CONTACT:
            return message.conversation.identity.contact_id
        case Of.IDENTITY:
            return with_profile_picture(message.conversation.identity).id
        case Of.FILE:
            return a_file(message=message, preview=a_picture()).public_id
        case Of.PLANNED:
            return a_plan(message)
        case Of.VIEW:
            return a_team_s_view("Sales" if is_own else "Legal")
        case Of.MEDIA:
            until = clock.now() + timedelta(minutes=30)
            public_id = a_file(message=message).public_id
            return sign_file_key(public_id, secret=world.desk.settings.secret_key, until=until)
        case Of.SESSION:
            return a_session(world.people["agent"] if is_own else world.stranger_of_legal)
        case Of.LEDGER:
            return a_webhook(world)
        case Of.REMARK:
            return a_remark(message)
        case Of.DETAIL:
            return a_field(f"Field {message.id}")
        case _:
            return {"kind": "instagram", "token": "made-up"}[placeholder]


def a_team_s_view(team: str) -> int:
    """The id of a saved view that an owner made for it."""
    owner, team_id = an_agent(role="owner"), a_team(team).id
    with transaction():
        wish = Wish("Theirs", Audience.TEAM, team_id, Group(), "waiting")
        return saved_views.create(wish, by=db.session.get_one(Agent, owner.id)).id


def a_session(agent: Agent) -> int:
    """The id of a further session of theirs."""
    with transaction():
        agents.sign_in(agent.id, address="192.0.2.1", browser="another")
    return max(session.id for session in agents.sessions(db.session.get_one(Agent, agent.id)))


def a_plan(message: Message) -> int:
    """The id of an answer planned for tomorrow."""
    author = an_agent().id
    with transaction():
        ticket = db.session.merge(message).ticket
        assert ticket is not None
        at = walltime.on_the_wall(clock.now() + timedelta(days=1), "Europe/Berlin")
        by = db.session.get_one(Agent, author)
        return scheduling.plan(ticket, client_id="matrix", text="It is here", at=at, zone="Europe/Berlin", by=by).id


def another_contact(world: World, row: Row, *, is_own: bool) -> int:
    """The id of somebody else of the same team, where the row is about two people."""
    return world.another(is_own=is_own).conversation.identity.contact_id if "{other}" in row.sends.values() else 0


def a_remark(message: Message) -> int:
    """The id of a note that a colleague wrote about the customer."""
    author = an_agent().id
    with transaction():
        contact = db.session.merge(message).conversation.identity.contact
        note = contact_notes.add(contact, text=f"Note {message.id}", by=db.session.get_one(Agent, author))
        assert note is not None
        db.session.flush()
        return note.id


def a_field(name: str) -> int:
    with transaction():
        return contact_fields.add(name=name, kind="text").id


def a_webhook(world: World) -> int:
    """The number of one that could not be read."""
    world.made += 1
    with transaction():
        ledger.store_many([Raw("instagram", "", "", b"not JSON %d" % world.made)])
        row = ledger.listing()[0]
        ledger.finish(row, LedgerState.QUARANTINED, error="not JSON")
    return row.id
