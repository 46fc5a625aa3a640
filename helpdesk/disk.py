"""Whether there is room left on the disks that the desk writes to. Files stop before the database suffers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

LEAST_SHARE = 0.05  # of the disk that has to be free
LEAST_BYTES = 500 * 10**6  # likewise
FULL = "There is too little room left on the desk's disk for files. Messages go on; somebody has to make room."


@dataclass(frozen=True)
class Space:
    total: int  # bytes
    free: int

    def is_low(self, least_share: float = LEAST_SHARE, least_bytes: int = LEAST_BYTES) -> bool:
        return self.free < least_bytes or self.free < self.total * least_share


def read(path: Path) -> Space:
    """Of the disk that holds `path`, or would."""
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    return Space(usage.total, usage.free)


@dataclass(frozen=True)
class DiskGuard:
    """Asks anew each time: it costs some microseconds, and goes on by itself once there is room."""

    places: tuple[Path, ...]
    read: Callable[[Path], Space] = read

    def problem(self) -> str:
        """Which disk is low, "" when none is."""
        for place in self.places:
            space = self.read(place)
            if space.is_low():
                return f"{place}: {space.free / 10**6:,.0f} MB of {space.total / 10**6:,.0f} MB are free"
        return ""

    def is_low(self) -> bool:
        return bool(self.problem())


def guard(data_dir: Path, *urls: str) -> DiskGuard:
    """Of the data directory, and of what these URLs (the database's, the storage's) name on this machine."""
    local = [urlsplit(url).path for url in urls if urlsplit(url).scheme in ("file", "sqlite")]
    # sqlite:////srv/desk.db has one slash more than file:///srv/files
    return DiskGuard((data_dir, *(Path("/" + unquote(path).lstrip("/")) for path in local)))
