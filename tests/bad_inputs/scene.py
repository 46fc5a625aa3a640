"""Where the bad inputs are tried."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Ledger, Message
from tests.factories import the_messages
from tests.support.desk import Desk
from tests.support.sandbox import Sandbox

Item = Mapping[str, Any]


@dataclass
class Scene:
    """A desk with one inbox and an owner, and a make-believe Instagram beside it."""

    desk: Desk
    sandbox: Sandbox
    log: io.StringIO  # what the desk has written to its log, at its most talkative

    def messages(self) -> list[Message]:
        self.desk.run_jobs()
        return the_messages()

    def ledger(self) -> list[Ledger]:
        self.desk.run_jobs()
        return list(db.session.execute(sa.select(Ledger).order_by(Ledger.id)).scalars())
