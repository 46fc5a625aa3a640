"""Webhooks at a door that is killed just before it commits: what was answered 2xx is there, and is there once."""

from __future__ import annotations

import threading

from helpdesk.db import reading
from tests.bench.load import webhook
from tests.chaos import checker
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.chaos.sender import Sender
from tests.chaos.stage import ACCOUNTS, Play
from tests.chaos.waiting import until
from tests.support.sandbox import CUSTOMER

BODIES = 120
POINT = "ledger.before_commit"


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("accepted", database, seed)
    play = Play(workers=(), clocks=0, web_points={POINT: 1}, passes=(6, 10))
    with playing(report, play) as here:
        numbers = range(max(BODIES, int(BODIES * scale)))
        bodies = [webhook(CUSTOMER, ACCOUNTS[0], f"mid-{number}", f"Message {number}") for number in numbers]
        sender = Sender(here.web_urls, seed)
        sending = threading.Thread(target=sender.send, args=(bodies,))
        sending.start()
        until(lambda: bool(here.cast.hits()) or not sending.is_alive(), seconds=60)
        here.cast.spare()  # one death is enough
        sending.join()
        reading()
        report.found(checker.stored(sender.accepted))
        sender.send(bodies[: len(bodies) // 4])  # the platform repeats itself
        reading()
        report.found(checker.everywhere())
        report.note(webhooks=len(bodies), sent_again=sender.repeats)
        report.reached(here.cast.hits(), (POINT,))
        if len(sender.accepted) < len(bodies):
            report.void = f"{len(bodies) - len(sender.accepted)} webhooks were not accepted in time"
    return report
