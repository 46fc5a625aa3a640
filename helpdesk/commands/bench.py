"""`bench …`: the measurements, in the test environment."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main(arguments: list[str]) -> NoReturn:
    """Becomes `python -m tests.bench …`."""
    os.execv(sys.executable, [sys.executable, "-m", "tests.bench", *arguments])
