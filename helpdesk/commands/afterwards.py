"""`python -m helpdesk.commands.afterwards DIALECT`: what a restored desk must be told, as a list of SQL in JSON.

A process of its own, since it speaks of the desk's tables."""

from __future__ import annotations

import json
import sys

from sqlalchemy.dialects import postgresql, sqlite

from helpdesk.domain import restored

DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}

if __name__ == "__main__":
    print(json.dumps(restored.statements(DIALECTS[sys.argv[1]]())))
