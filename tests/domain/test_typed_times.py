"""Times as people type them, read in their own zone, over the changes of the clocks as well."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk import walltime
from helpdesk.domain import typed_times
from helpdesk.errors import Invalid

BERLIN = "Europe/Berlin"
FRIDAY = datetime(2026, 11, 27, 9, 10, tzinfo=UTC)  # 10:10 in Berlin

UNDERSTOOD = {
    "tomorrow 9": "2026-11-28 09:00",
    "Tomorrow": "2026-11-28 09:00",
    "tomorrow, 9:30": "2026-11-28 09:30",
    "tmrw 2pm": "2026-11-28 14:00",
    "9:00 tomorrow": "2026-11-28 09:00",
    "tomorrow at noon": "2026-11-28 12:00",
    "tomorrow evening": "2026-11-28 18:00",
    "tomorrow in the afternoon": "2026-11-28 14:00",
    "day after tomorrow 7:15": "2026-11-29 07:15",
    "today 16:00": "2026-11-27 16:00",
    "tonight": "2026-11-27 20:00",
    "tonight 22:30": "2026-11-27 22:30",
    "in 2 hours": "2026-11-27 12:10",
    "2h": "2026-11-27 12:10",
    "in an hour": "2026-11-27 11:10",
    "in half an hour": "2026-11-27 10:40",
    "90 min": "2026-11-27 11:40",
    "in 3 days": "2026-11-30 10:10",
    "in a week": "2026-12-04 10:10",
    "mon 14:30": "2026-11-30 14:30",
    "Monday": "2026-11-30 09:00",
    "on mon. 8": "2026-11-30 08:00",
    "at 14:30 on mon": "2026-11-30 14:30",
    "fri 16:00": "2026-11-27 16:00",  # today, and still to come
    "fri 8:00": "2026-12-04 08:00",  # today it is over
    "next fri 16:00": "2026-12-04 16:00",
    "next week": "2026-11-30 09:00",
    "thurs 9am": "2026-12-03 09:00",
    "14:30": "2026-11-27 14:30",
    "9": "2026-11-28 09:00",
    "8.30": "2026-11-28 08:30",
    "at 11": "2026-11-27 11:00",
    "12 am": "2026-11-28 00:00",
    "noon": "2026-11-27 12:00",
    "27.11. 18:00": "2026-11-27 18:00",
    "28.11. 8:00": "2026-11-28 08:00",
    "28.11 8:00": "2026-11-28 08:00",
    "3.1.": "2027-01-03 09:00",
    "3.1.27 17:00": "2027-01-03 17:00",
    "03.01.2027": "2027-01-03 09:00",
    "24/12 10:00": "2026-12-24 10:00",
    "2026-12-01": "2026-12-01 09:00",
    "2026-12-01 7:45": "2026-12-01 07:45",
    "1 dec": "2026-12-01 09:00",
    "1st december 15:00": "2026-12-01 15:00",
    "dec 24 10:00": "2026-12-24 10:00",
    "24 dec 10": "2026-12-24 10:00",
    "December 24 2026": "2026-12-24 09:00",
}


def wall(moment: datetime, zone: str = BERLIN) -> str:
    return walltime.written(walltime.on_the_wall(moment, zone))


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_it_is_understood(text: str, expected: str) -> None:
    assert wall(typed_times.read(text, now=FRIDAY, zone=BERLIN)) == expected


NONSENSE = (
    *("", "   ", "soon", "when the parcel is there", "tomorrow 25:00", "mon 14:75", "31.2.", "2026-02-30", "0.0."),
    *("13 pm", "in 2 fortnights", "in 0 min", "today", "tomorrow tomorrow", "9 9", "²3:00", "٣:00"),
    *("in " + "9" * 30, "x" * 500),
)


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_time_is_told_in_words(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        typed_times.read(text, now=FRIDAY, zone=BERLIN)

    assert refused.value.sentence.endswith((".", "?"))
    assert len(refused.value.sentence) < 250


@pytest.mark.parametrize("text", ["today 8:00", "2026-11-27 10:10", "2020-01-01", "27.11.2025"])
def test_a_time_that_has_passed_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="has passed"):
        typed_times.read(text, now=FRIDAY, zone=BERLIN)


def test_the_zone_is_the_typist_s() -> None:
    # 9:10 in London, 22:10 in Auckland, where it is tomorrow in two hours.
    assert typed_times.read("10:00", now=FRIDAY, zone="Europe/London") == datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert wall(typed_times.read("tomorrow 9", now=FRIDAY, zone="Pacific/Auckland"), "Pacific/Auckland") == (
        "2026-11-28 09:00"
    )


def test_a_time_that_the_clocks_leave_out_is_the_one_behind_the_change() -> None:
    before = datetime(2027, 3, 27, 12, tzinfo=UTC)  # the night after, 02:00 becomes 03:00

    assert wall(typed_times.read("tomorrow 2:30", now=before, zone=BERLIN)) == "2027-03-28 03:30"
    assert wall(typed_times.read("2:30", now=before, zone=BERLIN)) == "2027-03-28 03:30"


def test_days_keep_the_time_of_day_and_hours_pass_as_they_pass() -> None:
    before = datetime(2027, 3, 27, 12, tzinfo=UTC)  # 13:00

    assert wall(typed_times.read("in 1 day", now=before, zone=BERLIN)) == "2027-03-28 13:00"
    assert wall(typed_times.read("in 23 hours", now=before, zone=BERLIN)) == "2027-03-28 13:00"


def test_in_the_hour_that_comes_twice_it_is_the_one_to_come() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 for the first time

    assert typed_times.read("2:30", now=between, zone=BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_leap_day_is_found_however_far_away() -> None:
    assert wall(typed_times.read("29.2.", now=FRIDAY, zone=BERLIN)) == "2028-02-29 09:00"


def test_it_is_said_back_in_full() -> None:
    moment = typed_times.read("mon 14:30", now=FRIDAY, zone=BERLIN)

    assert typed_times.spoken(moment, zone=BERLIN) == "Monday 30 November 2026, 14:30"


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(Invalid, match="no time zone"):
        typed_times.read("tomorrow", now=FRIDAY, zone="Europe/Nowhere")
