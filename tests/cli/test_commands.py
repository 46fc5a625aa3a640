"""`flask …`, typed as operators type it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import inboxes
from helpdesk.models import Agent, Heartbeat, Inbox, InboxState, Message, Role
from helpdesk.secrets import Vault
from tests.factories import ACCOUNT, OTHER_ACCOUNT, a_ticket, an_agent, an_inbox
from tests.support import instagram

SECRETS = {
    "HELPDESK_ACCESS_TOKEN": "the-access-token",
    "HELPDESK_APP_SECRET": "the-apps-secret-0123456789abcdef",
    "HELPDESK_VERIFY_TOKEN": "the-verify-token",
}


# --- agents -------------------------------------------------------------------------------------------------------


def test_an_agent_is_added_with_a_link_that_works(flask, client, desk):
    told = flask("agent add Mona@Desk.test --role agent --team Sales", "--name", "Mona Ortiz")

    (link,) = re.findall(rf"{re.escape(desk.settings.public_url)}(/set-password/\S+)", told)
    assert client().get(link).status_code == 200
    mona = db.session.scalar(sa.select(Agent).where(Agent.email == "mona@desk.test"))
    assert (mona.name, mona.role, [team.name for team in mona.teams]) == ("Mona Ortiz", Role.AGENT, ["Sales"])


def test_without_a_team_one_is_in_everyone(flask):
    told = flask("agent add a@desk.test --role owner --name Olga")

    assert "in Everyone" in told


def test_a_password_from_stdin_is_set_at_once(flask, client):
    flask("agent add a@desk.test --role lead --name Lea --password-stdin", stdin="quiet-harbour-lemon\n")

    console = client()
    assert console.sign_in("a@desk.test", "quiet-harbour-lemon").status_code == 302


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("agent add nonsense --role agent --name N", "That is no e-mail address"),
        ("agent add a@b@c --role agent --name N", "That is no e-mail address"),
        ("agent reset nobody@desk.test", "Nobody here has the address nobody@desk.test."),
        ("agent add a@desk.test --role agent --name N --password-stdin", "at least 10 characters"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(flask, line, sentence):
    told = flask(line, exit_code=1, stdin="short\n")

    assert told.startswith("Error: ")
    assert sentence in told
    assert len(told.strip().splitlines()) == 1


def test_an_agent_cannot_be_added_twice(flask):
    an_agent()
    email = db.session.scalar(sa.select(Agent.email))

    assert "is here already" in flask(f"agent add {email} --role agent --name N", exit_code=1)


def test_a_role_that_there_is_not_is_refused(flask):
    assert "is not one of 'agent', 'lead', 'owner'" in flask("agent add a@desk.test --role god --name N", exit_code=2)


def test_a_reset_link_lets_one_choose_a_new_password(flask, client, desk):
    agent = an_agent()

    told = flask(f"agent reset {agent.email}")

    assert client().get(told.split()[-1].removeprefix(desk.settings.public_url)).status_code == 200


# --- inboxes ------------------------------------------------------------------------------------------------------


def test_an_inbox_is_connected_with_secrets_from_the_environment(flask, desk, webhook, run_jobs):
    told = flask(f"inbox add instagram --account-id {ACCOUNT}", "--name", "Studio Nord", **SECRETS)

    assert f"{desk.settings.public_url}/webhooks/instagram" in told
    assert not any(secret in told for secret in SECRETS.values())
    assert webhook("instagram/text.json").status_code == 200
    run_jobs()
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_secrets_may_come_from_stdin(flask):
    flask(
        f"inbox add instagram --account-id {ACCOUNT} --name S --access-token - --app-secret - --verify-token -",
        stdin="one\ntwo\nthree\n",
    )

    account = inboxes.account(db.session.scalars(sa.select(Inbox)).one())
    assert (account.access_token, account.secrets, account.verify_token) == ("one", ("two",), "three")


def test_an_inbox_without_its_secrets_is_not_connected(flask):
    assert "--access-token" in flask("inbox add instagram --account-id 1 --name S", exit_code=2)


def test_one_account_is_one_inbox(flask):
    an_inbox()

    assert "connected already" in flask(f"inbox add instagram --account-id {ACCOUNT} --name S", exit_code=1, **SECRETS)


def test_events_that_came_too_early_are_applied_when_their_inbox_is_added(flask, webhook, run_jobs):
    an_inbox(account_id="17841499999999999")
    webhook("instagram/text.json")
    run_jobs()

    flask(f"inbox add instagram --account-id {ACCOUNT} --name S", **SECRETS)
    run_jobs()

    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_inboxes_are_listed_without_their_secrets(flask):
    assert "No inbox is connected" in flask("inbox list")
    an_inbox("Studio Nord")

    told = flask("inbox list")

    assert f"Studio Nord  instagram {ACCOUNT}  team Everyone  working  last event never" in told
    assert "the-access-token" not in told


def test_a_good_token_is_called_good(flask, sandbox):
    an_inbox("Studio Nord")

    told = flask("inbox check", "Studio Nord")

    for line in ("State: working", "Last event: never", "Last error: none", "Token: good", "Webhooks: subscribed"):
        assert line in told.splitlines()


def test_a_refused_token_is_told_and_kept(flask, sandbox):
    inbox = an_inbox("Studio Nord")
    with transaction():
        inboxes.reconnect(db.session.get_one(Inbox, inbox.id), secrets={"access_token": "an-expired-one"})

    told = flask(f"inbox check {ACCOUNT}", exit_code=1)

    inbox = db.session.get_one(Inbox, inbox.id)
    assert inbox.state is InboxState.NEEDS_SIGN_IN
    assert f"Token: {inbox.state_reason}" in told
    assert "an-expired-one" not in told


def test_a_platform_that_cannot_be_reached_is_told(flask, sandbox):
    an_inbox("Studio Nord")
    sandbox.fault("reset_before", what="account")

    assert "cannot be reached" in flask(f"inbox check {ACCOUNT}", exit_code=1)


def test_an_inbox_is_removed_after_asking(flask):
    an_inbox("Studio Nord")

    flask("inbox remove", "Studio Nord", stdin="n\n", exit_code=1)
    assert len(inboxes.listing()) == 1
    flask("inbox remove", "Studio Nord", stdin="y\n")

    assert inboxes.listing() == []


def test_an_inbox_that_there_is_not_is_told(flask):
    assert "No connected inbox is called “Nothing”." in flask("inbox check Nothing", exit_code=1)


# --- events -------------------------------------------------------------------------------------------------------


def test_replaying_changes_nothing_that_was_applied(flask, webhook, run_jobs):
    an_inbox()
    webhook("instagram/text.json")
    run_jobs()

    told = flask("events replay")
    run_jobs()

    assert "Put through intake again: 1." in told
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_only_what_was_asked_for_is_replayed(flask, webhook, run_jobs, desk):
    an_inbox()
    webhook("instagram/text.json")
    webhook(b"not JSON at all")
    run_jobs()
    tomorrow = f"{clock.now():%Y}-12-31"

    assert ": 1." in flask("events replay --failed")
    run_jobs()
    assert ": 0." in flask(f"events replay --since {tomorrow}")
    assert ": 1." in flask("events replay --failed")


@pytest.mark.both_databases
def test_what_names_an_inbox_anywhere_is_replayed_for_it_and_what_nobody_can_read(flask, webhook, run_jobs):
    an_inbox("Studio Nord")
    an_inbox("Outlet", account_id=OTHER_ACCOUNT)
    a_comment = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1, "changes": [{"field": "comments"}]}]}
    webhook("instagram/text.json")
    webhook(a_comment)
    webhook(instagram.body(instagram.said("first", account=OTHER_ACCOUNT), instagram.said("second")))
    webhook(instagram.body(instagram.said("another's", account=OTHER_ACCOUNT), account=OTHER_ACCOUNT))
    webhook(b"not JSON at all")
    run_jobs()

    for name, number in (("Studio Nord", 4), ("Outlet", 3)):
        assert flask("events replay --inbox", name) == f"Put through intake again: {number}.\n"
        run_jobs()

    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 4


def test_a_time_that_is_none_is_refused(flask):
    assert "2026-11-23T14:30" in flask("events replay --since yesterday", exit_code=2)


# --- secrets ------------------------------------------------------------------------------------------------------


def test_secrets_are_sealed_again_with_the_newest_key(flask, app, desk, monkeypatch):
    inbox = an_inbox()
    newest = Fernet.generate_key().decode()
    monkeypatch.setitem(app.extensions, "vault", Vault([newest, *desk.settings.encryption_keys]))

    assert "Sealed again: 1." in flask("secrets rotate")
    assert "Already under the newest key: 1." in flask("secrets rotate")

    monkeypatch.setitem(app.extensions, "vault", Vault([newest]))
    assert inboxes.account(db.session.get_one(Inbox, inbox.id)).access_token == "the-access-token"


def test_without_the_old_key_nothing_is_lost(flask, app, monkeypatch):
    inbox = an_inbox()
    sealed = inbox.secrets
    monkeypatch.setitem(app.extensions, "vault", Vault([Fernet.generate_key().decode()]))

    assert "put that key back" in flask("secrets rotate", exit_code=1)
    assert db.session.get_one(Inbox, inbox.id).secrets == sealed


# --- doctor -------------------------------------------------------------------------------------------------------


def all_alive() -> None:
    with transaction():
        for name in ("worker live", "worker delivery", "worker bulk", "clock"):
            db.session.merge(Heartbeat(name=name, at=clock.now(), pid=1))


def test_a_well_desk_passes(flask):
    all_alive()
    a_ticket()

    lines = flask("doctor").splitlines()

    assert all(line.startswith("ok ") for line in lines)
    parts = [line.split()[1] for line in lines]
    assert parts == [
        "database", "storing", "migrations", "redis", "disk", "queues", "storage", "workers", "clock", "outbox",
        "intake", "webhooks", "sending", "bells", "waits", "rows", "instagram",
    ]  # fmt: skip


def test_what_is_bad_is_named_with_its_reason(flask, valkey, webhook, run_jobs):
    an_inbox("Studio Nord")
    webhook(b"not JSON at all")
    run_jobs()
    with transaction():
        inbox = db.session.scalars(sa.select(Inbox)).one()
        inbox.state, inbox.state_reason = InboxState.NEEDS_SIGN_IN, "The access token has expired."
    valkey.stop()

    told = flask("doctor", exit_code=1)

    assert re.search(r"^BAD  redis +does not answer", told, re.MULTILINE)
    assert re.search(r"^BAD  workers +no sign of life from: worker live", told, re.MULTILINE)
    assert re.search(r"^BAD  webhooks +1 webhook not used, or not wholly: flask doctor --mend", told, re.MULTILINE)
    assert re.search(r"^BAD  instagram +Studio Nord: The access token has expired\.", told, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    ["agent", "agent add", "agent reset", "inbox", "inbox add", "inbox add instagram", "inbox list", "inbox check",
     "inbox reconnect", "inbox change", "inbox remove", "events", "events replay", "secrets", "secrets rotate",
     "doctor"],
)  # fmt: skip
def test_every_command_explains_itself(flask, line):
    told = flask(f"{line} --help")

    assert told.startswith("Usage:")
    assert len(told) > 80


# --- tokens -------------------------------------------------------------------------------------------------------


def test_a_token_is_told_once_and_works_until_it_is_revoked(flask, client):
    told = flask("token create --name CRM --scope read")
    (text,) = re.findall(r"^hd_\S+$", told, re.MULTILINE)

    def status() -> int:
        return client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {text}"}).status_code

    assert status() == 200
    listed = flask("token list")
    assert "CRM  read  sees all tickets  last used 2026-" in listed
    assert text not in listed
    assert flask("token revoke CRM") == "CRM is revoked.\n"
    assert status() == 401
    assert "There is no token." in flask("token list")


def test_a_token_of_teams_names_them_and_knows_no_team_that_is_not_there(flask):
    an_agent(team="Sales")

    refused = flask("token create --name CRM --scope write --team Slaes", exit_code=1)
    flask("token create --name CRM --scope write --team sales")

    assert "There is no team “Slaes”. There are: Sales." in refused
    assert "sees the tickets of Sales" in flask("token list")


def test_two_living_tokens_cannot_have_one_name(flask):
    flask("token create --name CRM --scope read")

    assert "There is a token “CRM” already." in flask("token create --name CRM --scope read", exit_code=1)
    assert "No token is called “ERP”." in flask("token revoke ERP", exit_code=1)
