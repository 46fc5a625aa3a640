"""Changes that come before what they change, twice or too late: the platform's time decides, not the arrival."""

from __future__ import annotations

import random
from functools import partial

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import pending
from helpdesk.models import (
    Contact,
    Conversation,
    Identity,
    Ledger,
    LedgerState,
    Message,
    PendingChange,
    Reaction,
    Ticket,
    Wait,
)
from tests.domain.side_by_side import in_threads
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, echo, edit, reaction, read, said, unsend
from workers import intake


def reactions() -> list[str]:
    found = sa.select(Reaction.emoji).where(Reaction.emoji != "").order_by(Reaction.id)
    return list(db.session.execute(found).scalars())


def waiting() -> int:
    return db.session.execute(sa.select(sa.func.count()).select_from(PendingChange)).scalar_one()


def posted(desk, sent) -> int:
    return desk.webhook(sent).status_code


def test_a_reaction_before_its_message_waits_for_it(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())
    webhook(body(reaction("mid-1", "😍", at=50)))
    run_jobs()
    assert (waiting(), page.streams) == (1, [])

    webhook(body(said("Look!", mid="mid-1", at=40)))
    run_jobs()

    assert (reactions(), waiting()) == (["😍"], 0)
    assert "😍" in page.html


def test_an_edit_before_its_message_waits_for_it(webhook, run_jobs):
    an_inbox()

    webhook(body(edit("mid-1", "In S, please", at=50)))
    webhook(body(said("In M, please", mid="mid-1", at=40)))
    run_jobs()

    (message,) = the_messages()
    assert (message.text, [earlier["text"] for earlier in message.edits]) == ("In S, please", ["In M, please"])


def test_an_unsend_before_its_message_leaves_no_text(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())

    webhook(body(unsend("mid-1", at=50)))
    run_jobs()
    webhook(body(said("My card number is 4111", mid="mid-1", at=40)))
    run_jobs()

    (message,) = the_messages()
    assert (message.text, message.deleted_at is not None) == ("", True)
    assert "4111" not in page.html


def test_a_receipt_before_the_echo_that_brings_its_message(webhook, run_jobs):
    an_inbox()
    webhook(body(said("Hello")))
    run_jobs()

    webhook(body(read("mid-app", at=60)))
    webhook(body(echo("From the phone", mid="mid-app", at=50)))
    run_jobs()

    assert the_messages()[-1].status == "read"


def test_what_waits_longer_than_seven_days_is_dropped(webhook, run_jobs, later):
    an_inbox()
    webhook(body(reaction("mid-never")))
    run_jobs()

    later(days=7, hours=1)
    with transaction():
        dropped = pending.drop_old()

    assert (dropped, waiting()) == (1, 0)


def test_an_older_reaction_changes_nothing(webhook, run_jobs):
    an_inbox()
    webhook(body(said("Look!", mid="mid-1")))
    run_jobs()

    webhook(body(reaction("mid-1", "🔥", at=60)))
    webhook(body(reaction("mid-1", "❤️", at=50)))
    run_jobs()

    assert reactions() == ["🔥"]


def test_a_reaction_taken_back_stays_taken_back_when_the_first_word_comes_again(webhook, run_jobs):
    an_inbox()
    webhook(body(said("Look!", mid="mid-1")))
    webhook(body(reaction("mid-1", "❤️", at=50)))
    webhook(body(reaction("mid-1", "", at=60)))
    run_jobs()

    webhook(body(reaction("mid-1", "❤️", at=50), reaction("mid-other", at=50)))
    run_jobs()

    assert reactions() == []


def test_an_older_edit_changes_nothing(webhook, run_jobs):
    an_inbox()
    webhook(body(said("one", mid="mid-1")))
    webhook(body(edit("mid-1", "three", number=2, at=60)))
    webhook(body(edit("mid-1", "two", number=1, at=50)))
    run_jobs()

    assert the_messages()[0].text == "three"


def test_an_edit_after_an_unsend_brings_nothing_back(webhook, run_jobs):
    an_inbox()
    webhook(body(said("secret", mid="mid-1")))
    webhook(body(unsend("mid-1", at=50)))
    webhook(body(edit("mid-1", "secret too", at=60)))
    run_jobs()

    assert the_messages()[0].text == ""


def test_a_late_receipt_does_not_turn_a_message_back(sandbox, run_jobs, later, webhook):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    reply = a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()
    later(seconds=5)
    sandbox.say(kind="read")
    run_jobs()
    message = db.session.get_one(Message, reply.id)
    read_at = message.read_at
    assert message.status == "read"

    webhook(body(read(message.platform_id, at=290)))
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert (message.status, message.read_at) == ("read", read_at)


def test_reading_a_message_reads_what_came_before_it(sandbox, run_jobs, later):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    for text in ("one", "two", "three"):
        a_reply(the_ticket(), text, by=agent)
        run_jobs()

    later(seconds=5)
    sandbox.say(kind="read", mid=sandbox.received()[1]["mid"])
    run_jobs()

    assert [message.status for message in the_messages()[1:]] == ["read", "read", "sent"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_whatever_the_order_the_end_is_the_same(webhook, run_jobs, order):
    an_inbox()
    webhooks = [
        said("In M, please", mid="mid-1", at=10),
        edit("mid-1", "In S, please", at=20),
        reaction("mid-1", "🔥", at=30),
        said("Thanks!", mid="mid-2", at=40),
    ]

    for place in order:
        webhook(body(webhooks[place]))
        run_jobs()

    assert [message.text for message in the_messages()] == ["In S, please", "Thanks!"]
    assert (reactions(), waiting()) == (["🔥"], 0)


def test_a_burst_of_somebody_new_through_many_doors_and_workers_is_one_conversation(desk):
    """Each message in a webhook of its own, all posted at once, worked on by several at once, in any order."""
    an_inbox()
    number = 12
    bodies = [body(said(f"No. {place}", customer="20203030", at=place)) for place in range(number)]
    mixed = random.Random(7).sample(bodies, number)

    answers = in_threads(desk.app, *(partial(posted, desk, each) for each in mixed))
    in_threads(desk.app, *[intake.drain] * 4)
    desk.run_jobs()  # whoever met another one comes again

    assert set(answers) == {200}
    for model in (Contact, Identity, Conversation, Ticket, Wait):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1, model.__name__
    assert [message.text for message in the_messages()] == [f"No. {place}" for place in range(number)]
    first = the_messages()[0]
    wait = db.session.scalars(sa.select(Wait)).one()
    assert (wait.opened_at <= the_messages()[-1].at, wait.opened_at >= first.at) == (True, True)
    assert {row.state for row in db.session.scalars(sa.select(Ledger))} == {LedgerState.DONE}
