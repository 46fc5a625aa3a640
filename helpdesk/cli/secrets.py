"""`flask secrets …`: sealing what the database keeps with a new key."""

from __future__ import annotations

import click

from helpdesk.cli.terminal import Commands
from helpdesk.db import transaction
from helpdesk.domain import inboxes
from helpdesk.errors import HelpdeskError
from helpdesk.secrets import KeyMissing

group = Commands("secrets", help="Encryption of the channels' secrets.")


@group.command("rotate")
def rotate() -> None:
    """Seals every inbox's secrets with the newest of ENCRYPTION_KEYS. Afterwards the older keys may go."""
    try:
        with transaction():
            sealed, current = inboxes.rotate_secrets()
    except KeyMissing:
        raise HelpdeskError(
            "A secret was sealed with a key that is not in ENCRYPTION_KEYS: put that key back."
        ) from None
    click.echo(f"Sealed again: {sealed}. Already under the newest key: {current}.")
