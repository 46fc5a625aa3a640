"""Times to come as people type them ("tomorrow 9", "in 2 hours", "mon 14:30", "27.11. 8:00", "2026-12-01"), read as the
wall clock of the one who types shows them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from helpdesk import walltime
from helpdesk.errors import Invalid

LIMIT = 60  # characters
MORNING = time(9)  # of a day that is named without a time
EXAMPLES = "tomorrow 9, in 2 hours, mon 14:30, 27.11. 8:00 or 2026-12-01"

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_TIMES = {"morning": time(9), "noon": time(12), "midday": time(12), "afternoon": time(14), "evening": time(18)}
_NAMED = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1}
_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_STRETCH = re.compile(r"(?P<number>\d{1,4}|an?|half an) ?(?P<unit>[a-z]+)", re.ASCII)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_DOTTED = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?:(?P=mark)(?P<year>\d{4}|\d{2})?)?(?![\d:])", re.ASCII
)
_DAY_MONTH = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)? (?P<word>[a-z]{3,9})(?: (?P<year>\d{4}))?(?![\d:])", re.ASCII
)
_MONTH_DAY = re.compile(
    r"(?P<word>[a-z]{3,9}) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<year>\d{4}))?(?![\d:])", re.ASCII
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>am|pm)?", re.ASCII)


def read(text: str, *, now: datetime, zone: str) -> datetime:
    """The moment that is meant, in UTC; `now` is aware, `zone` the name of the typist's. A day without a time is its
    morning, a time without a day the next such time, a date without a year the next such date. A time that the clocks
    leave out is the one as far behind the change. Raises Invalid with a sentence."""
    words = " ".join(text.lower().replace(",", " ").split())
    if not words or len(words) > LIMIT:
        raise Invalid(f"When? Write it like {EXAMPLES}.")
    here = walltime.on_the_wall(now, zone)
    stretch = _stretch(words)
    if stretch is not None:
        return _after(stretch, now=now, here=here, zone=zone)
    day, rest, is_repeating = _day(words, here.date())
    at = _time(rest)
    if at is None and rest:
        raise Invalid(f"“{text.strip()[:LIMIT]}” is not a time that the desk understands. Write it like {EXAMPLES}.")
    if day is None:
        return _next(at or MORNING, now=now, here=here, zone=zone)
    if at is None and day == here.date():
        raise Invalid("At what time today? Write it like today 16:00.")
    moment = walltime.moment(datetime.combine(day, at or MORNING), zone)
    if moment <= now and is_repeating:
        return walltime.moment(datetime.combine(day + timedelta(weeks=1), at or MORNING), zone)
    if moment <= now:
        raise Invalid(f"{spoken(moment, zone=zone)} has passed. Choose a time to come.")
    return moment


def spoken(moment: datetime, *, zone: str) -> str:
    """ "Friday 27 November 2026, 09:00", as the wall clock of the zone shows it."""
    there = walltime.on_the_wall(moment, zone)
    month = _MONTHS[there.month - 1].capitalize()
    return f"{_DAYS[there.weekday()].capitalize()} {there.day} {month} {there.year}, {there:%H:%M}"


# --- from now on ----------------------------------------------------------------------------------------------


def _stretch(words: str) -> timedelta | None:
    """ "in 2 hours", "90 min", "in a week"; None when it is no stretch of time."""
    found = _STRETCH.fullmatch(words.removeprefix("in "))
    unit = _UNITS.get(found["unit"]) if found else None
    if found is None or unit is None:
        return None
    if found["number"].isdigit():
        return int(found["number"]) * unit
    return unit / 2 if found["number"] == "half an" else unit


def _after(stretch: timedelta, *, now: datetime, here: datetime, zone: str) -> datetime:
    """Hours pass as they pass; days on keep the time of day, whatever the clocks do in between."""
    if not stretch:
        raise Invalid("That is now. Choose a time to come.")
    if stretch % timedelta(days=1):
        return now + stretch
    return walltime.moment(here + stretch, zone)


def _next(at: time, *, now: datetime, here: datetime, zone: str) -> datetime:
    """Today when it is still to come (also for the second time in the hour that comes twice), else tomorrow."""
    today = datetime.combine(here.date(), at)
    for local in (today, today + timedelta(days=1)):
        for fold in (0, 1):
            moment = walltime.moment(local, zone, fold=fold)
            if moment > now:
                return moment
    raise AssertionError("tomorrow comes after today")


# --- days -----------------------------------------------------------------------------------------------------


def _day(words: str, today: date) -> tuple[date | None, str, bool]:
    """The day that the words begin or end with, what else they say, and whether the day comes again each week."""
    at_front = _leading_day(words, today)
    if at_front is not None:
        return at_front
    head, _, tail = words.rpartition(" ")  # "9:00 tomorrow", "at 14:30 on mon"
    at_end = _leading_day(tail, today) if head else None
    if at_end is not None and not at_end[1]:
        return at_end[0], head.removesuffix(" on"), at_end[2]
    return None, words, False


def _leading_day(words: str, today: date) -> tuple[date, str, bool] | None:
    if words.startswith("day after tomorrow"):
        return today + timedelta(days=2), words.removeprefix("day after tomorrow").strip(), False
    first, _, rest = words.removeprefix("on ").partition(" ")
    if first in _NAMED:
        is_bare = first == "tonight" and not rest
        return today + timedelta(days=_NAMED[first]), "20:00" if is_bare else rest, False
    if first == "next" and rest.split()[:1] == ["week"]:
        return _weekday(0, today, is_next=True), rest.removeprefix("week").strip(), False
    name, _, after = rest.partition(" ") if first in ("next", "this") else (first, "", rest)
    number = _named(name.removesuffix("."), _DAYS)
    if number is not None:
        return _weekday(number, today, is_next=first == "next"), after, first != "next"
    return _date(words.removeprefix("on "), today)


def _weekday(number: int, today: date, *, is_next: bool) -> date:
    """Today when it is that day, unless the next one is asked for."""
    ahead = (number - today.weekday()) % 7
    return today + timedelta(days=ahead or 7 if is_next else ahead)


def _date(words: str, today: date) -> tuple[date, str, bool] | None:
    found = _ISO.match(words) or _DOTTED.match(words)
    month = int(found["month"]) if found else None
    if found is None:
        for pattern in (_DAY_MONTH, _MONTH_DAY):
            found = pattern.match(words)
            place = _named(found["word"], _MONTHS) if found else None
            if place is not None:
                month = place + 1
                break
    if found is None or month is None or month > 12:  # "8.30" is a time of day
        return None
    written = found["year"]
    year = int(written) + (2000 if len(written) == 2 else 0) if written else None
    return _calendar_day(year, month, int(found["day"]), today), words[found.end() :].strip(), False


def _calendar_day(year: int | None, month: int, day: int, today: date) -> date:
    """Without a year the next such date; 29 February may be years away. Raises Invalid."""
    for candidate in [year] if year is not None else range(today.year, min(today.year + 9, 10_000)):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            return found
    raise Invalid("The calendar has no such day.")


def _named(word: str, names: tuple[str, ...]) -> int | None:
    """The place of the name that the word is, or begins with three letters or more."""
    if len(word) < 3:
        return None
    return next((place for place, name in enumerate(names) if name.startswith(word)), None)


# --- times of day ---------------------------------------------------------------------------------------------


def _time(words: str) -> time | None:
    """ "9", "9:30", "2.30 pm", "at noon"; None when it is none."""
    words = words.removeprefix("at ").removeprefix("in the ").removesuffix(" h")
    if words in _TIMES:
        return _TIMES[words]
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
