"""The intake, one webhook after the other: what says the same comes once, and what failed is told and can be put
through again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from helpdesk import failpoints
from helpdesk.db import db, reading, transaction
from helpdesk.domain import ledger
from helpdesk.domain.ledger import Raw
from helpdesk.models import Ledger, LedgerState, Message
from tests.bench.load import webhook
from tests.chaos import checker
from tests.chaos.checker import Violation
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.chaos.stage import ACCOUNTS
from tests.support.sandbox import CUSTOMER
from workers import intake

MESSAGES, GOOD = 6, 3  # GOOD: those before the intake begins to fail


def run_repeats(database: str, seed: int, scale: float = 1.0) -> Report:
    """The platform tells the same messages in other bytes."""
    report = Report("repeats", database, seed)
    with playing(report):
        told = _told(scale)
        for spaces in (b"", b" ", b"\n"):
            _work([body + spaces for body in told.values()])
        report.found(checker.worked_on())
        report.found(checker.everywhere())
        report.note(webhooks=3 * len(told), messages=len(told))
    return report


def run_failures(database: str, seed: int, scale: float = 1.0) -> Report:
    """Something in us breaks while they are applied; mended, they are put through again."""
    report = Report("failures", database, seed)
    with playing(report):
        told = _told(scale)
        with _failing(f"intake.applied@{GOOD}:raise"):
            _work(list(told.values()))
        report.found(_silently_lost(told))
        with transaction():
            again = ledger.replay(since=None, channel=None, account=None, failed_only=True)
        intake.drain()
        reading()
        report.found(checker.messages_are({mid: _text(mid) for mid in told}))
        report.found(checker.quarantined(0))
        report.found(checker.everywhere())
        report.note(messages=len(told), put_through_again=again)
    return report


def _told(scale: float) -> dict[str, bytes]:
    """{platform id: body}"""
    mids = [f"mid-{number}" for number in range(max(MESSAGES, int(MESSAGES * scale)))]
    return {mid: webhook(CUSTOMER, ACCOUNTS[0], mid, _text(mid)) for mid in mids}


def _text(mid: str) -> str:
    return f"Message {mid}"


def _work(bodies: Sequence[bytes]) -> None:
    with transaction():
        ledger.store_many([Raw("instagram", "", f"{ACCOUNTS[0]}:{CUSTOMER}", body) for body in bodies])
    intake.drain()
    reading()


@contextmanager
def _failing(points: str) -> Iterator[None]:
    """As if this process had been started with them."""
    failpoints._points.update(failpoints._parse(points))
    try:
        yield
    finally:
        failpoints._points.clear()


def _silently_lost(told: dict[str, bytes]) -> Iterator[Violation]:
    """I3: a webhook that is said to be done has left its message."""
    stored = set(db.session.execute(sa.select(Message.platform_id)).scalars())
    done = set(db.session.execute(sa.select(Ledger.raw).where(Ledger.state == LedgerState.DONE)).scalars())
    for mid, body in told.items():
        if body in done and mid not in stored:
            yield Violation("I3", f"the webhook of {mid} is called done, and its message is nowhere")
