"""The saved bad inputs, by group: `items("SS")`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "bad_inputs" / "bad_inputs.json"


@cache
def _all() -> list[dict[str, Any]]:
    return json.loads(FILE.read_text(encoding="utf-8"))["items"]


def items(group: str) -> list[dict[str, Any]]:
    return [item for item in _all() if item["cat"] == group]


def item(name: str) -> dict[str, Any]:
    return next(item for item in _all() if item["id"] == name)
