"""How much a process grew over something: by the kernel's own high-water mark, which can be set anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Growth:
    mb: float = 0.0


@contextmanager
def growth(pid: int | str = "self") -> Iterator[Growth]:
    """`mb` is, at the end, how far above its beginning the process's memory ever was."""
    process, measured = Path(f"/proc/{pid}"), Growth()
    (process / "clear_refs").write_text("5")  # the high-water mark begins anew
    before = _status(process, "VmRSS")
    yield measured
    measured.mb = (_status(process, "VmHWM") - before) / 1024


def _status(process: Path, name: str) -> int:
    """kB."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
