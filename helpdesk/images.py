"""Pictures from strangers, made anew: what people see in the console was drawn by us, in a process that can do no harm.

The decoder runs apart (`image_worker`), with little memory and time, no secrets, and no right to write a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 20  # seconds; the worker's own limit of processor time is lower
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Picture:
    """A picture and its preview, both of the type `mime`, without metadata, turned the right way up."""

    data: bytes
    thumbnail: bytes
    mime: str  # "image/jpeg" or "image/webp"
    width: int  # pixels
    height: int


@dataclass(frozen=True)
class NoPicture:
    """It cannot be shown; the file itself can still be downloaded. `reason` in a few words."""

    reason: str


def reencode(data: bytes) -> Picture | NoPicture:
    """Draws a PNG, JPEG, GIF or WebP anew: at most 2,048 pixels wide and high, of an animation the first frame.

    Takes about 0.3 s in a process of its own. Never raises for what is in `data`.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "helpdesk.image_worker"],
            input=data,
            capture_output=True,
            timeout=TIMEOUT,
            cwd=_ROOT,
            env={"LC_ALL": "C.UTF-8"},  # no secrets of ours
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NoPicture("takes too long to draw")
    if done.returncode != 0:
        return NoPicture("needs too much memory or time")  # killed by its own limits
    head, _, rest = done.stdout.partition(b"\n")
    said = json.loads(head)
    if "reason" in said:
        return NoPicture(said["reason"])
    split = said.pop("size")
    return Picture(data=rest[:split], thumbnail=rest[split:], **said)
