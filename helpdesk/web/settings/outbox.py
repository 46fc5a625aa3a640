"""What is to be sent and was sent: the outbox by state, and what an owner can do about a row."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.domain import access, outbox, outbox_listing
from helpdesk.domain.outbox_listing import OutboxFilter
from helpdesk.errors import NotFound
from helpdesk.models import OutboxState
from helpdesk.web.auth import current_agent
from helpdesk.web.settings import filters
from helpdesk.web.settings.blueprint import bp

LIMIT = 50  # rows of a page
FILTERS = ("state", "inbox", "age")

# The chip's tone and word for each state, the ones that need somebody first.
STATES = {
    OutboxState.REVIEW: ("warn", "To be decided"),
    OutboxState.FAILED: ("bad", "Failed"),
    OutboxState.QUEUED: ("accent", "Waiting"),
    OutboxState.CLAIMED: ("accent", "Taken up"),
    OutboxState.CALLING: ("accent", "Being sent"),
    OutboxState.UNKNOWN: ("warn", "Being checked"),
    OutboxState.SENT: ("good", "Sent"),
    OutboxState.CANCELLED: ("", "Taken back"),
}
AGES = {"10m": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
# What can be done with a row in each state: the end of the message's address, and the button's word.
ACTIONS = {
    OutboxState.QUEUED: (("try-now", "Try now"), ("cancel", "Take back")),
    OutboxState.REVIEW: (("confirm", "It arrived"), ("send-again", "Send again")),
    OutboxState.FAILED: (("retry", "Try again"),),
    OutboxState.CANCELLED: (("retry", "Send after all"),),
}


@bp.get("/outbox", endpoint="outbox")
def show_outbox() -> ResponseReturnValue:
    state, age = filters.member(OutboxState, request.args.get("state")), request.args.get("age", "")
    if age and age not in AGES:
        raise NotFound
    inbox = filters.inbox(request.args.get("inbox"), by=current_agent())
    chosen = OutboxFilter((state,) if state else outbox_listing.OPEN, inbox.id if inbox else None, AGES.get(age))
    rows = outbox_listing.listing(chosen, before=filters.number(request.args.get("before")), limit=LIMIT + 1)
    return render_template(
        "settings/outbox.html",
        rows=rows[:LIMIT],
        older=rows[LIMIT - 1].id if len(rows) > LIMIT else None,
        state=state,
        states=STATES,
        actions=ACTIONS,
        counts=outbox.counts(),
        kept=filters.kept(request.args, FILTERS),
        inboxes=access.inboxes(current_agent()),
    )
