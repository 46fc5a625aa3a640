"""Answers for a time to come, by the API: planned once, changed, called off, and gone out at their time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from helpdesk import clock, walltime
from helpdesk.db import db, transaction
from helpdesk.domain import tickets, tokens
from helpdesk.domain.events import SYSTEM
from helpdesk.models import Team, Ticket
from tests.api.program import a_program
from tests.factories import a_team, a_ticket, an_inbox, the_ticket

PATH = "/scheduled-messages"
ZONE = "Europe/Berlin"
FIELDS = {
    "id", "conversation_id", "ticket_number", "author", "client_id", "text", "at", "zone", "due_at", "grace_seconds",
    "state", "reason", "messages", "created_at", "settled_at",
}  # fmt: skip


def wall(minutes: float) -> str:
    """So many minutes from now, as the wall clock of Berlin shows it."""
    return f"{walltime.on_the_wall(clock.now() + timedelta(minutes=minutes), ZONE):%Y-%m-%dT%H:%M}"


def a_wish(ticket: Ticket, *, minutes: float = 10, **more: Any) -> dict[str, Any]:
    wish = {"conversation_id": str(ticket.conversation_id), "text": "It is here!", "at": wall(minutes), "zone": ZONE}
    return wish | more


def test_it_goes_out_at_its_time_and_says_as_which_message(sandbox, run_jobs, later, crm):
    an_inbox()
    sandbox.say("Tell me when it is there?")
    run_jobs()

    answer = crm.post(PATH, a_wish(the_ticket()))
    planned = answer.json
    run_jobs()
    assert sandbox.texts() == []
    later(minutes=11)
    run_jobs()
    gone = crm.get(f"{PATH}/{planned['id']}").json

    assert answer.status_code == 201
    assert set(planned) == FIELDS
    assert (planned["state"], planned["author"]["kind"], planned["author"]["name"]) == ("planned", "token", "CRM")
    assert sandbox.texts() == ["It is here!"]
    assert gone["state"] == "released"
    (message,) = gone["messages"]
    assert crm.get(f"/messages/{message}").json["status"] == "sent"


def test_the_same_client_id_and_the_same_key_plan_once(desk, crm):
    ticket = a_ticket()
    named, keyed = a_wish(ticket, client_id="crm-7"), a_wish(ticket)

    first, again = crm.post(PATH, named).json, crm.post(PATH, named).json
    one, replay = crm.post(PATH, keyed, key="k1"), crm.post(PATH, keyed, key="k1")

    assert first == again
    assert one.json == replay.json
    assert replay.headers["Idempotent-Replay"] == "true"
    assert len(crm.get(PATH).json["scheduled_messages"]) == 2


def test_words_time_and_zone_can_be_changed_alone(desk, crm):
    planned = crm.post(PATH, a_wish(a_ticket())).json
    place = f"{PATH}/{planned['id']}"

    other_words = crm.patch(place, {"text": "Tomorrow."}).json
    other_time = crm.patch(place, {"at": "2027-01-04T09:30"}).json
    other_zone = crm.patch(place, {"zone": "UTC"}).json

    assert (other_words["text"], other_words["due_at"]) == ("Tomorrow.", planned["due_at"])
    assert (other_time["text"], other_time["due_at"]) == ("Tomorrow.", "2027-01-04T08:30:00.000Z")
    assert (other_zone["at"], other_zone["due_at"]) == ("2027-01-04T09:30", "2027-01-04T09:30:00.000Z")


def test_called_off_it_stays_called_off(desk, crm, later, run_jobs, sandbox):
    planned = crm.post(PATH, a_wish(a_ticket())).json
    place = f"{PATH}/{planned['id']}"

    off = crm.patch(place, {"state": "cancelled"})
    later(minutes=11)
    run_jobs()

    assert (off.status_code, off.json["state"]) == (200, "cancelled")
    assert crm.patch(place, {"text": "Yet?"}).status_code == 409
    assert sandbox.texts() == []


def test_a_parked_one_is_planned_again_by_a_new_time(desk, crm, later, run_jobs):
    planned = crm.post(PATH, a_wish(a_ticket(), grace_seconds=60)).json
    later(hours=1)
    run_jobs()
    place = f"{PATH}/{planned['id']}"
    parked = crm.get(place).json

    again = crm.patch(place, {"at": wall(10)}).json

    assert parked["state"] == "parked"
    assert "late" in parked["reason"]
    assert (again["state"], again["reason"]) == ("planned", "")


def test_what_a_revoked_token_planned_does_not_go_out_by_itself(desk, crm, later, run_jobs, sandbox):
    planned = crm.post(PATH, a_wish(a_ticket())).json

    with transaction():
        tokens.revoke("CRM")
    later(minutes=11)
    run_jobs()

    left = a_program().get(f"{PATH}/{planned['id']}").json
    assert (left["state"], left["reason"]) == ("parked", "The token “CRM”, which planned it, was revoked.")
    assert sandbox.texts() == []


def test_lists_are_cut_by_state_and_conversation(desk, crm):
    ticket = a_ticket()
    other = a_ticket(customer="990077")
    mine = crm.post(PATH, a_wish(ticket)).json["id"]
    off = crm.post(PATH, a_wish(ticket)).json["id"]
    theirs = crm.post(PATH, a_wish(other)).json["id"]
    crm.patch(f"{PATH}/{off}", {"state": "cancelled"})

    def listed(**query: str) -> list[str]:
        return [one["id"] for one in crm.get(PATH, query).json["scheduled_messages"]]

    assert listed() == [theirs, off, mine]
    assert listed(state="planned") == [theirs, mine]
    assert listed(conversation=str(ticket.conversation_id)) == [off, mine]
    assert listed(limit="1") == [theirs]


def test_it_is_seen_by_those_who_see_its_ticket(desk, crm):
    ticket, to = a_ticket(), a_team("Sales").id
    planned = crm.post(PATH, a_wish(ticket)).json
    sales = a_program(teams=("Sales",))
    assert sales.get(f"{PATH}/{planned['id']}").status_code == 404
    assert sales.get(PATH).json["scheduled_messages"] == []

    with transaction():
        tickets.move(db.session.get_one(Ticket, ticket.id), team=db.session.get_one(Team, to), by=SYSTEM)

    assert sales.get(f"{PATH}/{planned['id']}").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2020-01-01T09:00"},
        {"at": "2099-01-01T09:00"},
        {"at": "tomorrow"},
        {"zone": "Europe/Atlantis"},
        {"zone": "../../etc/passwd"},
        {"text": "   "},
        {"grace_seconds": 0},
        {"grace_seconds": 10**12},
        {"grace_seconds": "60"},
        {"conversation_id": 7},
        {"state": "released"},
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_plans_nothing(desk, crm, wrong):
    answer = crm.post(PATH, a_wish(a_ticket()) | wrong)

    assert answer.status_code == 422
    assert answer.json["detail"]
    assert crm.get(PATH).json["scheduled_messages"] == []
