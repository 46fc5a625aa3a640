"""Prints a table: what was measured, what it should be, what it is. Exit code 1 when something is slower or larger."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import console, memory, screens
from tests.bench.desk import measured_desk
from tests.bench.figure import Figure
from tests.bench.load import quantile, send_messages, slow_clients
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.databases import POSTGRES, SQLITE
from tests.support.running import RunningDesk


def main() -> int:
    parser = argparse.ArgumentParser(prog="helpdesk bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument("--db", choices=(SQLITE, POSTGRES), help="one database; without it, both")
    parser.add_argument("--console", action="store_true", help="how the console feels on a desk that is years old")
    parser.add_argument("--tickets", type=int, default=100_000, help="of that desk")
    parser.add_argument("--messages", type=int, default=1_000_000)
    asked = parser.parse_args()
    seconds = 8 if asked.quick else 40
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as directory:
        for kind in (asked.db,) if asked.db else (SQLITE, POSTGRES):
            measured = _console(kind, Path(directory), asked) if asked.console else _on(kind, Path(directory), seconds)
            for figure in measured:
                print(figure, flush=True)
                figures.append(figure)
        for figure in () if asked.console else _memory(Path(directory)):
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


def _console(kind: str, directory: Path, asked: argparse.Namespace) -> Iterator[Figure]:
    with measured_desk(kind, directory, is_empty=True) as desk:
        yield from console.figures(
            desk, kind, tickets=asked.tickets, messages=asked.messages, seconds=5 if asked.quick else 15
        )


def _memory(directory: Path) -> Iterator[Figure]:
    shares = memory.of_a_whole_desk(directory)
    for name, share in shares.items():
        yield Figure(f"idle memory: {name}", share, "MB")
    yield Figure("idle memory of all that `run` starts (PSS)", sum(shares.values()), "MB", 350)


if __name__ == "__main__":
    sys.exit(main())
