"""Is it Meta? The handshake and the signature over the raw bytes of every post: the same for all its platforms."""

from __future__ import annotations

import hmac
import string
from collections.abc import Iterator, Mapping, Sequence

from helpdesk.channels.contract import Account, InvalidWebhook, MalformedPayload, Matched
from helpdesk.channels.meta_envelope import ITEM_ARRAYS
from helpdesk.channels.meta_json import Fields, Odd, identifier, is_object, load

SIGNATURE_HEADER = "x-hub-signature-256"
SIGNATURE_PREFIX = "sha256="
SIGNATURE_DIGITS = frozenset(string.digits + "abcdef")
LONGEST_CHALLENGE = 200


def handshake(query: Mapping[str, str], accounts: Sequence[Account]) -> str:
    """The challenge to answer a GET with (as text/plain) that gave a verify token of ours. Raises InvalidWebhook."""
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    tokens = [account.verify_token.encode() for account in accounts if account.verify_token and not account.is_removed]
    matches = [hmac.compare_digest(given, token) for token in tokens]  # all of them, so that time tells nothing
    if query.get("hub.mode") != "subscribe" or not any(matches):
        raise InvalidWebhook("The verify token is not one of ours.")
    challenge = query.get("hub.challenge", "")
    if not (0 < len(challenge) <= LONGEST_CHALLENGE and challenge.isascii() and challenge.isprintable()):
        raise InvalidWebhook("The challenge is not a short printable text.")
    return challenge


def verify(headers: Mapping[str, str], body: bytes, accounts: Sequence[Account]) -> Matched:
    """Finds the app secret that signed these bytes. Raises InvalidWebhook.

    Also when the body names an account of ours that has another secret: whoever holds the secret of one account must
    not speak for the next. The body is parsed only after a match.
    """
    secret = _signing_secret(_signature(headers), body, accounts)
    _refuse_foreign_accounts(body, secret, accounts)
    return Matched(secret)


def _signature(headers: Mapping[str, str]) -> bytes:
    header = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
    digits = header.removeprefix(SIGNATURE_PREFIX)
    if len(header) != len(SIGNATURE_PREFIX) + 64 or len(digits) != 64 or not SIGNATURE_DIGITS.issuperset(digits):
        raise InvalidWebhook("There is no well-formed signature.")
    return digits.encode()


def _signing_secret(signature: bytes, body: bytes, accounts: Sequence[Account]) -> str:
    secrets = dict.fromkeys(secret for account in accounts for secret in account.secrets if secret)
    for secret in secrets:
        expected = hmac.digest(secret.encode(), body, "sha256").hex().encode()
        if hmac.compare_digest(expected, signature):
            return secret
    raise InvalidWebhook("None of our secrets signed this body.")


def _refuse_foreign_accounts(body: bytes, secret: str, accounts: Sequence[Account]) -> None:
    secrets_of: dict[str, set[str]] = {}
    for account in accounts:
        secrets_of.setdefault(account.id, set()).update(account.secrets)
    try:
        named = _named_ids(load(body))
    except MalformedPayload:
        return  # signed by a secret of ours and readable by nobody: the ledger keeps it in quarantine
    if any(secret not in secrets_of[each] for each in named if each in secrets_of):
        raise InvalidWebhook("The body names an account that has another secret.")


def _named_ids(payload: Fields) -> set[str]:
    """Every id in the envelope by which an item could be given to an account, however odd the rest is."""
    named: set[str] = set()
    for entry in _objects(payload.get("entry")):
        named.update(_id_of(entry))
        for array in ITEM_ARRAYS:
            for item in _objects(entry.get(array)):
                named.update(_id_of(item.get("sender")), _id_of(item.get("recipient")))
    return named


def _objects(value: object) -> Iterator[Fields]:
    return (each for each in value if is_object(each)) if isinstance(value, list) else iter(())


def _id_of(value: object) -> set[str]:
    if not is_object(value):
        return set()
    try:
        return {identifier(value.get("id"), "id")}
    except Odd:
        return set()
