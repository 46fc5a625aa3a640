"""Breaks a copy of the source tree with a patch and plays a goal there: the harness must say what was violated.

The tree as it is plays the same first: what is violated without the defect says nothing about it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.chaos.sabotage.defects import Defect
from tests.support.process import ROOT

PATCHES = Path(__file__).resolve().parent
LEFT_OUT = frozenset({"var", ".git"})  # of the copy
PATIENCE = 180  # seconds for one run; who is silent for longer hangs
VIOLATED = re.compile(r"^ +(I\d+) violated: .*$", re.MULTILINE)
TOLD = 15  # last lines of a run that ended otherwise than it should


@dataclass(frozen=True)
class Run:
    """What is played."""

    goal: str
    database: str
    seed: int
    scale: float


@dataclass(frozen=True)
class Ended:
    """How a run ended. `violated`: the invariants, each with its line; `said` is all that was printed."""

    code: int
    said: str

    @property
    def violated(self) -> list[tuple[str, str]]:
        return [(found.group(1), found.group().strip()) for found in VIOLATED.finditer(self.said)]

    @property
    def last_words(self) -> str:
        lines = [line for line in self.said.splitlines() if " alembic." not in line]
        return "\n".join(lines[-TOLD:])


@dataclass(frozen=True)
class Verdict:
    """Was the defect found, on this database? `why`: the counterexample, or what happened instead."""

    defect: Defect
    database: str
    is_caught: bool
    why: str

    def __str__(self) -> str:
        word = "caught" if self.is_caught else "NOT CAUGHT"
        lines = self.why.replace("\n", "\n    ")
        return f"{self.defect.name} on {self.database}: {word}. {self.defect.title}\n    {lines}"


def judge(defect: Defect, database: str, *, seed: int | None = None) -> Verdict:
    """Plays the defect's goal without it and with it."""
    run = Run(defect.goal, database, defect.seed if seed is None else seed, defect.scale)
    whole = played_whole(run)
    if whole.code != 0:
        return Verdict(defect, database, False, f"without the defect {run.goal} fails as well:\n{whole.last_words}")
    try:
        with broken(defect) as tree:
            ended = played(run, tree)
    except DoesNotApply as problem:
        return Verdict(defect, database, False, str(problem))
    found = [line for invariant, line in ended.violated if invariant in defect.invariants]
    if not found or ended.code != 1:
        named = " or ".join(defect.invariants)
        why = f"{run.goal} ended with {ended.code}, and said of {named} nothing:\n{ended.last_words}"
        return Verdict(defect, database, False, why)
    return Verdict(defect, database, True, found[0])


@cache
def played_whole(run: Run) -> Ended:
    """The tree as it is, once for all defects that ask for the same."""
    return played(run, ROOT)


def played(run: Run, tree: Path) -> Ended:
    """Plays the goal in processes of this tree, with our own Python."""
    words = ["--db", run.database, "--seed", str(run.seed), "--scale", str(run.scale)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.chaos", run.goal, *words],
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as silence:
        said = (silence.stdout or b"").decode(errors="replace")
        return Ended(-1, f"{said}\nit did not end within {PATIENCE} s")
    return Ended(done.returncode, done.stdout)


class DoesNotApply(Exception):
    """The code has moved away from under the patch: it must be made anew."""


@contextmanager
def broken(defect: Defect) -> Iterator[Path]:
    """A copy of the tree that has the defect."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-sabotage-") as directory:
        tree = Path(directory) / "tree"
        shutil.copytree(ROOT, tree, ignore=_left_out, symlinks=True)
        apply(defect, tree)
        yield tree


def apply(defect: Defect, tree: Path, *, is_trial: bool = False) -> None:
    """Puts the defect in; as a trial, changes nothing. Raises DoesNotApply."""
    command = ["git", "apply", *(["--check"] if is_trial else []), str(PATCHES / defect.patch)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DoesNotApply(f"{defect.patch} no longer applies:\n{done.stderr.strip()}")


def _left_out(folder: str, names: list[str]) -> set[str]:
    return LEFT_OUT.intersection(names) if Path(folder) == ROOT else set()
