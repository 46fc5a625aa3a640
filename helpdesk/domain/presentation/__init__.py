"""How things are said on a page: Jinja's filters. They know no viewer, so that a partial is the same for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from helpdesk import links
from helpdesk.domain.presentation import customers, deliveries, languages, media, messages, times, words

FILTERS: dict[str, Callable[..., Any]] = {
    "author": messages.author,
    "cards": media.cards,
    "channel_name": customers.channel_name,
    "clock_time": times.clock_time,
    "delivery": deliveries.delivery,
    "duration": times.duration,
    "facts": customers.facts,
    "file_facts": media.file_facts,
    "file_size": media.file_size,
    "file_warnings": media.file_warnings,
    "heading": messages.heading,
    "is_bare": messages.is_bare,
    "is_emoji_only": words.is_emoji_only,
    "is_program": media.is_program,
    "iso": times.iso,
    "item_template": messages.item_template,
    "key_word": customers.key_word,
    "language": languages.name,
    "live_reactions": messages.live_reactions,
    "media": media.grouped,
    "media_word": media.word,
    "missing_sentence": media.missing_sentence,
    "picture_alt": media.picture_alt,
    "quick_replies": messages.quick_replies,
    "reaction_title": messages.reaction_title,
    "referral_sentence": messages.referral_sentence,
    "safe_link": media.safe_link,
    "seconds_until": times.seconds_until,
    "segments": links.segments,
    "sent_cards": messages.sent_cards,
    "state_word": customers.state_word,
    "summary": messages.summary,
    "told_language": languages.told,
    "tone": words.tone,
    "unsent_sentence": messages.unsent_sentence,
    "unsupported_sentence": messages.unsupported_sentence,
}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
