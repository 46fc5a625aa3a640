"""`python -m tests.chaos`: plays the goals and prints for each what was done and whether everything held.

Exit code 0: everything held; 1: something was violated; 2: a run was void, so that it proves nothing."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.chaos.drills import DRILLS
from tests.chaos.goals import GOALS
from tests.support.databases import POSTGRES, SQLITE

PLAYS = {**GOALS, **DRILLS}


def main(arguments: Sequence[str]) -> int:
    asked = _asked(arguments)
    reports = []
    for kind in (asked.db,) if asked.db else (SQLITE, POSTGRES):
        for name in asked.goals or GOALS:
            report = PLAYS[name](kind, asked.seed, asked.scale)
            print(report, flush=True)
            reports.append(report)
    if any(report.violations for report in reports):
        return 1
    return 2 if any(report.void for report in reports) else 0


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk chaos", description=__doc__)
    parser.add_argument("goals", nargs="*", choices=[[], *PLAYS], help="all goals unless named; a drill when it is")
    parser.add_argument("--db", choices=(SQLITE, POSTGRES), help="one database; without it, both")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to repeat a run")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the whole proof, 0.05 a glimpse of it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
