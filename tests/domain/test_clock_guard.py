"""A machine's clock that jumps: what waits for a time is held until the clock can be believed again."""

from __future__ import annotations

import time

import pytest

from helpdesk.db import db, transaction
from helpdesk.domain import clock_guard
from helpdesk.domain.clock_guard import HELD_FOR, ClockGuard
from helpdesk.models import ScheduledState, Setting
from tests.domain.test_scheduling import a_plan, the_plan
from tests.factories import a_ticket, an_agent
from workers.steadiness import Watch

START, HOURS = 1_795_000_000.0, 3600.0  # what the wall shows at the beginning, in seconds


def after(guard: ClockGuard, *looks: tuple[float, float]) -> ClockGuard:
    """The guard when it has looked at these pairs of (wall since START, steady)."""
    for wall, steady in looks:
        guard.look(START + wall, steady)
    return guard


# --- the decision, by given readings ------------------------------------------------------------------------------


def test_clocks_that_go_together_are_believed():
    assert not after(ClockGuard(), (0, 50), (1, 51), (2.5, 52), (3, 53)).is_held


@pytest.mark.parametrize("jump", [2 * HOURS, -2 * HOURS, 5.5, -5.5])
def test_a_jump_holds_and_the_way_back_lets_go(jump):
    guard = after(ClockGuard(), (0, 50), (1 + jump, 51), (2 + jump, 52))
    assert guard.is_held
    assert guard.apart == pytest.approx(jump, abs=0.1)

    assert not after(guard, (3, 53)).is_held


def test_five_seconds_are_no_jump():
    assert not after(ClockGuard(), (0, 50), (1 + 4.9, 51)).is_held


def test_after_ten_minutes_the_new_time_is_believed():
    long = HELD_FOR.total_seconds()
    guard = after(ClockGuard(), (0, 0), (1 + 7200, 1), (7200 + long, long))
    assert guard.is_held

    after(guard, (7200 + long + 1, long + 1))

    assert not guard.is_held
    assert after(guard, (7200 + long + 9, long + 2)).is_held  # the next jump counts from there


def test_who_says_that_it_is_right_is_believed():
    guard = after(ClockGuard(), (0, 50), (7201, 51))

    guard.go_on(START + 7202, 52)

    assert not after(guard, (7203, 53)).is_held
    assert after(guard, (4, 54)).is_held


def test_clocks_that_drift_apart_for_days_never_make_a_jump():
    guard = ClockGuard()

    for second in range(200_000):
        guard.look(START + second * 1.0005, float(second))
        assert not guard.is_held


# --- what follows from it -----------------------------------------------------------------------------------------


@pytest.fixture
def watch(desk):
    """The clock process has looked once, at the machine's real readings."""
    made = Watch()
    made.look()
    return made


@pytest.mark.sqlite_only
def test_a_scheduled_message_does_not_go_early_while_the_clock_is_held(watch, desk, later, run_jobs, sandbox):
    id = a_plan(a_ticket(), by=an_agent())
    watch.look(time.time() + 2 * HOURS, clock_guard.steady())
    assert clock_guard.apart_seconds() == pytest.approx(2 * HOURS, abs=2)

    later(minutes=11)
    run_jobs()
    assert the_plan(id).state is ScheduledState.PLANNED
    assert sandbox.texts() == []

    watch.look()
    run_jobs()
    assert clock_guard.since() is None
    assert the_plan(id).state is ScheduledState.RELEASED


@pytest.mark.sqlite_only
def test_nothing_goes_before_the_clock_process_has_noticed(watch, later, run_jobs):
    id = a_plan(a_ticket(), by=an_agent())
    with transaction():  # as if the machine's clock had been two hours behind until now
        clock_guard.remember(time.time() - clock_guard.steady() - 2 * HOURS)

    later(minutes=11)
    run_jobs()

    assert the_plan(id).state is ScheduledState.PLANNED


@pytest.mark.sqlite_only
def test_a_clock_process_that_comes_new_goes_on_holding(watch, desk):
    watch.look(time.time() + 2 * HOURS, clock_guard.steady())

    successor = Watch()
    successor.look(time.time() + 2 * HOURS, clock_guard.steady())
    assert clock_guard.is_held()

    successor.look()
    assert not clock_guard.is_held()


@pytest.mark.sqlite_only
def test_a_clock_process_that_comes_new_after_a_jump_notices_it(watch):
    successor = Watch()
    successor.look(time.time() + 2 * HOURS, clock_guard.steady())

    assert clock_guard.since() is not None


@pytest.mark.sqlite_only
def test_after_a_new_start_of_the_machine_its_clock_is_believed(desk):
    with transaction():
        db.session.add(Setting(name=clock_guard.AHEAD, value={"seconds": 12.0, "start": "another one"}))

    Watch().look()

    assert not clock_guard.is_held()
    assert clock_guard.remembered() == pytest.approx(time.time() - clock_guard.steady(), abs=1)


@pytest.mark.sqlite_only
def test_an_owner_says_go_on(watch, desk):
    watch.look(time.time() + 2 * HOURS, clock_guard.steady())

    told = desk.app.test_cli_runner().invoke(args=["clock", "go-on"]).output

    assert told == "What was held goes on.\n"
    watch.look(time.time() + 2 * HOURS + 1, clock_guard.steady() + 1)
    assert clock_guard.since() is None
    assert "has not jumped" in desk.app.test_cli_runner().invoke(args=["clock", "go-on"]).output


@pytest.mark.postgres_only
def test_where_the_database_has_the_clock_nothing_is_held(desk):
    Watch().look(time.time() + 2 * HOURS, clock_guard.steady())

    assert not clock_guard.is_held()
    assert clock_guard.since() is None
