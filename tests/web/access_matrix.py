"""Who may do what: every route and every socket event, row by row, written by hand. A new route needs its row here.

A cell is the answer's status for an object of the agent's own team (Sales) and for one of a team in which none of
these people is (Legal). One number where there is no object, or where both are answered alike. On lists, 200 means that
the object stands in it and 404 that it does not. Pages are asked for as a browser does, changes as a script does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

Cell = int | tuple[int, int]


class Of(Enum):
    """What the row is about."""

    NOTHING = auto()
    TICKET = auto()
    LIST = auto()  # of tickets
    MESSAGE = auto()
    CONTACT = auto()
    FILE = auto()
    IDENTITY = auto()
    MEDIA = auto()  # a file's signed key
    SESSION = auto()  # own: one of the agent of Sales; foreign: one of an agent of Legal
    LEDGER = auto()
    UPLOAD = auto()  # a file for a ticket
    TALK = auto()  # a conversation
    PLANNED = auto()  # a scheduled message
    REMARK = auto()  # a colleague's note about the contact
    DETAIL = auto()  # a field of customers
    VIEW = auto()  # a saved view of a team


@dataclass(frozen=True)
class Row:
    name: str  # method and rule
    of: Of
    anonymous: Cell
    agent: Cell  # of Sales
    outsider: Cell  # an agent of another team, Returns
    lead: Cell  # of Sales
    owner: Cell
    token_read: Cell  # an API token of Sales that reads; everywhere but below /api/ a stranger
    token_write: Cell
    sends: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def is_for_programs(self) -> bool:
        return self.rule.startswith("/api/")

    @property
    def rule(self) -> str:
        return self.name.partition(" ")[2]

    def expected(self, who: str, *, is_own: bool) -> int:
        cell: Cell = getattr(self, who)
        return cell if isinstance(cell, int) else cell[0 if is_own else 1]


PEOPLE = ("anonymous", "agent", "outsider", "lead", "owner", "token_read", "token_write")

NOTHING, TICKET, LIST, MESSAGE, CONTACT, FILE, IDENTITY, MEDIA, SESSION, LEDGER, UPLOAD, TALK, PLANNED = tuple(Of)[:13]
REMARK, DETAIL, VIEW = Of.REMARK, Of.DETAIL, Of.VIEW
# Reached for one's own team's, not found for Legal's.
OWN_200, OWN_201, OWN_204, OWN_302, OWN_303 = ((status, 404) for status in (200, 201, 204, 302, 303))
OWN_403, OWN_409, OWN_422 = ((status, 404) for status in (403, 409, 422))

SAY, HIGH, MEMO = {"kind": "note", "text": "A note"}, {"priority": "high"}, {"note": "Likes linen"}
NOTE = {"kind": "note", "client_id": "matrix-{number}", "text": "A note"}
LATER, VIP, DRAFT = {"until": "in 2 hours"}, {"tags": "vip"}, {"kind": "reply", "text": "Hello", "revision": "0"}
HEART, LINEN, NOBODY, TEAM = {"emoji": "❤️"}, {"text": "Likes linen"}, {"to": ""}, {"team": "{team}"}
OPEN, ACCEPT, FIRST = {"status": "open"}, {"decision": "accept"}, {"message": "1"}
ITSELF = {"other": "{number}", "merged": "{number}"}
PLAN = {"conversation_id": "{conversation}", "text": "It is here", "at": "{tomorrow}", "zone": "Europe/Berlin"}
OFF = {"state": "cancelled"}
ZONE, VIP, OTHER = {"value": "Europe/Berlin"}, {"tag": "VIP"}, {"other": "{other}"}
SIZE, GIRTH = {"name": "Size {number}", "kind": "text"}, {"name": "Girth {number}"}
CLOSE = {"act": "close", "number": "{number}"}
MADE = {"name": "Open ones", "audience": "private", "sort": "waiting", "m.": "all"}
CHIME = {"sound": "chime", "volume": "60", "zone": "Europe/Berlin"}
# fmt: off
ROUTES = (
    # The route and what it is about; then a stranger, an agent of Sales, one of Returns, a lead of Sales, an owner,
    # a token that reads, one that writes; then what is sent along.
    # --- for everybody
    Row("GET /healthz",                                  NOTHING,  200, 200,     200, 200,     200, 200, 200),
    Row("GET /readyz",                                   NOTHING,  200, 200,     200, 200,     200, 200, 200),
    Row("GET /metrics",                                  NOTHING,  200, 200,     200, 200,     200, 200, 200),  # here
    Row("GET /assets/<build>/<path:path>",               NOTHING,  200, 200,     200, 200,     200, 200, 200),
    Row("GET /sign-in",                                  NOTHING,  200, 302,     302, 302,     302, 200, 200),
    Row("POST /sign-in",                                 NOTHING,  422, 422,     422, 422,     422, 422, 422),
    Row("GET /set-password/<token>",                     NOTHING,  400, 400,     400, 400,     400, 400, 400),
    Row("POST /set-password/<token>",                    NOTHING,  400, 400,     400, 400,     400, 400, 400),
    # --- for platforms, which prove themselves
    Row("GET /webhooks/<kind>",                          NOTHING,  403, 403,     403, 403,     403, 403, 403),
    Row("POST /webhooks/<kind>",                         NOTHING,  401, 401,     401, 401,     401, 401, 401),
    Row("GET /media/<signed>",                           MEDIA,    200, 200,     200, 200,     200, 200, 200),
    # --- one's own account
    Row("GET /sessions",                                 NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("GET /alerts",                                   NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("POST /alerts",                                  NOTHING,  401, 302,     302, 302,     302, 401, 401, CHIME),
    Row("GET /alerts/due",                               NOTHING,  302, 422,     422, 422,     422, 302, 302),
    Row("POST /sessions/<int:session_id>/end",           SESSION,  401, OWN_302, 404, 404,     404, 401, 401),
    Row("GET /account/keys",                             NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("POST /account/keys",                            NOTHING,  401, 302,     302, 302,     302, 401, 401),
    Row("POST /sign-out",                                NOTHING,  401, 302,     302, 302,     302, 401, 401),
    # --- tickets
    Row("GET /",                                         NOTHING,  302, 302,     302, 302,     302, 302, 302),
    Row("GET /tickets",                                  LIST,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /queue",                                    LIST,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /queue/rows",                               LIST,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /search",                                   LIST,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /queue/filters",                            NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("GET /queue/bulk",                               NOTHING,  302, 200,     200, 200,     200, 302, 302),
    # Of tickets that are not theirs the answer says, one by one, that nothing was done.
    Row("POST /queue/bulk",                              TICKET,   401, 200,     200, 200,     200, 401, 401, CLOSE),
    Row("POST /queue/bulk/undo",                         NOTHING,  401, 422,     422, 422,     422, 401, 401),
    # --- saved views: those of one's teams are seen; a team's are changed by its leads
    Row("GET /views",                                    NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("GET /views/new",                                NOTHING,  302, 200,     200, 200,     200, 302, 302),
    Row("POST /views",                                   NOTHING,  401, 303,     303, 303,     303, 401, 401, MADE),
    Row("POST /views/form",                              NOTHING,  401, 200,     200, 200,     200, 401, 401, MADE),
    Row("GET /views/<int:id>",                           VIEW,     302, OWN_403, 404, OWN_200, 200, 302, 302),
    Row("POST /views/<int:id>",                          VIEW,     401, OWN_403, 404, OWN_303, 303, 401, 401, MADE),
    Row("POST /views/<int:id>/move",                     VIEW,     401, OWN_403, 404, OWN_303, 303, 401, 401),
    Row("POST /views/<int:id>/delete",                   VIEW,     401, OWN_403, 404, OWN_303, 303, 401, 401),
    Row("GET /changes",                                  LIST,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>",                     TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/pane",                TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/thread",              TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/header",              TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/panel",               TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/window",              TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/hands",               TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /tickets/<int:number>/mentionable",         TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/assign",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, NOBODY),
    Row("POST /tickets/<int:number>/take",               TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401),
    Row("POST /tickets/<int:number>/move",               TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, TEAM),
    Row("POST /tickets/<int:number>/close",              TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401),
    Row("POST /tickets/<int:number>/reopen",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401),
    Row("GET /tickets/<int:number>/standing",            TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/snooze",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, LATER),
    Row("POST /tickets/<int:number>/wait",               TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401),
    Row("POST /tickets/<int:number>/resume",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401),
    Row("POST /tickets/<int:number>/priority",           TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, HIGH),
    Row("POST /tickets/<int:number>/tags",               TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, VIP),
    Row("GET /tickets/<int:number>/drafts",              TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/draft",              TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, DRAFT),
    Row("GET /typed-time",                               NOTHING,  302, 422,     422, 422,     422, 302, 302),
    Row("POST /tickets/<int:number>/read",               TICKET,   401, OWN_204, 404, OWN_204, 204, 401, 401),
    Row("POST /tickets/<int:number>/messages",           TICKET,   401, OWN_201, 404, OWN_201, 201, 401, 401, NOTE),
    Row("GET /tickets/<int:number>/more",                TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/status",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, OPEN),
    Row("POST /tickets/<int:number>/request",            TICKET,   401, OWN_409, 404, OWN_409, 409, 401, 401, ACCEPT),
    Row("GET /tickets/<int:number>/split",               TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/split",              TICKET,   401, OWN_422, 404, OWN_422, 422, 401, 401, FIRST),
    Row("GET /tickets/<int:number>/merge",               TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/merge",              TICKET,   401, OWN_422, 404, OWN_422, 422, 401, 401, ITSELF),
    Row("POST /tickets/<int:number>/unmerge",            TICKET,   401, OWN_409, 404, OWN_409, 409, 401, 401, ITSELF),
    Row("GET /tickets/<int:number>/link",                TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /tickets/<int:number>/link",               TICKET,   401, OWN_422, 404, OWN_422, 422, 401, 401, ITSELF),
    Row("POST /tickets/<int:number>/unlink",             TICKET,   401, OWN_200, 404, OWN_200, 200, 401, 401, ITSELF),
    # --- messages: 409 and 422 say that the verb was reached, and what it thinks of a customer's message
    Row("GET /messages/<int:id>/journey",                MESSAGE,  302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /messages/<int:id>/reaction",              MESSAGE,  401, OWN_200, 404, OWN_200, 200, 401, 401, HEART),
    Row("POST /messages/<int:id>/retry",                 MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/try-now",               MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/confirm",               MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/send-again",            MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/cancel",                MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/remove",                MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /messages/<int:id>/claim",                 MESSAGE,  401, OWN_409, 404, OWN_409, 409, 401, 401),
    Row("POST /attachments/<public_id>/fetch",           FILE,     401, OWN_422, 404, OWN_422, 422, 401, 401),
    # --- files and people
    Row("GET /files/<public_id>",                        FILE,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /files/<public_id>/preview",                FILE,     302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("GET /files/identity/<int:identity_id>",         IDENTITY, 302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /uploads",                                 UPLOAD,   401, OWN_201, 404, OWN_201, 201, 401, 401),
    Row("GET /tickets/<int:number>/files",               TICKET,   302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /contacts/<int:id>/known/<what>",          CONTACT,  401, OWN_200, 404, OWN_200, 200, 401, 401, ZONE),
    Row("POST /contacts/<int:id>/tags",                  CONTACT,  401, OWN_200, 404, OWN_200, 200, 401, 401, VIP),
    Row("POST /contacts/<int:id>/tags/remove",           CONTACT,  401, OWN_200, 404, OWN_200, 200, 401, 401, VIP),
    Row("POST /contacts/<int:id>/notes",                 CONTACT,  401, OWN_200, 404, OWN_200, 200, 401, 401, LINEN),
    # a colleague's: 403 where one sees it
    Row("POST /contacts/notes/<int:id>",                 REMARK,   401, OWN_403, 404, OWN_403, 403, 401, 401, LINEN),
    Row("POST /contacts/notes/<int:id>/remove",          REMARK,   401, OWN_403, 404, OWN_200, 200, 401, 401),
    Row("GET /contacts/<int:id>/merge",                  CONTACT,  302, OWN_200, 404, OWN_200, 200, 302, 302),
    Row("POST /contacts/<int:id>/merge",                 CONTACT,  401, OWN_200, 404, OWN_200, 200, 401, 401, OTHER),
    Row("POST /contacts/identities/<int:id>/part",       IDENTITY, 401, OWN_409, 404, OWN_409, 409, 401, 401),
    # --- programs: a signed-in browser is a stranger here; 403 for what may only read, and for what is an owner's
    Row("GET /api/v1/openapi.json",                      NOTHING,  200, 200,     200, 200,     200, 200, 200),
    Row("GET /api/v1/docs",                              NOTHING,  200, 200,     200, 200,     200, 200, 200),
    Row("GET /api/v1/tickets",                           LIST,     401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("GET /api/v1/tickets/<int:number>",              TICKET,   401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("PATCH /api/v1/tickets/<int:number>",            TICKET,   401, 401,     401, 401,     401, 403, OWN_200, HIGH),
    Row("GET /api/v1/conversations/<int:id>",            TALK,     401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("GET /api/v1/conversations/<int:id>/messages",   TALK,     401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("POST /api/v1/conversations/<int:id>/messages",  TALK,     401, 401,     401, 401,     401, 403, OWN_201, SAY),
    Row("POST /api/v1/uploads",                          UPLOAD,   401, 401,     401, 401,     401, 403, OWN_201),
    Row("GET /api/v1/messages/<int:id>",                 MESSAGE,  401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("GET /api/v1/contacts",                          LIST,     401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("GET /api/v1/contacts/<int:id>",                 CONTACT,  401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("PATCH /api/v1/contacts/<int:id>",               CONTACT,  401, 401,     401, 401,     401, 403, OWN_200, MEMO),
    Row("GET /api/v1/scheduled-messages",                PLANNED,  401, 401,     401, 401,     401, 200, 200),
    Row("POST /api/v1/scheduled-messages",               TALK,     401, 401,     401, 401,     401, 403, OWN_201, PLAN),
    Row("GET /api/v1/scheduled-messages/<int:id>",       PLANNED,  401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("PATCH /api/v1/scheduled-messages/<int:id>",     PLANNED,  401, 401,     401, 401,     401, 403, OWN_200, OFF),
    Row("GET /api/v1/inboxes",                           LIST,     401, 401,     401, 401,     401, OWN_200, OWN_200),
    Row("GET /api/v1/ledger",                            NOTHING,  401, 401,     401, 401,     401, 403, 403),
    # --- settings
    Row("GET /settings",                                 NOTHING,  302, 403,     403, 403,     302, 302, 302),
    Row("GET /settings/inboxes",                         NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("POST /settings/inboxes",                        NOTHING,  401, 403,     403, 403,     404, 401, 401),
    Row("GET /settings/statuses",                        NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("POST /settings/statuses",                       NOTHING,  401, 403,     403, 403,     422, 401, 401),
    Row("POST /settings/statuses/rename",                NOTHING,  401, 403,     403, 403,     404, 401, 401),
    Row("POST /settings/statuses/remove",                NOTHING,  401, 403,     403, 403,     404, 401, 401),
    Row("GET /settings/people",                          NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("GET /settings/webhooks",                        NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("GET /settings/webhooks/<int:row_id>",           LEDGER,   302, 403,     403, 403,     200, 302, 302),
    Row("POST /settings/webhooks/rerun",                 NOTHING,  401, 403,     403, 403,     302, 401, 401),
    Row("GET /settings/outbox",                          NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("GET /settings/fields",                          NOTHING,  302, 403,     403, 403,     200, 302, 302),
    Row("POST /settings/fields",                         NOTHING,  401, 403,     403, 403,     303, 401, 401, SIZE),
    Row("POST /settings/fields/<int:id>",                DETAIL,   401, 403,     403, 403,     303, 401, 401, GIRTH),
    Row("POST /settings/fields/<int:id>/move",           DETAIL,   401, 403,     403, 403,     303, 401, 401),
    Row("POST /settings/fields/<int:id>/remove",         DETAIL,   401, 403,     403, 403,     303, 401, 401),
    Row("POST /settings/fields/<int:id>/back",           DETAIL,   401, 403,     403, 403,     303, 401, 401),
    Row("POST /settings/webhooks/<int:row_id>/rerun",    LEDGER,   401, 403,     403, 403,     302, 401, 401),
)


@dataclass(frozen=True)
class SocketRow:
    """`own` and `foreign`: does it come about for a ticket of one's own team, of Legal? None: there is no socket."""

    event: str
    anonymous: tuple[bool, bool] | None
    agent: tuple[bool, bool] | None
    outsider: tuple[bool, bool] | None
    lead: tuple[bool, bool] | None
    owner: tuple[bool, bool] | None
    token_read: tuple[bool, bool] | None
    token_write: tuple[bool, bool] | None

    def expected(self, who: str, *, is_own: bool) -> bool | None:
        cell: tuple[bool, bool] | None = getattr(self, who)
        return None if cell is None else cell[0 if is_own else 1]


SOCKET_EVENTS = (
    #                     anony-  agent          outsider        lead           owner          token  token
    #                     mous    of Sales       of Returns      of Sales                      reads  writes
    SocketRow("stream",   None,   (True, False), (False, False), (True, False), (True, True),  None,  None),  # heard
    SocketRow("look",     None,   (True, False), (False, False), (True, False), (True, True),  None,  None),
    SocketRow("typing",   None,   (True, False), (False, False), (True, False), (True, True),  None,  None),
)
# fmt: on
