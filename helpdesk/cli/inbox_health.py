"""`flask inbox check` and `flask inbox reconnect`: how an account is, and making it well again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import current_app

from helpdesk import queue
from helpdesk.channels.contract import RefusalKind, Refused
from helpdesk.cli.inboxes import STATES, group, named, when
from helpdesk.cli.terminal import secret_option
from helpdesk.db import db, transaction
from helpdesk.domain import channels, inboxes
from helpdesk.errors import Invalid
from helpdesk.models import Inbox, InboxState

FINAL = (RefusalKind.REAUTH, RefusalKind.SUSPENDED)  # more tries with the same token change nothing


@group.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Asks the platform whether the token is good and its webhooks come to us, and tells what the desk knows; exits
    with 1 when anything is bad."""
    inbox = named(name)
    click.echo(f"State: {STATES[inbox.state]}{'. ' + inbox.state_reason if inbox.state_reason else ''}")
    click.echo(f"Last event: {when(inbox)}")
    if inbox.notice:
        click.echo(f"Last word of the platform: {inbox.notice}")
    error = inboxes.last_error(inbox)
    click.echo(f"Last error: {f'{error[0]:%Y-%m-%d %H:%M} UTC: {error[1]}' if error else 'none'}")
    token, subscription = _problems(inbox)
    click.echo(f"Token: {token or 'good'}")
    click.echo(f"Webhooks: {subscription or 'subscribed'}")
    if token or subscription or inbox.state is not InboxState.WORKING:
        raise click.exceptions.Exit(1)


def _problems(inbox: Inbox) -> tuple[str, str]:
    """What is wrong with the token and with the subscription, "" where nothing is. Asks with the database let go."""
    inbox_id, account, channel = inbox.id, inboxes.account(inbox), channels.of(inbox.channel)
    db.session.rollback()
    http = current_app.extensions["platforms"]
    refused = channel.check(account, http)
    if refused is None:
        return "", channel.subscription(account, http)
    with transaction():
        inboxes.refused(db.session.get_one(Inbox, inbox_id), refused)
    return refused.reason, "not asked: that needs a good token"


@group.command("reconnect")
@click.argument("name")
@secret_option("access-token", "A new access token", is_required=False)
@secret_option("app-secret", "A new app secret; the old one is believed for another 24 hours", is_required=False)
@secret_option("verify-token", "A new verify token", is_required=False)
def reconnect(name: str, access_token: str | None, app_secret: str | None, verify_token: str | None) -> None:
    """Connects an inbox again, with the secrets that are named in place of its own; without any it is tried again as it
    is. What waited to be sent goes out. A token that the platform refuses changes nothing."""
    given = {
        "access_token": access_token,
        "app_secrets": [app_secret] if app_secret else app_secret,
        "verify_token": verify_token,
    }
    secrets = {which: value for which, value in given.items() if value is not None}
    refused = _tried(named(name), secrets)
    if refused is not None and refused.kind in FINAL:
        raise Invalid(f"Nothing was changed. {refused.reason} {refused.detail}".rstrip())
    with transaction():
        inbox = named(name)
        inboxes.reconnect(inbox, secrets=secrets)
        told = f"{inbox.name} is connected again."
    for bell in ("delivery", "signs", "profiles"):
        queue.ring(bell)
    click.echo(told)
    if refused is not None:
        click.echo(f"Its token could not be checked: {refused.reason}")


def _tried(inbox: Inbox, secrets: Mapping[str, Any]) -> Refused | None:
    """What the platform says to the token that it would have. Asks with the database let go."""
    account, channel = inboxes.account(inbox, secrets=secrets), channels.of(inbox.channel)
    db.session.rollback()
    return channel.check(account, current_app.extensions["platforms"])
