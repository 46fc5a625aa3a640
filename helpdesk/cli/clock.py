"""`flask clock …`: what an owner says about the machine's clock."""

from __future__ import annotations

import click

from helpdesk.cli.terminal import Commands
from helpdesk.db import transaction
from helpdesk.domain import clock_guard

group = Commands("clock", help="The machine's clock.")


@group.command("go-on")
def go_on() -> None:
    """After the clock has jumped: it is right as it is now, and what was held may go."""
    with transaction():
        was_held = clock_guard.let_go()
        clock_guard.forget()
    click.echo("What was held goes on." if was_held else "Nothing is held: the clock has not jumped.")
