"""Who works at the demo shop, and its two inboxes: what one needs to sign in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import agents, contact_fields, inboxes, passwords
from helpdesk.models import Agent, Role

PASSWORD = "linen-sand-olive-7"
SALES, RETURNS = "Sales", "Returns"
NORD, OUTLET = "Studio Nord", "Studio Nord Outlet"
TEAM_OF = {NORD: SALES, OUTLET: RETURNS}


@dataclass(frozen=True)
class Person:
    """`weight`: how much of a team's work they do."""

    email: str
    name: str
    role: Role
    teams: tuple[str, ...]
    weight: float = 0.0

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


PEOPLE = (
    Person("owner@demo.test", "Olga Owen", Role.OWNER, (agents.EVERYONE,)),
    Person("lead@demo.test", "Lea Novak", Role.LEAD, (agents.EVERYONE, SALES, RETURNS), weight=1),
    Person("agent@demo.test", "Mona Ortiz", Role.AGENT, (agents.EVERYONE, SALES), weight=3),
    Person("sina@demo.test", "Sina Iversen", Role.AGENT, (SALES, RETURNS), weight=2),
    Person("tom@demo.test", "Tom Becker", Role.AGENT, (RETURNS,), weight=3),
)

# What this shop wants to know of its customers: name, kind, help, choices.
FIELDS = (
    ("Size", "choice", "Of dresses and jackets", "XS\nS\nM\nL\nXL"),
    ("Customer number", "number", "As it stands on the invoice", ""),
    ("Birthday", "date", "", ""),
    ("Buys for a shop", "yes_no", "", ""),
)


class NoAccounts(Exception):
    """The make-believe platforms' accounts cannot be read. The message is a line for people."""


def is_empty() -> bool:
    """Has nobody an account yet?"""
    return db.session.scalar(sa.select(Agent.id).limit(1)) is None


def read_accounts(path: Path) -> list[dict[str, str]]:
    """The accounts that the make-believe platforms know. Raises NoAccounts."""
    try:
        rows = json.loads(path.read_text("utf-8"))["accounts"]
        return [row for row in rows if row["name"] in TEAM_OF and row["platform"] == "instagram"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoAccounts(
            f"{path} does not name the demo's accounts ({type(error).__name__}): start with `run`"
        ) from None


def open_desk(accounts: list[dict[str, str]]) -> None:
    """Teams, people and inboxes, in one transaction. Passwords are hashed before it."""
    hashes = {one.email: passwords.hashed(PASSWORD, about=(one.email, one.name)) for one in PEOPLE}
    with transaction():
        for one in PEOPLE:
            teams = [agents.team(name) for name in one.teams]
            agents.add(one.email, name=one.name, role=one.role, teams=teams, password=hashes[one.email])
        for account in accounts:
            _connect(account)
        for name, kind, hint, choices in FIELDS:
            contact_fields.add(name=name, kind=kind, hint=hint, choices=choices)


def _connect(account: Mapping[str, Any]) -> None:
    inboxes.connect(
        account["platform"],
        name=account["name"],
        account_id=account["account_id"],
        secrets={
            "access_token": account["access_token"],
            "app_secrets": [account["app_secret"]],
            "verify_token": account["verify_token"],
        },
        options={"login": account["login"], "human_agent": bool(account.get("human_agent"))},
        team=agents.team(TEAM_OF[account["name"]]),
    )
