"""Splitting, merging, linking, naming and letting in, through the pages: with a script and without one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import inboxes, merges, splits
from helpdesk.models import Agent, Inbox, Message, Ticket
from tests.api.program import a_program
from tests.domain.steps import the_agent
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox

PAGE, SCRIPT = {"Accept": "text/html"}, {"Accept": "application/json"}


@pytest.fixture
def agent(desk) -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def pair(agent: Agent) -> tuple[int, int]:
    """Numbers of a main ticket and of one that was split from it."""
    main, question = a_ticket("Where is my order?"), a_customer_message("And may I return the jacket?")
    with transaction():
        side = splits.split(db.session.get_one(Ticket, main.id), [question.id], by=the_agent(agent.id))
    return main.number, side.number


def merged(pair: tuple[int, int], agent: Agent) -> None:
    with transaction():
        main, side = (db.session.execute(sa.select(Ticket).where(Ticket.number == one)).scalar_one() for one in pair)
        merges.merge(side, into=main, by=the_agent(agent.id))


def test_links_to_a_merged_ticket_lead_to_its_survivor(client, agent, pair):
    main, side = pair
    merged(pair, agent)
    page, program = client(agent), a_program()

    for path in ("", "/pane"):
        answer = page.get(f"/tickets/{side}{path}?view=all", headers=PAGE)
        assert (answer.status_code, answer.location) == (302, f"/tickets/{main}{path}?view=all")
    for answer in (
        program.get(f"/tickets/{side}"),
        program.ask("PATCH", f"/tickets/{side}", json={"priority": "high"}),
    ):
        assert (answer.status_code, answer.location) == (308, f"/api/v1/tickets/{main}")
    assert program.get(f"/tickets/{main}").status_code == 200


def test_without_a_script_a_form_splits_and_merges_and_undoes(client, agent):
    page, ticket = client(agent), a_ticket("Where is my order?")
    question = a_customer_message("And <b>may</b> I return it?")

    form = page.get(f"/tickets/{ticket.number}/split?message={question.id}", headers=PAGE).text
    assert f'value="{question.id}" checked' in form
    assert "&lt;b&gt;may" in form
    moved = page.post(f"/tickets/{ticket.number}/split", {"message": [question.id], "to": ""}, headers=PAGE)
    side = ticket.number + 1
    assert (moved.status_code, moved.location) == (303, f"/tickets/{side}")
    asked = page.get(f"/tickets/{side}/merge?other={ticket.number}&keep={ticket.number}", headers=PAGE).text
    assert f"Ticket {side} is closed, and its number leads to ticket {ticket.number}." in asked
    done = page.post(f"/tickets/{side}/merge", {"other": ticket.number, "keep": ticket.number}, headers=PAGE)
    assert (done.status_code, done.location) == (303, f"/tickets/{ticket.number}")
    assert "Merged into this one" in page.get(f"/tickets/{ticket.number}", headers=PAGE).text
    back = page.post(f"/tickets/{ticket.number}/unmerge", {"merged": side}, headers=PAGE)
    assert back.status_code == 303
    assert page.get(f"/tickets/{side}", headers=PAGE).status_code == 200


def test_a_script_is_told_where_to_go_on_and_what_was_done(client, agent):
    ticket, question = a_ticket(), a_customer_message("And may I return it?")

    answer = client(agent).post(f"/tickets/{ticket.number}/split", {"message": question.id}, headers=SCRIPT)

    assert answer.json["go"] == ticket.number + 1
    assert answer.json["said"] == f"Moved to the new ticket {ticket.number + 1}."


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("split", {}, 422),
        ("split", {"message": "one"}, 422),
        ("split", {"message": "999999"}, 422),
        ("merge", {}, 422),
        ("merge", {"other": "999999"}, 404),
        ("merge", {"other": "{other}"}, 422),
        ("unmerge", {"merged": "{other}"}, 409),
        ("link", {"other": "999999"}, 422),
        ("link", {"other": ""}, 422),
        ("status", {"status": "no-such"}, 404),
        ("request", {"decision": "marry"}, 422),
    ],
)
def test_bad_input_is_refused_in_words_and_changes_nothing(client, agent, path, sent, status):
    ticket, other = a_ticket(), a_ticket(customer="9900000000000001")
    sent = {name: value.format(other=other.number) for name, value in sent.items()}

    answer = client(agent).post(f"/tickets/{ticket.number}/{path}", sent, headers=SCRIPT)

    assert answer.status_code == status
    assert answer.json["error"]
    assert db.session.execute(sa.select(sa.func.count()).select_from(Ticket)).scalar_one() == 2


def test_a_request_has_buttons_in_the_place_of_the_composer_until_it_is_decided(client, agent):
    inbox = an_inbox()
    with transaction():
        inboxes.change(db.session.get_one(Inbox, inbox.id), holds_requests=True)
    ticket = a_ticket("Do you know me?", inbox=inbox)
    page = client(agent)

    asked = page.get(f"/tickets/{ticket.number}/pane", headers=PAGE).text
    listed = page.get("/queue?view=requests", headers=PAGE).text
    decided = page.post(f"/tickets/{ticket.number}/request", {"decision": "accept"}, headers=SCRIPT)
    after = page.get(f"/tickets/{ticket.number}/pane", headers=PAGE).text

    assert ("Block" in asked, "<message-composer" in asked) == (True, False)
    assert f'id="row-{ticket.number}"' in listed
    assert decided.status_code == 200
    assert "<message-composer" in after
    assert page.post(f"/tickets/{ticket.number}/request", {"decision": "block"}, headers=SCRIPT).status_code == 409


def test_an_owner_sets_how_long_tickets_reopen_and_keeps_what_was_typed_when_it_cannot_be(client):
    inbox, owner = an_inbox(), client(an_agent(role="owner"))

    wrong = owner.post("/settings/inboxes", {"inbox": inbox.id, "reopen_hours": "a week"}, headers=PAGE)
    right = owner.post("/settings/inboxes", {"inbox": inbox.id, "reopen_hours": "48", "holds_requests": "1"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "a week" in wrong.text
    assert "whole number of hours" in wrong.text
    changed = db.session.get_one(Inbox, inbox.id)
    assert (changed.reopen_hours, changed.holds_requests) == (48, True)


def test_an_owner_names_statuses_and_keeps_what_was_typed_when_it_cannot_be(client):
    owner, ticket = client(an_agent(role="owner")), a_ticket()

    added = owner.post("/settings/statuses", {"category": "open", "name": "With <the> tailor"}, headers=PAGE)
    twice = owner.post("/settings/statuses", {"category": "waiting", "name": "With <the> tailor"}, headers=PAGE)
    key = db.session.execute(sa.text("SELECT key FROM status")).scalar_one()
    given = owner.post(f"/tickets/{ticket.number}/status", {"status": key}, headers=SCRIPT)

    assert (added.status_code, twice.status_code, given.status_code) == (303, 422, 200)
    assert "already" in twice.text
    assert "With &lt;the&gt; tailor" in owner.get(f"/tickets/{ticket.number}/header", headers=PAGE).text
    assert owner.post("/settings/statuses/remove", {"key": key}).status_code == 303


def test_a_side_ticket_s_messages_say_so_and_can_be_claimed_only_from_the_app(client, agent, pair):
    page = client(agent)

    shown = page.get(f"/tickets/{pair[0]}/pane", headers=PAGE).text
    message = db.session.execute(sa.select(Message.id).order_by(Message.id)).scalars().all()[0]
    claimed = page.post(f"/messages/{message}/claim", headers=SCRIPT)

    assert f'<p class="message__ticket"><a class="link" href="/tickets/{pair[1]}"' in shown
    assert claimed.status_code == 409
