"""The owner's pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import ledger
from helpdesk.domain.ledger import Raw
from helpdesk.models import InboxState, LedgerState, Outbox
from tests.factories import ACCOUNT, a_reply, a_ticket, an_agent, an_inbox

PAGE = {"Accept": "text/html"}


def a_webhook(body: bytes = b"{}", *, state: LedgerState = LedgerState.QUARANTINED, error: str = "no reason") -> int:
    """Its number in the ledger."""
    with transaction():
        ledger.store_many([Raw("instagram", "", "", body)])
        row = ledger.listing()[0]
        ledger.finish(row, state, error=error)
    return row.id


@pytest.fixture
def owner(client):
    return client(an_agent("Olga Owen", role="owner"))


@pytest.mark.parametrize(
    "path", ["/settings", "/settings/inboxes", "/settings/people", "/settings/webhooks", "/settings/outbox"]
)
@pytest.mark.parametrize("role", ["agent", "lead"])
def test_the_settings_are_for_owners(client, path, role):
    assert client(an_agent(role=role)).get(path).status_code == 403


def test_an_inbox_shows_how_it_is(owner):
    inbox = an_inbox("Studio Nord")
    with transaction():
        inbox.state, inbox.state_reason = InboxState.NEEDS_SIGN_IN, "The access token has expired."

    page = owner.get("/settings/inboxes", headers=PAGE).text

    assert "Studio Nord" in page
    assert ACCOUNT in page
    assert "Needs a new access token" in page
    assert "The access token has expired." in page
    assert "the-access-token" not in page


def test_the_page_says_how_an_inbox_is_connected_again_and_of_a_working_one_nothing(owner):
    inbox = an_inbox("Studio Nord")
    assert "flask inbox reconnect" not in owner.get("/settings/inboxes", headers=PAGE).text

    with transaction():
        inbox.state = InboxState.SUSPENDED

    assert f"flask inbox reconnect {ACCOUNT}" in owner.get("/settings/inboxes", headers=PAGE).text


def test_people_are_listed_with_their_roles_and_teams(owner):
    an_agent("Mona Ortiz", role="lead", team="Sales", also=["Returns"])

    page = owner.get("/settings/people", headers=PAGE).text

    for word in ("Mona Ortiz", "lead", "Sales", "Returns", "no password yet"):
        assert word in page


def test_a_webhook_that_could_not_be_read_shows_its_reason_and_its_bytes(owner):
    number = a_webhook(b"<script>alert(1)</script>\xff", error="not JSON: <b>bold</b>")

    listed = owner.get("/settings/webhooks?state=quarantined", headers=PAGE).text
    page = owner.get(f"/settings/webhooks/{number}", headers=PAGE).text

    assert "not JSON: &lt;b&gt;bold&lt;/b&gt;" in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd" in page
    assert "<script>alert" not in page


def test_a_webhook_is_put_through_again(owner):
    number = a_webhook()

    answer = owner.post(f"/settings/webhooks/{number}/rerun")

    assert answer.status_code == 302
    assert ledger.get(number).state is LedgerState.NEW


def test_a_webhook_for_no_inbox_is_shown_and_applied_once_it_is_connected(owner, webhook, run_jobs):
    an_inbox("Another", account_id="17841499999999999")
    webhook("instagram/text.json")
    run_jobs()
    unmatched = owner.get("/settings/webhooks?state=unmatched", headers=PAGE).text

    an_inbox("Studio Nord")
    run_jobs()

    assert "Put through again" in unmatched
    assert "Nothing here in this state." in owner.get("/settings/webhooks?state=unmatched", headers=PAGE).text


def test_older_webhooks_are_a_page_away(owner):
    for number in range(52):
        a_webhook(b"%d" % number)

    first = owner.get("/settings/webhooks", headers=PAGE).text
    older = first.partition("before=")[2].partition('"')[0]
    second = owner.get(f"/settings/webhooks?before={older}", headers=PAGE).text

    assert first.count("/rerun") == 50
    assert second.count("/rerun") == 2
    assert "Older" not in second


# --- filters ------------------------------------------------------------------------------------------------------


def rows(page: str) -> list[str]:
    """The numbers of the webhooks that a page lists."""
    return re.findall(r'/settings/webhooks/(\d+)">', page)


def test_webhooks_are_found_by_inbox_reason_and_day_and_the_address_keeps_it(owner, webhook, run_jobs, later):
    inbox = an_inbox("Studio Nord")
    webhook("instagram/text.json")
    run_jobs()
    odd = a_webhook(b"{}", error="item 1: KeyError")
    today = clock.now()

    of_inbox = owner.get(f"/settings/webhooks?inbox={inbox.id}", headers=PAGE).text
    by_reason = owner.get("/settings/webhooks?reason=keyerror&channel=instagram", headers=PAGE).text
    today_s = owner.get(f"/settings/webhooks?since={today:%Y-%m-%d}&until={today:%Y-%m-%d}", headers=PAGE).text
    later_s = owner.get(f"/settings/webhooks?since={today + timedelta(days=1):%Y-%m-%d}", headers=PAGE).text

    assert str(odd) not in rows(of_inbox)
    assert len(rows(of_inbox)) == 1
    assert rows(by_reason) == [str(odd)]
    assert "reason=keyerror" in by_reason
    assert len(rows(today_s)) == 2
    assert "Nothing here that fits this filter." in later_s


@pytest.mark.parametrize("query", ["state=odd", "channel=odd", "inbox=99"])
def test_a_filter_for_what_is_not_there_finds_nothing(owner, query):
    assert owner.get(f"/settings/webhooks?{query}", headers=PAGE).status_code == 404


def test_all_that_match_are_put_through_again_and_the_number_is_said_before(owner, run_jobs):
    matching = [a_webhook(b"%d" % number, error="KeyError") for number in range(3)]
    other = a_webhook(b"other", error="not JSON")
    page = owner.get("/settings/webhooks?reason=KeyError", headers=PAGE).text

    answer = owner.post("/settings/webhooks/rerun", data={"reason": "KeyError"})

    assert "Put all 3 through again" in page
    assert "reason=KeyError" in answer.location
    assert {ledger.get(number).state for number in matching} == {LedgerState.NEW}
    assert ledger.get(other).state is LedgerState.QUARANTINED


def test_the_outbox_lists_what_is_not_sent_with_what_can_be_done(owner):
    ticket, mona = a_ticket(), an_agent("Mona Ortiz")
    a_reply(ticket, "<b>Yes</b>", by=mona)

    page = owner.get("/settings/outbox", headers=PAGE).text

    for word in (
        "&lt;b&gt;Yes&lt;/b&gt;",
        "Waiting",
        "not tried yet",
        "Try now",
        "Take back",
        f"ticket {ticket.number}",
    ):
        assert word in page
    assert "Send again" not in page
    assert "fits this filter" in owner.get("/settings/outbox?age=1h", headers=PAGE).text


def test_what_was_taken_back_leaves_the_list_and_comes_back_to_it(owner):
    reply = a_reply(a_ticket(), "Yes!", by=an_agent())

    answer = owner.post(f"/messages/{reply.id}/cancel", data={"back": "/settings/outbox?state=queued"})

    assert answer.location.endswith("/settings/outbox?state=queued")
    assert "Everything that was written has been sent" in owner.get("/settings/outbox", headers=PAGE).text
    assert "Send after all" in owner.get("/settings/outbox?state=cancelled", headers=PAGE).text


def test_a_form_leads_back_to_no_other_site(owner):
    reply = a_reply(a_ticket(), "Yes!", by=an_agent())

    answer = owner.post(f"/messages/{reply.id}/cancel", data={"back": "https://elsewhere.test/"})

    assert answer.location == "/"


def test_a_row_that_waits_is_tried_at_once(owner):
    reply = a_reply(a_ticket(), "Yes!", by=an_agent())
    with transaction():
        row = db.session.scalars(sa.select(Outbox)).one()
        row.next_at = clock.now() + timedelta(minutes=5)

    owner.post(f"/messages/{reply.id}/try-now")

    db.session.expire_all()
    assert db.session.scalars(sa.select(Outbox)).one().next_at <= clock.now()


def test_older_rows_of_the_outbox_are_a_page_away(owner):
    ticket, mona = a_ticket(), an_agent()
    for number in range(51):
        a_reply(ticket, f"No. {number}", by=mona)

    first = owner.get("/settings/outbox", headers=PAGE).text
    older = first.partition("before=")[2].partition('"')[0]

    assert "No. 50" in first
    assert "No. 0<" not in first
    assert "No. 0<" in owner.get(f"/settings/outbox?before={older}", headers=PAGE).text
