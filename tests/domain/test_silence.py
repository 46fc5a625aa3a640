"""When silence is an alarm: only where it is improbable by what is usual for these hours of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import silence
from helpdesk.domain.silence import Usual
from helpdesk.models import Inbox, Ledger, LedgerState
from tests.factories import ACCOUNT, OTHER_ACCOUNT, an_inbox

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
BUSY = Usual(4, dict.fromkeys(range(168), (4, 160)))
OFFICE = Usual(4, {day * 24 + hour: (4, 160) for day in range(5) for hour in range(8, 18)})
RARE = Usual(4, dict.fromkeys(range(0, 168, 40), (1, 1)))


@pytest.mark.parametrize(
    ("usual", "hours", "is_alarm"),
    [
        (BUSY, 1, False),
        (BUSY, 2, False),
        (BUSY, 3, True),
        (OFFICE, 3, True),
        (RARE, 72, False),
        (Usual(4, {}), 500, False),
        (Usual(1, BUSY.hours), 24, False),  # too young to know
        (Usual(2, dict.fromkeys(range(168), (2, 80))), 3, False),
        (Usual(2, dict.fromkeys(range(168), (2, 80))), 5, True),
    ],
)
@pytest.mark.sqlite_only
def test_silence_is_an_alarm_only_when_it_is_improbable(usual, hours, is_alarm):
    assert silence.is_improbable(usual, MONDAY, MONDAY + timedelta(hours=hours)) is is_alarm


@pytest.mark.sqlite_only
def test_a_quiet_weekend_is_no_alarm_and_a_quiet_monday_is():
    friday = datetime(2026, 11, 20, 18, tzinfo=UTC)

    assert silence.is_improbable(OFFICE, friday, datetime(2026, 11, 23, 9, tzinfo=UTC)) is False
    assert silence.is_improbable(OFFICE, friday, datetime(2026, 11, 23, 11, tzinfo=UTC)) is True


@pytest.mark.sqlite_only
def test_a_part_of_an_hour_counts_as_a_part():
    half = silence.chance(BUSY, MONDAY, MONDAY + timedelta(minutes=30))
    whole = silence.chance(BUSY, MONDAY, MONDAY + timedelta(hours=1))

    assert half == pytest.approx(whole**0.5)


@pytest.mark.sqlite_only
def test_what_is_usual_is_told_an_hour():
    assert silence.per_hour(BUSY, MONDAY, MONDAY + timedelta(hours=3)) == 40


def webhooks_of_four_weeks(account: str) -> None:
    """Two in each hour until now."""
    now = clock.now()
    rows = [
        {"at": now - timedelta(hours=hour, minutes=20 * half), "lane": f"{account}:7"}
        for hour in range(28 * 24)
        for half in (0, 1)
    ]
    with transaction():
        for number, row in enumerate(rows):
            db.session.add(
                Ledger(
                    channel="instagram",
                    lane=row["lane"],
                    sha256=f"{account}{number}",
                    raw=b"{}",
                    received_at=row["at"],
                    state=LedgerState.DONE,
                )
            )


def test_an_inbox_that_falls_silent_is_found_by_its_own_past_and_no_other_is(desk, later):
    busy, quiet = an_inbox("Studio Nord"), an_inbox("Studio Süd", account_id=OTHER_ACCOUNT)
    webhooks_of_four_weeks(ACCOUNT)
    with transaction():
        for inbox in (busy, quiet):
            db.session.get_one(Inbox, inbox.id).last_event_at = clock.now()
        silence.learn()
    later(hours=1)
    assert silence.now_silent() == []

    later(hours=2, minutes=30)

    (found,) = silence.now_silent()
    assert (found.name, round(found.per_hour)) == ("Studio Nord", 2)
