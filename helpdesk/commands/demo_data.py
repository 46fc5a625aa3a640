"""`demo-data [--tickets N] [--messages M]`: a desk as it is after years, to see how it feels and to measure it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from helpdesk.commands import ROOT, CannotGoOn
from helpdesk.commands.run import settings_or_problem
from helpdesk.commands.sandbox_accounts import write_accounts


def main(arguments: list[str]) -> int:
    """Raises CannotGoOn."""
    options = _options(arguments)
    settings = settings_or_problem()
    write_accounts(settings.data_dir / "sandbox.json", settings.public_url)
    begun = time.monotonic()
    prepared = _run("helpdesk.commands.prepare", capture_output=True)
    if prepared.returncode:
        raise CannotGoOn(f"The database cannot be prepared: {prepared.stderr.decode().strip()}")
    if _run("helpdesk.demo.masses", *map(str, options)).returncode:
        raise CannotGoOn("There is no demo data, or not all of it.")
    print(f"Made in {time.monotonic() - begun:.0f} s. `python3 -m helpdesk run` opens it.")
    return 0


def _run(module: str, *arguments: str, capture_output: bool = False) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=capture_output, check=False)


def _options(arguments: list[str]) -> tuple[int, int]:
    """(tickets, messages)"""
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk demo-data", description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    if options.tickets < 1 or options.messages < options.tickets:
        parser.error("there must be a ticket at least, and a message for each")
    return options.tickets, options.messages
