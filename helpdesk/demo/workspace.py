"""The whole demo workspace, in the order in which it is useful: people first, then today, then what is long past."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import current_app

import config
from helpdesk import clock
from helpdesk.demo import people, talks
from helpdesk.demo.history import Historian
from helpdesk.demo.past import reserve, untold
from helpdesk.demo.phones import Phones, Silent
from helpdesk.demo.plan import SEED, Planner, Request
from helpdesk.demo.talks import Talk
from helpdesk.demo.today import Today, TooSlow

DAYS = 60
REQUESTS = 240  # besides those that today's customers had
ROOM = 0.005  # seconds between two requests, for whoever waits to write at the desk meanwhile
QUIET = timedelta(hours=3)  # before now: from then on only today's conversations are told


class Refused(Exception):
    """There will be no demo workspace here. The message is a line for people."""


class Incomplete(Exception):
    """The desk can be worked at, but part of the demo is missing. The message is a line for people."""


def fill(
    settings: config.Settings,
    *,
    say: Callable[[str], None],
    requests: int = REQUESTS,
    days: int = DAYS,
    today: Sequence[Talk] | None = None,
) -> None:
    """Fills an empty desk; one with people is left alone. Raises Refused, people.NoAccounts, Incomplete."""
    if not settings.is_loopback:
        raise Refused(
            "No demo workspace: HOST and PUBLIC_URL can be reached from elsewhere, and its password is known."
        )
    if not people.is_empty():
        say("There are people at this desk already: it is left as it is.")
        return
    people.open_desk(people.read_accounts(settings.data_dir / "sandbox.json"))
    say(f"One can sign in now: {', '.join(one.email for one in people.PEOPLE)}; password {people.PASSWORD}")

    told = talks.read() if today is None else today
    planned = _planned(told, requests, days)
    numbers = range(reserve(len(planned)), 2**62)
    historian = Historian(clock.now(), random.Random(SEED))
    regulars = [one for one in zip(planned, numbers, strict=False) if one[0].is_regular]
    others = [one for one in zip(planned, numbers, strict=False) if not one[0].is_regular]

    day = Today(told, _phones(settings), rng=random.Random(f"{SEED} today"))
    problem = _problem(day.introduce)
    _write(historian, regulars)
    problem = problem or _problem(day.tell)
    say(problem or f"{len(told)} customers of today have written.")
    _write(historian, others)
    say(f"{len(planned)} earlier requests, of {days} days, are told.")
    if problem:
        raise Incomplete(problem)


def _planned(told: Sequence[Talk], requests: int, days: int) -> list[Request]:
    planner = Planner(until=clock.now() - QUIET, days=days)
    return planner.requests(requests, regulars=[(talk.customer, talk.past) for talk in told])


def _phones(settings: config.Settings) -> Phones:
    return Phones(f"http://127.0.0.1:{settings.sandbox_port}", current_app.extensions["platforms"])


def _problem(tell: Callable[[], None]) -> str:
    """What went wrong, "" when nothing did: history does not depend on today."""
    try:
        tell()
    except (Silent, TooSlow) as problem:
        return f"Today's conversations are not whole: {problem}"
    return ""


def _write(historian: Historian, requests: Sequence[tuple[Request, int]]) -> None:
    """Quietly: two months in seconds are nothing that a page could show."""
    with untold():
        for request, number in requests:
            historian.write(request, number=number)
            time.sleep(ROOM)
