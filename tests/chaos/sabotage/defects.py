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
            "The ledger takes the same bytes twice: no unique constraint, and nothing is passed over.",
            "S01.patch",
            "accepted",
            ("I2",),
            BOTH,
        ),
        Defect(
            "S2",
            "A message of the platform is stored twice: no unique constraint on its id, and nobody looks for it first.",
            "S02.patch",
            "repeats",
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
            BOTH,
        ),
        Defect(
            "S5",
            "The call begins without the mark `calling`: what a dead worker left is taken for unsent.",
            "S05.patch",
            "killed-callers",
            ("I5",),
            BOTH,
        ),
        Defect(
            "S6",
            "Whose claim it is, and whether it still is one, is not asked again after the claim.",
            "S06.patch",
            "slept",
            ("I5",),
            BOTH,
        ),
        Defect(
            "S7",
            "Leases end by the machine's clock instead of the database's, and lost claims are not noticed.",
            "S07.patch",
            "wrong-clock",
            ("I5",),
            (POSTGRES,),
        ),
        Defect(
            "S8",
            "Events take their numbers from a sequence instead of the counter's row.",
            "S08.patch",
            "cursor",
            ("I9",),
            (POSTGRES,),
        ),
        Defect(
            "S9",
            "A page that comes back is told nothing of what it missed.",
            "S09.patch",
            "reconnect",
            ("I9",),
            BOTH,
        ),
        Defect(
            "S10",
            "What breaks in the intake is logged and called done.",
            "S10.patch",
            "failures",
            ("I2", "I3"),
            BOTH,
        ),
        Defect(
            "S11",
            "A scheduled message is let go without the conditional claim, under a client id made up each time.",
            "S11.patch",
            "due",
            ("I8",),
            BOTH,
        ),
        Defect(
            "S12",
            "Bells are rung and pages told before the commit.",
            "S12.patch",
            "heard",
            ("I9",),
            BOTH,
        ),
        Defect(
            "S13",
            "An attempt is counted after the work: what kills its worker is never counted.",
            "S13.patch",
            "poison",
            ("I3",),
            BOTH,
        ),
        Defect(
            "S14",
            "The lock on a person ends before the commit, and their keys are not unique.",
            "S14.patch",
            "album",
            ("I2", "I10"),
            (POSTGRES,),
        ),
    )
}
