"""G7: how fast webhooks are answered at 50 a second, for a minute, on a desk of which nothing is broken: platforms turn
away from who is slow."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

from helpdesk.models import Message
from tests.bench.desk import measured_desk
from tests.bench.load import Answer, quantile, send_messages
from tests.chaos import checker
from tests.chaos.checker import Violation
from tests.chaos.report import Report
from tests.chaos.waiting import count, is_worked_on, until

PER_SECOND, SECONDS, WARM_UP = 50, 60, 2
P50, P99, SLOWEST = 25.0, 250.0, 1000.0  # ms


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G7", database, seed), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="helpdesk-chaos-") as directory,
        measured_desk(database, Path(directory)) as desk,
    ):
        first = send_messages(desk.url, per_second=PER_SECOND, seconds=WARM_UP)  # compiles what all others use
        answers = send_messages(desk.url, per_second=PER_SECOND, seconds=max(2.0, SECONDS * scale))
        until(is_worked_on, seconds=60)
        _judge(report, answers, accepted=len(_good(first)) + len(_good(answers)))
    report.seconds = time.monotonic() - started
    return report


def _judge(report: Report, answers: list[Answer], *, accepted: int) -> None:
    times = [one.milliseconds for one in answers]
    report.note(webhooks=f"{len(answers)} at {PER_SECOND} a second")
    report.limit(report.goal, "p50", quantile(times, 0.5), P50, "ms")
    report.limit(report.goal, "p99", quantile(times, 0.99), P99, "ms")
    report.limit(report.goal, "slowest", max(times), SLOWEST, "ms")
    refused = Counter(one.status for one in answers if one.status != 200)
    if refused:
        report.found([Violation(report.goal, f"answered otherwise than 200, by status: {dict(refused)}")])
    if count(Message.id > 0) != accepted:
        report.found([Violation("I2", f"{count(Message.id > 0)} messages for {accepted} accepted webhooks")])
    report.found(checker.worked_on())
    report.found(checker.everywhere())


def _good(answers: list[Answer]) -> list[Answer]:
    return [one for one in answers if one.status == 200]
