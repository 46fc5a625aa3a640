"""Connecting and disconnecting accounts, and what their adapters need to know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from helpdesk import clock
from helpdesk.channels.contract import Account, ChannelNotice, RefusalKind, Refused
from helpdesk.db import db
from helpdesk.domain import channels
from helpdesk.errors import Invalid
from helpdesk.models import Inbox, InboxState, Ledger, LedgerState, Outbox, OutboxState, Team
from helpdesk.secrets import Vault, new_token
from helpdesk.text import clean_line

SECRET_STAYS_GOOD = timedelta(days=30)  # a platform may go on sending after an inbox was removed


def connect(
    channel: str,
    *,
    name: str,
    account_id: str,
    secrets: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    team: Team,
) -> Inbox:
    """Connects an account: `secrets` has access_token, app_secrets (the current one first) and verify_token.

    Webhooks of that account that came too early are applied. Raises Invalid, also when it is connected already."""
    channels.of(channel)
    name, account_id = clean_line(name), account_id.strip()
    if not name or not account_id:
        raise Invalid("An inbox needs a name and the id of its account.")
    if _connected(channel, account_id) is not None:
        raise Invalid(f"The account {account_id} is connected already: one account, one inbox.")
    inbox = Inbox(
        channel=channel,
        name=name,
        account_id=account_id,
        key=new_token(),
        team=team,
        secrets=_vault().seal(json.dumps(dict(secrets))),
        options=dict(options or {}),
        created_at=clock.now(),
    )
    db.session.add(inbox)
    db.session.flush()
    _apply_unmatched(channel)
    return inbox


def reconnect(inbox: Inbox, *, secrets: Mapping[str, Any]) -> None:
    """New secrets for an inbox. What was held back because the old ones were refused goes out, oldest first, and has
    its whole time again: nobody could have sent it."""
    now = clock.now()
    db.session.execute(  # before the inbox: whoever settles a row takes them in this order, too
        sa.update(Outbox)
        .where(Outbox.inbox_id == inbox.id, Outbox.state == OutboxState.QUEUED)
        .values(next_at=now, queued_at=now, attempts=0)
    )
    inbox.secrets = _vault().seal(json.dumps(dict(secrets)))
    inbox.state, inbox.state_reason = InboxState.WORKING, ""


def remove(inbox: Inbox) -> None:
    """Disconnects it. Its secret stays good for 30 days, so that late webhooks are told from forged ones."""
    inbox.removed_at = inbox.removed_at or clock.now()


def account(inbox: Inbox) -> Account:
    """What the adapter needs. Raises secrets.KeyMissing when the encryption key is gone."""
    opened = json.loads(_vault().open(inbox.secrets))
    return Account(
        id=inbox.account_id,
        access_token=opened.get("access_token", ""),
        secrets=tuple(opened.get("app_secrets", ())),
        verify_token=opened.get("verify_token", ""),
        options=inbox.options,
        is_removed=inbox.removed_at is not None,
    )


def is_current(inbox: Inbox, known: Account) -> bool:
    """Is its token still the one of `known`?"""
    return account(inbox).access_token == known.access_token


def accounts(channel: str) -> list[Account]:
    """Every account whose secret may sign a webhook of this channel: connected, or removed less than 30 days ago."""
    good_since = clock.now() - SECRET_STAYS_GOOD
    found = sa.select(Inbox).where(
        Inbox.channel == channel, sa.or_(Inbox.removed_at.is_(None), Inbox.removed_at > good_since)
    )
    return [account(inbox) for inbox in db.session.execute(found.order_by(Inbox.removed_at.desc())).scalars()]


def by_account(channel: str) -> dict[str, Inbox]:
    """The connected inboxes of a channel by account id."""
    found = sa.select(Inbox).where(Inbox.channel == channel, Inbox.removed_at.is_(None))
    return {inbox.account_id: inbox for inbox in db.session.execute(found).scalars()}


def refused(inbox: Inbox, refusal: Refused) -> None:
    """The platform refused the account itself, not a message: nothing more is sent until it is connected again."""
    states = {RefusalKind.REAUTH: InboxState.NEEDS_SIGN_IN, RefusalKind.SUSPENDED: InboxState.SUSPENDED}
    if refusal.kind in states:
        inbox.state, inbox.state_reason = states[refusal.kind], refusal.reason


def notice(inbox: Inbox, item: ChannelNotice) -> None:
    """Keeps the newest word of the platform about the account. An older one changes nothing."""
    at = item.at or clock.now()
    if inbox.notice_at is None or at > inbox.notice_at:
        inbox.notice, inbox.notice_at = item.sentence, at


def rotate_secrets() -> tuple[int, int]:
    """Seals every inbox's secrets with the newest key. Answers (re-sealed, already current)."""
    vault, rotated, current = _vault(), 0, 0
    for inbox in db.session.execute(sa.select(Inbox)).scalars():
        if vault.is_current(inbox.secrets):
            current += 1
        else:
            inbox.secrets = vault.rotate(inbox.secrets)
            rotated += 1
    return rotated, current


def listing() -> Sequence[Inbox]:
    """Connected inboxes by name, for owners and the command line."""
    return db.session.execute(sa.select(Inbox).where(Inbox.removed_at.is_(None)).order_by(Inbox.name)).scalars().all()


def _connected(channel: str, account_id: str) -> Inbox | None:
    return by_account(channel).get(account_id)


def _apply_unmatched(channel: str) -> None:
    db.session.execute(
        sa.update(Ledger)
        .where(Ledger.channel == channel, Ledger.state == LedgerState.UNMATCHED)
        .values(state=LedgerState.NEW, attempts=0, lease_until=None)
    )


def _vault() -> Vault:
    vault: Vault = current_app.extensions["vault"]
    return vault
