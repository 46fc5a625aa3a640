"""Answering by the API: to the customer's phone and back, once however often it is asked for."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key, MessageUnsent
from helpdesk.db import db, transaction
from helpdesk.domain import idempotency, intake, tickets
from helpdesk.domain.events import SYSTEM
from helpdesk.models import IdempotencyKey, Inbox, Message, Ticket, Wait, WaitOutcome
from tests.api.program import Program, a_program
from tests.factories import (
    CUSTOMER,
    a_customer_message,
    a_note,
    a_reply,
    a_team,
    a_ticket,
    an_agent,
    an_inbox,
    the_ticket,
)
from tests.web.things import a_file

FIELDS = {
    "id", "conversation_id", "ticket_number", "client_id", "part", "parts", "direction", "author", "text",
    "attachments", "reply_to", "reactions", "status", "status_reason", "platform_id", "created_at", "platform_at",
    "edited_at", "deleted_at", "expires_at",
}  # fmt: skip
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
REPLY = {"kind": "reply", "text": "Yes, since this morning!"}


def talk(ticket: Ticket) -> str:
    return f"/conversations/{ticket.conversation_id}/messages"


def ours() -> int:
    """How many messages the desk has written."""
    found = sa.select(sa.func.count()).select_from(Message).where(Message.client_id.is_not(None))
    return db.session.execute(found).scalar_one()


def test_a_reply_reaches_the_customer_and_its_journey_can_be_read(sandbox, run_jobs, crm, open_page):
    an_inbox(team="Sales")
    sandbox.say("Hi, is the blue jacket back in stock?")
    run_jobs()
    ticket = the_ticket()
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    answer = crm.post(talk(ticket), REPLY)
    (written,) = answer.json["messages"]
    before = crm.get(f"/messages/{written['id']}").json
    run_jobs()
    after = crm.get(f"/messages/{written['id']}").json

    assert answer.status_code == 201
    assert set(written) == FIELDS
    assert written["author"]["kind"] == "token"
    assert written["author"]["name"] == "CRM"
    assert (written["status"], before["status"], after["status"]) == ("queued", "queued", "sent")
    assert after["platform_id"]
    assert sandbox.texts() == ["Yes, since this morning!"]
    assert any("CRM" in stream.html for stream in colleague.streams)
    assert outsider.streams == []


def test_the_wait_is_over_and_nobody_has_the_credit(sandbox, run_jobs, crm):
    an_inbox()
    sandbox.say("Hello?")
    run_jobs()

    crm.post(talk(the_ticket()), REPLY)
    run_jobs()

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.outcome, wait.replier_id, wait.is_outside) == (WaitOutcome.REPLIED, None, False)
    assert crm.get(f"/tickets/{the_ticket().number}").json["waiting_since"] is None


def test_a_note_stays_in_the_house(sandbox, run_jobs, crm):
    an_inbox()
    sandbox.say("Hello?")
    run_jobs()

    (note,) = crm.post(talk(the_ticket()), {"kind": "note", "text": "Buys a lot"}).json["messages"]
    run_jobs()

    assert (note["direction"], note["text"]) == ("note", "Buys a lot")
    assert sandbox.texts() == []


def test_a_long_reply_is_several_parts_of_one_client_id(crm):
    ticket = a_ticket()

    answer = crm.post(talk(ticket), {"kind": "reply", "text": "A sentence of some length. " * 80, "client_id": "abc-1"})

    parts = answer.json["messages"]
    assert [(one["part"], one["parts"]) for one in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert {one["client_id"] for one in parts} == {"abc-1"}
    assert len(parts) > 1


def test_the_same_client_id_is_the_same_message(crm):
    ticket = a_ticket()

    first = crm.post(talk(ticket), {**REPLY, "client_id": "abc-1"}).json
    again = crm.post(talk(ticket), {**REPLY, "client_id": "abc-1"}).json

    assert first == again
    assert ours() == 1


def test_the_same_key_answers_the_first_answer_and_writes_nothing(crm, run_jobs):  # AP-17
    ticket = a_ticket()

    first = crm.post(talk(ticket), REPLY, key="order-1183")
    crm.patch(f"/tickets/{ticket.number}", {"status": "closed"})
    again = crm.post(talk(ticket), REPLY, key="order-1183")
    other = crm.post(talk(ticket), {**REPLY, "text": "No"}, key="order-1183")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.data == first.data
    assert again.headers["Idempotent-Replay"] == "true"
    assert "needs a new key" in other.json["detail"]
    assert ours() == 1


def test_the_same_key_twenty_times_at_once_is_one_message(desk, crm):  # AP-16
    ticket = a_ticket()
    answers, start = [], threading.Barrier(20)

    def ask() -> None:
        with desk.app.app_context():
            start.wait()
            answers.append(crm.post(talk_path, REPLY, key="once"))

    talk_path = talk(ticket)
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    desk.reading()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert ours() == 1


def test_a_crash_before_the_commit_leaves_neither_message_nor_answer(desk, crm, monkeypatch):
    ticket = a_ticket()

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", dies)
        with pytest.raises(KeyboardInterrupt):
            crm.post(talk(ticket), REPLY, key="once")
    desk.reading()
    assert ours() == 0

    assert crm.post(talk(ticket), REPLY, key="once").status_code == 201
    assert ours() == 1


def test_what_was_refused_leaves_its_key_free(crm):
    ticket = a_ticket()

    refused = crm.post(talk(ticket), {"kind": "reply", "text": ""}, key="once")

    assert refused.status_code == 422
    assert crm.post(talk(ticket), REPLY, key="once").status_code == 201


def test_another_program_s_key_is_another_key(crm):
    ticket = a_ticket()

    crm.post(talk(ticket), REPLY, key="once")
    a_program().post(talk(ticket), REPLY, key="once")

    assert ours() == 2


def test_after_a_day_a_key_may_be_used_again(crm, later):
    ticket = a_ticket()
    crm.post(talk(ticket), {"kind": "note", "text": "One"}, key="once")

    later(hours=25)
    again = crm.post(talk(ticket), {"kind": "note", "text": "Two"}, key="once")
    with transaction():
        gone = idempotency.forget_old()

    assert again.status_code == 201
    assert gone == 0
    assert db.session.execute(sa.select(sa.func.count()).select_from(IdempotencyKey)).scalar() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "smörgås"])
def test_what_is_no_key_is_refused(crm, key):
    answer = crm.post(talk(a_ticket()), REPLY, headers={"Idempotency-Key": key.encode().decode("latin-1")})

    assert answer.status_code == 422


def test_a_conversation_is_read_oldest_first_while_it_goes_on(crm):
    ticket = a_ticket("0")
    for number in range(1, 5):
        a_customer_message(str(number))
    seen, after = [], None

    while True:
        page = crm.get(talk(ticket), {"limit": 2} | ({"after": after} if after else {})).json
        seen += [message["text"] for message in page["messages"]]
        if len(seen) == 2:
            a_customer_message("late", at=clock.now() - timedelta(hours=1))
        after = page["next"]
        if after is None:
            break

    assert seen == ["0", "1", "2", "3", "4", "late"]


def test_chapters_of_other_teams_are_left_out_and_cannot_be_answered(desk, crm):
    sales = a_program(teams=("Sales",))
    first = a_ticket("For Sales", inbox=an_inbox(team="Sales"))
    with transaction():
        tickets.close(db.session.get_one(Ticket, first.id), by=SYSTEM)
    desk.later(hours=100)
    secret = a_customer_message("For Returns")
    crm.patch(f"/tickets/{secret.ticket.number}", {"team": str(a_team("Returns").id)})

    seen = sales.get(talk(first)).json["messages"]
    answered = sales.post(talk(first), REPLY)
    quoted = sales.post(talk(first), {**REPLY, "reply_to": str(secret.id)})

    assert [message["text"] for message in seen] == ["For Sales"]
    assert sales.get(f"/messages/{secret.id}").status_code == 404
    assert sales.get(f"/conversations/{first.conversation_id}").json["tickets"] == [first.number]
    assert (answered.status_code, quoted.status_code) == (403, 403)
    assert ours() == 0


def test_what_the_customer_took_back_is_gone_from_here_too(crm):
    message = a_customer_message("My address is …", inbox=an_inbox())
    a_file(message=message)
    with transaction():
        inbox = db.session.get_one(Inbox, message.inbox_id)
        item = MessageUnsent(
            account=inbox.account_id,
            contact=(Key("igsid", CUSTOMER),),
            at=clock.now(),
            platform_id=message.platform_id,
        )
        intake.apply(inbox, item, received_at=clock.now())

    told = crm.get(f"/messages/{message.id}").json

    assert (told["text"], told["attachments"]) == ("", [])
    assert told["deleted_at"]


def test_a_program_answers_no_longer_once_only_people_may(crm, later):
    """Instagram lets a person answer for seven days, a program for one."""
    inbox = an_inbox()
    with transaction():
        db.session.get_one(Inbox, inbox.id).options = {"login": "instagram", "human_agent": True}
    ticket = a_ticket()
    later(hours=25)

    refused = crm.post(talk(ticket), REPLY)
    window = crm.get(f"/conversations/{ticket.conversation_id}").json["window"]

    assert refused.status_code == 422
    assert "Only a person" in refused.json["detail"]
    assert window["may_send"] == "nothing"
    assert a_reply(ticket, by=an_agent()).id


def upload(program: Program, ticket: Ticket, body: bytes = PDF, **more: object):
    form = {"conversation": str(ticket.conversation_id), "file": (BytesIO(body), "offer.pdf"), **more}
    return program.post("/uploads", data=form, key="upload")


def test_a_file_is_brought_and_sent(sandbox, run_jobs, crm):
    an_inbox()
    sandbox.say("The offer, please")
    run_jobs()
    ticket = the_ticket()

    brought = upload(crm, ticket)
    sent = crm.post(talk(ticket), {"kind": "reply", "attachments": [brought.json["id"]]})
    run_jobs()

    assert brought.status_code == 201
    assert (brought.json["name"], brought.json["mime"]) == ("offer.pdf", "application/pdf")
    (file,) = crm.get(f"/messages/{sent.json['messages'][0]['id']}").json["attachments"]
    assert file["id"] == brought.json["id"]
    assert sandbox.received()
    assert upload(crm, ticket).data == brought.data
    assert upload(crm, ticket, PDF + b"more").status_code == 422


def test_another_s_upload_cannot_be_sent(crm):
    ticket = a_ticket()
    brought = upload(a_program(), ticket).json["id"]
    by_mona = a_file(uploader=an_agent()).public_id

    for id in (brought, by_mona, "made-up"):
        assert crm.post(talk(ticket), {"kind": "reply", "attachments": [id]}).status_code == 422


def test_a_note_has_no_files_and_no_quote(crm):
    ticket = a_ticket()
    message = a_note(ticket, by=an_agent())

    assert crm.post(talk(ticket), {"kind": "note", "text": "x", "reply_to": str(message.id)}).status_code == 422
    assert crm.post(talk(ticket), {"kind": "note", "text": "x", "attachments": ["y"]}).status_code == 422


@pytest.mark.parametrize(
    "form", [{}, {"conversation": "x"}, {"conversation": "9" * 30}, {"conversation": "1", "team": "2"}]
)
def test_an_upload_without_its_conversation_is_refused(crm, form):
    a_ticket()

    answer = crm.post("/uploads", data={"file": (BytesIO(PDF), "offer.pdf"), **form})

    assert answer.status_code == 422
