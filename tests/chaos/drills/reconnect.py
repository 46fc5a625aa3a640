"""A page that was away for a while and asks for what it missed: it gets all of it."""

from __future__ import annotations

from helpdesk.domain import events
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.factories import a_customer_message, a_ticket, an_agent
from tests.support.console import Console
from tests.support.desk import requests_apart
from tests.support.sandbox import CUSTOMER

MESSAGES = 10


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("reconnect", database, seed)
    with playing(report) as here:
        agent = an_agent(role="owner")
        a_ticket()
        page = Console.new(requests_apart(here.app), agent)
        heard = events.upto()  # its connection breaks here
        numbers = range(max(MESSAGES, int(MESSAGES * scale)))
        missed = [a_customer_message(f"Are you there? {number}", customer=CUSTOMER).dom_id for number in numbers]
        answer = page.get(f"/changes?since={heard}", headers={"Accept": "application/json"})
        told = answer.json["streams"] if answer.status_code == 200 else []
        drawn = " ".join(str(stream) for stream in told)
        lost = [element for element in missed if f'"{element}"' not in drawn]
        report.found([Violation("I9", f"{element} is in the database and not on the page") for element in lost[:SHOWN]])
        report.note(missed=len(missed), told=f"{len(missed) - len(lost)}, answered {answer.status_code}")
    return report
