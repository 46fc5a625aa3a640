"""A desk in the test's own process: the real app on real servers, with its doors and its jobs as methods."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

import config
from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.models import Agent, ClockOffset
from tests.support.console import Console
from tests.support.jobs import drain_all
from tests.support.page import OpenPage
from tests.support.sandbox import Sandbox
from tests.support.secrets import APP_SECRET, ENCRYPTION_KEY, SECRET_KEY
from tests.support.valkey import Valkey

PAYLOADS = Path(__file__).resolve().parent.parent / "channels" / "payloads"
# The saved payloads are dated 1795000000 s; a test's day begins a little later, whatever the calendar says.
MORNING = datetime.fromtimestamp(1_795_000_300, UTC)
_NOWHERE = 9  # the discard port: nobody listens, connections are refused at once


def settings(
    *,
    database_url: str,
    data_dir: Path,
    redis_url: str = "",
    port: int = 18_000,
    sandbox_port: int = _NOWHERE,
    **more: str,
) -> config.Settings:
    """Settings as the environment would give them."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET_KEY,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "LIVE_PORT": str(port - 1),
        "SANDBOX_PORT": str(sandbox_port),
        "INSTAGRAM_API_URL": f"{sandbox}/instagram/v25.0",
        "FACEBOOK_API_URL": f"{sandbox}/facebook/v25.0",
        "TELEGRAM_API_URL": f"{sandbox}/telegram",
    }
    return config.load(environ | more)


def requests_apart(app: Flask) -> Flask:
    """Gives each request a context of its own, as on a server: else the test's own lends them its `g`, and with it
    whoever was signed in last."""
    inner = app.wsgi_app

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        with app.app_context():
            return inner(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign]
    return app


def dispose() -> None:
    """Closes the current app's database connections."""
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


def empty_directory(directory: Path) -> None:
    """Takes away what stands in it, and leaves it there."""
    for path in directory.iterdir() if directory.exists() else ():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    """X-Hub-Signature-256 of these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payload(name: str) -> dict[str, Any]:
    """A saved webhook, e.g. `payload("instagram/text.json")`."""
    return json.loads((PAYLOADS / name).read_text("utf-8"))


@dataclass
class Desk:
    """`database` is "sqlite" or "postgres". Whatever goes through a door here ends the test's own reads, so that what
    the test looks at next is what was committed."""

    app: Flask
    settings: config.Settings
    database: str
    valkey: Valkey
    sandbox: Sandbox | None = None
    _pages: list[OpenPage] = field(default_factory=list)

    def webhook(
        self,
        sent: str | Mapping[str, Any] | bytes,
        *,
        channel: str = "instagram",
        secret: str | None = APP_SECRET,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Posts a saved payload (by name), an object or raw bytes to the real view, signed unless `secret` is None."""
        raw = (PAYLOADS / sent).read_bytes() if isinstance(sent, str) else sent
        body = raw if isinstance(raw, bytes) else json.dumps(raw, ensure_ascii=True).encode()
        signed = {} if secret is None else {"X-Hub-Signature-256": signature(body, secret)}
        answer = self.app.test_client().post(
            f"/webhooks/{channel}",
            data=body,
            content_type="application/json",
            headers={**signed, **(headers or {})},
            base_url=self.settings.public_url,
        )
        self.reading()
        return answer

    def run_jobs(self) -> None:
        """Lets every worker do what is due, until nothing is, webhooks that follow from it included."""
        while drain_all(self.app) and self.sandbox is not None:
            self.sandbox.settle()
        self.reading()

    def later(self, **ago: float) -> None:
        """Sets the clock forward: `later(hours=73)`."""
        self.at(clock.now() + timedelta(**ago))

    def at(self, moment: datetime) -> None:
        """Sets the clock; it goes on from there."""
        with transaction():
            row = db.session.get(ClockOffset, 1) or ClockOffset(id=1, seconds=0.0)
            row.seconds += (moment - clock.now()).total_seconds()
            db.session.add(row)
        self.reading()
        if self.sandbox is not None:
            self.sandbox.clock(self.clock_offset)

    @property
    def clock_offset(self) -> float:
        """Seconds between the desk's clock and the machine's."""
        return db.session.execute(sa.select(ClockOffset.seconds)).scalar() or 0.0

    def client(self, agent: Agent | None = None) -> Console:
        """A browser without JavaScript: signed in as `agent`, or a stranger."""
        return Console.new(self.app, agent)

    def open_page(self, agent: Agent) -> OpenPage:
        """The console of `agent` as the socket sees it: collects the streams of the rooms that they hear."""
        page = OpenPage.new(self.valkey, agent)
        self._pages.append(page)
        return page

    def reading(self) -> None:
        """From here on the test sees what others have committed."""
        db.session.rollback()
        db.session.expire_all()

    def close(self) -> None:
        for page in self._pages:
            page.close()
        dispose()
