"""`sabotage …`: would the proof under fire notice a defect? In the test environment."""

from __future__ import annotations

import sys

from helpdesk.commands.test import install_programs, leaving_nothing_behind


def main(arguments: list[str]) -> int:
    """Runs `python -m tests.chaos.sabotage …`. Answers its exit code, or 1 when it left a process behind."""
    install_programs()
    return leaving_nothing_behind([sys.executable, "-m", "tests.chaos.sabotage", *arguments])
