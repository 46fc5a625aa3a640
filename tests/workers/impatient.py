"""The workers' program for tests: the same, with shorter patience."""

from __future__ import annotations

import sys
from datetime import timedelta

from helpdesk.domain import ledger
from workers import __main__ as program
from workers import heartbeat, parent

heartbeat.EVERY = 0.3
parent.STUCK = 1.5
ledger.LEASE = timedelta(seconds=2)

if __name__ == "__main__":
    sys.exit(program.main(sys.argv[1:]))
