"""The commands of `python3 -m helpdesk`, one module each. A module's `main(arguments)` answers the exit code."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the checkout
VAR = ROOT / "var"  # everything that the commands write


class CannotGoOn(Exception):
    """A command cannot do its work. One line for people: what is wrong and what to do about it."""
