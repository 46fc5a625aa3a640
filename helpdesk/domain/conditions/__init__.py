"""What tickets a view holds, as people put it together: nested conditions, kept as data and made SQL in one place."""

from helpdesk.domain.conditions.choices import Option
from helpdesk.domain.conditions.fields import FIELDS, Field, Kind
from helpdesk.domain.conditions.meaning import Chip, chips, holds, may_hold_closed, problems, where, words
from helpdesk.domain.conditions.query import from_query, in_query
from helpdesk.domain.conditions.tree import MOST_CONDITIONS, Condition, Group, Match, Op, as_data, checked, from_data

__all__ = [
    "FIELDS",
    "MOST_CONDITIONS",
    "Chip",
    "Condition",
    "Field",
    "Group",
    "Kind",
    "Match",
    "Op",
    "Option",
    "as_data",
    "checked",
    "chips",
    "from_data",
    "from_query",
    "holds",
    "in_query",
    "may_hold_closed",
    "problems",
    "where",
    "words",
]
