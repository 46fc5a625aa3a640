"""The sockets: who is let in, what they hear, what they may say, and when they are closed."""

from __future__ import annotations

import itertools

import pytest

from helpdesk import queue
from helpdesk.db import db, transaction
from helpdesk.domain import agents
from helpdesk.models import Membership
from helpdesk.realtime import broadcasts
from tests.factories import a_customer_message, a_ticket, an_agent
from tests.realtime.sockets import PageSocket, Refused


def test_a_message_reaches_the_screens_of_its_team_only(live, place):
    ana, outsider = live.enter(an_agent(team=place.team)), live.enter(an_agent(team="Returns"))

    message = a_customer_message("Is it back in stock?", inbox=place.inbox)

    told = ana.wait_for("stream", seq=message.seq)
    assert told["streams"][0]["action"] == "append"
    assert "Is it back in stock?" in told["streams"][0]["html"]
    outsider.fence()
    assert outsider.heard == []


def test_a_room_s_events_name_the_one_before(live, place):
    ana = live.enter(an_agent(team=place.team))
    a_ticket(inbox=place.inbox)
    last = a_customer_message("And in red?", inbox=place.inbox)

    told = [ana.wait_for("stream")]
    while told[-1]["seq"] < last.seq:
        told.append(ana.wait_for("stream"))

    assert all(later["prev"] == earlier["seq"] for earlier, later in itertools.pairwise(told))


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
def test_a_page_of_another_site_is_refused(live, origin):
    cookie = live.cookie(an_agent())

    with pytest.raises(Refused):
        PageSocket.knock(live.url, cookie=cookie, origin=origin)


def test_the_desk_s_other_loopback_name_is_let_in(live):
    cookie = live.cookie(an_agent())
    twin = live.settings.public_url.replace("127.0.0.1", "localhost")

    live.enter_with(cookie, origin=twin).fence()


@pytest.mark.parametrize("cookie", ["", "unsigned", "unknown"])
def test_a_stranger_s_handshake_is_refused(live, cookie):
    name = live.app.config["SESSION_COOKIE_NAME"]
    given = {"": "", "unsigned": f"{name}=forged", "unknown": live.cookie_of("never-given")}[cookie]

    with pytest.raises(Refused):
        PageSocket.knock(live.url, cookie=given, origin=live.settings.public_url)


def test_a_session_that_has_ended_is_refused(live):
    token = live.token(an_agent())
    with transaction():
        agents.sign_out(token)

    with pytest.raises(Refused):
        live.enter_with(live.cookie_of(token))


def test_signing_out_closes_the_socket_within_five_seconds(live):
    token = live.token(an_agent())
    page = live.enter_with(live.cookie_of(token))

    with transaction():
        agents.sign_out(token)

    assert page.is_closed_within(6)
    assert ("bye", {"reason": "signed-out"}) in page.heard


def test_who_leaves_a_team_hears_no_more_of_it(live, place):
    ana, stays = an_agent(team=place.team, also=["Returns"]), an_agent(team=place.team)
    page, control = live.enter(ana), live.enter(stays)

    with transaction():
        db.session.delete(db.session.get_one(Membership, (ana.id, place.inbox.team_id)))
    page.wait_for("bye", reason="teams")
    a_ticket(inbox=place.inbox)

    control.wait_for("stream")
    page.fence()
    assert [event for event, _ in page.heard] == []


def test_a_twenty_first_window_is_refused(live):
    cookie = live.cookie(an_agent())
    for _ in range(20):
        live.enter_with(cookie)

    with pytest.raises(Refused):
        live.enter_with(cookie)


@pytest.mark.parametrize("event", ["__init__", "base", "constructor", "connect", "disconnect", "stream"])
def test_an_unknown_word_is_not_answered(live, event):
    page = live.enter(an_agent())

    page.say(event, {"ticket": 1}, ack=7)
    page.fence()

    assert page.acks == []
    assert page.heard == []


def test_a_known_word_is_acknowledged_with_nothing(live):
    page = live.enter(an_agent())

    page.say("look", {"ticket": 4711}, ack=7)
    page.next("437")

    assert page.acks == ["437[]"]


@pytest.mark.parametrize(
    "said",
    [[], [None], ["x"], [{"ticket": "1"}], [{"ticket": True}], [{"ticket": 2**70}], [{"ticket": -1}], [{}, 1, 2]],
)
def test_nonsense_does_no_harm(live, said):
    page, before = live.enter(an_agent()), live.said

    page.say("look", *said)
    page.say("typing", *said)
    page.fence()

    assert page.heard == []
    assert live.said == before


NOISE = {
    "half a binary one": '451-["look",{"_placeholder":true,"num":0}]',
    "binary": b"\x00\x01",
    "empty": "4",
    "unknown": "49",
    "no name": "42",
    "no JSON": "42{",
    "elsewhere": '42/elsewhere,["look"]',
    "too long": "4" + "9" * 70_000,
}


@pytest.mark.parametrize("packet", NOISE.values(), ids=NOISE)
def test_what_no_page_of_ours_sends_ends_the_connection(live, packet):
    page = live.enter(an_agent())

    page.send(packet)

    assert page.is_closed_within(3)


def test_a_page_that_floods_is_not_heard(live, place):
    ticket = a_ticket(inbox=place.inbox)
    page, colleague = live.enter(an_agent(team=place.team)), live.enter(an_agent(team=place.team))
    colleague.say("look", {"ticket": ticket.number})
    colleague.wait_for("presence")

    for _ in range(100):
        page.say("look", {"ticket": ticket.number})
        page.say("look", {"ticket": None})

    assert not colleague.is_closed_within(1)
    assert 0 < len(colleague.heard) <= 50


def test_pages_are_told_to_come_back_when_the_process_ends(own_live):
    live, server = own_live
    cookie = live.cookie(an_agent())
    pages = [live.enter_with(cookie) for _ in range(15)]

    server.terminate()

    for page in pages:
        assert page.is_closed_within(3)
        assert ("bye", {"reason": "restart", "within": 5}) in page.heard
    assert server.wait(5) == 0


def test_pages_learn_that_something_was_told_that_did_not_arrive(own_live, valkey):
    live, _ = own_live
    page = live.enter(an_agent())
    a_ticket()
    page.wait_for("stream")

    queue.connect_to(lambda: "redis://127.0.0.1:9/0")  # we are cut off, `live` is not
    a_customer_message("Anybody?")

    page.wait_for("behind")


def test_pages_learn_that_redis_is_away_and_back(own_live, valkey):
    live, _ = own_live
    page = live.enter(an_agent())

    valkey.stop()
    page.wait_for("degraded", redis=True)
    newcomer = live.enter(an_agent())
    newcomer.wait_for("degraded", redis=True)
    valkey.start()
    page.wait_for("degraded", redis=False)

    a_ticket()
    page.wait_for("stream")


def test_a_slow_page_gets_whole_frames(live):
    agent = an_agent()
    page, room = live.enter(agent), f"agent:{agent.id}"

    for number in range(300):
        broadcasts.emit(room, {"number": number, "padding": "é" * 15_000})

    assert [page.wait_for("stream")["number"] for _ in range(300)] == list(range(300))
