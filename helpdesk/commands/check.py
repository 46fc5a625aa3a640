"""`check`: everything about the code that can be known without running it, in seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from helpdesk.commands import ROOT, VAR


@dataclass(frozen=True)
class Part:
    """One check: a module of the test environment and its arguments."""

    name: str
    module: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a check went: `said` is its output, `took` in seconds."""

    part: Part
    code: int
    said: str
    took: float


PARTS = (
    Part("types", "mypy", ()),
    Part("migrations", "helpdesk.commands.check_migrations", ()),
    Part("templates", "djlint", ("templates", "--lint", "--quiet")),
    Part("format", "ruff", ("format", "--check", "--quiet", ".")),
    Part("lint", "ruff", ("check", "--quiet", ".")),
    Part("house rules", "helpdesk.commands.lint", ()),
)


def main(arguments: list[str]) -> int:
    """Runs the parts side by side and prints a line each. Answers 1 when one found something, 2 for arguments."""
    if arguments:
        print("check takes no arguments", file=sys.stderr)
        return 2
    (VAR / "cache").mkdir(parents=True, exist_ok=True)
    failed = 0
    with ThreadPoolExecutor(max_workers=3) as pool:
        for outcome in pool.map(_run, PARTS):
            word = "FAILED" if outcome.code else "ok"
            print(f"{word:<6} {outcome.part.name:<12} {outcome.took:5.1f} s", flush=True)
            if outcome.code:
                failed = 1
                print(outcome.said, flush=True)
    return failed


def _run(part: Part) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", part.module, *part.arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(part, done.returncode, done.stdout.rstrip(), time.monotonic() - started)
