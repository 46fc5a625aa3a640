"""One webhook POST: what is in it, what became of it, and the request itself, signed."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .config import Account
from .events import signed
from .record import Lane

DEADLINE = 5.0  # seconds for an answer


@dataclass(eq=False)
class Parcel:
    """One webhook POST and what became of it.

    `state`: waiting, delivered, retrying, failed, held, dropped, unsubscribed.
    """

    account: Account
    customer_id: str
    event: str
    body: bytes
    number: int = 0
    state: str = "waiting"
    status: int = 0
    error: str = ""
    attempts: int = 0
    milliseconds: float = 0.0
    copies: int = 1
    parallel: int = 1
    hold: int = 0
    tried: threading.Event = field(default_factory=threading.Event)

    @property
    def lane(self) -> Lane:
        return self.account.account_id, self.customer_id

    def shown(self) -> dict[str, object]:
        names = ("number", "event", "state", "status", "error", "attempts")
        row = {name: getattr(self, name) for name in names}
        return {**row, "milliseconds": round(self.milliseconds, 1), "inbox": self.lane[0], "customer": self.customer_id}


def post(parcel: Parcel) -> tuple[int, str]:
    """One POST: status, or 0 and what went wrong."""
    place = urlsplit(parcel.account.webhook_url)
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "facebookexternalua"}
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=DEADLINE)
    try:
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request("POST", path, parcel.body, headers | signed(parcel.body, parcel.account.app_secret))
        answer = connection.getresponse()
        answer.read(64 * 1024)
        return answer.status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
