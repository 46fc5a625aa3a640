"""What the desk remembers: facts and their constraints, no verbs. A file a noun."""

from helpdesk.models.agent import Agent, LoginAttempt, Membership, Role, Session, Team
from helpdesk.models.alert import AlertSettings, AlertSound
from helpdesk.models.contact import Contact, Conversation, Identity, IdentityKey, RequestState
from helpdesk.models.desk import ClockOffset, Heartbeat, Setting
from helpdesk.models.draft import Draft, DraftFile, DraftKind
from helpdesk.models.event import Consumer, Counter, Event, EventKind
from helpdesk.models.inbox import Inbox, InboxState
from helpdesk.models.knowledge import ContactField, ContactNote, ContactTag, ContactValue, FieldKind
from helpdesk.models.ledger import Ledger, LedgerState, PendingChange
from helpdesk.models.mention import Mention
from helpdesk.models.merge import Merge, MergedMessage, MergedTag, TicketLink
from helpdesk.models.message import (
    RECEIPT_RANK,
    Attachment,
    AttachmentState,
    AuthorKind,
    Direction,
    Message,
    MessageStatus,
    Reaction,
    Reactor,
)
from helpdesk.models.outbox import HOLDING, AttemptResult, Outbox, OutboxAttempt, OutboxState
from helpdesk.models.saved_view import Audience, SavedView
from helpdesk.models.scheduled_message import ScheduledMessage, ScheduledState
from helpdesk.models.search import MessageWords, PersonWords
from helpdesk.models.status import Status
from helpdesk.models.ticket import (
    Category,
    Priority,
    Tag,
    Ticket,
    TicketRead,
    TicketTag,
    Wait,
    WaitKind,
    WaitOutcome,
)
from helpdesk.models.token import ApiToken, ApiTokenTeam, IdempotencyKey, Scope

__all__ = [
    "HOLDING",
    "RECEIPT_RANK",
    "Agent",
    "AlertSettings",
    "AlertSound",
    "ApiToken",
    "ApiTokenTeam",
    "Attachment",
    "AttachmentState",
    "AttemptResult",
    "Audience",
    "AuthorKind",
    "Category",
    "ClockOffset",
    "Consumer",
    "Contact",
    "ContactField",
    "ContactNote",
    "ContactTag",
    "ContactValue",
    "Conversation",
    "Counter",
    "Direction",
    "Draft",
    "DraftFile",
    "DraftKind",
    "Event",
    "EventKind",
    "FieldKind",
    "Heartbeat",
    "IdempotencyKey",
    "Identity",
    "IdentityKey",
    "Inbox",
    "InboxState",
    "Ledger",
    "LedgerState",
    "LoginAttempt",
    "Membership",
    "Mention",
    "Merge",
    "MergedMessage",
    "MergedTag",
    "Message",
    "MessageStatus",
    "MessageWords",
    "Outbox",
    "OutboxAttempt",
    "OutboxState",
    "PendingChange",
    "PersonWords",
    "Priority",
    "Reaction",
    "Reactor",
    "RequestState",
    "Role",
    "SavedView",
    "ScheduledMessage",
    "ScheduledState",
    "Scope",
    "Session",
    "Setting",
    "Status",
    "Tag",
    "Team",
    "Ticket",
    "TicketLink",
    "TicketRead",
    "TicketTag",
    "Wait",
    "WaitKind",
    "WaitOutcome",
]
