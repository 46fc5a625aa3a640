"""Who has a ticket: taking, giving, moving, closing through the console's forms, and which screens hear of it."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Event, Wait
from tests.factories import a_customer_message, a_team, a_ticket, an_agent, an_inbox, the_ticket


def test_taking_a_ticket_shows_on_the_team_s_screens(desk, client, open_page):
    an_inbox(team="Sales")
    ticket = a_ticket()
    mona = an_agent("Mona Ortiz", team="Sales")
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    client(mona).post(f"/tickets/{ticket.number}/take")

    assert the_ticket().assignee_id == mona.id
    assert "Mona Ortiz took this ticket" in colleague.html
    assert {f"row-{ticket.number}", f"header-{ticket.number}"} <= {stream.target for stream in colleague.streams}
    assert outsider.streams == []


def test_two_take_it_at_once_and_the_second_is_told_who_was_faster(desk, client):
    ticket = a_ticket()
    mona, tom = an_agent("Mona Ortiz"), an_agent("Tom Berg")

    first = client(mona).post(f"/tickets/{ticket.number}/take", headers={"Accept": "application/json"})
    second = client(tom).post(f"/tickets/{ticket.number}/take", headers={"Accept": "application/json"})

    assert (first.status_code < 400, second.status_code) == (True, 409)
    assert "Mona Ortiz" in second.text
    assert the_ticket().assignee_id == mona.id


def test_a_move_is_left_in_the_old_room_and_entered_in_the_new_one(desk, client, open_page):
    an_inbox(team="Sales")
    ticket = a_ticket("About my return")
    returns = a_team("Returns")
    sales_agent = an_agent(team="Sales")
    sales, newcomers = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    client(sales_agent).post(f"/tickets/{ticket.number}/move", data={"team": returns.id})

    kinds = {(event.kind, event.room) for event in db.session.execute(sa.select(Event)).scalars()}
    assert ("ticket.left", f"team:{ticket.conversation.inbox.team_id}") in kinds
    assert ("ticket.entered", f"team:{returns.id}") in kinds
    assert "Moved from Sales to Returns" in newcomers.html
    assert "Returns" not in sales.html
    assert client(sales_agent).get(f"/tickets/{ticket.number}").status_code == 404


def test_an_assignee_who_is_not_in_the_new_team_loses_the_ticket(desk, client):
    an_inbox(team="Sales")
    ticket = a_ticket()
    returns = a_team("Returns")
    agent = an_agent(team="Sales")
    console = client(agent)
    console.post(f"/tickets/{ticket.number}/take")

    console.post(f"/tickets/{ticket.number}/move", data={"team": returns.id})

    assert (the_ticket().team_id, the_ticket().assignee_id) == (returns.id, None)


def test_an_assignee_in_both_teams_keeps_it(desk, client):
    an_inbox(team="Sales")
    ticket = a_ticket()
    agent = an_agent(team="Sales", also=["Returns"])
    console = client(agent)
    console.post(f"/tickets/{ticket.number}/take")

    console.post(f"/tickets/{ticket.number}/move", data={"team": a_team("Returns").id})

    assert the_ticket().assignee_id == agent.id


def test_a_ticket_cannot_be_given_to_somebody_outside_its_team(desk, client):
    an_inbox(team="Sales")
    ticket = a_ticket()
    stranger = an_agent("Rita Returns", team="Returns")

    answer = client(an_agent(team="Sales")).post(
        f"/tickets/{ticket.number}/assign", data={"to": stranger.id}, headers={"Accept": "application/json"}
    )

    assert (answer.status_code, "Rita Returns is not in the team Sales" in answer.text) == (422, True)
    assert the_ticket().assignee_id is None


def test_a_stranger_s_ticket_is_not_found_whatever_is_asked_of_it(desk, client):
    an_inbox(team="Sales")
    ticket = a_ticket()
    stranger = client(an_agent(team="Returns"))

    asked = [stranger.get(f"/tickets/{ticket.number}{part}") for part in ("", "/pane", "/header", "/panel", "/thread")]
    done = [
        stranger.post(
            f"/tickets/{ticket.number}/{verb}",
            data={"kind": "reply", "text": "x", "client_id": "c1"},
            headers={"Accept": "application/json"},
        )
        for verb in ("take", "close", "messages", "move", "assign", "read")
    ]

    assert {answer.status_code for answer in asked} == {404}
    assert {answer.status_code for answer in done} <= {404, 422}
    assert (the_ticket().category, the_ticket().assignee_id) == ("open", None)


def test_closing_without_a_reply_says_so_in_the_wait(desk, client, open_page):
    an_inbox(team="Sales")
    ticket = a_ticket()
    agent = an_agent("Mona Ortiz", team="Sales")
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    client(agent).post(f"/tickets/{ticket.number}/close")

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (the_ticket().category, wait.outcome) == ("closed", "closed_without_reply")
    assert "Closed by Mona Ortiz" in colleague.html
    assert outsider.streams == []


def test_a_wait_remembers_who_had_the_ticket_when_it_began_and_ended(desk, client):
    an_inbox(team="Sales")
    ticket = a_ticket()
    agent = an_agent(team="Sales", also=["Returns"])
    console = client(agent)

    console.post(f"/tickets/{ticket.number}/take")
    console.post(f"/tickets/{ticket.number}/move", data={"team": a_team("Returns").id})
    console.post(f"/tickets/{ticket.number}/close")

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.assignee_at_open, wait.team_at_open) == (None, a_team("Sales").id)
    assert (wait.assignee_at_end, wait.team_at_end) == (agent.id, a_team("Returns").id)


def test_reopening_when_the_conversation_goes_on_elsewhere_is_refused(desk, client, later):
    an_inbox()
    old = a_ticket().number
    console = client(an_agent())
    console.post(f"/tickets/{old}/close")
    later(hours=80)
    a_customer_message("Something new")

    answer = console.post(f"/tickets/{old}/reopen", headers={"Accept": "application/json"})

    assert (answer.status_code, f"{old + 1}" in answer.text) == (409, True)


def test_closing_twice_is_closing_once(desk, client):
    ticket = a_ticket()
    console = client(an_agent())

    for _ in range(2):
        assert console.post(f"/tickets/{ticket.number}/close").status_code < 400

    closed = sa.select(sa.func.count()).select_from(Event).where(Event.kind == "ticket.closed")
    assert db.session.execute(closed).scalar_one() == 1
