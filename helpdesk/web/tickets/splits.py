"""Moving messages into a ticket of their own, or into one that is open beside it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, splits
from helpdesk.errors import Invalid
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, sheet
from helpdesk.web.tickets.forms import number_of, numbers_of


@bp.get("/tickets/<int:number>/split")
def split_form(number: int) -> ResponseReturnValue:
    """Which messages, and where to: the one named as `message` is chosen already."""
    agent = current_agent()
    ticket = access.ticket(number, by=agent)
    chosen = {int(id) for id in request.args.getlist("message") if id.isascii() and id.isdigit() and len(id) <= 18}
    beside = splits.beside(ticket, by=agent)
    return sheet("split", ticket=ticket, messages=splits.choice(ticket), beside=beside, chosen=chosen)


@bp.post("/tickets/<int:number>/split")
def split(number: int) -> ResponseReturnValue:
    """`message`: ids; `to`: the number of an open ticket of the conversation, empty for a new one."""
    agent, ids, to = current_agent(), numbers_of("message"), number_of("to")
    if not ids:
        raise Invalid("Choose at least one message.")
    with transaction():
        ticket = access.ticket(number, by=agent)
        if to is None:
            target = splits.split(ticket, ids, by=agent)
        else:
            target = access.ticket(to, by=agent)
            splits.move(ticket, ids, to=target, by=agent)
    drawn = [streams.header(ticket), streams.row(ticket), streams.row(target)]
    said = f"Moved to {'the new ' if to is None else ''}ticket {target.number}."
    return changed(drawn, number=target.number, go=target.number, said=said)
