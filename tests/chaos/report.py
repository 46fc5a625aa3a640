"""What a run found: its figures, what it violated, and whether it counts at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.chaos.checker import Violation


@dataclass
class Report:
    """One goal on one database. `kills`: all of them. `void` says why the run proves nothing, "" when it does."""

    goal: str
    database: str
    seed: int
    figures: dict[str, object] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    kills: int = 0
    void: str = ""
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not self.violations and not self.void

    def note(self, **figures: object) -> None:
        self.figures.update({name.replace("_", " "): value for name, value in figures.items()})

    def found(self, violations: Iterable[Violation]) -> None:
        self.violations.extend(violations)

    def limit(self, invariant: str, what: str, value: float, most: float, unit: str) -> None:
        """Notes a figure that must not exceed `most`; missing it violates `invariant`, or the goal
        whose figure it is."""
        self.figures[what] = f"{value:.2f} {unit} (≤ {most:g})"
        if not value <= most:
            self.violations.append(Violation(invariant, f"{what}: {value:.2f} {unit}, more than {most:g}"))

    def reached(self, hits: Mapping[str, int], points: Iterable[str]) -> None:
        """Notes the kills at each failpoint; one that was never reached makes the run void."""
        self.figures["killed at failpoints"] = ", ".join(f"{name} {hits.get(name, 0)}" for name in points)
        missed = [name for name in points if not hits.get(name)]
        if missed:
            self.void = f"failpoints never reached: {', '.join(missed)}"

    def __str__(self) -> str:
        verdict = "VOID" if self.void and not self.violations else "ok" if self.is_good else "VIOLATED"
        lines = [f"{self.goal} on {self.database}, seed {self.seed}: {verdict} in {self.seconds:.0f} s"]
        lines += [f"    {name}: {value}" for name, value in self.figures.items()]
        lines += [f"    void: {self.void}"] if self.void else []
        lines += [f"    {violation}" for violation in self.violations]
        return "\n".join(lines)
