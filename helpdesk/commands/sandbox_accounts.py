"""The accounts that the make-believe platforms know; the demo connects inboxes with the same secrets."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from helpdesk.commands import CannotGoOn
from helpdesk.commands.private import write_private

HUMAN_AGENT = "17841400000000001"  # was granted the feature: people may answer for seven days
NAMES = {"17841400000000001": "Studio Nord", "17841400000000002": "Studio Nord Outlet"}
SECRETS = ("access_token", "app_secret", "verify_token")


def write_accounts(path: Path, webhook_base: str) -> None:
    """Writes `path` (mode 600) for webhooks to `webhook_base`. Secrets are made once and kept. Raises CannotGoOn."""
    known = _known(path)
    # One app on the platform serves all of a desk's accounts: its secret and verify token are the same for them.
    app = {"app_secret": secrets.token_hex(16), "verify_token": secrets.token_urlsafe(24)}
    app = {name: next((account[name] for account in known.values()), fresh) for name, fresh in app.items()}
    accounts = [
        {
            "platform": "instagram",
            "account_id": account_id,
            "login": "instagram",
            "access_token": known.get(account_id, {}).get("access_token", f"IGAA{secrets.token_urlsafe(48)}"),
            **app,
            "name": name,
            "human_agent": account_id == HUMAN_AGENT,
            "webhook_url": f"{webhook_base}/webhooks/instagram",
        }
        for account_id, name in NAMES.items()
    ]
    write_private(path, json.dumps({"webhook_base": webhook_base, "accounts": accounts}, indent=2) + "\n")


def _known(path: Path) -> dict[str, dict[str, str]]:
    try:
        accounts = json.loads(path.read_text())["accounts"]
        return {one["account_id"]: {name: one[name] for name in SECRETS} for one in accounts}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotGoOn(f"{path} cannot be read: remove it, and it is made anew with other secrets") from None
