"""When customers of a shop write, and when people at it answer: hours of the day, days of the week, and patience."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
# How much is written in each hour of the day: a bump at noon, most of it in the evening.
_HOURS = (4, 2, 1, 1, 1, 2, 5, 11, 18, 26, 30, 36, 52, 46, 31, 29, 32, 38, 50, 60, 64, 55, 35, 15)
_WEEKDAYS = (1.25, 1.1, 1.05, 1.0, 0.95, 0.8, 0.85)
# When somebody is at the desk, by weekday: hours from and to.
_DUTY = ((8.5, 20.5),) * 5 + ((10.0, 16.0), (11.0, 14.0))
_MINUTE = timedelta(minutes=1)
LONGEST_ANSWER = timedelta(hours=23)  # then the platform's window closes


def openings(rng: random.Random, count: int, *, since: datetime, until: datetime) -> list[datetime]:
    """`count` moments at which customers write first, in order; a little more of them the nearer to `until`."""
    days = [since + timedelta(days=day) for day in range((until - since).days)]
    weights = [_WEEKDAYS[day.astimezone(ZONE).weekday()] * (1 + place / 90) for place, day in enumerate(days)]
    return sorted(_moment(rng, day) for day in rng.choices(days, weights, k=count))


def answered(rng: random.Random, asked: datetime) -> datetime:
    """When the shop answers: after minutes while somebody is there (some slip through for hours), else after the next
    opening, one after the other."""
    begins = next_duty(asked)
    median = 5 if begins == asked else 20
    patience = min(rng.lognormvariate(0, 1.15) * median, 400)
    return next_duty(begins + patience * _MINUTE + timedelta(seconds=rng.randrange(60)))


def next_duty(moment: datetime) -> datetime:
    """The moment itself while somebody is at the desk, else when the next one comes."""
    local = moment.astimezone(ZONE)
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        opens, closes = (_at(day.isoformat(), hour) for hour in _DUTY[day.weekday()])
        if moment < opens:
            return opens.astimezone(moment.tzinfo)
        if moment < closes:
            return moment
    raise AssertionError("somebody is at the desk every day of the week")


def written_back(rng: random.Random, answered_at: datetime) -> datetime:
    """When a customer goes on: mostly within minutes, sometimes in the evening."""
    if rng.random() < 0.15:
        return answered_at + timedelta(minutes=rng.uniform(90, 540))
    return answered_at + min(rng.lognormvariate(0, 1.0) * 5, 80) * _MINUTE + timedelta(seconds=rng.randrange(20, 60))


def _moment(rng: random.Random, day: datetime) -> datetime:
    local = day.astimezone(ZONE)
    hour = rng.choices(range(24), _HOURS)[0]
    found = local.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)
    return found.astimezone(day.tzinfo)


def _at(day: str, hour: float) -> datetime:
    whole = int(hour)
    return datetime.combine(datetime.fromisoformat(day).date(), time(whole, int((hour - whole) * 60)), tzinfo=ZONE)
