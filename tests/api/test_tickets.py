"""Tickets by the API: finding them, paging while more arrive, changing how one stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.models import Event, EventKind, Ticket
from tests.api.program import Program, a_program
from tests.factories import a_customer_message, a_note, a_team, a_ticket, an_agent, an_inbox

FIELDS = {
    "number", "conversation_id", "inbox_id", "contact", "status", "priority", "team", "assignee", "tags",
    "snoozed_until", "waiting_since", "opened_at", "closed_at", "last_message_at", "updated_at",
}  # fmt: skip


def numbers(crm: Program, **query: object) -> list[int]:
    answer = crm.get("/tickets", query)
    assert answer.status_code == 200, answer.text
    return [ticket["number"] for ticket in answer.json["tickets"]]


def test_a_ticket_has_exactly_its_fields_with_times_in_utc(crm):
    ticket = a_ticket()

    told = crm.get(f"/tickets/{ticket.number}").json

    assert set(told) == FIELDS
    assert told["number"] == ticket.number
    assert told["conversation_id"] == str(ticket.conversation_id)
    assert told["opened_at"] == ticket.opened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert told["assignee"] is None


def test_what_arrives_while_one_pages_moves_nothing_to_another_page(crm):
    an_inbox()
    there = [a_ticket(customer=f"7700{n}").number for n in range(5)]
    seen, after = [], None

    while True:
        page = crm.get("/tickets", {"limit": 2} | ({"after": after} if after else {})).json
        seen += [ticket["number"] for ticket in page["tickets"]]
        a_ticket(customer=f"8800{len(seen)}")
        after = page["next"]
        if after is None:
            break

    assert seen == there[::-1]


def test_each_filter_finds_its_own(crm):
    sales, returns = (
        an_inbox("Sales", team="Sales"),
        an_inbox("Returns", team="Returns", account_id="17841488888888888"),
    )
    mona = an_agent(team="Sales")
    first = a_ticket("Do you ship 50% to Bergen?", inbox=sales, customer="7701")
    second = a_ticket("My coat tore", inbox=returns, customer="7702")
    crm.patch(f"/tickets/{first.number}", {"assignee": str(mona.id)})
    crm.patch(f"/tickets/{second.number}", {"tags": ["Damaged"], "priority": "urgent", "status": "waiting"})

    assert numbers(crm, inbox=sales.id) == [first.number]
    assert numbers(crm, team=a_team("Returns").id) == [second.number]
    assert numbers(crm, assignee=mona.id) == [first.number]
    assert numbers(crm, assignee="none") == [second.number]
    assert numbers(crm, tag="damaged") == [second.number]
    assert numbers(crm, priority="urgent") == [second.number]
    assert numbers(crm, status="waiting") == [second.number]
    assert numbers(crm, contact=first.conversation.identity.contact_id) == [first.number]
    assert numbers(crm, q="BERGEN") == [first.number]
    assert numbers(crm, q="50%") == [first.number]
    assert numbers(crm, q="%") == []
    assert numbers(crm, q="erge") == [first.number]
    assert numbers(crm, q=f"#{second.number}") == [second.number]
    assert numbers(crm, status="waiting", team=a_team("Sales").id) == []


def test_what_changed_since_is_found_and_the_rest_is_not(crm, later):
    an_inbox()
    quiet, busy = a_ticket(customer="7701"), a_ticket(customer="7702")
    later(hours=1)
    since = clock.now().isoformat()

    a_note(busy, by=an_agent())

    assert numbers(crm, updated_since=since) == [busy.number]
    assert quiet.number in numbers(crm)


def test_a_note_by_a_token_of_another_team_finds_nothing(desk):
    ticket = a_ticket("Something secret", inbox=an_inbox(team="Sales"))
    outsider = a_program(teams=("Returns",))

    assert numbers(outsider) == []
    assert numbers(outsider, q="secret") == []
    assert outsider.get(f"/tickets/{ticket.number}").status_code == 404
    assert outsider.patch(f"/tickets/{ticket.number}", {"priority": "high"}).status_code == 404


def test_a_change_is_told_to_the_team_under_the_token_s_name(crm, open_page):
    ticket = a_ticket(inbox=an_inbox(team="Sales"))
    ana = an_agent("Ana Lund", team="Sales")
    colleague, outsider = open_page(ana), open_page(an_agent(team="Returns"))
    until = (clock.now() + timedelta(hours=3)).isoformat()

    answer = crm.patch(
        f"/tickets/{ticket.number}",
        {"assignee": str(ana.id), "priority": "high", "tags": ["VIP", "Size"], "snoozed_until": until},
    )

    told = answer.json
    assert answer.status_code == 200, answer.text
    assert (told["status"], told["priority"], told["tags"]) == ("snoozed", "high", ["Size", "VIP"])
    assert told["assignee"] == {"id": str(ana.id), "name": "Ana Lund"}
    drawn = " ".join(stream.html for stream in colleague.streams)
    assert "Assigned to Ana Lund by CRM" in drawn
    assert "Priority high by CRM" in drawn
    assert outsider.streams == []
    assert crm.get(f"/tickets/{ticket.number}").json["updated_at"] >= told["last_message_at"]


@pytest.mark.parametrize("status", ["waiting", "closed"])
def test_a_status_goes_there_and_back(crm, status):
    ticket = a_ticket()

    assert crm.patch(f"/tickets/{ticket.number}", {"status": status}).json["status"] == status
    assert crm.patch(f"/tickets/{ticket.number}", {"status": "open"}).json["status"] == "open"


def test_null_wakes_and_gives_back(crm):
    ticket = a_ticket()
    mona = an_agent()
    path, until = f"/tickets/{ticket.number}", (clock.now() + timedelta(hours=3)).isoformat()
    crm.patch(path, {"assignee": str(mona.id), "status": "snoozed", "snoozed_until": until})

    told = crm.patch(path, {"assignee": None, "snoozed_until": None}).json

    assert (told["assignee"], told["status"], told["snoozed_until"]) == (None, "open", None)


def test_one_bad_part_of_a_change_changes_nothing(crm):
    ticket = a_ticket()
    stranger = an_agent(team="Returns")

    answer = crm.patch(f"/tickets/{ticket.number}", {"priority": "high", "assignee": str(stranger.id)})

    assert answer.status_code == 422
    assert "is not in the team" in answer.json["detail"]
    assert crm.get(f"/tickets/{ticket.number}").json["priority"] == "normal"


@pytest.mark.parametrize(
    "body",
    [
        {"number": 7},
        {"status": None},
        {"status": "done"},
        {"status": "snoozed"},
        {"status": "closed", "snoozed_until": "2026-12-01T08:00:00Z"},
        {"snoozed_until": "2026-12-01"},
        {"snoozed_until": 1795000000},
        {"snoozed_until": "1795000000"},
        {"team": 1},
        {"team": "999999"},
        {"assignee": "99999999999999999999"},
        {"tags": "VIP"},
        [],
        "text",
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(crm, body):
    ticket = a_ticket()
    before = db.session.execute(sa.select(sa.func.count()).select_from(Event)).scalar()

    answer = crm.patch(f"/tickets/{ticket.number}", body)

    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"].endswith(".")
    assert db.session.execute(sa.select(sa.func.count()).select_from(Event)).scalar() == before


def test_whoever_moves_a_ticket_away_no_longer_finds_it(desk):  # AP-05
    ticket = a_ticket(inbox=an_inbox(team="Sales"))
    sales = a_program(teams=("Sales",))

    moved = sales.patch(f"/tickets/{ticket.number}", {"team": str(a_team("Returns").id)})

    assert moved.json["team"]["name"] == "Returns"
    assert sales.get(f"/tickets/{ticket.number}").status_code == 404
    assert sales.get(f"/conversations/{ticket.conversation_id}/messages").status_code == 404


def test_a_customer_s_next_message_brings_a_waiting_ticket_back(crm):
    ticket = a_ticket()
    crm.patch(f"/tickets/{ticket.number}", {"status": "waiting"})

    a_customer_message("Here it is")

    assert crm.get(f"/tickets/{ticket.number}").json["status"] == "open"
    kinds = db.session.execute(sa.select(Event.kind).where(Event.ticket_id == ticket.id)).scalars().all()
    assert EventKind.TICKET_RESUMED in kinds
    assert db.session.execute(sa.select(sa.func.count()).select_from(Ticket)).scalar() == 1
