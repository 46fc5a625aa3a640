"""Making an inbox well again and changing it, typed as operators type it, with the platform on the other side."""

from __future__ import annotations

import urllib.request

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import inboxes
from helpdesk.models import Inbox, InboxState, Ledger
from tests.factories import ACCOUNT, OTHER_ACCOUNT, a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support import instagram
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN

NEW_SECRET = "the-apps-new-secret-0123456789ab"


def the_inbox() -> Inbox:
    return db.session.execute(sa.select(Inbox)).scalar_one()


@pytest.fixture
def agent(sandbox, run_jobs):
    """Somebody whom a customer has just asked something."""
    an_inbox("Studio Nord")
    sandbox.say("Hello")
    run_jobs()
    return an_agent()


# --- connecting again ---------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_what_waited_for_a_new_token_goes_out_once_when_the_inbox_is_connected_again(
    flask, sandbox, run_jobs, later, agent
):
    sandbox.fault("token_expired_190_463", times=None, what="send")
    for text in ("first", "second"):
        a_reply(the_ticket(), text, by=agent)
    run_jobs()
    later(hours=3)
    run_jobs()
    assert the_inbox().state is InboxState.NEEDS_SIGN_IN
    assert "needs a new access token" in flask("inbox list")
    sandbox.mend()

    told = flask("inbox reconnect", "Studio Nord", HELPDESK_ACCESS_TOKEN=ACCESS_TOKEN)
    run_jobs()
    run_jobs()

    assert told == "Studio Nord is connected again.\n"
    assert (the_inbox().state, the_inbox().state_reason) == (InboxState.WORKING, "")
    assert sandbox.texts() == ["first", "second"]
    assert [message.status for message in the_messages()[1:]] == ["sent", "sent"]


def test_secrets_that_are_not_named_stay(flask, sandbox):
    inbox = an_inbox("Studio Nord")

    flask(f"inbox reconnect {ACCOUNT} --verify-token -", stdin="a-new-verify-token\n")

    account = inboxes.account(db.session.get_one(Inbox, inbox.id))
    assert (account.access_token, account.secrets, account.verify_token) == (
        ACCESS_TOKEN, (APP_SECRET,), "a-new-verify-token",
    )  # fmt: skip


def test_an_inbox_is_tried_again_as_it_is_when_its_owner_has_mended_it_elsewhere(flask, sandbox, run_jobs, agent):
    sandbox.fault("messages_access_off_200_2534041", what="send")
    a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    assert sandbox.texts() == []

    flask(f"inbox reconnect {ACCOUNT}")
    run_jobs()

    assert sandbox.texts() == ["Yes!"]


def test_a_new_token_that_the_platform_refuses_changes_nothing(flask, sandbox, run_jobs, agent):
    told = flask(f"inbox reconnect {ACCOUNT} --access-token mistyped", exit_code=1)

    assert told.startswith("Error: Nothing was changed. ")
    assert len(told.strip().splitlines()) == 1
    assert "mistyped" not in told
    assert inboxes.account(the_inbox()).access_token == ACCESS_TOKEN
    a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    assert sandbox.texts() == ["Yes!"]


def test_an_empty_secret_is_refused(flask):
    an_inbox()

    assert flask(f"inbox reconnect {ACCOUNT} --app-secret", "", exit_code=1) == "Error: A secret cannot be empty.\n"


def test_a_platform_that_cannot_be_reached_does_not_keep_an_inbox_from_being_connected(flask, sandbox):
    an_inbox()
    sandbox.fault("reset_before", what="account")

    told = flask(f"inbox reconnect {ACCOUNT} --access-token another")

    assert "could not be checked" in told
    assert inboxes.account(the_inbox()).access_token == "another"


# --- a new app secret ---------------------------------------------------------------------------------------------


def signed_with(webhook, secret: str, *, account: str = ACCOUNT) -> int:
    """What the door answers to a fresh webhook of this account."""
    return webhook(instagram.body(instagram.said("Hello", account=account), account=account), secret=secret).status_code


@pytest.mark.both_databases
def test_an_app_secret_that_was_replaced_is_believed_for_another_day(flask, sandbox, webhook, later):
    an_inbox()

    flask(f"inbox reconnect {ACCOUNT}", HELPDESK_APP_SECRET=NEW_SECRET)

    assert (signed_with(webhook, NEW_SECRET), signed_with(webhook, APP_SECRET)) == (200, 200)
    later(hours=23, minutes=59)
    assert (signed_with(webhook, NEW_SECRET), signed_with(webhook, APP_SECRET)) == (200, 200)
    later(minutes=2)
    assert (signed_with(webhook, NEW_SECRET), signed_with(webhook, APP_SECRET)) == (200, 401)
    assert db.session.scalar(sa.select(sa.func.count(Ledger.id))) == 5


def test_a_new_app_secret_speaks_for_its_own_account_alone(flask, sandbox, webhook):
    an_inbox()
    an_inbox("Outlet", account_id=OTHER_ACCOUNT)

    flask(f"inbox reconnect {ACCOUNT} --app-secret {NEW_SECRET}")

    assert signed_with(webhook, NEW_SECRET, account=OTHER_ACCOUNT) == 401
    assert signed_with(webhook, APP_SECRET, account=OTHER_ACCOUNT) == 200


def test_two_changes_within_a_day_keep_both_old_secrets_each_for_its_own_day(flask, sandbox, webhook, later):
    an_inbox()
    flask(f"inbox reconnect {ACCOUNT} --app-secret {NEW_SECRET}")
    later(hours=12)
    flask(f"inbox reconnect {ACCOUNT} --app-secret a-third-secret")
    assert signed_with(webhook, APP_SECRET) == 200

    later(hours=13)

    assert (signed_with(webhook, NEW_SECRET), signed_with(webhook, APP_SECRET)) == (200, 401)


def test_a_secret_that_is_taken_back_is_the_current_one_again(flask, sandbox, webhook, later):
    an_inbox()
    flask(f"inbox reconnect {ACCOUNT} --app-secret {NEW_SECRET}")

    flask(f"inbox reconnect {ACCOUNT} --app-secret {APP_SECRET}")
    later(hours=25)

    assert (signed_with(webhook, APP_SECRET), signed_with(webhook, NEW_SECRET)) == (200, 401)


# --- seeing how it is ---------------------------------------------------------------------------------------------


def test_an_account_to_whose_webhooks_nobody_is_subscribed_is_bad(flask, sandbox):
    an_inbox()
    subscribed_to(sandbox, None)

    assert "Webhooks: No app is subscribed" in flask(f"inbox check {ACCOUNT}", exit_code=1)


def test_fields_that_are_not_subscribed_are_named(flask, sandbox):
    an_inbox()
    subscribed_to(sandbox, "messages,messaging_postbacks,messaging_referral")

    told = flask(f"inbox check {ACCOUNT}", exit_code=1)

    assert "Webhooks: These fields are not subscribed: message_reactions, messaging_seen." in told


def test_the_last_error_is_told_in_the_platform_s_words(flask, sandbox, run_jobs, agent):
    sandbox.fault("invalid_message_100_2534015", what="send")
    a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()

    told = flask(f"inbox check {ACCOUNT}")

    assert f"Last error: {clock.now():%Y-%m-%d}" in told
    assert "code 100, subcode 2534015" in told


def subscribed_to(sandbox, fields: str | None) -> None:
    """Sets the platform's own list, as the account's owner does; None ends the subscription."""
    method, query = ("POST", f"?subscribed_fields={fields}") if fields else ("DELETE", "")
    request = urllib.request.Request(
        f"{sandbox.url}/instagram/v25.0/{ACCOUNT}/subscribed_apps{query}",
        method=method,
        headers={"Authorization": f"Bearer {ACCESS_TOKEN}"},
    )
    open_directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    with open_directly(request, timeout=10) as answer:
        assert answer.status == 200


# --- changing -----------------------------------------------------------------------------------------------------


def test_only_what_is_named_is_changed(flask):
    an_inbox("Studio Nord")

    told = flask(f"inbox change {ACCOUNT} --human-agent --no-tells-typing --reopen-hours 48 --name", "Studio North")

    assert told == "Studio North: human agent yes, tells seen yes, tells typing no, reopens within 48 h\n"
    inbox = the_inbox()
    assert (inbox.name, inbox.options, inbox.reopen_hours) == (
        "Studio North", {"login": "instagram", "human_agent": True}, 48,
    )  # fmt: skip
    assert (inbox.tells_seen, inbox.tells_typing) == (True, False)

    told = flask(f"inbox change {ACCOUNT} --no-human-agent --no-tells-seen --tells-typing")
    assert told == "Studio North: human agent no, tells seen no, tells typing yes, reopens within 48 h\n"


def test_an_account_may_be_connected_with_human_agent(flask):
    secrets = {
        "HELPDESK_ACCESS_TOKEN": ACCESS_TOKEN,
        "HELPDESK_APP_SECRET": APP_SECRET,
        "HELPDESK_VERIFY_TOKEN": VERIFY_TOKEN,
    }

    flask(f"inbox add instagram --human-agent --name Outlet --account-id {OTHER_ACCOUNT}", **secrets)
    flask(f"inbox add instagram --name Studio --account-id {ACCOUNT}", **secrets)

    granted = {inbox.name: inbox.options["human_agent"] for inbox in inboxes.listing()}
    assert granted == {"Outlet": True, "Studio": False}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--reopen-hours=-1", "A ticket can be reopened for 0 to 8,760 hours, not -1."),
        ("--reopen-hours=8761", "A ticket can be reopened for 0 to 8,760 hours, not 8,761."),
        ("--name=\u200b", "An inbox needs a name."),
        ("", "Nothing was named to be changed. See: flask inbox change --help"),
    ],
)
def test_what_an_inbox_cannot_be_is_told_in_one_line(flask, line, sentence):
    an_inbox()

    assert flask(f"inbox change {ACCOUNT} {line}", exit_code=1) == f"Error: {sentence}\n"
    assert (the_inbox().name, the_inbox().reopen_hours) == ("Studio Nord", 72)


def test_hours_that_are_no_number_are_refused(flask):
    an_inbox()

    assert "'soon' is not a valid integer" in flask(f"inbox change {ACCOUNT} --reopen-hours soon", exit_code=2)
