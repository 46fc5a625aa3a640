"""What agents write: once for each client id, guarded by window and colleagues, and what becomes of it by hand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.channels.contract import Accepted, MediaKind, RefusalKind, Refused
from helpdesk.db import db, transaction
from helpdesk.domain import access, attachments, messages, outbox
from helpdesk.domain.attachments import StoredFile
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Attachment, AttachmentState, Message, MessageStatus, Outbox, Ticket
from tests.domain.side_by_side import in_threads
from tests.domain.steps import called, closes, the_agent, told
from tests.factories import a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")


def replies(ticket: Ticket, agent: Agent, text: str = "Yes!", **more) -> list[int]:
    with transaction():
        by = the_agent(agent.id)
        more.setdefault("client_id", "client-a")
        return [one.id for one in messages.reply(access.ticket(ticket.number, by=by), text=text, by=by, **more)]


def fails(reason: str = "Too large.") -> Message:
    id, token = called()
    with transaction():
        outbox.settle(outbox.locked(id), Refused(RefusalKind.INVALID, reason), token=token)
    return db.session.get_one(Outbox, id).message


def an_upload(agent: Agent, kind: MediaKind = MediaKind.IMAGE, mime: str = "image/jpeg", size: int = 9) -> str:
    with transaction():
        file = StoredFile("key", mime, size)
        return attachments.upload(file, kind=kind, name="photo.jpg", by=the_agent(agent.id)).public_id


def test_the_same_client_id_is_the_same_message_also_when_the_window_has_closed_meanwhile(later):
    agent, ticket = an_agent(), a_ticket()
    first = replies(ticket, agent)
    later(hours=25)

    assert replies(ticket, agent, "Something else") == first
    with pytest.raises(Invalid):
        replies(ticket, agent, client_id="client-b")


def test_the_same_client_id_twice_at_once_is_one_message(app):
    agent, ticket = an_agent(), a_ticket()
    number, agent_id = ticket.number, agent.id

    def write() -> list[int]:
        with transaction():
            by = the_agent(agent_id)
            found = messages.reply(access.ticket(number, by=by), client_id="client-a", text="Yes!", by=by)
            return [one.id for one in found]

    assert len({tuple(ids) for ids in in_threads(app, *[write] * 4)}) == 1
    assert db.session.scalar(sa.select(sa.func.count(Outbox.id))) == 1


def test_a_long_text_and_its_files_are_parts_in_order_each_with_a_row_of_its_own():
    agent, ticket = an_agent(), a_ticket()
    upload = an_upload(agent)

    ids = replies(ticket, agent, "A sentence. " * 100, uploads=[upload])

    parts = [db.session.get_one(Message, id) for id in ids]
    assert [(one.part, one.parts) for one in parts] == [(1, 3), (2, 3), (3, 3)]
    assert [bool(one.attachments) for one in parts] == [False, False, True]
    queued = db.session.execute(sa.select(Outbox.message_id).order_by(Outbox.id)).scalars().all()
    assert queued == ids


def test_an_upload_goes_out_once_and_is_its_uploader_s():
    mona, tom, ticket = an_agent(), an_agent(), a_ticket()
    upload = an_upload(mona)

    with pytest.raises(Invalid):
        replies(ticket, tom, uploads=[upload])
    replies(ticket, mona, uploads=[upload])
    with pytest.raises(Invalid):
        replies(ticket, mona, client_id="client-b", uploads=[upload])


def test_a_colleague_s_answer_that_one_has_not_seen_is_asked_about_and_anyway_sends():
    mona, tom, ticket = an_agent("Mona Ortiz"), an_agent(), a_ticket()
    seen = a_customer_message("Hello?").id
    theirs = a_reply(ticket, by=mona).id

    with pytest.raises(Conflict) as problem:
        replies(ticket, tom, seen=seen)

    assert problem.value.sentence.startswith("Mona Ortiz has answered")
    assert problem.value.details["messages"] == [theirs]
    assert replies(ticket, tom, seen=seen, anyway=True)


@pytest.mark.parametrize("since", ["the customer's", "one's own", "a note", "a failed one"])
def test_nothing_else_that_came_since_is_asked_about(since):
    mona, tom, ticket = an_agent(), an_agent(), a_ticket()
    seen = a_customer_message("Hello?").id
    {
        "the customer's": lambda: a_customer_message("Are you there?"),
        "one's own": lambda: a_reply(ticket, by=tom),
        "a note": lambda: a_note(ticket, by=mona),
        "a failed one": lambda: (a_reply(ticket, by=mona), fails()),
    }[since]()

    assert replies(ticket, tom, seen=seen)


def test_a_reply_in_a_closed_ticket_whose_conversation_goes_on_elsewhere_is_led_there(later):
    """Else the customer is answered, and their open ticket waits for ever."""
    agent, old = an_agent(), a_ticket()
    with transaction():
        closes(old, agent)()
    later(hours=100)
    current = a_customer_message("Another thing").ticket

    with pytest.raises(Invalid, match=f"goes on in ticket {current.number}"):
        replies(old, agent, anyway=True)

    assert replies(current, agent)


def test_a_reply_in_a_closed_ticket_goes_out_and_leaves_it_closed(later):
    agent, ticket = an_agent(), a_ticket()
    with transaction():
        closes(ticket, agent)()

    assert replies(ticket, agent)

    assert db.session.get_one(Ticket, ticket.id).is_closed


def test_a_failed_message_can_be_sent_again_or_taken_off_the_page():
    agent, ticket = an_agent(), a_ticket()
    replies(ticket, agent)
    message = fails()
    assert message.status_reason == "Too large."

    with transaction():
        messages.retry(access.message(message.id, by=the_agent(agent.id)), by=the_agent(agent.id))
    again = fails("Still too large.")
    with transaction():
        messages.remove(access.message(again.id, by=the_agent(agent.id)), by=the_agent(agent.id))

    assert db.session.get(Message, message.id) is None
    assert db.session.scalar(sa.select(sa.func.count(Outbox.id))) == 0
    assert told()[-1][0] == "message.removed"


def test_the_queue_shows_the_message_before_one_that_was_removed():
    agent, ticket = an_agent(), a_ticket()
    question = db.session.execute(sa.select(Message.id)).scalar_one()
    replies(ticket, agent)
    message = fails()

    with transaction():
        messages.remove(access.message(message.id, by=the_agent(agent.id)), by=the_agent(agent.id))

    assert db.session.get_one(Ticket, ticket.id).last_message_id == question


def test_what_was_sent_or_is_on_its_way_is_not_retried_removed_or_confirmed():
    agent, ticket = an_agent(), a_ticket()
    [message] = replies(ticket, agent)
    id, token = called()

    for verb in (messages.retry, messages.confirm, messages.send_again, messages.cancel, messages.remove):
        with pytest.raises(Conflict):
            does(verb, message, agent)
    with transaction():
        outbox.settle(outbox.locked(id), Accepted("mid-1"), token=token)
    for verb in (messages.retry, messages.confirm, messages.send_again, messages.cancel, messages.remove):
        with pytest.raises(Conflict):
            does(verb, message, agent)

    assert db.session.get_one(Message, message).status is MessageStatus.SENT


def test_uploads_that_were_never_sent_are_forgotten_and_those_being_sent_are_not(app, later):
    agent, ticket = an_agent(), a_ticket()
    old, sent = an_upload(agent), an_upload(agent)
    later(days=3)
    a_customer_message("Still there?")
    replies(ticket, agent, uploads=[sent])

    with transaction():
        assert attachments.forget_unused() == ["key"]

    left = db.session.execute(sa.select(Attachment)).scalars().all()
    assert [(one.public_id, one.state) for one in left] == [(sent, AttachmentState.READY)]
    assert old != sent


def does(verb, message_id: int, agent: Agent) -> None:
    with transaction():
        by = the_agent(agent.id)
        verb(access.message(message_id, by=by), by=by)


def test_a_quote_is_of_this_conversation_and_known_to_the_platform():
    an_inbox()
    agent, ticket = an_agent(), a_ticket()
    elsewhere = a_customer_message("Mine", customer="4711")
    mine = db.session.execute(sa.select(Message).where(Message.ticket_id == ticket.id)).scalar_one()
    unsent = a_reply(ticket, by=agent)

    for id in (elsewhere.id, unsent.id, 10**12):
        with pytest.raises(Invalid):
            replies(ticket, agent, reply_to=id)

    [reply] = replies(ticket, agent, reply_to=mine.id)
    assert db.session.get_one(Message, reply).reply_to_id == mine.id
