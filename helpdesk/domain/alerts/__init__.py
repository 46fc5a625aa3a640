"""What agents are told of with a sound or a notification. The server decides, from what was committed; pages only
play. Nothing is stored of an alert: each browser remembers up to where it has asked."""

from helpdesk.domain.alerts.audience import EVERYBODY, UNASSIGNED, audience
from helpdesk.domain.alerts.due import Alert, Due, since
from helpdesk.domain.alerts.quiet import Quiet
from helpdesk.domain.alerts.settings import change, of, quiet_hours

__all__ = [
    "EVERYBODY",
    "UNASSIGNED",
    "Alert",
    "Due",
    "Quiet",
    "audience",
    "change",
    "of",
    "quiet_hours",
    "since",
]
