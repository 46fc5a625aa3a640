"""Answers whose call ends in the dark: the platform has them and says nothing, or the caller is killed with its answer
in the hand. Each reaches the phone once."""

from __future__ import annotations

from tests.chaos import checker
from tests.chaos.drills.playing import playing
from tests.chaos.goals import outbound
from tests.chaos.report import Report
from tests.chaos.stage import Play, Stage
from tests.chaos.waiting import until

ANSWERS, CUSTOMERS = 12, 6
POINT = "delivery.called"
CHILDREN = (("live", "delivery"),)


def run_unanswered(database: str, seed: int, scale: float = 1.0) -> Report:
    """The platform takes some and hangs up without a word."""
    report = Report("unanswered", database, seed)
    with playing(report, Play(workers=CHILDREN, clocks=1)) as here:
        here.sandbox.fault("reset_after_accept", times=3, what="send")
        _answer(here, report, scale)
    return report


def run_killed(database: str, seed: int, scale: float = 1.0) -> Report:
    """Workers are killed after the call, before they can write down what came of it."""
    report = Report("killed-callers", database, seed)
    with playing(report, Play(workers=CHILDREN, clocks=1, points={POINT: 1}, passes=(1, 3))) as here:
        _answer(here, report, scale)
        report.reached(here.cast.hits(), (POINT,))
    return report


def _answer(here: Stage, report: Report, scale: float) -> None:
    answers = max(ANSWERS, int(ANSWERS * scale))
    customers = outbound.conversations(here, CUSTOMERS)
    outbound.write(here.random, customers, answers)
    until(lambda: bool(sum(here.cast.hits().values())) or not outbound.moving(), seconds=60)
    here.cast.spare()
    outbound.settle(here)
    arrived = outbound.on_phones(here, customers)
    report.found(checker.delivered_once(arrived))
    report.found(checker.said_as_it_was(arrived, has_echo=True))
    report.found(checker.settled())
    report.found(checker.everywhere())
    report.note(answers=answers, arrived=len(arrived))
