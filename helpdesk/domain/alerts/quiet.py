"""Quiet hours: when nothing is told, by the wall clock of the agent's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from helpdesk import walltime

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quiet:
    """Every day from `begins` to `ends`, which is on the next day when it is not later."""

    begins: time
    ends: time
    zone: str

    def began(self, at: datetime) -> datetime | None:
        """When the quiet hours began in which `at` lies; None when it lies in none."""
        stretch = self._stretch(at)
        return stretch[0] if stretch else None

    def over(self, at: datetime) -> datetime:
        """The first moment from `at` on at which it is not quiet."""
        stretch = self._stretch(at)
        return stretch[1] if stretch else at

    def _stretch(self, at: datetime) -> tuple[datetime, datetime] | None:
        today = walltime.on_the_wall(at, self.zone).date()
        for day in (today - DAY, today):
            last = day if self.ends > self.begins else day + DAY
            begins = walltime.moment(datetime.combine(day, self.begins), self.zone)
            ends = walltime.moment(datetime.combine(last, self.ends), self.zone)
            if begins <= at < ends:
                return begins, ends
        return None
