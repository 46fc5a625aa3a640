"""The fault table: what goes wrong, for which request or webhook, how often."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .exchange import BadRequest
from .refusals import BY_NAME

WHAT = ("send", "action", "profile", "media", "webhook", "account", "upload", "story", "token", "subscription")
DEEDS: dict[str, str] = {
    "status": "answers this HTTP status with a page that is no Graph error",
    "error": "answers the named error of the catalogue",
    "slow": "waits so many seconds, then goes on as usual",
    "hang_after_accept": "does the work, then stays silent so many seconds and closes",
    "reset_before": "breaks the connection and does nothing",
    "reset_after_accept": "does the work, then breaks the connection",
    "no_id": "does the work and answers 200 without an id",
    "no_echo": "sends no echo for this message",
    "echo_before_answer": "delivers the echo before the send is answered",
    "duplicate": "delivers the webhook so many times, `parallel` of them at once",
    "hold": "holds the webhook back until so many later ones of the account are out",
    "delay": "delivers the webhook so many seconds later",
    "drop": "never delivers the webhook",
    "not_found": "media: 404",
    "too_big": "media: more bytes than any platform sends",
    "html": "media: a web page with the media's content type",
    "endless": "media: never ends",
}
_DEFAULTS = {"slow": 5.0, "hang_after_accept": 60.0, "duplicate": 2, "hold": 1, "delay": 3.0, "status": 500}
_MATCHES = ("method", "path", "customer", "inbox", "text_contains", "what", "event")


@dataclass(frozen=True)
class Occasion:
    """What is about to happen, as far as faults can be told apart by it."""

    what: str
    method: str = ""
    path: str = ""
    customer: str = ""
    inbox: str = ""
    text: str = ""
    event: str = ""


@dataclass
class Fault:
    id: int
    match: dict[str, str]
    deed: str
    value: Any = None
    parallel: int = 1
    times: int | None = 1  # None: until cleared
    used: int = 0

    def fits(self, occasion: Occasion) -> bool:
        if self.match.get("what", occasion.what) != occasion.what:
            return False
        if occasion.what not in _ONLY_FOR.get(self.deed, (occasion.what,)):
            return False
        if occasion.what == "webhook" and self.deed not in _ONLY_FOR:
            return False  # nothing to answer there
        exact = all(
            self.match.get(name, here) == here
            for name, here in (
                ("method", occasion.method),
                ("customer", occasion.customer),
                ("inbox", occasion.inbox),
                ("event", occasion.event),
            )
        )
        return (
            exact
            and self.match.get("path", "") in occasion.path
            and self.match.get("text_contains", "") in occasion.text
        )

    @property
    def seconds(self) -> float:
        return float(self.value)


_ONLY_FOR = {
    **dict.fromkeys(("duplicate", "hold", "delay", "drop"), ("webhook",)),
    **dict.fromkeys(
        ("hang_after_accept", "reset_after_accept", "no_id", "no_echo", "echo_before_answer"), ("send", "action")
    ),
    **dict.fromkeys(("not_found", "too_big", "html", "endless"), ("media",)),
}


class FaultTable:
    """The world's lock protects it. The first fault that fits is used; a fault with no uses left is gone."""

    def __init__(self) -> None:
        self.rows: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, asked: Mapping[str, Any]) -> Fault:
        """`{match, do, times}`; `do` is the name of a deed or of an error, or `{deed: value}`. Raises BadRequest."""
        match = asked.get("match") or {}
        unknown = sorted(set(match) - set(_MATCHES))
        if unknown:
            raise BadRequest(f"match: {', '.join(unknown)} unknown; there are {', '.join(_MATCHES)}.")
        if match.get("what", "send") not in WHAT:
            raise BadRequest(f"match.what: there are {', '.join(WHAT)}.")
        times = asked.get("times", 1)
        deed, value, parallel = _deed(asked.get("do"))
        match = {name: str(value) for name, value in match.items()}
        fault = Fault(next(self._ids), match, deed, value, parallel, None if times in (None, -1) else int(times))
        self.rows.append(fault)
        return fault

    def take(self, occasion: Occasion) -> Fault | None:
        """The fault for this occasion, one use of it spent."""
        fault = next((row for row in self.rows if row.fits(occasion)), None)
        if fault is None:
            return None
        fault.used += 1
        if fault.times is not None and fault.used >= fault.times:
            self.rows.remove(fault)
        return fault

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]


def _deed(do: object) -> tuple[str, Any, int]:
    """The deed with its value and parallelism. Raises BadRequest."""
    if isinstance(do, str):
        do = {"error": do} if do in BY_NAME else {do: _DEFAULTS.get(do)}
    if not isinstance(do, Mapping):
        raise BadRequest('do: a name, or an object such as {"slow": 5}.')
    rest = {name: value for name, value in do.items() if name != "parallel"}
    deed = next(iter(rest), "")
    if len(rest) != 1 or deed not in DEEDS:
        raise BadRequest(f"do: there are {', '.join(DEEDS)}, or the name of an error.")
    value = rest[deed]
    if deed == "error" and value not in BY_NAME:
        raise BadRequest(f"do.error: there are {', '.join(BY_NAME)}.")
    if deed in _DEFAULTS and (value is True or value is None):
        value = _DEFAULTS[deed]
    if deed in _DEFAULTS and not isinstance(value, int | float):
        raise BadRequest(f"do.{deed}: must be a number.")
    return deed, value, int(do.get("parallel", 1))
