"""The process that decodes a stranger's picture: bytes in by standard input, a line of JSON and new pictures out.

Run by `images.reencode`. It gives up its rights first: memory, time, files; what is left to break is itself.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")  # no others: for EPS Pillow would start Ghostscript
MAX_PIXELS = 40_000_000  # Pillow itself only warns below 179 million
MAX_SIDE = 2048
THUMBNAIL_SIDE = 480
MEMORY = 1024 * 2**20  # bytes: a decoded picture of 40 million pixels twice, and Python
SECONDS = 10  # of processor time


def main() -> None:
    _give_up_rights()
    try:
        said, body = _redraw(sys.stdin.buffer.read())
    except Unusable as error:
        said, body = {"reason": str(error)}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + body)


class Unusable(Exception):
    """Why there will be no picture, in a few words."""


def _give_up_rights() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _redraw(data: bytes) -> tuple[dict[str, object], bytes]:
    image = _opened(data)
    form = "JPEG" if image.format == "JPEG" else "WEBP"
    picture = _drawn(image)
    thumbnail = picture.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    large = _encoded(picture, form)
    said = {"mime": f"image/{form.lower()}", "width": picture.width, "height": picture.height, "size": len(large)}
    return said, large + _encoded(thumbnail, form)


def _opened(data: bytes) -> Image.Image:
    """The picture's header; nothing is decoded yet."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit stands below
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Unusable("not a picture that we can show") from None
    if image.width * image.height > MAX_PIXELS:
        raise Unusable("has too many pixels")
    return image


def _drawn(image: Image.Image) -> Image.Image:
    try:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # JPEG: decodes only as finely as needed
        image.load()
        upright = ImageOps.exif_transpose(image)
        colours = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except MemoryError:
        raise Unusable("needs too much memory or time") from None
    except (OSError, ValueError, SyntaxError, IndexError, KeyError, EOFError):
        raise Unusable("is damaged") from None
    clean = Image.new(colours.mode, colours.size)  # a new picture has no metadata
    clean.paste(colours)
    clean.thumbnail((MAX_SIDE, MAX_SIDE))
    return clean


def _encoded(picture: Image.Image, form: str) -> bytes:
    out = BytesIO()
    picture.save(out, form, quality=85)
    return out.getvalue()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
