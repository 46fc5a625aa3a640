"""Posts webhooks as Meta does: in time, in order, repeated on anything but 2xx.

The events of one chat go out one after another, different chats at the same time. Faults may double, hold, delay, drop.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque

from .config import Account
from .events import FIELDS_OF, wire
from .faults import Occasion
from .parcel import DEADLINE, Parcel, post
from .record import Lane
from .world import World

AT_ONCE = 3  # tries without a pause
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)  # then with growing ones; Meta goes on for an hour
_HELD_AT_MOST = 30.0
_TOGETHER = 32  # deliveries at the same time


class Courier:
    """Runs one thread that knows what is due, and one for each chat that has something to deliver."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = itertools.count(1)
        self._due: list[tuple[float, int, Parcel]] = []
        self._wake = threading.Condition()
        self._lanes: dict[Lane, deque[Parcel]] = {}
        self._held: list[Parcel] = []
        self._gate = threading.BoundedSemaphore(_TOGETHER)
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def post(
        self,
        account: Account,
        customer_id: str,
        event: str,
        payload: object,
        *,
        text: str = "",
        delay: float = 0.0,
        wait: bool = False,
    ) -> Parcel:
        """Takes a webhook in. `wait`: returns after its first tries, or at once when it is held, delayed or dropped."""
        body = payload if isinstance(payload, bytes) else wire(payload)
        parcel = Parcel(account, customer_id, event, body, next(self._numbers))
        delay += self._disturb(parcel, text)
        if parcel.state in ("dropped", "unsubscribed"):
            self._note(parcel)
        elif parcel.state == "held":
            self._put_off(parcel, _HELD_AT_MOST)
        elif delay > 0:
            self._put_off(parcel, delay)
        else:
            self._hand_over(parcel)
            if wait:
                parcel.tried.wait(AT_ONCE * DEADLINE + 5)
        return parcel

    @property
    def pending(self) -> int:
        with self._wake:
            return len(self._due) + sum(len(lane) for lane in self._lanes.values())

    @property
    def busy(self) -> int:
        """Chats that are being delivered to, and what goes out within a second: 0 means that all is quiet for now."""
        soon = time.monotonic() + 1
        with self._wake:
            return len(self._lanes) + sum(at < soon and parcel.state != "held" for at, _, parcel in self._due)

    def forget(self) -> None:
        """Drops everything that has not gone out."""
        with self._wake:
            for _, _, parcel in self._due:
                parcel.state = "dropped"
            self._due.clear()
            self._held.clear()
            for lane in self._lanes.values():
                lane.clear()

    def stop(self) -> None:
        self.forget()
        with self._wake:
            self._wake.notify_all()

    def _disturb(self, parcel: Parcel, text: str) -> float:
        """Applies subscription and faults; answers the seconds to wait."""
        account_id, world = parcel.account.account_id, self._world
        with world.lock:
            fields = world.subscribed(account_id)
            needed = FIELDS_OF.get(parcel.event)
            is_wanted = bool(fields) and (parcel.account.login == "facebook" or not needed or needed & set(fields))
            if not is_wanted:
                parcel.state = "unsubscribed"
                return 0.0
            occasion = Occasion(
                "webhook", "POST", parcel.account.webhook_url, parcel.customer_id, account_id, text, parcel.event
            )
            fault = world.faults.take(occasion)
        if fault is None:
            return 0.0
        if fault.deed == "drop":
            parcel.state = "dropped"
        elif fault.deed == "duplicate":
            parcel.copies, parcel.parallel = int(fault.value), max(1, fault.parallel)
        elif fault.deed == "hold":
            parcel.state, parcel.hold = "held", int(fault.value)
        return fault.seconds if fault.deed == "delay" else 0.0

    def _put_off(self, parcel: Parcel, seconds: float) -> None:
        with self._wake:
            if parcel.state == "held":
                self._held.append(parcel)
            heapq.heappush(self._due, (time.monotonic() + seconds, parcel.number, parcel))
            self._wake.notify_all()

    def _run(self) -> None:
        while not self._world.stopping.is_set():
            with self._wake:
                wait = self._due[0][0] - time.monotonic() if self._due else 5.0
                if wait > 0:
                    self._wake.wait(min(wait, 5.0))
                    continue
                parcel = heapq.heappop(self._due)[2]
                if parcel in self._held:
                    self._held.remove(parcel)  # nothing came after it
                self._hand_over(parcel)

    def _hand_over(self, parcel: Parcel) -> None:
        with self._wake:
            lane = self._lanes.get(parcel.lane)
            if lane is not None:
                lane.append(parcel)
                return
            self._lanes[parcel.lane] = deque([parcel])
        threading.Thread(target=self._work, args=(parcel.lane,), daemon=True).start()

    def _work(self, lane: Lane) -> None:
        """Delivers what waits in one chat, then ends."""
        while True:
            with self._wake:
                waiting = self._lanes[lane]
                if not waiting:
                    del self._lanes[lane]
                    return
                parcel = waiting.popleft()
            with self._gate:
                self._deliver(parcel)

    def _deliver(self, parcel: Parcel) -> None:
        rounds = AT_ONCE if parcel.attempts == 0 else 1
        for _ in range(rounds):
            if self._world.stopping.is_set():
                break
            self._try(parcel)
            if 200 <= parcel.status < 300:
                parcel.state = "delivered"
                break
        if parcel.state != "delivered":
            turn = parcel.attempts - AT_ONCE
            parcel.state = "retrying" if turn < len(PAUSES) else "failed"
            if parcel.state == "retrying":
                self._put_off(parcel, PAUSES[max(0, turn)])
        self._note(parcel)
        parcel.tried.set()
        self._let_go(parcel)

    def _try(self, parcel: Parcel) -> None:
        started = time.monotonic()
        copies, parcel.copies = parcel.copies, 1
        together = min(parcel.parallel, copies)
        for first in range(0, copies, together):
            others = [threading.Thread(target=post, args=(parcel,)) for _ in range(min(together, copies - first) - 1)]
            for thread in others:
                thread.start()
            parcel.status, parcel.error = post(parcel)
            for thread in others:
                thread.join()
        parcel.attempts += 1
        parcel.milliseconds = (time.monotonic() - started) * 1000

    def _let_go(self, delivered: Parcel) -> None:
        """A held webhook of the account follows once enough later ones are out."""
        free = []
        with self._wake:
            for parcel in list(self._held):
                if parcel.account == delivered.account and parcel.number < delivered.number:
                    parcel.hold -= 1
                    if parcel.hold == 0:
                        self._held.remove(parcel)
                        self._due = [row for row in self._due if row[2] is not parcel]
                        heapq.heapify(self._due)
                        free.append(parcel)
        for parcel in free:
            self._hand_over(parcel)

    def _note(self, parcel: Parcel) -> None:
        with self._world.lock:
            self._world.deliveries.append(parcel.shown())
        self._world.changes.tell(*parcel.lane)
