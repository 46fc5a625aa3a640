"""Who reacts to what. Screens first, then bells: what a job changes must reach a page after what set it off.

Any of them may be lost: a page asks the cursor, and the clock finds in the database what nobody was rung for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpdesk.domain.events import Happened, Reaction
from helpdesk.models import EventKind
from helpdesk.queue import bell
from helpdesk.realtime.broadcasts import (
    alert,
    append_message,
    left,
    line,
    refresh_contact,
    refresh_header,
    refresh_panel,
    refresh_row,
    reload,
    remove_message,
    replace_message,
    replace_quotes,
    screens,
)


def when(fact: str, reaction: Reaction) -> Reaction:
    """`reaction`, when the event's data say so: a bell that is rung for nothing costs a job."""

    def react(happened: Happened) -> None:
        if happened.data.get(fact):
            reaction(happened)

    return react


REACTIONS: Mapping[EventKind, Sequence[Reaction]] = {
    EventKind.TICKET_OPENED: [screens(line, refresh_row)],
    EventKind.TICKET_REOPENED: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_CLOSED: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_ASSIGNED: [screens(line, refresh_row, refresh_header, alert)],
    EventKind.TICKET_LEFT: [screens(left)],
    EventKind.TICKET_ENTERED: [screens(line, refresh_row, refresh_header, alert)],
    EventKind.TICKET_WAITING: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_SNOOZED: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_RESUMED: [screens(line, refresh_row, refresh_header, alert)],
    EventKind.TICKET_PRIORITISED: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_TAGGED: [screens(line, refresh_row, refresh_header)],
    EventKind.TICKET_SPLIT: [screens(line, refresh_row, refresh_header, refresh_panel)],
    EventKind.TICKET_MERGED: [screens(line, refresh_row, reload)],
    EventKind.TICKET_UNMERGED: [screens(line, refresh_row, reload)],
    EventKind.TICKET_LINKED: [screens(line, refresh_panel)],
    EventKind.TICKET_UNLINKED: [screens(line, refresh_panel)],
    EventKind.TICKET_NAMED: [screens(line, refresh_row, refresh_header, refresh_panel)],
    EventKind.REQUEST_ACCEPTED: [screens(line, refresh_row, reload, alert)],
    EventKind.REQUEST_IGNORED: [screens(line, refresh_row, reload)],
    EventKind.REQUEST_BLOCKED: [screens(line, refresh_row, reload)],
    EventKind.REQUEST_UNBLOCKED: [screens(line, refresh_row, reload)],
    EventKind.MESSAGE_RECEIVED: [
        screens(append_message, refresh_row, alert),
        when("files", bell("media")),
        when("is_stranger", bell("profiles")),
    ],
    EventKind.MESSAGE_ECHOED: [screens(append_message, refresh_row), when("files", bell("media"))],
    EventKind.MESSAGE_QUEUED: [
        screens(append_message, refresh_row),
        bell("delivery"),
        when("is_seen", bell("signs")),
    ],
    EventKind.MESSAGE_SENDING: [screens(replace_message)],
    EventKind.MESSAGE_SETTLED: [screens(replace_message, refresh_row), bell("delivery")],
    EventKind.MESSAGE_RECEIPT: [screens(replace_message)],
    EventKind.MESSAGE_EDITED: [screens(replace_message, replace_quotes, refresh_row)],
    EventKind.MESSAGE_UNSENT: [screens(replace_message, replace_quotes, refresh_row)],
    EventKind.MESSAGE_REACTION: [screens(replace_message, refresh_row), bell("signs")],
    EventKind.MESSAGE_MEDIA: [screens(replace_message), bell("media")],
    EventKind.MESSAGE_REMOVED: [screens(remove_message, refresh_row)],
    EventKind.MESSAGE_PLANNED: [screens(line)],
    EventKind.MESSAGE_UNPLANNED: [screens(line)],
    EventKind.MESSAGE_PARKED: [screens(line, refresh_row)],
    EventKind.MESSAGE_MOVED: [screens(append_message)],
    EventKind.MESSAGE_KEPT: [screens(append_message), when("files", bell("media"))],
    EventKind.MESSAGE_CLAIMED: [screens(replace_message, refresh_row)],
    EventKind.NOTE_ADDED: [screens(append_message, alert)],
    EventKind.AGENT_MENTIONED: [screens(refresh_row, alert)],
    EventKind.CONTACT_CHANGED: [screens(refresh_row, refresh_header, refresh_panel)],
    EventKind.CONTACT_DESCRIBED: [screens(refresh_contact)],
    EventKind.CONTACT_ARRIVED: [screens(line)],
}
