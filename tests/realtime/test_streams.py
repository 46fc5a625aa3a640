"""Streams as they are drawn: one element each, the same for everybody, small enough for the wire."""

from __future__ import annotations

import re

from helpdesk.db import db
from helpdesk.realtime import broadcasts, streams
from helpdesk.realtime.heard import Heard
from helpdesk.subscribers import REACTIONS
from tests.factories import a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox
from tests.realtime.screen import elements
from tests.support.page import CHANNEL


def test_a_new_message_is_appended_to_its_thread(desk):
    message = a_customer_message("Hello?", inbox=an_inbox())

    stream = streams.message(message)

    assert (stream.action, stream.target) == ("append", f"messages-{message.conversation_id}")
    assert elements(stream.html) == {message.dom_id: message.seq}


def test_a_changed_message_replaces_itself_alone(desk):
    message = a_customer_message("Hello?", inbox=an_inbox())

    stream = streams.message(message, is_new=False)

    assert (stream.action, stream.target) == ("replace", message.dom_id)


def test_what_we_send_is_known_by_its_client_id(desk):
    reply = a_reply(a_ticket(), by=an_agent(), client_id="0b9c")

    assert list(elements(streams.message(reply).html)) == ["message-0b9c-1"]


def test_a_very_long_message_is_only_hinted_at(desk):
    message = a_customer_message("ä" * 20_000, inbox=an_inbox())

    assert streams.message(message) == streams.refresh(f"messages-{message.conversation_id}")


def test_a_partial_is_the_same_in_a_request_and_in_a_worker(desk):
    agent = an_agent()
    note = a_note(a_ticket(), by=agent)

    outside = streams.message(note).html
    with desk.app.test_request_context(base_url=desk.settings.public_url):
        inside = streams.message(note).html

    assert outside == inside
    assert "http://" not in outside


def test_while_no_page_is_open_nothing_is_told(desk, valkey, wire):
    with valkey.client().pubsub(ignore_subscribe_messages=True) as overheard:
        overheard.psubscribe(f"{CHANNEL}*")  # a pattern's listeners are not counted
        overheard.get_message(timeout=5)

        inbox = an_inbox()
        a_customer_message("Anybody there?", inbox=inbox)
        heard = wire(an_agent())
        last = a_customer_message("Hello?", inbox=inbox)

        assert [event["seq"] for event in heard.events][-1] == last.seq
        told = [message["data"] for message in iter(lambda: overheard.get_message(timeout=0.2), None)]
    assert any(b"Hello?" in data for data in told)
    assert not any(b"Anybody there?" in data for data in told)


def test_what_is_told_to_everybody_has_nobody_s_token(desk, client, wire):
    agent, ticket = an_agent(), a_ticket()
    heard = wire(agent)

    client(agent).post(f"/tickets/{ticket.number}/close")

    told = [stream["html"] for event in heard.events for stream in event["streams"]]
    assert any("header-" in html for html in told)
    assert not any(re.search(r'name="csrf_token" value="[^"]+"', html) for html in told)


def test_every_kind_of_event_tells_the_screens_once():
    for kind, reactions in REACTIONS.items():
        told = [reaction for reaction in reactions if isinstance(reaction, broadcasts.Screens)]
        assert len(told) == 1, f"{kind}: a page would take its number for a loss"
        assert reactions[0] is told[0], f"{kind}: screens first"


def test_redis_away_does_not_hold_up_who_tells(desk, valkey):
    ticket = a_ticket()
    valkey.stop()

    message = a_customer_message("Anybody?")

    assert db.session.get_one(type(message), message.id).ticket_id == ticket.id


# --- what a process with sockets has missed -------------------------------------------------------------------


def test_what_was_told_in_time_is_no_loss():
    heard = Heard()

    assert not heard.has_missed(7)
    heard.note(8)
    assert not heard.has_missed(9)  # 9 may be on its way
    heard.note(9)
    assert not heard.has_missed(9)
    assert not heard.has_missed(9)


def test_each_loss_is_told_once():
    heard = Heard()
    heard.begin(7)
    heard.note(9)

    assert not heard.has_missed(9)
    assert heard.has_missed(10)
    heard.note(10)
    assert not heard.has_missed(10)


def test_what_happened_while_nobody_was_there_is_no_loss():
    heard = Heard()
    heard.has_missed(7)
    heard.has_missed(8)
    heard.forget()

    assert not heard.has_missed(9)
    assert not heard.has_missed(9)
