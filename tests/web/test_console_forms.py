"""Typed times, sending and closing in one go, drafts, keys, and signing in over a page: as forms ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from helpdesk.channels.contract import Accepted
from helpdesk.db import db, transaction
from helpdesk.domain import agents, outbox
from helpdesk.models import Agent, Category, Direction, Message, Outbox, Priority, Session, Ticket, Wait, WaitOutcome
from tests.factories import PASSWORD, a_reply, a_ticket, an_agent

SCRIPT = {"Accept": "application/json"}
BERLIN = "Europe/Berlin"
FRIDAY = datetime(2026, 11, 27, 9, 10, tzinfo=UTC)  # 10:10 in Berlin


@pytest.fixture
def ticket(desk) -> Ticket:
    desk.at(FRIDAY)
    return a_ticket("Is it there?")


def now(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id)


def texts(direction: Direction = Direction.OUTBOUND) -> list[str]:
    return list(db.session.execute(sa.select(Message.text).where(Message.direction == direction)).scalars())


def written(**more: str) -> dict[str, str]:
    return {"kind": "reply", "client_id": "one", "text": "It is!", "zone": BERLIN} | more


# --- times ----------------------------------------------------------------------------------------------------


def test_a_ticket_is_snoozed_by_a_typed_time_in_the_typist_s_zone(client, ticket):
    console = client(an_agent())

    answer = console.post(f"/tickets/{ticket.number}/snooze", {"until": "tomorrow 9", "zone": BERLIN})

    assert answer.status_code == 303  # a plain form leads back to the ticket
    assert (now(ticket).category, now(ticket).snoozed_until) == (
        Category.SNOOZED,
        datetime(2026, 11, 28, 8, tzinfo=UTC),
    )


def test_a_time_is_told_as_it_is_understood_before_it_counts(client, ticket):
    console = client(an_agent())

    good = console.get("/typed-time", query_string={"text": "mon 14:30", "zone": BERLIN}, headers=SCRIPT)
    bad = console.get("/typed-time", query_string={"text": "soon", "zone": BERLIN}, headers=SCRIPT)
    far = console.get("/typed-time", query_string={"text": "2031-01-01", "zone": BERLIN}, headers=SCRIPT)

    assert good.json == {"at": "2026-11-30T13:30:00+00:00", "words": "Monday 30 November 2026, 14:30"}
    assert (bad.status_code, far.status_code) == (422, 422)
    assert "“soon” is not a time that the desk understands" in bad.json["error"]
    assert "within a year" in far.json["error"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("snooze", {"until": "soon"}),
        ("snooze", {"until": "tomorrow", "zone": "Europe/Nowhere"}),
        ("snooze", {}),
        ("priority", {"priority": "sky-high"}),
        ("tags", {"tags": "x" * 41}),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(client, ticket, path: str, data: dict[str, str]):
    answer = client(an_agent()).post(f"/tickets/{ticket.number}/{path}", data, headers=SCRIPT)

    assert answer.status_code == 422
    assert answer.json["error"].endswith((".", "?"))
    assert (now(ticket).category, now(ticket).priority, now(ticket).tags) == (Category.OPEN, Priority.NORMAL, [])


def test_priority_tags_and_whose_turn_it_is_are_changed_by_forms(client, ticket):
    console = client(an_agent())

    for path, data in (("priority", {"priority": "high"}), ("tags", {"tags": "vip, Returns,"}), ("wait", {})):
        assert console.post(f"/tickets/{ticket.number}/{path}", data, headers=SCRIPT).status_code == 200
    page = console.get(f"/tickets/{ticket.number}/standing", headers={"Accept": "text/html"})

    assert now(ticket).priority is Priority.HIGH
    assert sorted(tag.name for tag in now(ticket).tags) == ["Returns", "vip"]
    assert now(ticket).category is Category.WAITING
    assert 'value="Returns, vip"' in page.text
    assert "Take up again" in page.text
    console.post(f"/tickets/{ticket.number}/resume")
    assert now(ticket).category is Category.OPEN


# --- send, and … ------------------------------------------------------------------------------------------------


def test_a_reply_is_sent_and_its_ticket_closed_and_the_wait_is_credited_to_it(client, ticket):
    mona = an_agent()

    answer = client(mona).post(f"/tickets/{ticket.number}/messages", written(then="close"), headers=SCRIPT)
    with transaction():
        outbox.settle(outbox.locked(db.session.execute(sa.select(Outbox.id)).scalar_one()), Accepted("mid-of-ours"))

    assert answer.status_code == 201
    assert now(ticket).category is Category.CLOSED
    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.outcome, wait.replier_id) == (WaitOutcome.REPLIED, mona.id)


def test_a_reply_and_a_time_that_is_none_are_refused_together(client, ticket):
    sent = written(then="snooze", until="when pigs fly")

    answer = client(an_agent()).post(f"/tickets/{ticket.number}/messages", sent, headers=SCRIPT)

    assert answer.status_code == 422
    assert texts() == []
    assert now(ticket).category is Category.OPEN


def test_send_and_snooze_sent_once_more_does_not_put_off_what_came_back(client, ticket):
    console, sent = client(an_agent()), written(then="snooze", until="in 2 hours")
    console.post(f"/tickets/{ticket.number}/messages", sent, headers=SCRIPT)
    assert now(ticket).category is Category.SNOOZED
    console.post(f"/tickets/{ticket.number}/resume")

    again = console.post(f"/tickets/{ticket.number}/messages", sent, headers=SCRIPT)

    assert again.status_code == 201
    assert texts() == ["It is!"]
    assert now(ticket).category is Category.OPEN


def test_sending_into_a_closed_ticket_and_leaving_it_to_the_customer_reopens_it(client, ticket):
    console = client(an_agent())
    console.post(f"/tickets/{ticket.number}/close")

    console.post(f"/tickets/{ticket.number}/messages", written(then="wait"), headers=SCRIPT)

    assert now(ticket).category is Category.WAITING


def test_a_note_stays_a_note_whatever_comes_with_it(client, ticket):
    sent = written(kind="note", text="only for us", then="close", heart="1", reply_to="1")

    client(an_agent()).post(f"/tickets/{ticket.number}/messages", sent, headers=SCRIPT)

    assert (texts(), texts(Direction.NOTE)) == ([], ["only for us"])
    assert now(ticket).category is Category.CLOSED


def test_the_guard_asks_before_anything_is_closed(client, ticket):
    mona, seen = an_agent(), now(ticket).last_message_id
    a_reply(ticket, by=an_agent("Tom Bauer"))

    answer = client(mona).post(
        f"/tickets/{ticket.number}/messages", written(then="close", seen=str(seen)), headers=SCRIPT
    )

    assert (answer.status_code, answer.json["is_guard"]) == (409, True)
    assert now(ticket).category is Category.OPEN


# --- drafts -----------------------------------------------------------------------------------------------------


def test_a_draft_stands_in_the_page_until_its_words_have_gone_out(client, ticket):
    console = client(an_agent())
    place = f"/tickets/{ticket.number}"
    draft = {"kind": "reply", "text": "It <is>!", "revision": "0"}

    saved = console.post(f"{place}/draft", draft, headers=SCRIPT)
    page = console.get(place)
    sent = console.post(
        f"{place}/messages", written(text="It <is>!", draft_reply=str(saved.json["revision"])), headers=SCRIPT
    )
    late = console.post(f"{place}/draft", draft | {"revision": str(saved.json["revision"])}, headers=SCRIPT)

    assert ">It &lt;is&gt;!</textarea>" in page.text
    assert sent.json["draft"] == 2
    assert (late.status_code, late.json["draft"]["text"]) == (409, "")
    assert console.get(f"{place}/drafts", headers=SCRIPT).json["reply"]["text"] == ""


def test_what_was_refused_leaves_the_draft_alone(client, ticket):
    console, place = client(an_agent()), f"/tickets/{ticket.number}"
    console.post(f"{place}/draft", {"kind": "reply", "text": "It is!", "revision": "0"}, headers=SCRIPT)

    console.post(f"{place}/messages", written(then="snooze", until="never", draft_reply="1"), headers=SCRIPT)

    assert console.get(f"{place}/drafts", headers=SCRIPT).json["reply"]["text"] == "It is!"


def test_a_draft_of_neither_kind_or_of_no_revision_is_refused(client, ticket):
    console, place = client(an_agent()), f"/tickets/{ticket.number}/draft"

    assert console.post(place, {"kind": "poem", "text": "x", "revision": "0"}, headers=SCRIPT).status_code == 422
    assert console.post(place, {"kind": "reply", "text": "x", "revision": "²"}, headers=SCRIPT).status_code == 422


# --- keys -------------------------------------------------------------------------------------------------------


def test_keys_are_chosen_by_a_form_and_stand_in_the_list_and_in_the_page(client, desk):
    console = client(an_agent())

    console.post("/account/keys", {"close": "y", "take": "", "sends_by": "mod"})
    page = console.get("/account/keys").text

    assert 'name="close" value="y"' in page
    assert "<kbd>Y</kbd></dt><dd>Close, or reopen" in page
    assert "none</span></dt><dd>Assign to me" in page
    console.post("/account/keys", {"usual": "1"})
    assert 'name="close" value="e"' in console.get("/account/keys").text


def test_keys_that_cannot_be_are_told_beside_what_was_typed(client, desk):
    console = client(an_agent())

    answer = console.post("/account/keys", {"close": "r", "tags": "Alt+T <b>"})

    assert answer.status_code == 422
    assert 'name="close" value="r"' in answer.text
    assert "R is the key of “Write a reply” already." in answer.text
    assert 'value="Alt+T &lt;b&gt;"' in answer.text
    assert 'name="close" value="e"' in console.get("/account/keys").text


# --- signing in over the page -------------------------------------------------------------------------------------


def sign_in_as_script(console, agent: Agent, password: str = PASSWORD) -> Any:
    token = console.get("/sign-in", headers=SCRIPT).json["token"]
    headers = SCRIPT | {"X-CSRFToken": token}
    return console.client.post(
        "/sign-in", data={"email": agent.email, "password": password}, headers=headers, base_url=console.base_url
    )


def end_sessions() -> None:
    with transaction():
        agents._end_sessions(Session.ended_at.is_(None))


def test_a_script_signs_in_over_its_page_and_goes_on_with_the_new_token(client, ticket):
    mona = an_agent()
    console = client(mona)
    assert console.get("/sign-in", headers=SCRIPT).json["agent"] == mona.id
    end_sessions()
    refused = console.post(f"/tickets/{ticket.number}/messages", written(), headers=SCRIPT)

    wrong = sign_in_as_script(console, mona, "not the password")
    signed = sign_in_as_script(console, mona)
    stale = console.post(f"/tickets/{ticket.number}/messages", written(), headers=SCRIPT)
    console.token = signed.json["token"]
    sent = console.post(f"/tickets/{ticket.number}/messages", written(), headers=SCRIPT)

    assert refused.status_code == 401
    assert (wrong.status_code, "do not belong together" in wrong.json["error"]) == (422, True)
    assert signed.json["agent"] == mona.id
    assert (stale.status_code, stale.json["is_stale"]) == (403, True)
    assert sent.status_code == 201


def test_a_stranger_s_page_learns_that_nobody_is_signed_in(client, desk):
    assert client().get("/sign-in", headers=SCRIPT).json["agent"] is None
