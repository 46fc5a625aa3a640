"""What a person can be told: an expected error carries an HTTP status and one sentence. All else crashes loudly."""

from __future__ import annotations


class HelpdeskError(Exception):
    """Base of all errors with a sentence for people. `details` goes into JSON answers beside the sentence."""

    status = 400

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Invalid(HelpdeskError):
    """The input cannot be used; the sentence says what to change."""

    status = 422


class NotFound(HelpdeskError):
    """It is not there, or not theirs to see: the two answer alike."""

    status = 404

    def __init__(self, sentence: str = "There is nothing here, or it is not yours to see.", **details: object) -> None:
        super().__init__(sentence, **details)


class Forbidden(HelpdeskError):
    """They may see it, but not do this to it."""

    status = 403


class Conflict(HelpdeskError):
    """Somebody or something else came first."""

    status = 409


class TooMany(HelpdeskError):
    status = 429


class Unavailable(HelpdeskError):
    """A store is away; the same request will work later."""

    status = 503
