"""What platforms have sent: the ledger, what could not be used of it and why, and putting it through again."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk import queue
from helpdesk.db import transaction
from helpdesk.domain import access, ledger, ledger_filters
from helpdesk.domain.ledger_filters import LedgerFilter
from helpdesk.errors import NotFound
from helpdesk.models import LedgerState
from helpdesk.web.auth import current_agent
from helpdesk.web.settings import filters
from helpdesk.web.settings.blueprint import bp

LIMIT = 50  # rows of a page
EXCERPT = 4_000  # bytes of a body that are shown
FILTERS = ("state", "channel", "inbox", "reason", "since", "until")

# The chip's tone and word for each state, the ones that need somebody first.
STATES = {
    LedgerState.QUARANTINED: ("bad", "Could not be read"),
    LedgerState.PARTLY: ("warn", "Partly applied"),
    LedgerState.UNMATCHED: ("warn", "No such inbox"),
    LedgerState.NEW: ("accent", "Waiting"),
    LedgerState.DONE: ("good", "Applied"),
}


@bp.get("/webhooks")
def webhooks() -> ResponseReturnValue:
    chosen = _chosen(request.args)
    rows = ledger.listing(*chosen.conditions(), before=filters.number(request.args.get("before")), limit=LIMIT + 1)
    return render_template(
        "settings/webhooks.html",
        rows=rows[:LIMIT],
        older=rows[LIMIT - 1].id if len(rows) > LIMIT else None,
        state=chosen.state,
        states=STATES,
        counts=ledger.counts(),
        kept=filters.kept(request.args, FILTERS),
        matching=ledger_filters.number_of(chosen),
        inboxes=access.inboxes(current_agent()),
        channels=current_app.extensions["channels"].values(),
    )


@bp.get("/webhooks/<int:row_id>")
def webhook(row_id: int) -> ResponseReturnValue:
    row = ledger.get(row_id)
    body = row.raw[:EXCERPT].decode(errors="replace")
    return render_template("settings/webhook.html", row=row, body=body, is_cut=len(row.raw) > EXCERPT, states=STATES)


@bp.post("/webhooks/<int:row_id>/rerun")
def rerun_webhook(row_id: int) -> ResponseReturnValue:
    with transaction():
        ledger.rerun(row_id)
    queue.ring("intake")
    flash("The webhook is put through again. Reload in a moment to see what became of it.")
    return redirect(url_for("settings.webhook", row_id=row_id))


@bp.post("/webhooks/rerun")
def rerun_webhooks() -> ResponseReturnValue:
    """All that the filter shows, further pages included."""
    with transaction():
        number = ledger_filters.rerun(_chosen(request.form))
    queue.ring("intake")
    flash(
        f"{number} webhook{'' if number == 1 else 's'} put through again. Reload in a moment to see what became of it."
    )
    return redirect(url_for("settings.webhooks", **filters.kept(request.form, FILTERS)))  # type: ignore[arg-type]


def _chosen(given: Mapping[str, str]) -> LedgerFilter:
    channel = given.get("channel", "")
    if channel and channel not in current_app.extensions["channels"]:
        raise NotFound
    return LedgerFilter(
        state=filters.member(LedgerState, given.get("state")),
        channel=channel,
        inbox=filters.inbox(given.get("inbox"), by=current_agent()),
        reason=filters.words(given.get("reason")),
        since=filters.day(given.get("since")),
        until=filters.day(given.get("until"), is_end=True),
    )
