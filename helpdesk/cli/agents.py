"""`flask agent …`: adding console users and giving them new set-password links."""

from __future__ import annotations

import click
from flask import current_app

from helpdesk.cli.terminal import Commands, line_from_stdin
from helpdesk.db import transaction
from helpdesk.domain import agents, passwords
from helpdesk.models import Role

group = Commands("agent", help="Console users.")


@group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues and customers read it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--team", "teams", multiple=True, default=(agents.EVERYONE,), show_default=True, help="May be repeated.")
@click.option("--password-stdin", is_flag=True, help="Reads the password from stdin instead of printing a link.")
def add(email: str, name: str, role: str, teams: tuple[str, ...], password_stdin: bool) -> None:
    """Adds a console user and prints a one-time link for choosing a password."""
    password = passwords.hashed(line_from_stdin(), about=(email, name)) if password_stdin else None
    with transaction():
        members = [agents.team(team) for team in teams]
        agent, token = agents.add(email, name=name, role=Role(role), teams=members, password=password)
        names = ", ".join(team.name for team in members)
        told = f"{agent.name} <{agent.email}> is here as {agent.role.value}, in {names}."
    click.echo(told)
    if token:
        _tell_link(token)


@group.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Prints a one-time link for choosing a new password. The old one works until then."""
    with transaction():
        token = agents.reset(email)
    _tell_link(token)


def _tell_link(token: str) -> None:
    """PUBLIC_URL is the only name in links: never one that a request has brought."""
    hours = int(agents.LINK_LIFE.total_seconds() // 3600)
    click.echo(f"Set a password within {hours} h: {current_app.extensions['settings'].public_url}/set-password/{token}")
