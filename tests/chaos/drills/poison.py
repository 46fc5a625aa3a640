"""A webhook that kills whoever works on it: put aside after three times, and not the end of all work."""

from __future__ import annotations

from helpdesk.models import Ledger, LedgerState
from tests.bench.load import post, webhook
from tests.chaos import checker
from tests.chaos.checker import Violation
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.chaos.stage import ACCOUNTS, Play
from tests.chaos.waiting import count, until
from tests.support.sandbox import CUSTOMER

POINT = "intake.applied"
TRIES = 3


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("poison", database, seed)
    play = Play(workers=(("live",),), clocks=1, more=(("FAILPOINT", f"{POINT}:kill"),))
    with playing(report, play) as here:
        status = post(here.web_urls[0], webhook(CUSTOMER, ACCOUNTS[0], "mid-poison", "This one kills."))
        until(lambda: here.cast.hits().get(POINT, 0) > TRIES or count(Ledger.state == LedgerState.NEW) == 0, seconds=90)
        deaths = here.cast.hits().get(POINT, 0)
        if deaths > TRIES:
            report.found([Violation("I3", f"a webhook has killed {deaths} workers, and is worked on again")])
        else:
            report.found(checker.quarantined(1))
        report.found(checker.everywhere())
        report.note(deaths=deaths)
        report.reached(here.cast.hits(), (POINT,))
        if status != 200:
            report.void = f"the webhook was answered {status}"
    return report
