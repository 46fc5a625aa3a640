"""Every way in which the platform says no: what becomes of the message, and the sentence that the agent reads."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, inboxes, messages
from helpdesk.errors import Conflict
from helpdesk.models import Inbox, InboxState, Message, Outbox, OutboxState
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support.desk import PAYLOADS
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN

# What happens next, and words of the sentence. `failed`: for good. `waits`: goes out later by itself. `account`:
# nothing of this inbox goes out until an owner has acted. `uncertain`: nobody knows whether it arrived.
EXPECTED = {
    "action_with_message_100_2018014": ("failed", "refused"),
    "app_rate_limit_4": ("waits", "slowed down"),
    "bad_parameter_100": ("failed", "refused"),
    "blocked_368": ("account", "blocked"),
    "business_blocked_100_2534029": ("account", "blocked this account"),
    "capability_3": ("account", "connected again"),
    "comment_not_valid_100_2534025": ("failed", "cannot be answered privately"),
    "consent_required_230": ("failed", "nothing of this person"),
    "fetch_file_failed_100_2018008": ("waits", ""),
    "human_agent_not_granted_10": ("account", "connected again"),
    "invalid_message_100_2534015": ("failed", "refused this content"),
    "message_deleted_9000001": ("failed", "deleted"),
    "messages_access_off_200_2534041": ("account", "Allow access to messages"),
    "no_matching_user_100_2534014": ("failed", "no longer be reached"),
    "no_matching_user_9010": ("failed", "no longer be reached"),
    "not_eligible_36103": ("account", "owner must look"),
    "not_thread_owner_100_2534037": ("failed", "Another app controls"),
    "page_link_broken_10_2534077": ("account", "Reconnect"),
    "page_not_linked_100_2534013": ("account", "Reconnect"),
    "page_rate_limit_32": ("waits", "slowed down"),
    "permission_10": ("account", "connected again"),
    "permission_200": ("account", "connected again"),
    "rate_limit_613_2534040": ("waits", "slowed down"),
    "rate_limit_80007": ("waits", "slowed down"),
    "session_102": ("account", "connected again"),
    "token_account_checkpointed_190_459": ("account", "connected again"),
    "token_app_removed_190_458": ("account", "connected again"),
    "token_expired_190_463": ("account", "connected again"),
    "token_invalid_190": ("account", "connected again"),
    "token_invalid_190_460": ("account", "connected again"),
    "token_invalid_190_467": ("account", "connected again"),
    "unknown_1": ("waits", "problem of its own"),
    "unknown_transient_2": ("uncertain", "checking"),
    "unknown_transient_2_in_400": ("waits", "problem of its own"),
    "user_rate_limit_17": ("waits", "slowed down"),
    "user_unavailable_200_1545041": ("failed", "isn't available"),
    "user_unavailable_551": ("failed", "isn't available"),
    "window_closed_10_2534022": ("failed", "reply window has closed"),
}


def conversation_with(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    return the_ticket()


def the_inbox() -> Inbox:
    return db.session.execute(sa.select(Inbox)).scalar_one()


def test_every_error_of_the_platform_has_a_row_here():
    assert {path.stem for path in (PAYLOADS / "instagram" / "errors").glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("error", EXPECTED)
def test_a_refusal_tells_the_agent_what_it_means(sandbox, run_jobs, later, open_page, error):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    page = open_page(agent)
    outcome, words = EXPECTED[error]
    sandbox.fault(error, what="send")

    reply = a_reply(ticket, "Yes!", by=agent)
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert message.status == {"failed": "failed", "uncertain": "uncertain"}.get(outcome, "queued")
    assert words in message.status_reason
    assert (the_inbox().state is not InboxState.WORKING) == (outcome == "account")
    assert sandbox.texts() == []
    if outcome != "account":
        assert words.replace("'", "&#39;").lower() in page.html.lower()
    later(minutes=6)
    run_jobs()
    assert sandbox.texts() == (["Yes!"] if outcome == "waits" else [])


def test_a_bad_token_keeps_all_messages_until_the_account_is_connected_again(sandbox, run_jobs, later):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("token_expired_190_463", times=None, what="send")
    for text in ("first", "second"):
        a_reply(ticket, text, by=agent)
    run_jobs()
    assert the_inbox().state is InboxState.NEEDS_SIGN_IN

    later(hours=3)
    run_jobs()
    states = set(db.session.execute(sa.select(Outbox.state)).scalars())
    assert states == {OutboxState.QUEUED}
    sandbox.mend()
    with transaction():
        secrets = {"access_token": ACCESS_TOKEN, "app_secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN}
        inboxes.reconnect(the_inbox(), secrets=secrets)
    run_jobs()

    assert sandbox.texts() == ["first", "second"]
    assert the_inbox().state is InboxState.WORKING


def test_a_token_that_the_platform_does_not_know_stops_the_inbox(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    with transaction():
        secrets = {"access_token": "revoked", "app_secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN}
        inboxes.reconnect(the_inbox(), secrets=secrets)

    a_reply(ticket, "Yes!", by=an_agent())
    run_jobs()

    assert the_inbox().state is InboxState.NEEDS_SIGN_IN
    assert "connected again" in the_inbox().state_reason
    assert "revoked" not in the_inbox().state_reason + the_messages()[-1].status_reason


def test_a_failed_message_can_be_tried_again_by_a_person(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("user_unavailable_551", what="send")
    reply = a_reply(ticket, "Yes!", by=agent)
    run_jobs()

    with transaction():
        messages.retry(access.message(reply.id, by=agent), by=agent)
    run_jobs()

    assert (sandbox.texts(), the_messages()[-1].status) == (["Yes!"], "sent")


def test_a_failed_message_does_not_hold_back_the_next(sandbox, run_jobs):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("invalid_message_100_2534015", what="send")

    a_reply(ticket, "refused", by=agent)
    a_reply(ticket, "taken", by=agent)
    run_jobs()

    assert sandbox.texts() == ["taken"]


def test_a_failed_message_can_be_taken_off_the_page_and_a_sent_one_cannot(sandbox, run_jobs, open_page):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("invalid_message_100_2534015", what="send")
    failed, sent = a_reply(ticket, "refused", by=agent), a_reply(ticket, "taken", by=agent)
    element = failed.dom_id
    run_jobs()
    page = open_page(agent)

    with transaction():
        messages.remove(access.message(failed.id, by=agent), by=agent)
    with pytest.raises(Conflict), transaction():
        messages.remove(access.message(sent.id, by=agent), by=agent)

    assert [stream.target for stream in page.streams if stream.action == "remove"] == [element]
    assert [message.text for message in the_messages()] == ["Hello", "taken"]


def test_after_ten_minutes_of_trying_the_next_message_is_let_past(sandbox, run_jobs, later):
    ticket = conversation_with(sandbox, run_jobs)
    agent = an_agent()
    sandbox.fault("unknown_1", times=None, what="send", text_contains="stuck")
    stuck = a_reply(ticket, "stuck", by=agent)
    a_reply(ticket, "behind it", by=agent)
    run_jobs()
    assert sandbox.texts() == []

    later(minutes=10, seconds=30)
    run_jobs()

    message = db.session.get_one(Message, stuck.id)
    assert (message.status, sandbox.texts()) == ("failed", ["behind it"])
    assert "10 minutes" in message.status_reason
