"""The make-believe people: names, pictures and what they let the business know of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

NAMES = (
    ("Lena Hoffmann", "lena.hff", "de_DE"),
    ("Marco Ruiz", "marco.ruiz_", "es_ES"),
    ("Aylin Kaya", "aylin.k", "tr_TR"),
    ("Tom Becker", "tombecker", "de_DE"),
    ("Sofia Marchetti", "sofi.marchetti", "it_IT"),
    ("Jonas Weber", "jonas.wbr", "de_DE"),
    ("Carla Gómez", "carlagomez", "es_MX"),
    ("Noor Haddad", "noor.haddad", "ar_LB"),
    ("Yuki Tanaka", "yuki_tnk", "ja_JP"),
    ("Emma Lindqvist", "emma.lindqvist", "sv_SE"),
    ("Amara Okafor", "amara.okafor", "en_NG"),
    ("Élise Moreau", "elise.mrx", "fr_FR"),
)
EDITABLE = (
    "name",
    "username",
    "locale",
    "follower_count",
    "is_profile_refused",
    "has_blocked",
    "is_follower",
    "is_verified",
)


@dataclass
class Customer:
    """`id` is the IGSID. `is_profile_refused`: profile look-ups answer 230. `has_blocked`: sends answer 551."""

    id: str
    name: str
    username: str
    locale: str = "en_US"
    follower_count: int = 0
    is_follower: bool = True
    is_verified: bool = False
    is_profile_refused: bool = False
    has_blocked: bool = False

    @property
    def tone(self) -> int:
        """A number that stays the same for this person: colours of picture and page."""
        return _number(self.id) % 360


def _number(customer_id: str) -> int:
    """The same number for the same person in every process."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:4], "big")


def imagined(customer_id: str, taken: set[str]) -> Customer:
    """Somebody new. The name is drawn from the id, so that the same id is the same person after a reset."""
    start = _number(customer_id)
    rotation = [NAMES[(start + step) % len(NAMES)] for step in range(len(NAMES))]
    name, username, locale = next((row for row in rotation if row[1] not in taken), rotation[0])
    if username in taken:
        username = f"{username}{customer_id[-4:]}"
    return Customer(customer_id, name, username, locale, follower_count=start % 2400 + 12)


def changed(customer: Customer, values: dict[str, Any]) -> list[str]:
    """Takes over what may be edited; answers the names it does not know."""
    for name in EDITABLE:
        if name in values:
            setattr(customer, name, type(getattr(customer, name))(values[name]))
    return sorted(set(values) - set(EDITABLE))
