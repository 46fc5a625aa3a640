"""Everything the make-believe platform remembers, in one place with one lock."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from . import config, drawing
from .config import Account
from .customers import Customer, imagined
from .faults import FaultTable
from .media import MediaStore
from .record import Record

FIELDS = (
    "messages",
    "message_echoes",
    "message_reactions",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "messaging_optins",
    "messaging_handover",
    "standby",
    "comments",
    "live_comments",
    "mentions",
)


class World:
    """Accounts, people, chats, files, faults and the clock. Take `lock` around every change of them.

    `directory` keeps files (and, when given by the caller, the state across restarts); without one a temporary
    directory is made, and removed at `close`.
    """

    def __init__(self, accounts: Mapping[str, Account], directory: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._own_directory = Path(tempfile.mkdtemp(prefix="sandbox-")) if directory is None else None
        self.directory = directory or self._own_directory or Path()
        self.accounts = dict(accounts)
        self.media = MediaStore(self.directory / "media")
        self.changes = Changes()
        self.clock_offset = 0.0  # seconds
        self._empty()

    def _empty(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.record = Record()
        self.faults = FaultTable()
        self.uploads: dict[str, tuple[str, str, str]] = {}  # attachment id -> account id, type, media key
        self.subscriptions: dict[str, list[str]] = {}
        self.fresh_tokens: dict[str, str] = {}  # refreshed token -> account id
        self.deliveries: deque[dict[str, object]] = deque(maxlen=200)

    def reset(self) -> None:
        """Forgets people, chats, files and faults; accounts stay."""
        with self.lock:
            self._empty()
            self.media.forget()
            self.clock_offset = 0.0
        self.changes.tell("", "")

    def close(self) -> None:
        self.stopping.set()
        self.changes.wake()
        if self._own_directory is not None:
            shutil.rmtree(self._own_directory, ignore_errors=True)

    def now(self, account: Account | None = None) -> int:
        """The platform's time in ms; an account may live at a time of its own."""
        return int((time.time() + self.clock_offset + (account.clock_offset if account else 0)) * 1000)

    def account_of(self, token: str, login: str, node: str = "") -> Account | None:
        """Whose token this is, at the host of this login; the one that `node` names when several share it."""
        fresh = self.fresh_tokens.get(token)
        rows = [one for one in self.accounts.values() if one.access_token == token or one.account_id == fresh]
        rows = [one for one in rows if one.login == login]
        return next((one for one in rows if node in one.node_ids), rows[0] if rows else None)

    def subscribed(self, account_id: str) -> list[str]:
        return self.subscriptions.get(account_id, list(FIELDS))

    def customer(self, customer_id: str) -> Customer:
        """The person with this id, made on first use."""
        with self.lock:
            known = self.customers.get(customer_id)
            if known is None:
                taken = {one.username for one in self.customers.values()}
                known = self.customers[customer_id] = imagined(customer_id, taken)
            return known

    def picture(self, customer: Customer) -> str:
        """The key of the person's picture, drawn on first use."""
        key = f"portrait-{customer.tone}"
        if key not in self.media.rows:
            self.media.put(key, drawing.portrait(customer.tone), "image/png")
        return key


class Changes:
    """A bell for the phone pages: which chat changed, under a rising number."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rows: deque[tuple[int, str, str]] = deque(maxlen=500)
        self._number = 0

    @property
    def number(self) -> int:
        return self._number

    def tell(self, account_id: str, customer_id: str) -> None:
        with self._condition:
            self._number += 1
            self._rows.append((self._number, account_id, customer_id))
            self._condition.notify_all()

    def wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def after(self, number: int, timeout: float) -> tuple[int, list[tuple[str, str]]]:
        """The changes after `number`, waited for up to `timeout` seconds; each chat once."""
        with self._condition:
            if self._number <= number:
                self._condition.wait(timeout)
            chats = dict.fromkeys((account, customer) for at, account, customer in self._rows if at > number)
            return self._number, list(chats)


class ConfigFile:
    """Reads the accounts again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = 0
        self.error = ""

    def refresh(self, world: World, *, force: bool = False) -> None:
        """A file that is missing or broken just now (being written) leaves the accounts as they were, and says so."""
        try:
            stamp = self._path.stat().st_mtime_ns
        except OSError as error:
            self.error = str(error)
            return
        if stamp == self._stamp and not force:
            return
        try:
            accounts = config.load(self._path)
        except config.ConfigError as error:
            self.error = str(error)
            return
        self._stamp, self.error = stamp, ""
        if accounts != world.accounts:
            with world.lock:
                world.accounts = accounts
            world.changes.tell("", "")
