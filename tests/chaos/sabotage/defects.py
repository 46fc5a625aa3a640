"""The defects: what each takes away, what is played to find it, and which invariants may tell of it.

Where several defences stand behind each other a patch takes away all of them: what is asked is whether the harness
would notice that the thing is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.databases import POSTGRES, SQLITE


@dataclass(frozen=True)
class Defect:
    """`patch` is a file beside this one. `goal` is a goal or a drill; it is played on each of `databases`."""

    name: str
    title: str
    patch: str
    goal: str
    invariants: tuple[str, ...]
    databases: tuple[str, ...] = (SQLITE,)
    seed: int = 1
    scale: float = 1.0


BOTH = (SQLITE, POSTGRES)

DEFECTS: Mapping[str, Defect] = {
    defect.name: defect
    for defect in (
        Defect(
            "S1",
            "The ledger takes the same bytes twice: no unique constraint, nothing is passed over.",
            "S01.patch",
            "accepted",
            ("I2",),
            BOTH,
        ),
        Defect(
            "S3",
            "A webhook is answered 200 first and stored afterwards.",
            "S03.patch",
            "accepted",
            ("I1",),
            BOTH,
        ),
        Defect(
            "S4",
            "A send without an answer is made again at once, instead of being unknown.",
            "S04.patch",
            "unanswered",
            ("I5",),
        ),
        Defect(
            "S5",
            "The call begins without the mark `calling`: who claims what a dead worker left believes it unsent.",
            "S05.patch",
            "killed-callers",
            ("I5",),
        ),
        Defect(
            "S8",
            "Events take their numbers from a sequence instead of the counter's row.",
            "S08.patch",
            "cursor",
            ("I9",),
            (POSTGRES,),
        ),
    )
}
