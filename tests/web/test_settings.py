"""The owner's pages."""

from __future__ import annotations

import pytest

from helpdesk.db import transaction
from helpdesk.domain import ledger
from helpdesk.domain.ledger import Raw
from helpdesk.models import InboxState, LedgerState
from tests.factories import ACCOUNT, an_agent, an_inbox

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


@pytest.mark.parametrize("path", ["/settings", "/settings/inboxes", "/settings/people", "/settings/webhooks"])
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
