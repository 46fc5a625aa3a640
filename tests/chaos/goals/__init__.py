"""The goals, one module each. A goal is a function (database, seed, scale) → Report, and one line in GOALS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.chaos.goals import answers, crashes, inbound, outbound, races, reconnecting, scheduled, without_redis
from tests.chaos.report import Report

Goal = Callable[[str, int, float], Report]

GOALS: Mapping[str, Goal] = {
    "G1": inbound.run,
    "G2": outbound.run,
    "G2-silent": outbound.run_without_echo,
    "G3": scheduled.run,
    "G4": reconnecting.run,
    "G5": races.run,
    "G6": crashes.run,
    "G7": answers.run,
    "G13": without_redis.run,
}
