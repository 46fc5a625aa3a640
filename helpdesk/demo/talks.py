"""The conversations of today, as `today.toml` has them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from helpdesk.demo.customers import Customer, person_id
from helpdesk.demo.people import PEOPLE

TALKS = Path(__file__).with_name("today.toml")


@dataclass(frozen=True)
class Deed:
    """What the customer does, or a person at the shop (`by`, an e-mail address). `ago`: before the desk was opened."""

    values: Mapping[str, Any]
    by: str = ""
    ago: timedelta | None = None

    @property
    def is_customers(self) -> bool:
        return not self.by


@dataclass(frozen=True)
class Talk:
    """`past`: how many earlier requests the customer had."""

    customer: Customer
    past: int
    deeds: tuple[Deed, ...]

    @property
    def earlier(self) -> list[Deed]:
        return [deed for deed in self.deeds if deed.ago is not None]

    @property
    def live(self) -> list[Deed]:
        return [deed for deed in self.deeds if deed.ago is None]


def read(path: Path = TALKS) -> list[Talk]:
    return [_talk(row) for row in tomllib.loads(path.read_text("utf-8"))["talk"]]


def _talk(row: Mapping[str, Any]) -> Talk:
    username = row["username"]
    id = person_id(username)
    customer = Customer(id, row["name"], username, row["locale"], row["inbox"], followers=int(id[-4:]))
    return Talk(customer, row.get("past", 0), tuple(_deed(dict(line)) for line in row["lines"]))


def _deed(line: dict[str, Any]) -> Deed:
    ago, by = line.pop("ago", None), line.pop("by", "")
    if "assign" in line:
        line["assign"] = _email(line["assign"])
    return Deed(line, _email(by) if by else "", None if ago is None else timedelta(minutes=ago))


def _email(first_name: str) -> str:
    return next(person.email for person in PEOPLE if person.first_name == first_name)
