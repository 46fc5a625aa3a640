"""The outbox: one row at a time in a conversation, called once, settled by what is known, never sent again blindly."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import (
    Accepted,
    EchoReceived,
    Key,
    MessageReceived,
    Receipt,
    ReceiptChanged,
    RefusalKind,
    Refused,
    Unknown,
)
from helpdesk.db import db, transaction
from helpdesk.domain import access, echoes, inboxes, intake, ledger, messages, outbox, upkeep
from helpdesk.errors import Conflict
from helpdesk.fetch import NotSent
from helpdesk.models import Inbox, InboxState, Ledger, Message, MessageStatus, Outbox, OutboxState, Ticket
from helpdesk.secrets import holder
from tests.domain import platform
from tests.domain.side_by_side import in_threads
from tests.domain.steps import called, claimed, the_agent
from tests.factories import CUSTOMER, a_customer_message, a_reply, a_ticket, an_agent, an_inbox, the_messages
from tests.support.secrets import APP_SECRET, VERIFY_TOKEN
from workers import delivery
from workers import upkeep as duties

pytestmark = pytest.mark.usefixtures("desk")
TEMPORARY = Refused(RefusalKind.TEMPORARY, "Instagram is busy.")


def settle(id: int, outcome, token: str | None = None) -> None:
    with transaction():
        outbox.settle(outbox.locked(id), outcome, token=token)


def row(id: int) -> Outbox:
    db.session.rollback()
    return db.session.get_one(Outbox, id)


def rows() -> list[Outbox]:
    db.session.rollback()
    return list(db.session.execute(sa.select(Outbox).order_by(Outbox.id)).scalars())


def states() -> list[str]:
    return [one.state.value for one in rows()]


def nothing_is_due() -> bool:
    with transaction():
        return outbox.claim() is None


def hears(kind: type, **values) -> None:
    """The platform tells something of the customer's thread."""
    with transaction():
        inbox = db.session.execute(sa.select(Inbox).where(Inbox.removed_at.is_(None))).scalar_one()
        item = kind(account=inbox.account_id, contact=(Key("igsid", CUSTOMER),), **{"at": clock.now(), **values})
        intake.apply(inbox, item, received_at=clock.now())


# --- claims ---------------------------------------------------------------------------------------------------


def test_the_rows_of_a_conversation_go_out_one_by_one_oldest_first():
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)

    first, token = claimed()
    assert nothing_is_due()
    with transaction():
        outbox.begin_call(outbox.locked(first), token)
    assert nothing_is_due()
    settle(first, Accepted("mid-1"), token)
    second, _ = claimed()

    assert [db.session.get_one(Outbox, id).message.text for id in (first, second)] == ["one", "two"]


def test_a_claim_whose_lease_is_over_goes_to_somebody_else_and_the_first_one_may_not_call(later):
    a_reply(a_ticket(), by=an_agent())
    id, token = claimed()
    later(seconds=31)
    duties.settle_outbox()

    again, other = claimed()
    with transaction():
        assert not outbox.begin_call(outbox.locked(id), token)
        assert outbox.begin_call(outbox.locked(again), other)


def test_threads_that_claim_at_once_claim_each_row_once_and_no_more_than_four_of_an_inbox(app):
    an_inbox()
    agent = an_agent()
    for number in range(12):
        a_reply(a_ticket(customer=f"55{number}"), by=agent)

    taken = in_threads(app, *[a_claim] * 12)

    ids = [id for id in taken if id is not None]
    assert len(ids) == len(set(ids)) == outbox.CALLS_PER_INBOX


def test_a_slow_inbox_does_not_hold_up_another_one():
    slow, other = an_inbox(), an_inbox("Outlet", account_id="17841400000000002")
    agent = an_agent()
    for number in range(6):
        a_reply(a_ticket(inbox=slow, customer=f"55{number}"), by=agent)
    a_reply(a_ticket(inbox=other, customer="66"), by=agent)

    taken = [claimed()[0] for _ in range(5)]

    assert nothing_is_due()
    assert [db.session.get_one(Outbox, id).inbox_id for id in taken].count(other.id) == 1


# --- outcomes -------------------------------------------------------------------------------------------------


def test_a_temporary_refusal_is_tried_again_later_and_holds_back_what_comes_after_it(later):
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)
    id, token = called()

    settle(id, TEMPORARY, token)

    assert nothing_is_due()
    later(seconds=2)
    assert claimed()[0] == id


def test_a_row_that_holds_back_others_for_ten_minutes_is_given_to_people(later):
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)
    id, token = called()
    settle(id, TEMPORARY, token)
    later(minutes=11)

    duties.settle_outbox()

    assert states() == ["failed", "queued"]
    assert row(id).message.status_reason == outbox.HELD_BACK
    assert claimed()[0] != id


def test_a_row_that_holds_back_nobody_goes_on_trying(later):
    a_reply(a_ticket(), by=an_agent())
    id, token = called()
    settle(id, TEMPORARY, token)
    later(minutes=11)

    duties.settle_outbox()

    assert claimed()[0] == id


def test_after_a_day_it_gives_up(later):
    a_reply(a_ticket(), by=an_agent())
    id, _ = called()
    later(hours=23)
    hears(MessageReceived, platform_id="mid-hello", text="Hello?")
    later(hours=2)

    settle(id, TEMPORARY, row(id).token)

    assert (row(id).state, row(id).message.status_reason) == (OutboxState.FAILED, outbox.GAVE_UP)


def test_what_is_unknown_waits_for_an_echo_then_for_people_and_is_not_sent_again(later):
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)
    id, token = called()

    settle(id, Unknown("time-out"), token)
    assert nothing_is_due()
    later(seconds=91)
    duties.settle_outbox()

    assert states() == ["review", "queued"]
    assert claimed()[0] != id


def test_a_refusal_that_comes_after_the_sweep_is_believed(later):
    """The platform certainly has not taken it: nobody need be asked."""
    a_reply(a_ticket(), by=an_agent())
    id, token = called()
    later(seconds=31)
    duties.settle_outbox()
    assert states() == ["unknown"]

    settle(id, TEMPORARY, token)

    assert states() == ["queued"]


def test_an_answer_to_an_earlier_call_does_not_refuse_a_later_one(later):
    agent = an_agent()
    a_reply(a_ticket(), by=agent)
    id, first = called()
    settle(id, Unknown("time-out"), first)
    later(seconds=91)
    duties.settle_outbox()
    with transaction():
        by = the_agent(agent.id)
        messages.send_again(access.message(row(id).message_id, by=by), by=by)
    called()

    settle(id, Refused(RefusalKind.BLOCKED, "They have blocked you."), first)

    assert states() == ["calling"]


def test_a_second_unknown_does_not_make_the_first_one_longer(later):
    a_reply(a_ticket(), by=an_agent())
    id, token = called()
    later(seconds=31)
    duties.settle_outbox()
    until = row(id).lease_until

    settle(id, Unknown("time-out"), token)

    assert (states(), row(id).lease_until) == (["unknown"], until)


def test_what_cannot_be_prepared_fails_only_while_the_claim_is_ours(later):
    a_reply(a_ticket(), by=an_agent())
    id, token = claimed()
    later(seconds=31)
    duties.settle_outbox()
    _, other = called()

    settle(id, Refused(RefusalKind.INVALID, "Broken."), token)
    assert states() == ["calling"]
    settle(id, Refused(RefusalKind.INVALID, "Broken."), other)
    assert states() == ["failed"]


def test_an_inbox_that_is_gone_leaves_nothing_queued():
    a_reply(a_ticket(), by=an_agent())
    with transaction():
        inboxes.remove(db.session.execute(sa.select(Inbox)).scalar_one())

    assert "delivery" not in upkeep.due()
    assert "outbox" in upkeep.due()
    duties.settle_outbox()

    assert states() == ["failed"]
    assert "connected" in rows()[0].message.status_reason
    assert "outbox" not in upkeep.due()


def test_rows_that_may_not_go_do_not_keep_the_clock_busy(later):
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)
    id, token = called()
    settle(id, Refused(RefusalKind.REAUTH, "Connect it again."), token)
    later(minutes=11)

    assert upkeep.due() & {"outbox", "delivery"} == set()
    assert states() == ["queued", "queued"]


# --- tokens ---------------------------------------------------------------------------------------------------


def test_after_a_new_sign_in_what_waited_goes_out_oldest_first(app, monkeypatch, later):
    agent, ticket = an_agent(), a_ticket()
    for text in ("one", "two"):
        a_reply(ticket, text, by=agent)
    there = platform.at(app, monkeypatch, platform.answer(400, platform.BAD_TOKEN))
    deliver()
    assert [the_inbox().state, *states()] == [InboxState.NEEDS_SIGN_IN, "queued", "queued"]
    later(hours=1)

    reconnected("new")
    there.answers = [platform.accepts("mid-1"), platform.accepts("mid-2")]
    deliver()

    assert [one["message"]["text"] for one in there.requests] == ["one", "one", "two"]
    assert states() == ["sent", "sent"]


def test_a_refusal_of_the_old_token_says_nothing_of_the_new_one(app, monkeypatch):
    """The call was under way while somebody signed in again."""
    a_reply(a_ticket(), by=an_agent())

    def refused_meanwhile():
        reconnected("new")
        return platform.answer(400, platform.BAD_TOKEN)

    there = platform.at(app, monkeypatch, refused_meanwhile, platform.accepts())
    deliver()

    assert the_inbox().state is InboxState.WORKING
    assert (states(), len(there.requests)) == (["sent"], 2)


# --- the worker -----------------------------------------------------------------------------------------------


def test_no_connection_is_held_while_the_platform_thinks(app, monkeypatch):
    a_reply(a_ticket(), by=an_agent())
    there = platform.at(app, monkeypatch, platform.accepts())

    deliver()

    assert there.was_in_transaction == [False]


def test_an_acceptance_is_not_forgotten_because_the_database_was_busy(app, monkeypatch):
    a_reply(a_ticket(), by=an_agent())
    monkeypatch.setattr(delivery, "SETTLE_AGAIN", (0.01, 0.01))
    with a_busy_database() as break_it:
        there = platform.at(app, monkeypatch, lambda: break_it() or platform.accepts())
        deliver()

    assert (states(), len(there.requests)) == (["sent"], 1)


def test_what_certainly_was_not_sent_is_sent_again_and_arrives_once(app, monkeypatch, later):
    a_reply(a_ticket(), by=an_agent())
    there = platform.at(app, monkeypatch, NotSent("ConnectError"), platform.accepts())
    deliver()
    assert states() == ["queued"]
    later(seconds=2)

    deliver()

    assert (states(), len(there.requests)) == (["sent"], 2)


# --- echoes ---------------------------------------------------------------------------------------------------


def test_an_echo_settles_the_uncertain_row_with_its_text():
    a_reply(a_ticket(), "Yes!", by=an_agent())
    id, token = called()
    settle(id, Unknown("time-out"), token)

    hears(EchoReceived, platform_id="mid-echo", text="Yes!")

    assert (row(id).state, row(id).message.platform_id) == (OutboxState.SENT, "mid-echo")
    assert number_of_messages() == 2


def test_an_echo_of_a_message_that_a_person_has_confirmed_is_no_second_message(later):
    agent = an_agent()
    a_reply(a_ticket(), "Yes!", by=agent)
    id, token = called()
    settle(id, Unknown("time-out"), token)
    later(seconds=91)
    duties.settle_outbox()
    with transaction():
        by = the_agent(agent.id)
        messages.confirm(access.message(row(id).message_id, by=by), by=by)

    hears(EchoReceived, platform_id="mid-echo", text="Yes!", at=row(id).called_at)
    hears(ReceiptChanged, receipt=Receipt.READ, platform_id="mid-echo")

    message = row(id).message
    assert (number_of_messages(), message.platform_id, message.status) == (2, "mid-echo", MessageStatus.READ)


def test_the_same_words_written_in_the_app_later_are_a_message_of_their_own(later):
    a_reply(a_ticket(), "Yes!", by=an_agent())
    id, token = called()
    settle(id, Unknown("time-out"), token)
    later(minutes=10)
    duties.settle_outbox()

    hears(EchoReceived, platform_id="mid-app", text="Yes!")

    assert (states(), number_of_messages()) == (["review"], 3)


def test_our_key_in_an_echo_settles_a_row_that_a_person_has_queued_again(later):
    agent = an_agent()
    a_reply(a_ticket(), "Yes!", by=agent)
    id, token = called()
    settle(id, Unknown("time-out"), token)
    later(seconds=91)
    duties.settle_outbox()
    with transaction():
        by = the_agent(agent.id)
        messages.send_again(access.message(row(id).message_id, by=by), by=by)

    hears(EchoReceived, platform_id="mid-echo", text="something else", key=row(id).key)

    assert states() == ["sent"]
    assert nothing_is_due()


def test_an_echo_waits_while_a_send_is_under_way():
    a_reply(a_ticket(), "Yes!", by=an_agent())
    called()

    with transaction():
        inbox = the_inbox()
        item = EchoReceived(
            account=inbox.account_id, contact=(Key("igsid", CUSTOMER),), at=clock.now(), platform_id="m", text="Yes!"
        )
        with pytest.raises(echoes.NotYet):
            intake.apply(inbox, item, received_at=clock.now(), may_wait=True)


def test_a_message_taken_for_one_from_the_app_is_folded_with_all_that_hangs_on_it():
    """The echo came before we knew the id; the customer has read it, and has quoted it."""
    agent = an_agent()
    ticket = a_ticket()
    a_reply(ticket, "Yes!", by=agent)
    id, token = called()
    hears(EchoReceived, platform_id="mid-answer", text="Yes, truncated by the platform")
    hears(ReceiptChanged, receipt=Receipt.READ, platform_id="mid-answer")
    answer = a_customer_message("Great", platform_id="mid-great", reply_to="mid-answer")
    assert db.session.get_one(Message, answer.id).reply_to is not None

    settle(id, Accepted("mid-answer"), token)

    message = row(id).message
    assert message.status is MessageStatus.READ
    assert db.session.get_one(Message, answer.id).reply_to_id == message.id
    assert number_of_messages() == 3


def test_the_row_of_the_queue_does_not_show_the_message_that_was_folded(later):
    ticket = a_ticket()
    a_reply(ticket, "Yes!", by=an_agent())
    id, token = called()
    later(seconds=1)
    hears(EchoReceived, platform_id="mid-answer", text="Yes, truncated by the platform")

    settle(id, Accepted("mid-answer"), token)

    assert db.session.get_one(Ticket, ticket.id).last_message_id == row(id).message_id


def test_a_read_receipt_that_came_before_the_acceptance_reads_the_earlier_ones_too():
    agent, ticket = an_agent(), a_ticket()
    a_reply(ticket, "one", by=agent)
    id, token = called()
    settle(id, Accepted("mid-1"), token)
    a_reply(ticket, "two", by=agent)
    id, token = called()
    hears(ReceiptChanged, receipt=Receipt.READ, platform_id="mid-2")

    settle(id, Accepted("mid-2"), token)

    assert [one.message.status for one in rows()] == [MessageStatus.READ, MessageStatus.READ]


# --- people ---------------------------------------------------------------------------------------------------


def test_only_what_is_queued_can_be_taken_back_and_only_once():
    agent = an_agent()
    reply = a_reply(a_ticket(), by=agent)
    cancels(reply, agent)
    assert states() == ["cancelled"]

    with pytest.raises(Conflict):
        cancels(reply, agent)
    assert nothing_is_due()


def test_a_cancelled_one_lets_the_next_one_go():
    agent, ticket = an_agent(), a_ticket()
    first, second = (a_reply(ticket, text, by=agent) for text in ("one", "two"))

    cancels(first, agent)

    assert row(claimed()[0]).message_id == second.id


def test_a_cancellation_and_a_claim_at_once_are_either_or(app):
    agent = an_agent()
    an_inbox()
    replies = [a_reply(a_ticket(customer=f"55{number}"), by=agent) for number in range(4)]

    def cancel(reply_id: int) -> bool:
        try:
            with transaction():
                by = the_agent(agent_id)
                messages.cancel(access.message(reply_id, by=by), by=by)
        except Conflict:
            return False
        return True

    agent_id = agent.id
    done = in_threads(app, *[lambda id=reply.id: cancel(id) for reply in replies], *[a_claim] * 4)

    assert sum(done[:4]) + len([id for id in done[4:] if id]) == 4
    assert sorted(states()) == ["cancelled"] * sum(done[:4]) + ["claimed"] * (4 - sum(done[:4]))


def a_claim() -> int | None:
    with transaction():
        found = outbox.claim()
        return found.id if found is not None else None


def cancels(reply: Message, agent) -> None:
    with transaction():
        by = the_agent(agent.id)
        messages.cancel(access.message(reply.id, by=by), by=by)


def deliver() -> None:
    delivery.drain()
    delivery.crew.wait()


@contextmanager
def a_busy_database() -> Iterator[Callable[[], None]]:
    """Gives what breaks one statement: the next on the outbox of the thread that calls it finds the database gone."""
    broken: set[int] = set()

    def breaks(_connection, _cursor, statement, *_):
        if "outbox" in statement and threading.get_ident() in broken:
            broken.discard(threading.get_ident())
            raise sa.exc.OperationalError(statement, None, ConnectionError("gone"))

    sa.event.listen(db.engine, "before_cursor_execute", breaks)
    yield lambda: broken.add(threading.get_ident())
    sa.event.remove(db.engine, "before_cursor_execute", breaks)


def the_inbox() -> Inbox:
    db.session.rollback()
    return db.session.execute(sa.select(Inbox)).scalar_one()


def reconnected(token: str) -> None:
    with transaction():
        secrets = {"access_token": token, "app_secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN}
        inboxes.reconnect(db.session.execute(sa.select(Inbox)).scalar_one(), secrets=secrets)


def number_of_messages() -> int | None:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Message.id)))


# --- dead workers ---------------------------------------------------------------------------------------------


def test_what_a_dead_worker_had_claimed_is_free_at_once_and_what_it_was_calling_may_have_arrived():
    agent = an_agent()
    for customer in ("551", "552", "553"):
        a_reply(a_ticket(customer=customer), by=agent)
    (claimed_id, _), (called_id, _), (other_id, _) = claimed(), called(), claimed()
    with transaction():
        outbox.locked(other_id).token = "another-host:1:token"
    everybody_here_dies()

    duties.free_claims_of_the_dead()

    assert row(claimed_id).state is OutboxState.QUEUED
    assert row(called_id).state is OutboxState.UNKNOWN
    assert row(other_id).state is OutboxState.CLAIMED


def test_claimed_webhooks_of_a_dead_worker_are_free_at_once_and_the_one_it_may_have_died_of_has_been_tried(webhook):
    an_inbox()
    for file in ("text", "message_edit", "reaction_react"):
        webhook(f"instagram/{file}.json")
    with transaction():
        assert len(ledger.claim()) == 3
    everybody_here_dies()

    duties.free_claims_of_the_dead()

    with transaction():
        assert [row.attempts for row in ledger.claim()] == [2]
        assert [row.attempts for row in ledger.claim()] == [1, 1]


def tried_and_died(attempts: list[int]) -> None:
    """Claims the only webhook, begins its work, and everybody here dies of it."""
    with transaction():
        [row] = ledger.claim()
        ledger.begin(row.id, row.token)
        attempts.append(row.attempts)
    everybody_here_dies()
    duties.free_claims_of_the_dead()


def test_the_last_try_of_a_webhook_comes_after_a_rest(webhook, later):
    an_inbox()
    webhook("instagram/text.json")
    attempts: list[int] = []
    for _ in range(1, ledger.MAX_ATTEMPTS):
        tried_and_died(attempts)

    with transaction():
        assert ledger.claim() == []
    later(seconds=ledger.RESTS.total_seconds() + 1)
    tried_and_died(attempts)

    assert attempts == list(range(1, ledger.MAX_ATTEMPTS + 1))


def test_who_dies_before_a_further_attempt_has_begun_has_not_died_of_it(webhook):
    an_inbox()
    webhook("instagram/text.json")
    attempts: list[int] = []
    tried_and_died(attempts)

    for _ in range(ledger.MAX_ATTEMPTS):
        with transaction():
            assert [row.attempts for row in ledger.claim()] == [2]
        everybody_here_dies()
        duties.free_claims_of_the_dead()


def test_what_a_living_worker_has_claimed_stays_its_own(webhook):
    an_inbox()
    webhook("instagram/text.json")
    a_reply(a_ticket(customer="551"), by=an_agent())
    id, _ = called()
    with transaction():
        assert ledger.claim()

    duties.free_claims_of_the_dead()

    assert row(id).state is OutboxState.CALLING
    with transaction():
        assert ledger.claim() == []


def everybody_here_dies() -> None:
    """What this process has claimed was claimed by one that is dead."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    with transaction():
        for table in (Ledger, Outbox):
            token = sa.func.replace(table.token, holder(os.getpid()), holder(dead.pid))
            db.session.execute(sa.update(table).values(token=token))


def test_an_uncertain_send_whose_echo_was_taken_for_one_from_the_app_has_arrived():
    a_reply(a_ticket(), "Hi!", by=an_agent())
    id, token = called()
    hears(EchoReceived, platform_id="mid-echo", text="Hi!")
    assert [one.author_kind.value for one in the_messages()] == ["contact", "agent", "app"]

    settle(id, Unknown("the connection broke"), token)

    assert [(one.author_kind.value, one.platform_id) for one in the_messages()[1:]] == [("agent", "mid-echo")]
    assert row(id).state is OutboxState.SENT


def test_an_uncertain_send_is_not_settled_by_other_words_from_the_app():
    a_reply(a_ticket(), "Hi!", by=an_agent())
    id, token = called()
    hears(EchoReceived, platform_id="mid-echo", text="Hi there!")

    settle(id, Unknown("the connection broke"), token)

    assert row(id).state is OutboxState.UNKNOWN
