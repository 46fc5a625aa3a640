"""From the composer to the customer's phone: in how many parts, in which order, and what is told to whom."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, messages, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Message, MessageStatus, Outbox, Ticket, Wait
from tests.factories import CUSTOMER, a_note, a_reply, an_agent, an_inbox, the_messages, the_ticket


def conversation_with(sandbox, run_jobs, *, team: str = "Everyone") -> Ticket:
    """A customer has written to an inbox of this team."""
    an_inbox(team=team)
    sandbox.say("Hi, is the blue jacket back in stock?")
    run_jobs()
    return the_ticket()


def test_a_reply_reaches_the_customer_and_the_team_sees_each_step(sandbox, run_jobs, open_page):
    ticket = conversation_with(sandbox, run_jobs, team="Sales")
    agent = an_agent(team="Sales")
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    reply = a_reply(ticket, "Yes, since this morning!", by=agent)
    run_jobs()

    assert sandbox.texts() == ["Yes, since this morning!"]
    drawn = [stream.html for stream in colleague.streams if reply.dom_id in stream.html]
    steps = [next(s for s in MessageStatus if f'data-status="{s.value}"' in html) for html in drawn]
    assert steps == [MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT]
    assert outsider.streams == []


def test_a_long_reply_is_split_at_sentence_ends_and_arrives_in_order(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    sentences = [f"Sentence number {number} says something that is worth being read by you." for number in range(1, 46)]

    a_reply(ticket, " ".join(sentences), by=an_agent())
    run_jobs()

    texts = sandbox.texts()
    assert len(texts) >= 3
    assert all(len(text.encode()) <= 1000 and text.endswith(".") for text in texts)
    assert " ".join(texts) == " ".join(sentences)
    parts = the_messages()[1:]
    assert [(message.part, message.parts) for message in parts] == [(n, len(texts)) for n in range(1, len(texts) + 1)]
    assert len({message.client_id for message in parts}) == 1


def test_the_limit_counts_bytes_and_no_letter_is_torn(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    text = "👩‍👩‍👧‍👦" * 150

    a_reply(ticket, text, by=an_agent())
    run_jobs()

    texts = sandbox.texts()
    assert "".join(texts) == text
    assert all(len(part.encode()) <= 1000 and part.startswith("👩") and part.endswith("👦") for part in texts)


def test_the_same_client_id_again_is_the_same_message(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()

    first = a_reply(ticket, "Once", by=agent, client_id="one-id").id
    again = a_reply(ticket, "Once", by=agent, client_id="one-id").id
    run_jobs()
    and_again = a_reply(ticket, "Once", by=agent, client_id="one-id").id
    run_jobs()

    assert first == again == and_again
    assert sandbox.texts() == ["Once"]


def test_replies_go_out_in_the_order_in_which_they_were_written(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agents = [an_agent(), an_agent()]

    for number in range(6):
        a_reply(ticket, f"answer {number}", by=agents[number % 2])
    run_jobs()

    assert sandbox.texts() == [f"answer {number}" for number in range(6)]


def test_a_refused_attempt_holds_back_what_was_written_after_it(sandbox, run_jobs, later):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("rate_limit_613_2534040", what="send")

    a_reply(ticket, "first", by=agent)
    a_reply(ticket, "second", by=agent)
    run_jobs()
    assert sandbox.texts() == []
    later(minutes=6)
    run_jobs()

    assert sandbox.texts() == ["first", "second"]


def test_one_customer_s_trouble_does_not_hold_up_another(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.say("Hello from somebody else", customer="1234500000000002")
    run_jobs()
    other = db.session.execute(sa.select(Ticket).where(Ticket.id != ticket.id)).scalar_one()
    sandbox.fault("rate_limit_613_2534040", times=None, what="send", customer=CUSTOMER)

    a_reply(ticket, "stuck", by=agent)
    a_reply(other, "free", by=agent)
    run_jobs()

    assert (sandbox.texts(), sandbox.texts(customer="1234500000000002")) == ([], ["free"])


def test_a_reply_quotes_the_message_it_answers(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    question = the_messages()[0]

    a_reply(ticket, "This one?", by=an_agent(), reply_to=question.id)
    run_jobs()

    assert sandbox.received()[0]["reply_to"] == question.platform_id


def test_quick_replies_a_card_and_a_heart_reach_the_phone_as_such(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    card = {"title": "Blue jacket", "subtitle": "89 €", "buttons": [{"title": "Look", "url": "https://shop.example/1"}]}

    a_reply(ticket, "Which size?", by=agent, quick_replies=[("S", "size-s"), ("M", "size-m")])
    a_reply(ticket, "", by=agent, template=[card])
    a_reply(ticket, "", by=agent, is_heart=True)
    run_jobs()

    question, shown, heart = sandbox.received()
    assert [option["title"] for option in question["quick_replies"]] == ["S", "M"]
    assert shown["template"]["elements"][0]["title"] == "Blue jacket"
    assert heart["media"][0]["type"] == "like_heart"


def test_a_reaction_of_ours_reaches_the_phone_and_can_be_taken_back(sandbox, run_jobs):
    conversation_with(sandbox, run_jobs)
    agent = an_agent()

    for emoji in ("❤️", ""):
        with transaction():
            messages.react(access.message(the_messages()[0].id, by=agent), emoji=emoji, by=agent)
        run_jobs()

    assert [one["kind"] for one in sandbox.received(kind="") if "react" in one["kind"]] == ["react", "unreact"]


def test_a_note_reaches_colleagues_and_never_the_customer(sandbox, run_jobs, open_page):
    ticket = conversation_with(sandbox, run_jobs, team="Sales")
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    a_note(ticket, "She always returns half of it", by=an_agent(team="Sales"))
    run_jobs()

    assert "returns half of it" in colleague.html
    assert outsider.streams == []
    assert sandbox.received(kind="") == []


def test_a_reply_after_a_colleague_s_answer_is_asked_about(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    mona, tom = an_agent("Mona Ortiz"), an_agent("Tom Berg")
    seen = the_messages()[0].id
    first = a_reply(ticket, "Yes!", by=mona, seen=seen)

    with pytest.raises(Conflict, match="Mona Ortiz has answered since") as asked:
        a_reply(ticket, "Yes it is!", by=tom, seen=seen)
    assert asked.value.details["messages"] == [first.id]

    a_reply(ticket, "Yes it is!", by=tom, seen=seen, anyway=True)
    run_jobs()
    assert sandbox.texts() == ["Yes!", "Yes it is!"]


def test_what_the_customer_wrote_meanwhile_is_no_reason_to_ask(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    seen = the_messages()[0].id
    sandbox.say("And in red?")
    run_jobs()

    a_reply(ticket, "Yes!", by=an_agent(), seen=seen)
    run_jobs()

    assert sandbox.texts() == ["Yes!"]


def test_an_empty_reply_is_refused_with_a_sentence(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)

    with pytest.raises(Invalid, match="nothing to send"):
        a_reply(ticket, " \n ", by=an_agent())
    assert db.session.execute(sa.select(Outbox)).first() is None


def test_a_reply_ends_the_wait_with_its_writer(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()

    reply = a_reply(ticket, "Yes!", by=agent)
    assert db.session.execute(sa.select(Wait)).scalar_one().ended_at is None, "not before the platform has it"
    run_jobs()

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.outcome, wait.replier_id, wait.is_outside) == ("replied", agent.id, False)
    assert wait.ended_at == db.session.get_one(Message, reply.id).sent_at


def test_a_reply_is_still_sent_when_the_ticket_is_moved_or_closed_meanwhile(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    a_reply(ticket, "On its way", by=agent)

    with transaction():
        tickets.close(access.ticket(ticket.number, by=agent), by=Actor.of(agent))
    run_jobs()

    assert sandbox.texts() == ["On its way"]
