"""A stranger's album: its pictures come at the same moment, and are one person with one ticket."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from helpdesk.db import reading
from tests.chaos import checker
from tests.chaos.drills.playing import playing, slow_commits
from tests.chaos.report import Report
from tests.factories import a_customer_message

ALBUMS, PICTURES = 20, 2


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("album", database, seed)
    with playing(report) as here:
        customers = [f"55{number:06}" for number in range(max(ALBUMS, int(ALBUMS * scale)))]
        barrier = threading.Barrier(PICTURES)
        with slow_commits(here.random), ThreadPoolExecutor(PICTURES) as pool:
            for sent in [pool.submit(_send, here.app, customers, place, barrier) for place in range(PICTURES)]:
                sent.result()
        reading()
        report.found(checker.one_ticket_each(customers))
        report.found(checker.everywhere())
        report.note(albums=len(customers), pictures=len(customers) * PICTURES)
    return report


def _send(app: Flask, customers: list[str], place: int, barrier: threading.Barrier) -> None:
    with app.app_context():
        for customer in customers:
            barrier.wait(60)
            a_customer_message(f"Picture {place}", customer=customer, platform_id=f"mid-{customer}-{place}")
