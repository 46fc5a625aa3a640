"""The cursor: what a page is told that has missed something, and what it is not told."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import events, locks, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Membership, Team, Ticket
from helpdesk.realtime import changes
from tests.factories import a_customer_message, a_note, a_team, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.both_databases


def since(console, n, *, tag="", heard=None):
    query = "&".join([f"since={n}", *(f"heard={room}:{seq}" for room, seq in (heard or {}).items())])
    known = {"If-None-Match": tag} if tag else {}
    return console.get(f"/changes?{query}", headers={"Accept": "application/json", **known})


def move(ticket, team_name, *, by):
    with transaction():
        locks.conversation(ticket.conversation_id)
        team = db.session.execute(sa.select(Team).where(Team.name == team_name)).scalar_one()
        tickets.move(db.session.get_one(Ticket, ticket.id), team=team, by=Actor.of(by))


def test_what_was_missed_comes_once_for_each_element(desk, client):
    agent, message = an_agent(), a_customer_message("Hello?", inbox=an_inbox())
    console, upto = client(agent), events.upto()
    for text in ("One", "Two"):
        a_customer_message(text)

    answer = since(console, upto).json

    assert answer["upto"] == events.upto()
    assert answer["rooms"] == [f"agent:{agent.id}", f"team:{message.ticket.team_id}"]
    targets = [(stream["action"], stream["target"]) for stream in answer["streams"]]
    assert targets.count(("refresh", f"row-{message.ticket.number}")) == 1
    appended = [stream["html"] for stream in answer["streams"] if stream["action"] == "append"]
    assert [re.search(r">(One|Two)<", html)[1] for html in appended] == ["One", "Two"]


def test_other_teams_hear_nothing(desk, client):
    outsider, insider = an_agent(team="Returns"), an_agent(team="Sales")
    ticket = a_ticket("For your eyes", inbox=an_inbox(team="Sales"))
    a_note(ticket, "She is a friend of the owner.", by=insider)

    answer = since(client(outsider), 0)

    assert answer.json["streams"] == []
    assert "eyes" not in answer.text
    assert "eyes" in since(client(insider), 0).text


def test_a_stranger_is_told_to_sign_in(desk, client):
    answer = client().get("/changes?since=0", headers={"Accept": "application/json"})

    assert answer.status_code == 401


def test_a_ticket_that_left_is_withdrawn(desk, client):
    agent, lead = an_agent(team="Sales"), an_agent(team="Sales", also=["Returns"])
    ticket = a_ticket("Where is my parcel?", inbox=an_inbox(team="Sales"))
    upto = events.upto()
    late = a_customer_message("It is late")
    move(ticket, "Returns", by=lead)
    after_the_move = a_customer_message("Very late")

    answer = since(client(agent), upto)

    told = {(stream["action"], stream["target"]) for stream in answer.json["streams"]}
    assert told == {
        ("remove", f"row-{ticket.number}"),
        ("remove", late.dom_id),
        ("refresh", f"ticket-{ticket.number}"),
    }
    assert after_the_move.dom_id not in answer.text
    assert "late" not in answer.text


def test_who_sees_both_teams_keeps_it(desk, client):
    lead = an_agent(team="Sales", also=["Returns"])
    ticket = a_ticket(inbox=an_inbox(team="Sales"))
    upto = events.upto()
    move(ticket, "Returns", by=lead)

    answer = since(client(lead), upto)

    assert "remove" not in {stream["action"] for stream in answer.json["streams"]}
    assert f"header-{ticket.number}" in answer.text


def test_who_left_the_team_hears_no_more_of_it(desk, client):
    agent = an_agent(team="Sales", also=["Returns"])
    ticket, console = a_ticket(inbox=an_inbox(team="Sales")), client(agent)
    upto = events.upto()
    with transaction():
        db.session.delete(db.session.get_one(Membership, (agent.id, ticket.team_id)))
    a_customer_message("Still there?")

    answer = since(console, upto)

    assert answer.json["streams"] == []
    assert f"team:{ticket.team_id}" not in answer.json["rooms"]


def test_an_assignee_from_outside_the_team_hears_of_their_ticket(desk, client):
    owner = an_agent(role="owner", team="Returns")
    ticket = a_ticket(inbox=an_inbox(team="Sales"))
    upto = events.upto()
    with transaction():
        locks.conversation(ticket.conversation_id)
        tickets.assign(db.session.get_one(Ticket, ticket.id), to=owner, by=Actor.of(owner))

    answer = since(client(owner), upto)

    lines = re.findall(r'id="(event-\d+)"', answer.text.replace("\\", ""))
    assert len(lines) == len(set(lines)) == 1


def test_a_page_that_has_heard_it_all_is_told_nothing(desk, client):
    console, upto = client(an_agent()), events.upto()
    message = a_customer_message(inbox=an_inbox())
    room = f"team:{message.ticket.team_id}"

    complete = since(console, upto, heard={room: message.seq}).json
    half = since(console, upto, heard={room: message.seq - 1}).json

    assert complete["streams"] == []
    assert message.dom_id in str(half["streams"])


def test_nothing_new_is_304_until_there_is(desk, client):
    agent, ticket = an_agent(team="Sales"), a_ticket(inbox=an_inbox(team="Sales"))
    console, upto = client(agent), events.upto()
    first = since(console, upto)
    tag = first.headers["ETag"]

    a_ticket("Elsewhere", inbox=an_inbox("Outlet", team="Returns", account_id="17841400000000002"))
    unchanged = since(console, upto, tag=tag)
    a_customer_message("Hello?", inbox=ticket.conversation.inbox)
    changed = since(console, upto, tag=tag)

    assert (first.status_code, unchanged.status_code, changed.status_code) == (200, 304, 200)
    assert unchanged.data == b""
    assert changed.headers["ETag"] != tag


def test_another_team_is_something_new(desk, client):
    agent, team = an_agent(team="Sales"), a_team("Returns")
    console = client(agent)
    tag = since(console, 0).headers["ETag"]
    with transaction():
        db.session.add(Membership(agent_id=agent.id, team_id=team.id))

    assert since(console, 0, tag=tag).status_code == 200


@pytest.mark.parametrize("n", ["", "x", "-1", "1.5", "١", "9" * 40, "0x1"])
def test_a_number_that_is_none_is_refused(desk, client, n):
    assert since(client(an_agent()), n).status_code == 422


@pytest.mark.parametrize("heard", ["team:1:x", "team:1", "::-1"])
def test_a_room_without_a_number_is_refused(desk, client, heard):
    answer = client(an_agent()).get(f"/changes?since=0&heard={heard}", headers={"Accept": "application/json"})

    assert answer.status_code == (422 if heard != "team:1" else 410)


def test_a_page_from_the_future_must_load_itself_anew(desk, client):
    console = client(an_agent())

    assert since(console, 10**18).status_code == 410
    assert since(console, 0, heard={"team:1": 10**18}).status_code == 410


def test_a_page_that_is_a_week_behind_must_load_itself_anew(desk, client, later):
    console = client(an_agent())
    a_ticket(inbox=an_inbox())

    later(days=6, hours=23)
    in_time = since(console, 0).status_code
    later(hours=2)

    assert (in_time, since(console, 0).status_code) == (200, 410)
    assert since(console, events.upto()).status_code == 200


def test_a_page_that_missed_too_much_must_load_itself_anew(desk, client, monkeypatch):
    monkeypatch.setattr(changes, "MOST_PIECES", 5)
    console = client(an_agent())
    a_ticket(inbox=an_inbox())
    few = since(console, 0).status_code
    for number in range(4):
        a_customer_message(f"{number}")

    assert (few, since(console, 0).status_code) == (200, 410)


def test_what_cannot_be_drawn_does_not_hold_back_the_rest(desk, client, monkeypatch):
    agent = an_agent()
    a_customer_message("Broken", inbox=an_inbox())
    a_customer_message("Whole")
    draw = changes.pieces.streams.draw

    def fail_for_one(template, **values):
        if getattr(values.get("message"), "text", "") == "Broken":
            raise RuntimeError("the partial is broken")
        return draw(template, **values)

    monkeypatch.setattr(changes.pieces.streams, "draw", fail_for_one)

    answer = since(client(agent), 0)

    assert answer.status_code == 200
    assert "Whole" in answer.text
