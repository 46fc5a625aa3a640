"""`flask inbox …`: connecting accounts, listing, changing and disconnecting them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import current_app

from helpdesk import clock, queue
from helpdesk.cli.terminal import Commands, secret_option
from helpdesk.db import transaction
from helpdesk.domain import agents, channels, inboxes
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Inbox, InboxState

group = Commands("inbox", help="Connected accounts of platforms.")
add = Commands("add", help="Connects an account and prints its webhook address. Each KIND has its own --help.")
group.add_command(add)

STATES = {
    InboxState.WORKING: "working",
    InboxState.NEEDS_SIGN_IN: "needs a new access token",
    InboxState.SUSPENDED: "suspended by the platform",
}
HUMAN_AGENT = "The platform has granted this account Human Agent: people may answer for 7 days instead of 24 hours."
_name = click.option("--name", required=True, help="As people at the desk read it.")
_team = click.option("--team", default=agents.EVERYONE, show_default=True, help="Whose tickets its messages open.")


@add.command("instagram")
@_name
@_team
@click.option("--account-id", required=True, help="The id that Instagram's webhooks carry.")
@click.option("--login", type=click.Choice(["instagram", "facebook"]), default="instagram", show_default=True)
@click.option("--human-agent/--no-human-agent", default=False, help=HUMAN_AGENT)
@secret_option("access-token", "The account's long-lived access token")
@secret_option("app-secret", "The app's secret: it signs webhooks")
@secret_option("verify-token", "What you enter in the app's webhook settings")
def add_instagram(
    name: str,
    team: str,
    account_id: str,
    login: str,
    human_agent: bool,
    access_token: str,
    app_secret: str,
    verify_token: str,
) -> None:
    """Connects an Instagram account."""
    secrets = {"access_token": access_token, "app_secrets": [app_secret], "verify_token": verify_token}
    options = {"login": login, "human_agent": human_agent}
    _connect("instagram", name=name, team=team, account_id=account_id, secrets=secrets, options=options)


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
            f"{STATES[inbox.state]}{reason}  last event {when(inbox)}"
        )
    if not found:
        click.echo("No inbox is connected. Connect one: flask inbox add instagram --help")


@group.command("change")
@click.argument("name")
@click.option("--name", "new_name", help="As people at the desk read it.")
@click.option("--human-agent/--no-human-agent", default=None, help=HUMAN_AGENT)
@click.option("--tells-seen/--no-tells-seen", default=None, help="Customers see that their message was seen.")
@click.option("--tells-typing/--no-tells-typing", default=None, help="Customers see that somebody types.")
@click.option("--reopen-hours", type=int, help="How long after its end a ticket is reopened by a new message.")
def change(name: str, new_name: str | None, **settings: Any) -> None:
    """Changes an inbox's settings: those that are named, and no others."""
    wanted = {"name": new_name, **settings}
    if all(value is None for value in wanted.values()):
        raise Invalid("Nothing was named to be changed. See: flask inbox change --help")
    with transaction():
        inbox = named(name)
        inboxes.change(inbox, **wanted)
        told = _settings(inbox)
    click.echo(told)


def _settings(inbox: Inbox) -> str:
    said = {True: "yes", False: "no"}
    return (
        f"{inbox.name}: human agent {said[bool(inbox.options.get('human_agent'))]}, "
        f"tells seen {said[inbox.tells_seen]}, tells typing {said[inbox.tells_typing]}, "
        f"reopens within {inbox.reopen_hours} h"
    )


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


def when(inbox: Inbox) -> str:
    if inbox.last_event_at is None:
        return "never"
    minutes = int((clock.now() - inbox.last_event_at).total_seconds() // 60)
    return f"{inbox.last_event_at:%Y-%m-%d %H:%M} UTC ({minutes} min ago)"
