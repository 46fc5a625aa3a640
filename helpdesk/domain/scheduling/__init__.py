"""Messages for a time to come: planning them, and letting them go when it has come."""

from helpdesk.domain.scheduling.planning import GRACE, cancel, change, plan
from helpdesk.domain.scheduling.releasing import due, hold, park, release

__all__ = ["GRACE", "cancel", "change", "due", "hold", "park", "plan", "release"]
