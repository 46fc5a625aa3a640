"""Redis is a doorbell: while it is away everything still happens, found by the clock in the database."""

from __future__ import annotations

from helpdesk import queue
from helpdesk.domain import upkeep
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, said
from workers import clock


def tick(desk, ticks: int = 1) -> None:
    """What the clock does each second, and its own hands when nobody can be rung."""
    hands = clock.Hands(desk.app)
    for number in range(ticks):
        clock.tick(number, hands)
        hands.wait()
    desk.reading()


def test_a_message_comes_in_and_an_answer_goes_out(desk, sandbox, valkey):
    an_inbox()
    agent = an_agent()
    valkey.stop()

    assert sandbox.say("Hello")["delivery"]["status"] == 200
    tick(desk, 3)
    a_reply(the_ticket(), "Hi!", by=agent)
    tick(desk, 3)

    assert sandbox.texts() == ["Hi!"]
    assert [message.status for message in the_messages()] == ["received", "sent"]


def test_the_console_works_without_it(desk, client, valkey):
    an_inbox()
    console = client(an_agent())
    valkey.stop()
    desk.webhook(body(said("Hello")))
    tick(desk, 2)
    number = the_ticket().number

    answer = console.post(
        f"/tickets/{number}/messages", data={"kind": "note", "text": "Redis is away", "client_id": "c1"}
    )

    assert answer.status_code < 400
    assert "Redis is away" in console.get(f"/tickets/{number}").text


def test_a_page_without_a_socket_learns_everything_from_the_cursor(desk, client, valkey):
    an_inbox(team="Sales")
    console, outsider = client(an_agent(team="Sales")), client(an_agent(team="Returns"))
    valkey.stop()
    desk.webhook(body(said("Hello from the cursor")))
    tick(desk, 2)

    told = console.get("/changes?since=0").json
    others = outsider.get("/changes?since=0").json

    assert "Hello from the cursor" in str(told["streams"])
    assert "Hello from the cursor" not in str(others["streams"])


def test_a_lost_ring_is_found_by_the_clock(desk, webhook, valkey):
    an_inbox()
    webhook(body(said("Hello")))
    valkey.client().flushall()

    assert "intake" in upkeep.due()
    tick(desk)

    assert valkey.client().llen("rq:queue:live") >= 1, "rung again"
    assert queue.ring("intake")


def test_what_nobody_waits_for_is_not_due(desk, webhook, run_jobs):
    an_inbox()
    webhook(body(said("Hello")))
    run_jobs()

    assert upkeep.due() <= {"profiles"}
