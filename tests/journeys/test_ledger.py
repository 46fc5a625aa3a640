"""What is stored, what cannot be used, and how it is tried again: nothing that was signed is ever lost."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import inboxes, ledger
from helpdesk.models import Inbox, Ledger, LedgerState
from tests.factories import OTHER_ACCOUNT, an_agent, an_inbox, the_messages
from tests.support.instagram import body, said


def the_row() -> Ledger:
    return db.session.execute(sa.select(Ledger)).scalar_one()


def test_a_webhook_with_one_broken_item_brings_the_others_and_names_it(webhook, run_jobs):
    an_inbox()
    broken = {"sender": "not an object", "message": {"mid": "mid-2"}}

    assert webhook(body(said("one"), broken, said("three", at=1))).status_code == 200
    run_jobs()

    assert [message.text for message in the_messages()] == ["one", "three"]
    assert the_row().state is LedgerState.PARTLY
    assert "entry[0].messaging[1]" in the_row().error


@pytest.mark.parametrize(
    "raw", [b"not json", b"[]", b'{"object":"instagram"}', b'{"object":"instagram","entry":{}}', b"{"]
)
def test_a_signed_body_that_cannot_be_read_is_kept_with_its_reason(webhook, run_jobs, raw):
    an_inbox()

    assert webhook(raw).status_code == 200
    run_jobs()

    row = the_row()
    assert (row.state, bytes(row.raw)) == (LedgerState.QUARANTINED, raw)
    assert row.error
    assert the_messages() == []


def test_poison_is_quarantined_after_three_tries_and_holds_up_nobody(webhook, run_jobs, later, failpoint):
    an_inbox()
    failpoint("intake.before_commit:raise")
    webhook(body(said("poison")))
    run_jobs()

    failpoint("")
    webhook(body(said("healthy", at=1)))
    run_jobs()
    assert [message.text for message in the_messages()] == ["healthy"]

    failpoint("intake.before_commit:raise")
    for _ in range(2):
        later(seconds=30)
        run_jobs()

    bad, good = db.session.execute(sa.select(Ledger).order_by(Ledger.id)).scalars()
    assert (bad.state, bad.attempts, good.state) == (LedgerState.QUARANTINED, 3, LedgerState.DONE)
    assert "Failpoint" in bad.error


def test_a_row_that_stops_the_worker_three_times_is_quarantined(webhook, run_jobs, later):
    an_inbox()
    webhook(body(said("deadly")))

    for _ in range(3):
        with transaction():
            assert len(ledger.claim()) == 1, "the worker dies here, holding the row"
        later(seconds=61)
    run_jobs()

    assert (the_row().state, the_messages()) == (LedgerState.QUARANTINED, [])
    assert the_row().error == ledger.GAVE_UP


def test_a_quarantined_row_can_be_run_again_once_its_cause_is_gone(webhook, run_jobs, later, failpoint):
    an_inbox()
    failpoint("intake.before_commit:raise")
    webhook(body(said("Hello")))
    for _ in range(3):
        run_jobs()
        later(seconds=30)
    assert the_row().state is LedgerState.QUARANTINED

    failpoint("")
    with transaction():
        ledger.rerun(the_row().id)
    run_jobs()

    assert [message.text for message in the_messages()] == ["Hello"]
    assert (the_row().state, the_row().error) == (LedgerState.DONE, "")


def test_running_everything_again_changes_nothing(webhook, run_jobs, open_page):
    an_inbox()
    for name in ("text", "reaction_react", "message_edit", "seen", "echo_text", "postback_icebreaker"):
        webhook(f"instagram/{name}.json")
    run_jobs()
    before = [(message.id, message.text, message.seq) for message in the_messages()]
    page = open_page(an_agent())
    page.forget()

    with transaction():
        ledger.replay(since=None, channel=None, account=None, failed_only=False)
    run_jobs()

    assert [(message.id, message.text, message.seq) for message in the_messages()] == before
    assert page.streams == []


def test_an_event_of_an_account_that_nobody_connected_is_kept_as_unmatched(webhook, run_jobs):
    an_inbox()

    assert webhook(body(said("Hi", account="17849999999999999"), account="17849999999999999")).status_code == 200
    run_jobs()

    assert (the_row().state, the_messages()) == (LedgerState.UNMATCHED, [])
    assert "17849999999999999" in the_row().error


def test_unmatched_events_are_applied_when_their_inbox_is_added(webhook, run_jobs):
    an_inbox()
    webhook("instagram/batch.json")
    run_jobs()
    assert [message.text for message in the_messages()] == ["one", "two"]

    an_inbox("Outlet", account_id=OTHER_ACCOUNT)
    run_jobs()

    assert [message.text for message in the_messages()] == ["one", "two", "other account"]
    assert the_row().state is LedgerState.DONE


def test_an_event_of_a_removed_inbox_is_kept_and_opens_nothing(webhook, run_jobs):
    inbox = an_inbox()
    with transaction():
        inboxes.remove(db.session.get_one(Inbox, inbox.id))

    assert webhook("instagram/text.json").status_code == 200
    run_jobs()

    assert (the_row().state, the_messages()) == (LedgerState.UNMATCHED, [])


def test_an_event_long_after_the_removal_is_refused(webhook, later):
    inbox = an_inbox()
    with transaction():
        inboxes.remove(db.session.get_one(Inbox, inbox.id))
    later(days=31)

    assert webhook("instagram/text.json").status_code == 401
    assert db.session.execute(sa.select(Ledger)).first() is None


def test_both_secrets_are_good_while_one_is_being_replaced(webhook, run_jobs):
    inbox = an_inbox()
    with transaction():
        secrets = {"access_token": "t", "app_secrets": ["the-new-secret", "the-old-secret"], "verify_token": "v"}
        inboxes.reconnect(db.session.get_one(Inbox, inbox.id), secrets=secrets)

    statuses = [
        webhook(body(said(name)), secret=name).status_code for name in ("the-old-secret", "the-new-secret", "no")
    ]
    run_jobs()

    assert statuses == [200, 200, 401]
    assert sorted(message.text for message in the_messages()) == ["the-new-secret", "the-old-secret"]


def test_the_raw_bytes_are_kept_as_they_came(webhook):
    an_inbox()
    raw = json.dumps(body(said("ä 👋")), indent=3).encode().replace(b"\\u00e4", b"\\u00E4")

    webhook(raw)

    assert bytes(the_row().raw) == raw
