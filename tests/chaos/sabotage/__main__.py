"""`python -m tests.chaos.sabotage`: plays every defect, or those named, and prints how each was found.

Exit code 0: all were caught; 1: one was not, its patch no longer applies, or the tree fails without it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.chaos.sabotage.defects import DEFECTS
from tests.chaos.sabotage.runner import judge


def main(arguments: Sequence[str]) -> int:
    asked, started = _asked(arguments), time.monotonic()
    verdicts = []
    for name in asked.defects or DEFECTS:
        for database in DEFECTS[name].databases:
            verdicts.append(judge(DEFECTS[name], database, seed=asked.seed))
            print(verdicts[-1], flush=True)
    caught = sum(verdict.is_caught for verdict in verdicts)
    print(f"{caught} of {len(verdicts)} caught in {time.monotonic() - started:.0f} s")
    return 0 if caught == len(verdicts) else 1


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk sabotage", description=__doc__)
    parser.add_argument("defects", nargs="*", choices=[[], *DEFECTS], help="all of them unless named")
    parser.add_argument("--seed", type=int, help="instead of each defect's own")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
