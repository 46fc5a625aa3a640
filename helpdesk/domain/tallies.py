"""Counts of what leaves no row of its own, in the table `counter` under names that begin with "tally:"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from helpdesk.db import db, insert_or_ignore
from helpdesk.models import Counter

PREFIX = "tally:"
MOST_WORDS = 50  # different ones of a label that others name; the rest is "other"


def key(name: str, labels: Mapping[str, str]) -> str:
    """`labels` are few and ours, never a customer's text: see `words`."""
    return PREFIX + " ".join([name, *(f"{label}={value}" for label, value in sorted(labels.items()))])


def words(name: str, label: str, given: Iterable[str]) -> dict[str, str]:
    """A label's values out of what a platform wrote: plain, short, and of a bounded number for the count `name`."""
    rows = db.session.execute(sa.select(Counter.name).where(Counter.name.startswith(f"{PREFIX}{name} "))).scalars()
    known = {_read(row)[1].get(label, "") for row in rows}
    found = {}
    for one in sorted(set(given)):
        plain = re.sub(r"[^a-z0-9]+", "_", one.lower())[:40].strip("_")
        found[one] = plain if plain and (plain in known or len(known) < MOST_WORDS) else "other"
        known.add(found[one])
    return found


def add(sums: Mapping[str, int], *, to: Connection | None = None) -> None:
    """Adds to the counts of these keys, in the running transaction or in `to`. Counters come last of all locks."""
    execute = to.execute if to is not None else db.session.execute
    for one in sorted(sums):  # always in this order, so that two processes cannot wait for each other
        execute(insert_or_ignore(Counter).values(name=one, value=0))
        execute(sa.update(Counter).where(Counter.name == one).values(value=Counter.value + sums[one]))


def totals() -> dict[tuple[str, tuple[tuple[str, str], ...]], int]:
    """Everything counted so far: {(name, ((label, value), …)): how often}."""
    rows = db.session.execute(sa.select(Counter.name, Counter.value).where(Counter.name.startswith(PREFIX)))
    return {(name, tuple(labels.items())): value for (name, labels), value in ((_read(key), n) for key, n in rows)}


def _read(key: str) -> tuple[str, dict[str, str]]:
    name, *labels = key.removeprefix(PREFIX).split(" ")
    return name, dict(label.split("=", 1) for label in labels)
