"""A name for a browser that its owner knows, from what it says of itself."""

from __future__ import annotations

# The first that fits: most say of themselves that they are several.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(says: str) -> str:
    """ "Firefox on Windows"."""
    browser = next((name for sign, name in _BROWSERS if sign in says), "Another browser")
    system = next((name for sign, name in _SYSTEMS if sign in says), "")
    return f"{browser} on {system}" if system else browser
