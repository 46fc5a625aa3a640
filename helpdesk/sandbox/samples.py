"""What a customer has at hand to send: photos, a voice note, a video, a document. Small files, or drawn by code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from . import drawing

_HERE = Path(__file__).with_name("samples")
PHOTOS = ("dress", "seam", "parcel", "scarf", "story")
BY_TYPE = {"image": "dress", "audio": "voice", "video": "video", "file": "invoice", "share": "scarf", "story": "story"}
NAMES = (*PHOTOS, "voice", "video", "invoice", "sticker", "gif")


def names_of(kind: str) -> str:
    """The sample that stands for an attachment type."""
    return BY_TYPE.get(kind, "dress")


@cache  # drawing takes a moment
def read(name: str) -> tuple[bytes, str]:
    """Content and content type. Raises KeyError for a name that is not in NAMES."""
    if name in PHOTOS:
        return (_HERE / f"{name}.jpg").read_bytes(), "image/jpeg"
    if name == "video":
        return (_HERE / "video.mp4").read_bytes(), "video/mp4"
    if name == "voice":
        return drawing.voice_note(seconds=3.0), "audio/wav"
    if name == "invoice":
        return drawing.one_page_pdf(
            "Order 1042", ("Linen dress, sand, S", "89.00 EUR", "Thank you.")
        ), "application/pdf"
    if name == "sticker":
        return drawing.portrait(tone=40, size=128), "image/png"
    if name == "gif":
        return drawing.beating_gif(), "image/gif"
    raise KeyError(name)
