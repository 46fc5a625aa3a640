"""`flask events …`: putting stored webhooks through intake again."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from helpdesk import queue
from helpdesk.cli.inboxes import named
from helpdesk.cli.terminal import Commands
from helpdesk.db import transaction
from helpdesk.domain import ledger

group = Commands("events", help="Stored webhooks.")


@group.command("replay")
@click.option("--since", help="Only those that came after this time (UTC), e.g. 2026-11-23 or 2026-11-23T14:30.")
@click.option(
    "--inbox",
    help="Only those that name this inbox's account anywhere, and those of its channel that nobody can read. Give its "
    "name, account id or key.",
)
@click.option("--failed", is_flag=True, help="Only those that could not be used, or not wholly.")
def replay(since: str | None, inbox: str | None, failed: bool) -> None:
    """Runs stored webhooks through intake again. What was applied already changes nothing."""
    moment = _moment(since)
    with transaction():
        of = named(inbox) if inbox else None
        channel, account = (of.channel, of.account_id) if of else (None, None)
        number = ledger.replay(since=moment, channel=channel, account=account, failed_only=failed)
    queue.ring("intake")
    click.echo(f"Put through intake again: {number}.")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise click.BadParameter("is no time; a good one: 2026-11-23T14:30", param_hint="--since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
