"""Languages in words, and what platforms tell of a person's language and clock."""

from __future__ import annotations

from helpdesk.models import Contact, Identity

# Of the languages that shops hear most; others are shown by their short name.
NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def name(code: str) -> str:
    """ "pt-BR" → "Portuguese (BR)"; a code that has no word stays."""
    main, _, rest = code.replace("_", "-").partition("-")
    known = NAMES.get(main.lower())
    if known is None:
        return code[:20]
    return f"{known} ({rest})" if rest else known


def told(identity: Identity) -> str:
    """The language that the platform tells, "" when it does not: "de_DE" → "de-DE"."""
    given = identity.facts.get("locale") or identity.facts.get("language_code") or identity.facts.get("language")
    return given.replace("_", "-")[:20] if isinstance(given, str) else ""


def zone(contact: Contact, identity: Identity) -> str:
    """Where their clock hangs: what an agent said; else the platform's number of hours from UTC, as a zone's name."""
    hours = identity.facts.get("timezone")
    if contact.zone or not isinstance(hours, int | float) or isinstance(hours, bool) or not -12 <= hours <= 14:
        return contact.zone
    return f"Etc/GMT{-int(hours):+d}" if hours == int(hours) else ""
