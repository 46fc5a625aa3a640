"""From a bare Python to a command in its own virtual environment. Needs the standard library alone."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from helpdesk.commands import ROOT, VAR, CannotGoOn
from helpdesk.commands.venv import Venv

RUNTIME = Venv(VAR / "venv", ROOT / "requirements.txt")
TESTING = Venv(VAR / "venv-test", ROOT / "tests" / "requirements.txt")
INSIDE = "HELPDESK_VENV"  # set for the process that a bootstrap started in its venv


@dataclass(frozen=True)
class Command:
    """One command. It exists while `needs` is in the checkout."""

    module: str
    venv: Venv
    usage: str
    summary: str
    needs: str = ""
    reads_env_file: bool = False

    def exists(self) -> bool:
        return (ROOT / self.needs).exists()


COMMANDS = {
    "run": Command(
        "helpdesk.commands.run",
        RUNTIME,
        "[--no-demo] [--no-sandbox]",
        "start the desk with everything that it needs",
        reads_env_file=True,
    ),
    "test": Command("helpdesk.commands.test", TESTING, "[pytest's arguments]", "run every test"),
    "check": Command("helpdesk.commands.check", TESTING, "", "format, lint, types, templates, migrations"),
    "bench": Command("helpdesk.commands.bench", TESTING, "[--quick]", "measure", needs="tests/bench"),
    "demo-data": Command(
        "helpdesk.commands.demo_data",
        RUNTIME,
        "[--tickets N] [--messages M]",
        "a desk as it is after years, to be measured",
        reads_env_file=True,
    ),
    "backup": Command(
        "helpdesk.commands.backup",
        RUNTIME,
        "[FILE] [--with-keys]",
        "copy the desk into one file, while it runs",
        reads_env_file=True,
    ),
    "restore": Command(
        "helpdesk.commands.restore",
        RUNTIME,
        "FILE [--force]",
        "put such a copy in place of an empty desk",
        reads_env_file=True,
    ),
    "chaos": Command(
        "helpdesk.commands.chaos",
        TESTING,
        "[G1 …] [--db …] [--seed …]",
        "kill everything at random, and show that nothing is lost or doubled",
        needs="tests/chaos",
    ),
    "sabotage": Command(
        "helpdesk.commands.sabotage",
        TESTING,
        "[S1 …] [--seed …]",
        "break a copy on purpose, and show that chaos notices",
        needs="tests/chaos",
    ),
    "flask": Command(
        "helpdesk.commands.flask",
        RUNTIME,
        "…",
        "Flask's command line: flask db upgrade, flask doctor, …",
        reads_env_file=True,
    ),
}


def main(arguments: list[str]) -> int:
    """Carries out `arguments` in the command's virtual environment. Answers the exit code, 2 for an unknown command."""
    name = arguments[0] if arguments else "help"
    command = COMMANDS.get(name)
    if name in ("help", "-h", "--help"):
        print(help_text())
        return 0
    if command is None or not command.exists():
        print(f"There is no command {name!r}. `python3 -m helpdesk help` lists them.", file=sys.stderr)
        return 2
    try:
        if not command.venv.is_running() or not command.venv.is_fresh():
            _go_inside(command.venv, arguments)
        os.environ.pop(INSIDE, None)
        if command.reads_env_file:
            read_env_file(ROOT / ".env", os.environ)
        return importlib.import_module(command.module).main(arguments[1:])
    except CannotGoOn as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def help_text() -> str:
    """The commands that exist, one line each."""
    rows = [(f"{name} {command.usage}", command.summary) for name, command in COMMANDS.items() if command.exists()]
    lines = [f"  {usage:<32} {summary}" for usage, summary in [*rows, ("help", "this text")]]
    return "\n".join(["python3 -m helpdesk …", "", *lines])


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what would lend our Python the packages of another one."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in environ.items() if name not in foreign}


def read_env_file(path: Path, environ: MutableMapping[str, str]) -> None:
    """Settings from NAME=VALUE lines of `.env`, as far as `environ` does not have them. Raises CannotGoOn."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise CannotGoOn(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise CannotGoOn(f"{path}, line {number}: must be NAME=VALUE, e.g. PORT=8010")
        environ.setdefault(name.strip(), value.strip())


def _go_inside(venv: Venv, arguments: list[str]) -> NoReturn:
    """Replaces this process by the same command in `venv`, made first where it lacks."""
    if os.environ.get(INSIDE) == str(venv.path):
        raise CannotGoOn(f"{venv.path} does not work. Remove it, then run this command again.")
    python = venv.ensure()
    os.chdir(ROOT)
    environment = clean_environment(os.environ) | {INSIDE: str(venv.path)}
    sys.stdout.flush()
    os.execve(python, [str(python), "-m", "helpdesk", *arguments], environment)
