"""Instagram's own error codes, over those that all Meta platforms share: what each means, and what agents are told."""

from __future__ import annotations

from helpdesk.channels.contract import RefusalKind
from helpdesk.channels.meta_errors import Rule, Table, general

_RECONNECT = Rule(RefusalKind.REAUTH, "Reconnect the Instagram account. Ask an owner; the message is kept.")
_UNREACHABLE = Rule(RefusalKind.UNREACHABLE, "This person can no longer be reached.")
_UNAVAILABLE = Rule(RefusalKind.BLOCKED, "This person isn't available. They may have blocked this account.")

ERRORS: Table = {
    **general("Instagram"),
    (10, 2534022): Rule(RefusalKind.WINDOW_CLOSED, "The reply window has closed. The customer must write again."),
    (10, 2534077): _RECONNECT,  # the link between Page and account is broken, or two-factor sign-in is missing
    (100, 2534013): _RECONNECT,  # the Page has no Instagram account
    (100, 2534014): _UNREACHABLE,
    (9010, None): _UNREACHABLE,
    (100, 2534015): Rule(RefusalKind.INVALID, "Instagram refused this content. Change it and send it again."),
    (100, 2534025): Rule(RefusalKind.INVALID, "This comment cannot be answered privately. Answer it in Instagram."),
    # Our server did not answer, or not in time: worth another try, as Messenger's table says.
    (100, 2018008): Rule(
        RefusalKind.TEMPORARY, "Instagram could not fetch the file from this desk; it is tried again."
    ),
    (100, 2534029): Rule(
        RefusalKind.SUSPENDED, "Instagram has blocked this account from sending. An owner must look in Instagram."
    ),
    (100, 2534037): Rule(
        RefusalKind.OTHER_APP, "Another app controls this conversation. Answer there, or take it over first."
    ),
    (200, 2534041): Rule(
        RefusalKind.REAUTH,
        "“Allow access to messages” is off. An owner must switch it on in the Instagram app, under message controls.",
    ),
    (200, 1545041): _UNAVAILABLE,
    (551, 1545041): _UNAVAILABLE,
    (230, None): Rule(RefusalKind.INVALID, "Instagram tells nothing of this person until they write."),
    (36103, None): Rule(
        RefusalKind.SUSPENDED,
        "This account may not send through Instagram's interface. An owner must look in Instagram.",
    ),
    (9000001, None): Rule(RefusalKind.INVALID, "That message was deleted. Send yours without quoting it."),
}
# For messages with the tag HUMAN_AGENT a bare 10 says that the account was not granted it. Without the tag it says that
# the app may not send at all, and the whole channel would stop.
LATE_ERRORS: Table = {
    **ERRORS,
    (10, None): Rule(
        RefusalKind.WINDOW_CLOSED, "This account may not answer after 24 hours. The customer must write again."
    ),
}
