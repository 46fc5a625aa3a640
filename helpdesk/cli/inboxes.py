"""`flask inbox …`: connecting accounts, seeing how they are, disconnecting them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import current_app

from helpdesk import clock, queue
from helpdesk.cli.terminal import Commands, secret_option
from helpdesk.db import db, transaction
from helpdesk.domain import agents, channels, inboxes
from helpdesk.errors import NotFound
from helpdesk.models import Inbox, InboxState

group = Commands("inbox", help="Connected accounts of platforms.")
add = Commands("add", help="Connects an account and prints its webhook address. Each KIND has its own --help.")
group.add_command(add)

STATES = {
    InboxState.WORKING: "working",
    InboxState.NEEDS_SIGN_IN: "needs a new access token",
    InboxState.SUSPENDED: "suspended by the platform",
}
_name = click.option("--name", required=True, help="As people at the desk read it.")
_team = click.option("--team", default=agents.EVERYONE, show_default=True, help="Whose tickets its messages open.")


@add.command("instagram")
@_name
@_team
@click.option("--account-id", required=True, help="The id that Instagram's webhooks carry.")
@click.option("--login", type=click.Choice(["instagram", "facebook"]), default="instagram", show_default=True)
@secret_option("access-token", "The account's long-lived access token")
@secret_option("app-secret", "The app's secret: it signs webhooks")
@secret_option("verify-token", "What you enter in the app's webhook settings")
def add_instagram(
    name: str, team: str, account_id: str, login: str, access_token: str, app_secret: str, verify_token: str
) -> None:
    """Connects an Instagram account."""
    secrets = {"access_token": access_token, "app_secrets": [app_secret], "verify_token": verify_token}
    _connect("instagram", name=name, team=team, account_id=account_id, secrets=secrets, options={"login": login})


def _connect(kind: str, *, name: str, team: str, account_id: str, secrets: Mapping[str, Any], options: Any) -> None:
    with transaction():
        inbox = inboxes.connect(
            kind, name=name, account_id=account_id, secrets=secrets, options=options, team=agents.team(team)
        )
        told = f"{inbox.name} is connected ({channels.of(kind).name}, key {inbox.key})."
    queue.ring("intake")  # webhooks of this account that came before it was connected
    click.echo(told)
    click.echo(f"Webhook address: {current_app.extensions['settings'].public_url}/webhooks/{kind}")


@group.command("list")
def list_inboxes() -> None:
    """One line for each connected inbox."""
    found = inboxes.listing()
    for inbox in found:
        reason = f": {inbox.state_reason}" if inbox.state_reason else ""
        click.echo(
            f"{inbox.name}  {inbox.channel} {inbox.account_id}  team {inbox.team.name}  "
            f"{STATES[inbox.state]}{reason}  last event {_when(inbox)}"
        )
    if not found:
        click.echo("No inbox is connected. Connect one: flask inbox add instagram --help")


@group.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Asks the platform whether the token is good, and tells what the desk knows; exits with 1 when anything is bad."""
    inbox = named(name)
    click.echo(f"State: {STATES[inbox.state]}{'. ' + inbox.state_reason if inbox.state_reason else ''}")
    click.echo(f"Last event: {_when(inbox)}")
    if inbox.notice:
        click.echo(f"Last word of the platform: {inbox.notice}")
    problem = _problem(inbox)
    click.echo(f"Token: {problem or 'good'}")
    if problem or inbox.state is not InboxState.WORKING:
        raise click.exceptions.Exit(1)


def _problem(inbox: Inbox) -> str:
    """What is wrong with the token, "" when it is good. Asks the platform, with the database let go."""
    inbox_id, account, channel = inbox.id, inboxes.account(inbox), channels.of(inbox.channel)
    db.session.rollback()
    refused = channel.check(account, current_app.extensions["platforms"])
    if refused is None:
        return ""
    with transaction():
        inboxes.refused(db.session.get_one(Inbox, inbox_id), refused)
    return refused.reason


@group.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="Disconnect this inbox? Its conversations stay.")
def remove(name: str) -> None:
    """Disconnects an inbox. Its conversations stay; nothing more is received or sent."""
    with transaction():
        inbox = named(name)
        inboxes.remove(inbox)
        told = f"{inbox.name} is disconnected."
    click.echo(told)


def named(name: str) -> Inbox:
    found = [inbox for inbox in inboxes.listing() if name in (inbox.name, inbox.account_id, inbox.key)]
    if not found:
        raise NotFound(f"No connected inbox is called “{name}”. See: flask inbox list")
    if len(found) > 1:
        raise NotFound(f"{len(found)} inboxes are called “{name}”: name one by its account id.")
    return found[0]


def _when(inbox: Inbox) -> str:
    if inbox.last_event_at is None:
        return "never"
    minutes = int((clock.now() - inbox.last_event_at).total_seconds() // 60)
    return f"{inbox.last_event_at:%Y-%m-%d %H:%M} UTC ({minutes} min ago)"
