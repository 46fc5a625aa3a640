"""What platforms have sent: the ledger, what could not be used of it and why, and putting a row through again."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk import queue
from helpdesk.db import transaction
from helpdesk.domain import ledger
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import LedgerState
from helpdesk.web.settings.blueprint import bp

LIMIT = 50  # rows of a page
EXCERPT = 4_000  # bytes of a body that are shown

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
    state, before = _state(request.args.get("state")), _before(request.args.get("before"))
    rows = ledger.listing(state, before=before, limit=LIMIT + 1)
    older = rows[LIMIT - 1].id if len(rows) > LIMIT else None
    return render_template(
        "settings/webhooks.html",
        rows=rows[:LIMIT],
        older=older,
        state=state,
        states=STATES,
        counts=ledger.counts(),
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


def _state(given: str | None) -> LedgerState | None:
    if not given:
        return None
    try:
        return LedgerState(given)
    except ValueError:
        raise NotFound from None


def _before(given: str | None) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Invalid("There is no such page. Go back to the newest.")
    return int(given)
