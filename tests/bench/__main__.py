"""Prints a table: what was measured, what it should be, what it is. Exit code 1 when something is slower or larger."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import memory, screens
from tests.bench.desk import measured_desk
from tests.bench.load import quantile, send_messages, slow_clients
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.databases import POSTGRES, SQLITE
from tests.support.running import RunningDesk


@dataclass(frozen=True)
class Figure:
    """One line of the table. `limit` None: only to be looked at."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_good(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        wanted = "" if self.limit is None else f"≤ {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "ok" if self.is_good else "TOO MUCH"
        return f"{self.what:<58}{self.value:>10.1f} {self.unit:<4}{wanted:>14}  {verdict}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="helpdesk bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument("--db", choices=(SQLITE, POSTGRES), help="one database; without it, both")
    asked = parser.parse_args()
    seconds = 8 if asked.quick else 40
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as directory:
        for kind in (asked.db,) if asked.db else (SQLITE, POSTGRES):
            for figure in _on(kind, Path(directory), seconds):
                print(figure, flush=True)
                figures.append(figure)
        for figure in _memory(Path(directory)):
            print(figure, flush=True)
            figures.append(figure)
    return 0 if all(figure.is_good for figure in figures) else 1


def _on(kind: str, directory: Path, seconds: int) -> Iterator[Figure]:
    with measured_desk(kind, directory) as desk:
        yield from _webhooks(desk, kind, seconds)
        yield from _on_screen(desk, kind, seconds)


def _webhooks(desk: RunningDesk, kind: str, seconds: int) -> Iterator[Figure]:
    send_messages(desk.url, seconds=2)  # the first requests compile what all others use
    alone = send_messages(desk.url, seconds=seconds)
    with slow_clients(desk.url):
        crowded = send_messages(desk.url, seconds=seconds)
    times = [one.milliseconds for one in alone]
    yield Figure(f"{kind}: webhooks at 50/s that were not answered 200", sum(one.status != 200 for one in alone), "", 0)
    yield Figure(f"{kind}: webhook at 50/s, p50", quantile(times, 0.5), "ms", 25)
    yield Figure(f"{kind}: webhook at 50/s, p99", quantile(times, 0.99), "ms", 250)
    yield Figure(f"{kind}: webhook at 50/s, slowest", max(times), "ms", 1000)
    slower = [one.milliseconds for one in crowded]
    yield Figure(f"{kind}: the same beside 16 clients of one byte a second, p99", quantile(slower, 0.99), "ms", 250)
    yield Figure(f"{kind}: … against without them", quantile(slower, 0.99) / quantile(times, 0.99), "×")


def _on_screen(desk: RunningDesk, kind: str, seconds: int) -> Iterator[Figure]:
    screens.quiet()  # what the load has left is another measurement
    with browser.chromium() as chromium:
        page = screens.console(desk, chromium, with_password(an_agent("Mona Ortiz")))
        shown = screens.until_bubble(desk, page, per_second=20, seconds=seconds)
        yield Figure(f"{kind}: webhook accepted → bubble, at 20/s, p50", quantile(shown, 0.5), "ms")
        yield Figure(f"{kind}: webhook accepted → bubble, at 20/s, p95", quantile(shown, 0.95), "ms", 500)
        bubbles, arrived = screens.until_sent(desk, page, times=seconds * 2)
        yield Figure(f"{kind}: Enter → pending bubble, p95", quantile(bubbles, 0.95), "ms", 50)
        yield Figure(f"{kind}: Enter → the platform has it, p50", quantile(arrived, 0.5), "ms")
        yield Figure(f"{kind}: Enter → the platform has it, p95", quantile(arrived, 0.95), "ms", 500)


def _memory(directory: Path) -> Iterator[Figure]:
    shares = memory.of_a_whole_desk(directory)
    for name, share in shares.items():
        yield Figure(f"idle memory: {name}", share, "MB")
    yield Figure("idle memory of all that `run` starts (PSS)", sum(shares.values()), "MB", 350)


if __name__ == "__main__":
    sys.exit(main())
