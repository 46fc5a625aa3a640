"""The drills: short plays of one idea each, for `sabotage`. A drill is a goal that is played only when it is named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.drills import accepted, album, calls, cursor, due, heard, intake, poison, reconnect, stale
from tests.chaos.goals import Goal

DRILLS: Mapping[str, Goal] = {
    "accepted": accepted.run,
    "unanswered": calls.run_unanswered,
    "killed-callers": calls.run_killed,
    "cursor": cursor.run,
    "repeats": intake.run_repeats,
    "failures": intake.run_failures,
    "poison": poison.run,
    "slept": stale.run_slept,
    "wrong-clock": stale.run_wrong_clock,
    "due": due.run,
    "album": album.run,
    "heard": heard.run,
    "reconnect": reconnect.run,
}
