"""One line of what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. `limit` None: only to be looked at."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_good(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        wanted = "" if self.limit is None else f"≤ {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "ok" if self.is_good else "TOO MUCH"
        return f"{self.what:<58}{self.value:>10.1f} {self.unit:<4}{wanted:>14}  {verdict}"
