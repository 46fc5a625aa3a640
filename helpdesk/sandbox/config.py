"""The accounts that this platform knows, read from a JSON file which may change while the sandbox runs.

```json
{"webhook_base": "http://127.0.0.1:8000", "accounts": [{"platform": "instagram", "account_id": "17841400000000001",
 "login": "instagram", "access_token": "…", "app_secret": "…", "verify_token": "…", "name": "Studio Nord",
 "webhook_url": "http://127.0.0.1:8000/webhooks/instagram"}]}
```
Optional for an account: `username`, `page_id` (Facebook Login), `human_agent` (granted in review), `clock_offset`
(seconds), `posts` (ids of its own posts). `webhook_url` defaults to `<webhook_base>/webhooks/<platform>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOGINS = ("instagram", "facebook")
SAMPLE_POSTS = ("18091000000000001", "18091000000000002")


class ConfigError(Exception):
    """The file cannot be used; one sentence says why."""


@dataclass(frozen=True)
class Account:
    """A business account. `account_id` is what webhooks carry; `page_id` addresses it with Facebook Login."""

    account_id: str
    name: str
    login: str
    access_token: str = field(repr=False)
    app_secret: str = field(repr=False)
    webhook_url: str
    verify_token: str = field(default="", repr=False)
    username: str = ""
    page_id: str = ""
    human_agent: bool = False
    clock_offset: float = 0.0
    posts: tuple[str, ...] = SAMPLE_POSTS

    @property
    def scoped_id(self) -> str:
        """With Instagram Login `id` is app-scoped and differs from the `user_id` in webhooks."""
        return "24500" + self.account_id[-12:]

    @property
    def node_ids(self) -> frozenset[str]:
        """Under which ids its host knows the account."""
        return frozenset({self.page_id} if self.login == "facebook" else {self.account_id, self.scoped_id})


def accounts_of(config: Mapping[str, object]) -> dict[str, Account]:
    """The Instagram accounts of a configuration by their id. Raises ConfigError."""
    rows = config.get("accounts", [])
    if not isinstance(rows, list):
        raise ConfigError("accounts: must be a list")
    base = str(config.get("webhook_base", "")).rstrip("/")
    read = [_account(row, base, place) for place, row in enumerate(rows)]
    return {account.account_id: account for account in read if account is not None}


def load(path: Path) -> dict[str, Account]:
    """Raises ConfigError."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: must hold a JSON object")
    return accounts_of(value)


def _account(row: object, base: str, place: int) -> Account | None:
    if not isinstance(row, dict):
        raise ConfigError(f"accounts[{place}]: must be an object")
    if row.get("platform", "instagram") != "instagram":
        return None  # the other platforms have their own shelf
    missing = [name for name in ("account_id", "access_token", "app_secret") if not row.get(name)]
    if missing:
        raise ConfigError(f"accounts[{place}]: {', '.join(missing)} missing")
    login = str(row.get("login") or "instagram")
    if login not in LOGINS:
        raise ConfigError(f"accounts[{place}].login: must be instagram or facebook, not {login}")
    account_id, name = str(row["account_id"]), str(row.get("name") or row["account_id"])
    return Account(
        account_id=account_id,
        name=name,
        login=login,
        access_token=str(row["access_token"]),
        app_secret=str(row["app_secret"]),
        webhook_url=str(row.get("webhook_url") or f"{base}/webhooks/instagram"),
        verify_token=str(row.get("verify_token") or ""),
        username=str(row.get("username") or ".".join(name.lower().split())),
        page_id=str(row.get("page_id") or "100" + account_id[-12:]),
        human_agent=bool(row.get("human_agent", False)),
        clock_offset=float(row.get("clock_offset") or 0),
        posts=tuple(str(post) for post in row.get("posts") or SAMPLE_POSTS),
    )
