"""Instagram through either of Meta's logins: an account's option `login` is "instagram" or "facebook"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from helpdesk.channels import instagram_events, instagram_send, meta, meta_envelope, meta_errors
from helpdesk.channels.contract import (
    Account,
    Action,
    History,
    Http,
    HttpAnswer,
    Inbound,
    Key,
    Lost,
    Matched,
    NotSent,
    Outcome,
    Outgoing,
    Permission,
    Profile,
    RefusalKind,
    Refused,
    SendPermission,
    Unknown,
    Unreadable,
)
from helpdesk.channels.instagram_errors import ERRORS, LATE_ERRORS
from helpdesk.channels.meta_json import Fields, is_object, tidy, url

WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
MARGIN = timedelta(minutes=1)  # the platform's clock decides, not ours
WINDOW_CLOSED = "The reply window has closed. The customer must write again."
NEVER_WROTE = "The customer has not written to this account yet, and must write first."
PROFILE_FACTS: Mapping[str, type] = {
    "follower_count": int,
    "is_user_follow_business": bool,
    "is_business_follow_user": bool,
    "is_verified_user": bool,
}


class Instagram:
    """The adapter. `instagram_url` and `facebook_url` are the Graph API's base URLs, with the version."""

    def __init__(self, instagram_url: str, facebook_url: str) -> None:
        self.kind = "instagram"
        self.name = "Instagram"
        self.key_kind = instagram_events.KEY_KIND
        self.limits = instagram_send.LIMITS
        self.media_hosts: tuple[str, ...] = ("lookaside.fbsbx.com", ".fbcdn.net", ".cdninstagram.com")
        self._instagram_url = instagram_url.rstrip("/")
        self._facebook_url = facebook_url.rstrip("/")

    # --- in ---

    def handshake(self, query: Mapping[str, str], accounts: Sequence[Account]) -> str:
        return meta.handshake(query, accounts)

    def verify(self, headers: Mapping[str, str], body: bytes, accounts: Sequence[Account]) -> Matched:
        return meta.verify(headers, body, accounts)

    def lane(self, body: bytes) -> str:
        return meta_envelope.lane(body, instagram_events.OBJECT)

    def parse(self, body: bytes, known: Collection[str] = ()) -> list[Inbound | Unreadable]:
        return instagram_events.parse(body, known)

    # --- out ---

    def may_send(self, history: History, now: datetime) -> SendPermission:
        """24 h from the customer's last event, then 7 days for what a person typed, where the account was granted it.

        When nothing may be sent, `until` is when the last window closed.
        """
        if history.last_inbound_at is None:
            return SendPermission(Permission.NOTHING, None, NEVER_WROTE)
        free_until = history.last_inbound_at + WINDOW - MARGIN
        if now < free_until and not history.is_told_closed:
            return SendPermission(Permission.FREE, free_until)
        if not history.has_human_agent:
            return SendPermission(Permission.NOTHING, free_until, WINDOW_CLOSED)
        human_until = history.last_inbound_at + HUMAN_AGENT_WINDOW - MARGIN
        if now < human_until:
            return SendPermission(Permission.HUMAN_AGENT, human_until)
        return SendPermission(Permission.NOTHING, human_until, WINDOW_CLOSED)

    def send(self, outgoing: Outgoing, account: Account, http: Http) -> Outcome:
        """One request. What can never be taken is refused without one."""
        problem = self._wrong_key(outgoing.to) or instagram_send.problem(outgoing)
        if problem:
            return Refused(RefusalKind.INVALID, problem)
        body = instagram_send.message_body(outgoing, is_facebook_login=_is_facebook_login(account))
        table = LATE_ERRORS if outgoing.is_human_agent else ERRORS
        return self._post(body, account, http, table, id_field="message_id")

    def act(self, action: Action, account: Account, http: Http) -> Outcome:
        """One request; `Accepted.platform_id` is '': a sign gets no id."""
        problem = self._wrong_key(action.to)
        if problem:
            return Refused(RefusalKind.INVALID, problem)
        return self._post(instagram_send.action_body(action), account, http, ERRORS, id_field="")

    # --- asking ---

    def profile(self, contact: Key, account: Account, http: Http) -> Profile | None:
        """None: Instagram will not say (no consent, no such person). Raises NotSent, or Lost: asking later may help."""
        fields = ",".join(("name", "username", "profile_pic", *PROFILE_FACTS))
        answer = self._get(quote(contact.value, safe=""), fields, account, http)
        refused = meta_errors.refusal(answer, ERRORS, platform=self.name, hide=account.access_token)
        if refused is None:
            return _profile(meta_errors.content_of(answer))
        if meta_errors.code_of(answer) != 230 and refused.kind in LATER:
            raise Lost(f"Instagram did not tell the profile: {refused.detail}")
        return None

    def check(self, account: Account, http: Http) -> Refused | None:
        """Asks who the token is. A token of another account is refused too (webhooks would carry another id)."""
        if not _is_header_safe(account.access_token):
            return _no_token()
        # A Page (Facebook Login) has no user_id: it is the Page that answers there.
        fields = "id" if _is_facebook_login(account) else "id,user_id"
        try:
            answer = self._get("me", fields, account, http)
        except (NotSent, Lost) as error:
            return self._unreachable(error)
        refused = meta_errors.refusal(answer, ERRORS, platform=self.name, hide=account.access_token)
        if refused is not None:
            return refused
        user_id = meta_errors.content_of(answer).get("user_id")
        if user_id is not None and str(user_id) != account.id:
            return Refused(RefusalKind.REAUTH, "The access token belongs to another Instagram account.")
        return None

    def subscription(self, account: Account, http: Http) -> str:
        """A Page's own fields say little of its Instagram account (those are set in the dashboard): any will do."""
        whose = "me" if _is_facebook_login(account) else quote(account.id, safe="")
        try:
            answer = self._get(f"{whose}/subscribed_apps", "", account, http)
        except (NotSent, Lost):
            return "Instagram cannot be reached; ask again later."
        refused = meta_errors.refusal(answer, ERRORS, platform=self.name, hide=account.access_token)
        if refused is not None:
            return f"Instagram did not tell: {refused.reason}"
        fields = _subscribed(meta_errors.content_of(answer))
        if not fields:
            return "No app is subscribed to this account, so that nothing of it reaches the desk. Subscribe yours."
        missing = [] if _is_facebook_login(account) else [each[0] for each in FIELDS if not fields.intersection(each)]
        return f"These fields are not subscribed: {', '.join(missing)}." if missing else ""

    # --- requests ---

    def _post(
        self, body: dict[str, object], account: Account, http: Http, table: meta_errors.Table, *, id_field: str
    ) -> Outcome:
        if not _is_header_safe(account.access_token):
            return _no_token()
        sender = "me" if _is_facebook_login(account) else quote(account.id, safe="")
        address = f"{self._base(account)}/{sender}/messages"
        try:
            answer = http.request("POST", address, headers=_bearer(account), json=body)
        except NotSent as error:
            return self._unreachable(error)
        except Lost as error:
            return Unknown(str(error))
        return meta_errors.outcome(answer, table, id_field=id_field, hide=account.access_token)

    def _get(self, path: str, fields: str, account: Account, http: Http) -> HttpAnswer:
        params = {"fields": fields} if fields else {}
        return http.request("GET", f"{self._base(account)}/{path}", headers=_bearer(account), params=params)

    def _base(self, account: Account) -> str:
        return self._facebook_url if _is_facebook_login(account) else self._instagram_url

    def _unreachable(self, error: NotSent | Lost) -> Refused:
        return Refused(RefusalKind.TEMPORARY, "Instagram cannot be reached; it is tried again.", str(error))

    def _wrong_key(self, key: Key) -> str:
        return "" if key.kind == self.key_kind and key.value else "This person has no Instagram address."


# What the desk lives by, each with the other spelling that Meta's pages use.
FIELDS = (
    ("messages",),
    ("message_reactions", "messaging_reactions"),
    ("messaging_postbacks",),
    ("messaging_seen",),
    ("messaging_referral", "messaging_referrals"),
)
LATER = frozenset({RefusalKind.TEMPORARY, RefusalKind.RATE_LIMITED, RefusalKind.REAUTH})


def _is_facebook_login(account: Account) -> bool:
    return account.options.get("login") == "facebook"


def _bearer(account: Account) -> dict[str, str]:
    """The token goes in a header for both logins: an address ends up in logs."""
    return {"Authorization": f"Bearer {account.access_token}"}


def _is_header_safe(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable()


def _no_token() -> Refused:
    return Refused(RefusalKind.REAUTH, "The channel has no usable access token. An owner must connect it again.")


def _subscribed(content: Fields) -> frozenset[str]:
    """The fields of every app in an answer to `subscribed_apps`; whatever else stands there is passed over."""
    apps = content.get("data")
    lists = [app.get("subscribed_fields") for app in apps if is_object(app)] if isinstance(apps, list) else []
    return frozenset(name for names in lists if isinstance(names, list) for name in names if isinstance(name, str))


def _profile(content: Fields) -> Profile:
    facts = {name: content[name] for name, kind in PROFILE_FACTS.items() if type(content.get(name)) is kind}
    name, username = (_text(content.get(each)) for each in ("name", "username"))
    return Profile(name=name, username=username, picture_url=url(content.get("profile_pic")), facts=facts)


def _text(value: object) -> str:
    return tidy(value, 200) if isinstance(value, str) else ""
