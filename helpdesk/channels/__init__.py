"""The shelf of channels: one file a platform, and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.channels.contract import Channel
from helpdesk.channels.instagram import Instagram


def build(urls: Mapping[str, str]) -> dict[str, Channel]:
    """Every channel by its kind. `urls` has the platforms' base URLs: "instagram", "facebook", "telegram"."""
    channels: list[Channel] = [
        Instagram(instagram_url=urls["instagram"], facebook_url=urls["facebook"]),
    ]
    return {channel.kind: channel for channel in channels}
